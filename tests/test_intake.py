"""Is a student's work found in whatever form it was sent, and is it said what was odd, and whose it is?"""

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from grader.intake.entries import handed_in, list_entries, read_aliases, submissions_folder
from grader.intake.given import released, with_additions
from grader.intake.platforms import packed
from grader.intake.submission import RefusedError, complete, read_submission
from grader.marking.grading import Settings, run
from grader.proof.variants import solution
from grader.results.stored import read_results
from grader.results.written import read_marks
from judging.course import course
from judging.messages import say
from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
TASK_FILES = {task.file for task in course().tasks.values()}
WRITTEN = {name: text for name, text in solution().items() if name in TASK_FILES}
"""What a student who has done everything has written."""


def zipped(members: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def write_zip(path: Path, members: dict[str, str | bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(members))
    return path


def write_folder(path: Path, members: dict[str, str | bytes]) -> Path:
    for name, data in members.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def moved(top: str, files: dict[str, str] = WRITTEN) -> dict[str, str]:
    return {f"{top}{name}": text for name, text in files.items()}


def loose(files: dict[str, str] = WRITTEN) -> dict[str, str]:
    return {PurePosixPath(name).name: text for name, text in files.items()}


# --- Forms ------------------------------------------------------------------------------------------------------------

SCRIPT = (ROOT / "assignment" / "gatys.py").read_text(encoding="utf-8")
FORMS: dict[str, dict[str, str | bytes]] = {
    "as handin.py makes it": moved("DUPONT_Alice_tp3/"),
    "at the top": WRITTEN,
    "deep": moved("a/b/c d/tp3/"),
    "capitals": {name.replace("textures/gram", "Textures/Gram"): text for name, text in WRITTEN.items()}
    | {name.replace("textures", "Textures"): text for name, text in WRITTEN.items() if "gram" not in name},
    "a copy of the folder": moved("", {name.replace("textures", "textures (1)"): t for name, t in WRITTEN.items()}),
    "a French copy": {name.replace("textures", "textures - Copie"): text for name, text in WRITTEN.items()},
    "copies of files": {name.replace(".py", " (1).py"): text for name, text in WRITTEN.items()},
    "copies beside untouched files": moved("tp3/", released())
    | {f"tp3/{name[:-3]} (1).py": text for name, text in WRITTEN.items()},
    "a copy beside an untouched folder": moved("tp3/", released()) | moved("tp3-final/"),
    "loose": loose(),
    "loose, with the scripts": loose() | {"gatys (1).py": WRITTEN["textures/gatys.py"], "gatys.py": SCRIPT},
    "one file forgotten and sent beside": moved("tp3/", released() | WRITTEN)
    | {"tp3/textures/noise.py": released()["textures/noise.py"], "noise.py": WRITTEN["textures/noise.py"]},
    "an archive in an archive": {"DUPONT/tp3.zip": zipped(moved("tp3/"))},
    "the release beside": moved("tp3/") | {"tp3.zip": zipped(moved("tp3/", released()))},
    "the work only in the inner archive": moved("tp3/", released()) | {"tp3/DUPONT_tp3.zip": zipped(moved("x/"))},
    "a virtual environment": moved("tp3/")
    | {f"tp3/.venv/lib/python3.11/site-packages/p{i}/textures/gram.py": "x = 1" for i in range(50)},
    "another environment": moved("tp3/") | {f"tp3/mine/Lib/site-packages/p{i}.py": "x = 1" for i in range(300)},
    "many files that do not matter": moved("tp3/") | {f"tp3/frames/{i}.png": b"" for i in range(6000)},
    "a large file that does not matter": moved("tp3/") | {"tp3/noise.npy": bytes(400 << 20)},
    "Windows' slashes": {name.replace("/", "\\"): text for name, text in moved("tp3/").items()},
    "UTF-16": {name: text.encode("utf-16") for name, text in WRITTEN.items()},
    "UTF-16 without a mark": {name: text.encode("utf-16-le") for name, text in WRITTEN.items()},
    "CRLF and BOM": {name: ("\ufeff" + text).replace("\n", "\r\n").encode() for name, text in WRITTEN.items()},
    "cp1252, declared": {
        name: ("# -*- coding: cp1252 -*-\n# été\n" + text).encode("cp1252", "replace") for name, text in WRITTEN.items()
    },
}
QUIET = {"as handin.py makes it", "at the top", "deep", "many files that do not matter", "CRLF and BOM",
         "a virtual environment", "another environment", "a large file that does not matter", "Windows' slashes",
         "capitals", "cp1252, declared", "a copy of the folder", "a French copy"}  # fmt: skip
"""Nothing was chosen or changed there: no note is needed."""


def code_of(text: str) -> list[str]:
    return [line for line in text.encode("cp1252", "replace").decode("cp1252").split("\n") if line.strip()][-20:]


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize("form", FORMS)
def test_work_is_found_in_whatever_form_it_was_sent(tmp_path, form, packed):
    if form == "a large file that does not matter" and not packed:
        pytest.skip("the same as the many")
    path = write_zip(tmp_path / "s.zip", FORMS[form]) if packed else write_folder(tmp_path / "s", FORMS[form])
    found = read_submission(path, language="fr")
    assert found.missing == ""
    for name, text in WRITTEN.items():
        assert code_of(found.files[name]) == code_of(text), name
    assert not [name for name in found.files if "site-packages" in name]
    assert bool(found.notes) or form in QUIET


@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar"])
def test_tars_of_any_compression_are_read(tmp_path, suffix):
    mode = {".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz", ".tar.bz2": "w:bz2", ".tar": "w"}[suffix]
    with tarfile.open(tmp_path / f"s{suffix}", mode) as archive:
        for name, text in moved("./tp3/").items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    assert read_submission(tmp_path / f"s{suffix}").files.keys() == WRITTEN.keys()


def test_an_archive_is_what_it_is_and_not_what_it_is_called(tmp_path):
    (tmp_path / "s.tar.gz").write_bytes(zipped(WRITTEN))
    found = read_submission(tmp_path / "s.tar.gz", language="en")
    assert found.files.keys() == WRITTEN.keys()
    assert found.notes == ["s.tar.gz is in truth a zip archive, and was read as one"]


def test_links_are_passed_over_and_told(tmp_path):
    """Links that lead out of an archive: ZipArchive/ZipArchive#471."""
    with tarfile.open(tmp_path / "s.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("tp3/textures/gram.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("tp3/textures/noise.py")
        archive.addfile(info)
    link = zipfile.ZipInfo("tp3/textures/gram.py")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("tp3/textures/noise.py", "")
    write_folder(tmp_path / "s", {"textures/noise.py": ""})
    (tmp_path / "s" / "textures" / "gram.py").symlink_to("/etc/passwd")
    for name in ("s.tar.gz", "s.zip", "s"):
        found = read_submission(tmp_path / name, language="en")
        assert found.files.keys() == {"textures/noise.py"}
        assert found.notes == ["1 links or other things that are no files were left out"]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("s.rar", b"Rar!\x1a\x07\x01\0 and more", "archive_kind"),
        ("s.zip", b"Rar!\x1a\x07\x01\0 renamed", "archive_kind"),
        ("s.7z", b"7z\xbc\xaf\x27\x1c and more", "archive_kind"),
        ("s.tar.zst", b"\x28\xb5\x2f\xfd and more", "archive_kind"),
        ("s.zip", b"%PDF-1.7 renamed", "archive_kind"),
        ("s.zip", b"<!DOCTYPE html> log in first", "archive_kind"),
        ("s.dmg", b"koly", "archive_kind"),
        ("s.zip", b"", "archive_empty"),
        ("s.zip", b"not an archive", "archive_damaged"),
        ("s.tar.gz", b"\x1f\x8b not an archive", "archive_damaged"),
        ("s.zip", zipped(WRITTEN)[:2000], "archive_cut"),
        ("s.zip", zipped({"a.pdf": b"%PDF"}), "no_code"),
        ("s.zip", zipped({"photo.png": b""}), "no_code"),
        ("s.zip", zipped({}), "empty"),
        ("s.pdf", b"%PDF", "no_code"),
        ("s.ipynb", b"{}", "no_code"),
        ("s.docx", b"PK", "no_code"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_cannot_be_marked_is_a_sentence_that_says_what_to_do(tmp_path, name, data, told, language):
    (tmp_path / name).write_bytes(data)
    try:
        sentence = read_submission(tmp_path / name, language=language).missing
    except RefusedError as error:
        sentence = error.reason
    known = say("intake", told, language, **dict.fromkeys(("name", "kind", "why", "found", "package"), "◇"))
    assert all(piece in sentence for piece in known.split("◇")), sentence
    assert "handin.py" in sentence or told in ("archive_empty", "archive_cut")
    assert "\n" not in sentence


def test_a_damaged_member_leaves_the_others(tmp_path):
    data = bytearray(zipped(WRITTEN))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        member = archive.getinfo("textures/noise.py")
    data[member.header_offset + 60 : member.header_offset + 90] = bytes(30)
    (tmp_path / "s.zip").write_bytes(data)
    found = read_submission(tmp_path / "s.zip", language="en")
    assert WRITTEN.keys() - found.files.keys() <= {"textures/noise.py"}
    assert found.notes[0].startswith("textures/noise.py cannot be read (")


def test_an_original_of_an_earlier_release_is_no_work(tmp_path):
    earlier = {name: text.replace("import torch\n", "import torch  # once\n") for name, text in released().items()}
    copies = {f"tp3/{name[:-3]} (1).py": text for name, text in WRITTEN.items()}
    found = read_submission(write_zip(tmp_path / "s.zip", moved("tp3/", earlier) | copies), language="en")
    assert {name: found.files[name] for name in WRITTEN} == WRITTEN


# --- Helpers and given files ------------------------------------------------------------------------------------------


def test_modules_beside_and_below_come_along(tmp_path):
    """The teacher's file imported in place of the student's: jupyter/nbgrader#940."""
    members = moved("tp3/") | {
        "tp3/outils.py": "a = 1",
        "tp3/aide/__init__.py": "",
        "tp3/aide/calcul.py": "b = 2",
        "tp3/textures/aide/__init__.py": "",
        "tp3/textures/aide/outils.py": "c = 3",
        "tp3/textures/mine.py": "d = 4",
        "tp3/gatys.py": SCRIPT,
        "tp3/handin.py": "e = 5",
        "tp3/checks/probes.py": "f = 6",
        "elsewhere/other.py": "g = 7",
    }
    found = read_submission(write_zip(tmp_path / "s.zip", members))
    assert found.files.keys() - WRITTEN.keys() == {
        "outils.py",
        "aide/__init__.py",
        "aide/calcul.py",
        "textures/aide/__init__.py",
        "textures/aide/outils.py",
        "textures/mine.py",
    }
    assert found.notes == []


ODD_NAMES = {
    "long": "textures/" + "é" * 150 + ".py",
    "a long folder": "a" * 256 + "/x.py",
    "deep": "a/" * 40 + "x.py",
    "below a file of the lab's": "textures/images.py/x.py",
    "below a file of a task": "textures/gram.py/x.py",
    "below one of the student's": "textures/mine.py/x.py",
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_what_is_taken_can_be_written_to_a_disk(tmp_path, name):
    members = WRITTEN | {"textures/mine.py": "x = 1", name: "x = 2"}
    found = read_submission(write_zip(tmp_path / "s.zip", members), language="en")
    assert set(WRITTEN) | {"textures/mine.py"} == set(found.files)
    assert "a name that no module can have" in " ".join(found.notes)
    write_folder(tmp_path / "there", complete(found.files))


def test_modules_at_their_most_leave_room_in_a_sandbox(tmp_path):
    members = WRITTEN | {f"textures/{'/'.join(f'{i}{n}' for n in range(4))}/x.py": "" for i in range(300)}
    found = complete(read_submission(write_zip(tmp_path / "s.zip", members)).files)
    assert len(found) > 200
    folders = {parent for name in found for parent in PurePosixPath(name).parents}
    assert len(found) + len(folders) < 1500


def test_what_is_added_to_a_given_file_comes_along_and_what_is_changed_is_told(tmp_path):
    given = released()["textures/images.py"]
    added = '\nimport cv2\n\n@staticmethod\ndef mine(x):\n    """Mine."""\n    return 2 * x\n\nTWO = 2\n'
    changed = given.replace("def image_names(", "def image_names(a, ") + added
    members = WRITTEN | {"textures/images.py": changed, "textures/adam.py": "def :", "textures/recipe.py": given[:0]}
    found = read_submission(write_zip(tmp_path / "s.zip", members), language="en")
    text = found.files["textures/images.py"]
    assert text.startswith(given.rstrip("\n"))
    assert '@staticmethod\ndef mine(x):\n    """Mine."""\n    return 2 * x\n' in text
    compile(text, "images.py", "exec")
    assert found.notes == [
        "textures/adam.py is the lab's, and yours is not Python: the lab's own was taken",
        "textures/images.py is the lab's: what you added came along (mine, TWO)",
        "textures/images.py is the lab's: your changes were not taken (image_names)",
    ]
    assert "textures/adam.py" not in found.files
    assert complete(found.files)["textures/adam.py"] == released()["textures/adam.py"]


@pytest.mark.parametrize("name", sorted(set(released()) - TASK_FILES))
def test_a_given_file_as_it_was_adds_nothing(name):
    given = released()[name]
    assert with_additions(given, given) == (given, [], [])
    assert with_additions(given, f"# mine\n\n{given}\n\nx_y_z = 1\n")[1:] == (["x_y_z"], [])


# --- Several candidates -----------------------------------------------------------------------------------------------


def notebook(answers: int) -> bytes:
    data = json.loads((ROOT / "assignment" / f"{course().lab}.ipynb").read_text(encoding="utf-8"))
    for i in range(answers):
        data["cells"].append({"cell_type": "markdown", "source": [f"answer {i}"], "metadata": {}})
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        ({f"{course().lab}.ipynb": 0, f"{course().lab}-Copy1.ipynb": 10}, f"{course().lab}-Copy1.ipynb"),
        ({f"{course().lab}.ipynb": 10, f"{course().lab}-Copy1.ipynb": 0}, f"{course().lab}.ipynb"),
        ({f"{course().lab}.ipynb": 3, f"{course().lab}-Copy1.ipynb": 3}, f"{course().lab}.ipynb"),
        ({"Untitled.ipynb": 0, "réponses.ipynb": 2}, "réponses.ipynb"),
    ],
)
def test_of_two_notebooks_that_with_the_answers_is_taken_and_it_is_told(tmp_path, names, taken):
    """The first one taken, the others ignored: Submitty/Submitty#11736. Renamed ones: ucbds-infra/otter-grader#433."""
    members = WRITTEN | {name: notebook(answers) for name, answers in names.items()}
    found = read_submission(write_zip(tmp_path / "s.zip", members), language="en")
    other = next(name for name in names if name != taken)
    assert found.notebook == members[taken]
    assert found.notes == [f"{taken} was taken for {course().lab}.ipynb, and not {other}"]


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["report.pdf", "gatys2015.pdf"], "report.pdf"),
        (["gatys2015.pdf", "rapport_final.pdf"], "rapport_final.pdf"),
        (["a.pdf"], "a.pdf"),
    ],
)
def test_of_several_reports_one_is_taken_and_it_is_told(tmp_path, names, taken):
    found = read_submission(write_zip(tmp_path / "s.zip", WRITTEN | {n: f"%PDF {n}" for n in names}), language="en")
    assert found.report == f"%PDF {taken}".encode()
    assert found.notes[0].startswith(f"{taken} was taken for report.pdf")


def test_two_folders_are_told(tmp_path):
    found = read_submission(write_zip(tmp_path / "s.zip", moved("old/", released()) | moved("new/")), language="en")
    assert found.notes == ["code lies in several folders: new/textures was taken first, then old/textures"]


# --- Whose it is ------------------------------------------------------------------------------------------------------


def entries_of(folder: Path, names: list[str], **options: object) -> tuple[dict[str, str], list[str]]:
    """The file that counts, by student, and the remarks; later names are later files."""
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (1000 * i, 1000 * i))
    entries, remarks = list_entries(folder, **options)
    return {entry.student: entry.path.name for entry in entries}, remarks


@pytest.mark.parametrize(
    "later",
    ["DUPONT_Alice_tp3 (1).zip", "DUPONT_Alice_tp3_v2.zip", "dupont_alice_tp3.zip", "DUPONT_Alice.zip",
     "DUPONT_Alice_tp3-final.tar.gz", "DUPONT_Alice_tp3 - Copie.zip", "DUPONT_Alice_v2_tp3.zip"],
)  # fmt: skip
def test_versions_of_an_archive_are_one_student(tmp_path, later):
    lab = course().lab
    names = [f"DUPONT_Alice_{lab}.zip", later.replace("tp3", lab)]
    found, remarks = entries_of(tmp_path, names)
    assert found == {"DUPONT_Alice": names[1]}
    assert remarks == [f"DUPONT_Alice: two submissions; {names[1]} is the later and counts"]


def test_other_people_stay_other_people(tmp_path):
    names = [
        "DUPONT_Alice.zip",
        "DUPONT_Alicia.zip",
        "MARTIN_Jean.zip",
        "Jean_MARTIN.zip",
        "groupe_2.zip",
        "groupe_1.zip",
    ]
    found, remarks = entries_of(tmp_path, names)
    assert sorted(found.values()) == sorted(names)
    assert remarks == []


def test_the_order_of_archives_of_the_same_time_is_called_a_guess(tmp_path):
    for name in ("a (1).zip", "a.zip"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1, 1))
    entries, remarks = list_entries(tmp_path)
    assert entries[0].path.name == "a (1).zip"
    assert remarks == ["a: two submissions; a (1).zip counts; they are of the same time, which makes it a guess"]


def test_aliases_settle_what_names_do_not_tell(tmp_path):
    (tmp_path / "aliases.csv").write_text(
        "found;student\ntravail.zip;DUPONT_Alice\ngroupe (1);Groupe 1\nno one;X\n", encoding="utf-8"
    )
    names = ["DUPONT_Alice.zip", "groupe.zip", "groupe (1).zip", "travail.zip"]
    found, remarks = entries_of(tmp_path / "in", names, aliases=read_aliases(tmp_path / "aliases.csv"))
    assert found == {"DUPONT_Alice": "travail.zip", "Groupe 1": "groupe (1).zip", "groupe": "groupe.zip"}
    assert "aliases: nothing here is called 'no one'" in remarks
    (tmp_path / "aliases.csv").write_text("found,student\na,../b\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2: '\.\./b' cannot be a student's name"):
        read_aliases(tmp_path / "aliases.csv")


MOODLE = "Alice Dupont_7_assignsubmission_file_"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["DUPONT_Alice+MARTIN_Bob_tp3.zip"], [("DUPONT_Alice", "MARTIN_Bob")]),
        (["DUPONT_Alice+MARTIN_Bob_tp3 (1).zip"], [("DUPONT_Alice", "MARTIN_Bob")]),
        (["A_a+B_b+C_c_tp3.zip", "D_d+E_e.zip"], [("A_a", "B_b", "C_c"), ("D_d", "E_e")]),
        # One of the two sends something alone, later; or had, before.
        (["DUPONT_Alice+MARTIN_Bob_tp3.zip", "DUPONT_Alice_tp3.zip"], [("DUPONT_Alice",), ("MARTIN_Bob",)]),
        (["DUPONT_Alice_tp3.zip", "DUPONT_Alice+MARTIN_Bob_tp3.zip"], [("DUPONT_Alice", "MARTIN_Bob")]),
        # In Moodle one of them hands in, and the other is known there or not.
        ([f"{MOODLE}/DUPONT_Alice+MARTIN_Bob_tp3.zip"], [("Alice Dupont_7", "MARTIN_Bob")]),
        ([f"{MOODLE}DUPONT_Alice+MARTIN_Bob_tp3.zip"], [("Alice Dupont_7", "MARTIN_Bob")]),
        (
            [f"{MOODLE}/x.zip", "Bob Martin_8_assignsubmission_file_/MARTIN_Bob+DUPONT_Alice_tp3.zip"],
            [("Alice Dupont_7", "Bob Martin_8")],
        ),
        (["C++.zip", "A+.zip", "+.zip"], [("+",), ("A+",), ("C++",)]),
    ],
)
def test_what_a_team_sends_counts_for_each(tmp_path, names, expected):
    """Students of a group who send different work: INGInious/INGInious#34."""
    entries_of(tmp_path, names)
    entries, _ = list_entries(tmp_path)
    assert [entry.students for entry in entries] == expected


def test_aliases_make_teams(tmp_path):
    (tmp_path / "aliases.csv").write_text("found,student\ntp.zip,DUPONT_Alice + MARTIN_Bob\n", encoding="utf-8")
    entries_of(tmp_path / "in", ["tp.zip"])
    entries, remarks = list_entries(tmp_path / "in", aliases=read_aliases(tmp_path / "aliases.csv"))
    assert [entry.students for entry in entries] == [("DUPONT_Alice", "MARTIN_Bob")] and not remarks


def test_who_has_a_result_keeps_that_name(tmp_path):
    found, _ = entries_of(tmp_path, ["dupont_alice_tp3 (2).zip"], known=["DUPONT_Alice"])
    assert found == {"DUPONT_Alice": "dupont_alice_tp3 (2).zip"}


def test_single_files_of_a_student_belong_together(tmp_path):
    pieces = {f"Zoé Petit_7_assignsubmission_file_{name}": text for name, text in loose().items()}
    pieces |= {
        "Zoé Petit_7_assignsubmission_file_report.pdf": "%PDF",
        "Zoé Petit_7_assignsubmission_onlinetext_x.html": "",
    }
    write_folder(tmp_path, pieces)
    (tmp_path / "roster.csv").write_text("a", encoding="utf-8")
    entries, remarks = list_entries(tmp_path)
    assert [entry.student for entry in entries] == ["Zoé Petit_7"]
    assert remarks[1:] == ["roster.csv: neither a folder nor a zip or tar.gz, left out"]
    found = read_submission(entries[0].path, *entries[0].beside)
    assert found.report == b"%PDF"
    assert len(found.files) >= len(WRITTEN)


@pytest.mark.parametrize("top", ["", "Course-TP3-123/"])
def test_moodles_archive_of_a_class_is_taken_as_it_is(tmp_path, top):
    members = {
        f"{top}{name}_assignsubmission_file_/tp3.zip": zipped(WRITTEN) for name in ("Zoé Petit_7", "Participant_8")
    }
    members |= {f"{top}Ann O_9_assignsubmission_onlinetext_/onlinetext.html": "hello"}
    path = write_zip(tmp_path / "class.zip", members)
    with submissions_folder(path) as folder:
        entries, _ = list_entries(folder)
        assert [entry.student for entry in entries] == ["Ann O_9", "Participant_8", "Zoé Petit_7"]
        assert read_submission(entries[1].path).files.keys() == WRITTEN.keys()
        assert "onlinetext" not in read_submission(entries[0].path, language="en").missing
    if not top:
        with pytest.raises(InputError, match=r"class\.zip holds a class, as Moodle packs it"):
            list_entries(tmp_path)


PACKED = {
    "Alice Dupont_7_assignsubmission_file_": ("Alice Dupont_7", ""),
    "Alice Dupont_7_assignsubmission_file_tp3.zip": ("Alice Dupont_7", "tp3.zip"),
    "dupontalice_41_208490_tp3.zip": ("dupontalice_41", "tp3.zip"),
    "dupontalice_LATE_41_208490_tp3-2.zip": ("dupontalice_41", "tp3.zip"),
    "o'brien-noël_4133_208490_my_report-1.pdf": ("o'brien-noël_4133", "my_report.pdf"),
    "39-2557 - Mary-Ann Smith - Sep 24, 2026 926 PM": ("Mary-Ann Smith", ""),
    "39-2557 - Noël - Petit - Sep 4, 2026 1226 AM": ("Noël - Petit", ""),
    "DUPONT_12_345_tp3.zip": None,
    "groupe_1_2_tp3.zip": None,
    "DUPONT_Alice_tp3.zip": None,
    "2026-11 - notes - v2": None,
}


@pytest.mark.parametrize("name", PACKED)
def test_names_of_platforms_are_taken_apart(name):
    found = packed(name)
    assert (found and (found.student, found.file)) == PACKED[name]


def test_canvas_and_brightspace_folders_are_taken_as_they_are(tmp_path):
    for name in ("dupontalice_41_2084_gram.py", "dupontalice_41_2085_report-1.pdf", "martinbob_LATE_42_2086_tp3.zip"):
        data = b"%PDF" if name.endswith("pdf") else WRITTEN["textures/gram.py"].encode()
        (tmp_path / "canvas").mkdir(exist_ok=True)
        (tmp_path / "canvas" / name).write_bytes(zipped(WRITTEN) if name.endswith("zip") else data)
    entries, remarks = list_entries(tmp_path / "canvas")
    assert [entry.students for entry in entries] == [("dupontalice_41",), ("martinbob_42",)] and remarks == []
    found = read_submission(entries[0].path, *entries[0].beside)
    assert list(found.files) == ["textures/gram.py"] and found.report == b"%PDF"
    for when in ("Sep 24, 2026 926 PM", "Dec 20, 2026 1201 AM"):
        write_folder(tmp_path / "d2l" / f"39-2557 - Zoé Petit - {when}", {"tp3.zip": zipped(WRITTEN)})
    (tmp_path / "d2l" / "index.html").write_text("<html>", encoding="utf-8")
    entries, remarks = list_entries(tmp_path / "d2l")
    assert [entry.student for entry in entries] == ["Zoé Petit"]
    assert handed_in(entries[0]).isoformat() == "2026-12-20T00:01:00"


def test_the_time_of_a_submission_is_that_of_its_newest_file(tmp_path):
    write_folder(tmp_path / "a", {"textures/gram.py": "", "textures/noise.py": ""})
    for name, seconds in (("gram.py", 5000), ("noise.py", 9000)):
        os.utime(tmp_path / "a" / "textures" / name, (seconds, seconds))
    entries, _ = list_entries(tmp_path)
    assert handed_in(entries[0]).timestamp() == 9000
    (tmp_path / "a" / "timestamp.txt").write_text("2026-12-18 20:00:00 UTC", encoding="utf-8")
    assert handed_in(entries[0]).timestamp() == 1797624000


# --- Leftovers, traps, odd names --------------------------------------------------------------------------------------


def test_the_package_is_found_at_any_depth_among_leftovers(tmp_path):
    """Folders of macOS, or one too many: ImageMarkup/isic-challenge-scoring#15, drop-project-edu/drop-project#123."""
    gram = "\ufeffx = 1\r\ny = 'é'\r\n"
    members = {
        "a/b/tp3/textures/gram.py": gram,
        "a/b/tp3/textures/mine.py": "z = 1",
        "a/b/tp3/textures/features.py": "# the lab's own file, changed",
        "__MACOSX/a/b/tp3/textures/._gram.py": b"\0\1",
        "a/.ipynb_checkpoints/textures/gram.py": "old",
    }
    found = read_submission(write_zip(tmp_path / "s.zip", members))
    assert found.files == {"textures/gram.py": "x = 1\ny = 'é'\n", "textures/mine.py": "z = 1"}
    assert "BEGIN" not in complete(found.files)["textures/features.py"]


def test_latin_1_is_read_and_told(tmp_path):
    found = read_submission(write_zip(tmp_path / "s.zip", {"textures/gram.py": "# é".encode("latin-1")}), language="en")
    assert found.files["textures/gram.py"] == "# é"
    assert found.notes == ["gram.py: not UTF-8, read as cp1252"]


def test_of_files_alike_the_same_is_said_once(tmp_path):
    members = {f"textures/{name}.py": "# é".encode("latin-1") for name in ("gram", "noise")}
    found = read_submission(write_zip(tmp_path / "s.zip", members | {"textures/movies.py": "x = 'é'"}), language="en")
    assert found.notes == ["gram.py, noise.py: not UTF-8, read as cp1252"]


def test_an_upload_that_broke_off_is_told_apart_from_what_is_no_archive(tmp_path):
    whole = zipped({"textures/gram.py": "x = 1\n" * 999})
    for data, said in ((whole[:-30], "s.zip breaks off"), (b"PK?" + whole[:-30], "s.zip cannot be opened")):
        (tmp_path / "s.zip").write_bytes(data)
        with pytest.raises(RefusedError, match=said):
            read_submission(tmp_path / "s.zip", language="en")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"../textures/gram.py": "x"}, "outside of itself|hors d'elle-même"),
        ({"/textures/gram.py": "x"}, "outside of itself|hors d'elle-même"),
        ({"C:/textures/gram.py": "x"}, "outside of itself|hors d'elle-même"),
        ({f"f{i}.py": "" for i in range(5001)}, "plus de 5000 fichiers|more than 5000 files"),
        ({f"f{i}.pdf": bytes(60 << 20) for i in range(6)}, "would unpack to|dépasserait"),
    ],
)
def test_a_bad_archive_is_refused_with_its_reason(tmp_path, members, reason):
    """Bombs: Submitty/Submitty#38. Paths that lead outside: Kail-Fu/InterviewOS#26."""
    with pytest.raises(RefusedError, match=reason):
        read_submission(write_zip(tmp_path / "s.zip", members))


def test_the_later_of_two_submissions_counts(tmp_path):
    early = write_zip(tmp_path / "zoé.zip", {"textures/gram.py": "a"})
    (tmp_path / "zoé").mkdir()
    os.utime(early, (1, 1))
    (tmp_path / ".DS_Store").write_bytes(b"")
    entries, remarks = list_entries(tmp_path)
    assert [(entry.student, entry.path.name) for entry in entries] == [("zoé", "zoé")]
    assert remarks == ["zoé: two submissions; zoé is the later and counts"]
    with pytest.raises(InputError, match="holds no submission"):
        list_entries(tmp_path / "zoé")


def test_names_that_nobody_can_write_and_entries_that_are_none(tmp_path):
    with tarfile.open(tmp_path / "zoé.tar.gz", "w:gz", format=tarfile.USTAR_FORMAT, encoding="latin-1") as archive:
        for name in ("textures/gram.py", "réponses.ipynb"):
            archive.addfile(tarfile.TarInfo(name))
    (tmp_path / os.fsdecode(b"ren\xe9")).mkdir()
    (tmp_path / "Zoé Petit_7_assignsubmission_onlinetext_").mkdir()
    for name in ("._zoé.zip", "...zip", ".zip"):
        (tmp_path / name).write_bytes(b"")
    entries, remarks = list_entries(tmp_path)
    assert [entry.student for entry in entries] == ["ren\ufffd", "zoé"]
    assert remarks == ["Zoé Petit_7_assignsubmission_onlinetext_: text typed into Moodle, left out"]
    assert read_submission(entries[1].path, language="en").notes == ["r\ufffdponses.ipynb was taken for tp3.ipynb"]


def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path, monkeypatch):
    (tmp_path / "textures").mkdir()
    (tmp_path / "textures" / "gram.py").write_text("x = 1", encoding="utf-8")

    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RefusedError, match=r"gram\.py cannot be read: Permission denied"):
        read_submission(tmp_path, language="en")


def test_a_team_has_one_mark_and_each_of_it_a_row(tmp_path):
    """Graded and annotated once for each of a group: autolab/Autolab#1002, Submitty/Submitty#317."""
    write_zip(tmp_path / "in" / f"DUPONT_Alice+MARTIN_Bob_{course().lab}.zip", {"notes.txt": "no code"})
    write_zip(tmp_path / "in" / f"PETIT_Zoé_{course().lab}.zip", {"notes.txt": "no code"})
    settings, out = Settings(0, "en"), tmp_path / "out"
    tally, count, _ = run(tmp_path / "in", out, settings, jobs=1, isolation="none", style="en")
    assert (tally.submissions, count) == (2, 2)
    results = read_results(out)
    assert list(results) == ["DUPONT_Alice", "MARTIN_Bob", "PETIT_Zoé"]
    assert "Handed in with DUPONT_Alice" in (out / "MARTIN_Bob" / "feedback.html").read_text(encoding="utf-8")
    assert "Handed in" not in (out / "PETIT_Zoé" / "feedback.html").read_text(encoding="utf-8")
    (tmp_path / "marks.csv").write_text("student,R1,comment\nMARTIN_Bob,2,fine\nDUPONT_Alice,,\n", encoding="utf-8")
    marks = read_marks([tmp_path / "marks.csv"], results)
    assert [(name, own.total, own.comment) for name, own in marks.items()] == [
        ("MARTIN_Bob", 2, "fine"),
        ("DUPONT_Alice", 2, "fine"),
    ]
    again = run(tmp_path / "in", out, settings, jobs=1, isolation="none", only=["martin_bob"])
    assert (again[0].submissions, again[1]) == (1, 1)
