"""Do marks get from results into totals, Moodle and Gradescope, and does what does not fit get nowhere?"""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from examples import HOSTILE, examples

from grader.exports.gradescope import results_of, write_autograder
from grader.exports.platform_tables import export
from grader.intake.entries import list_entries
from grader.intake.platforms import BRIGHTSPACE, CANVAS, MOODLE
from grader.intake.report_pdf import inspect_report
from grader.intake.submission import read_submission
from grader.marking.filing import write_result
from grader.marking.grading import Settings, run
from grader.results.stored import read_result
from grader.results.written import read_marks, write_totals
from grader.sandbox.host import Host, strongest_level
from judging.course import course
from judging.messages import say
from workbench.errors import InputError

LEVEL = strongest_level() or "process"
ROOT = Path(__file__).resolve().parents[1]
NAMES = {"Alice Dupont_11": "albert", "Élodie Noël_12": "chloé", "Jean Martin_13": "david", "Jean Martin_14": "eve"}


def pdf(pages: int, password: str = "") -> bytes:
    from pypdf import PdfWriter

    writer, file = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    writer.write(file)
    return file.getvalue()


def zipped(files: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.fixture(scope="module")
def results(tmp_path_factory, at_once) -> Path:
    """What Moodle's "download all submissions" gives, graded: half of them archives in folders, as handin.py makes."""
    folder = tmp_path_factory.mktemp("moodle")
    given = examples()
    for i, (name, example) in enumerate(NAMES.items()):
        place = folder / "in" / f"{name}_assignsubmission_file_"
        place.mkdir(parents=True)
        files = {f"X_tp3/{path}": text for path, text in given[example].items()}
        if i % 2 == 0:
            (place / "X_tp3.zip").write_bytes(zipped(files | {"X_tp3/report.pdf": pdf(3), "X_tp3/tp3.ipynb": b"{}"}))
        else:
            for path, text in files.items():
                (place / path).parent.mkdir(parents=True, exist_ok=True)
                (place / path).write_text(text, encoding="utf-8")
            (place / "rapport.pdf").write_bytes(pdf(2) if i == 1 else b"%PDF-1.4 broken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.marking.grading.each", at_once)
        run(folder / "in", folder / "out", Settings(0, "en"), jobs=1, isolation=LEVEL)
    return folder / "out"


# --- What was handed in -----------------------------------------------------------------------------------------------


def test_moodles_folders_give_students_code_and_reports(results):
    found = {name: read_result(name, results) for name in NAMES}
    assert [result["score"] for result in found.values()] == [80, 30, 0, 68]
    assert [result["report"]["pages"] for result in found.values()] == [3, 2, 3, 0]
    assert found["Jean Martin_14"]["report"]["problem"] == "report.pdf is no readable PDF"
    assert "rapport.pdf was taken for report.pdf" in found["Élodie Noël_12"]["notes"]
    assert (results / "Alice Dupont_11" / "tp3.ipynb").read_bytes() == b"{}"
    page = (results / "class.html").read_text(encoding="utf-8")
    assert 'href="Alice%20Dupont_11/report.pdf">3 p.<' in page


def test_moodles_single_files_give_students_too(tmp_path):
    (tmp_path / "Alice Dupont_11_assignsubmission_file_tp3.zip").write_bytes(zipped({"textures/gram.py": "x = 1"}))
    entries, _ = list_entries(tmp_path)
    assert [entry.student for entry in entries] == ["Alice Dupont_11"]


def test_a_report_alone_is_kept(tmp_path):
    (tmp_path / "report.pdf").write_bytes(pdf(1))
    found = read_submission(tmp_path, language="en")
    assert found.report is not None
    assert found.missing.startswith("there is no textures/ in it with a file of the lab, only report.pdf")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pdf(2), (2, "")),
        (pdf(1, "secret"), (0, "report.pdf is locked by a password")),
        (pdf(0), (0, "report.pdf has no page")),
        (b"PK\3\4", (0, "report.pdf is no readable PDF")),
        (b"", (0, "report.pdf is no readable PDF")),
    ],
)
def test_a_report_is_looked_into(tmp_path, data, found):
    (tmp_path / "report.pdf").write_bytes(data)
    assert inspect_report(tmp_path / "report.pdf") == found


# --- Totals -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def marks(tmp_path):
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "marks.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_marks_given_by_hand_are_added(results, marks):
    """18,5 that fails: hei-school/hei-admin-api#1323."""
    table = "student;R1;R10;comment\nAlice Dupont_11;2,5;1;bien, très bien\nÉlodie Noël_12;;0.5;\n"
    path, remarks = write_totals(results, [marks(table, "cp1252")])
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file, delimiter=";")}
    alice = rows["Alice Dupont_11"]
    words = ("checks", "R1", "R2", "R10", "written", "total", "max", "comment")
    assert [alice[name] for name in words] == ["80", "2,5", "", "1", "3,5", "83,5", "100", "bien, très bien"]
    assert (rows["Élodie Noël_12"]["total"], rows["Jean Martin_13"]["total"]) == ("30,5", "0")
    assert remarks[:2] == ["Jean Martin_13: no marks", "Jean Martin_14: no marks"]
    assert remarks[3] == "Élodie Noël_12: no mark for R1, R2, R3, R4, R5, R6, R7, R8, R9, counted as 0"


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("", "is empty"),
        ("name,R1\nx,1\n", "no column 'student'"),
        ("student,R11\n", "there is no question 'R11'"),
        ("student,R1,r1\nAlice Dupont_11,1,2\n", "two columns 'r1'"),
        ("student,R1\nBob,1\n", "line 2: there is no result of 'Bob'"),
        ("student,R1\nalice DUPONT_11,1\n", "of 'alice DUPONT_11': did you mean 'Alice Dupont_11'?"),
        ("student,R1\nAlice Dupont_11,3.5\n", "R1 is '3.5', expected 0 to 3"),
        ("student,R1\nAlice Dupont_11,-1\n", "R1 is '-1', expected 0 to 3"),
        ("student,R1\nAlice Dupont_11,nan\n", "R1 is 'nan', expected 0 to 3"),
        ("student,R1\nAlice Dupont_11,1\nAlice Dupont_11,2\n", "line 3: a second line for 'Alice Dupont_11'"),
        ("student,R1\nAlice Dupont_11,1,2\n", "line 2: 3 cells below 2 columns"),
        ('student,R1\n"Alice', "is no table"),
    ],
)
def test_marks_that_do_not_fit_are_refused(marks, table, complaint):
    with pytest.raises(InputError) as error:
        read_marks([marks(table)], {name: {} for name in NAMES})
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


# --- Moodle -----------------------------------------------------------------------------------------------------------

WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed","Feedback comments"
"Participant 11","Alice Dupont",a@x.org,Submitted,,20.00,Yes,
"Participant 12","Élodie Noël",b@x.org,Submitted,,20.00,Yes,
"Participant 13","Jean Martin",c@x.org,Submitted,,20.00,Yes,
"Participant 14","Jean Martin",d@x.org,Submitted,,20.00,Yes,
"Participant 15","Zoé Petit",e@x.org,"No submission",,20.00,Yes,
"""


def test_moodle_gets_its_worksheet_back_with_marks_and_feedback(results, marks, tmp_path):
    """Also for two students of one name: RunestoneInteractive/RunestoneServer#1038, Doenet/DoenetApps#1648."""
    (tmp_path / "roster.csv").write_text(WORKSHEET, encoding="utf-8-sig")
    hand = marks("student,R1,R2,comment\nAlice Dupont_11,3,2,Bravo\n")
    written, remarks = export(MOODLE, results, tmp_path / "roster.csv", tmp_path / "moodle", [hand])
    with written[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == next(csv.reader([WORKSHEET.splitlines()[0]]))
    assert [row["Grade"] for row in rows] == ["17", "6", "0", "13.6", ""]  # of 20, for 85, 30, 0 and 68 of 100
    assert rows[0]["Feedback comments"].startswith("1.1: 10/10 · ")
    assert rows[0]["Feedback comments"].endswith("R1: 3/3 · R2: 2/2\nBravo")
    with zipfile.ZipFile(written[1]) as archive:
        assert archive.namelist() == [f"{name}_assignfeedback_file_/feedback.html" for name in NAMES]
    assert "Zoé Petit: nothing handed in" in remarks
    assert "Jean Martin: no marks for R1 … R10" in remarks


# Who is in the class, and what Moodle calls their folders: number, name, group, what stands before the name.
CLASS = {
    "plain": [(21, "Alice Dupont", "", ""), (22, "Élodie Noël", "", ""), (23, "Zoé", "", "")],
    "dropped characters": [(21, "Maeve O'Brien", "", ""), (22, "A & B: C/D <E>", "", ""), (23, "Jean_Luc", "", "")],
    "groups": [(21, "Jean Martin", "", "TP 1-"), (22, "Jean Martin", "", "TP_2 (mardi)-"), (23, "Eve", "", "D'A-")],
    "teams": [(21, "Alice Dupont", "P 1", "P 1-"), (22, "Bob Roy", "P 1", "P 1-"), (23, "Eve", "", "Default group-")],
    "one of a team": [(21, "Alice Dupont", "Pair 1", "Pair 1-"), (22, "Bob Roy", "Pair 1", None), (23, "Eve", "-", "")],
    "blind": [(21, "", "", ""), (22, "", "", ""), (23, "", "", "")],
}
DROPPED_BY_MOODLE = "&<>\"`|':\\/"


def as_moodle_names(name: str, group: str, number: int) -> str:
    """The folder of a submission in what Moodle packs for staff."""
    whole = f"{group}{name or 'Participant'}".replace("_", " ")
    return "".join(c for c in whole if c not in DROPPED_BY_MOODLE) + f"_{number}_assignsubmission_file_"


def as_moodle_imports(worksheet: Path, feedback: Path) -> tuple[dict[int, float], dict[int, list[str]]]:
    """Grades and files by number, as Moodle's two importers take them: what they pass over is not there."""
    table = csv.DictReader(worksheet.read_text(encoding="utf-8").splitlines())
    assert {"Identifier", "Grade", "Last modified (grade)", "Feedback comments"} <= set(table.fieldnames or ())
    grades, files = {}, {}
    for row in table:
        if row["Grade"] and 0 <= float(row["Grade"]) <= 20:
            grades[int(row["Identifier"][len("Participant ") :])] = float(row["Grade"])
    with zipfile.ZipFile(feedback) as archive:
        for name in archive.namelist():
            _, number, kind, plugin, file = name.split("_", 4)
            assert (kind, plugin) == ("assignfeedback", "file")
            files.setdefault(int(number), []).append(file)
    return grades, files


@pytest.mark.parametrize("layout", CLASS)
def test_whatever_moodle_calls_a_folder_the_mark_gets_to_that_person(results, tmp_path, layout):
    people = CLASS[layout]
    handed_in = [person for person in people if person[3] is not None]
    for number, name, _, group in handed_in:
        place = tmp_path / "in" / as_moodle_names(name, group, number)
        place.mkdir(parents=True)
        (place / "gram.py").write_text("x = 1", encoding="utf-8")
    entries, _ = list_entries(tmp_path / "in")
    assert len(entries) == len(handed_in)
    (tmp_path / "out").mkdir()
    scores = {}
    right = read_result("Alice Dupont_11", results)
    for entry in entries:
        number = int(entry.student.rpartition("_")[2])
        same = 21 if layout == "teams" and number == 22 else number
        scores[number] = {21: 80, 22: 60, 23: 40}[same]
        write_result(right | {"student": entry.student, "score": scores[number]}, tmp_path / "out")
    columns = ["Identifier", "Full name", "Email address", "Status", "Group", "Grade", "Maximum grade"]
    columns += ["Grade can be changed", "Last modified (submission)", "Last modified (grade)", "Feedback comments"]
    columns = [name for name in columns if layout != "blind" or name not in ("Full name", "Email address")]
    with (tmp_path / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, restval="-", extrasaction="ignore")
        table.writeheader()
        for number, name, team, _ in people:
            words = {"Grade": "", "Maximum grade": "20.00", "Grade can be changed": "Yes", "Feedback comments": ""}
            own = {"Identifier": f"Participant {number}", "Full name": name, "Group": team or "Default group"}
            table.writerow(words | own)
    (worksheet, feedback), remarks = export(MOODLE, tmp_path / "out", tmp_path / "roster.csv", tmp_path / "moodle")
    grades, files = as_moodle_imports(worksheet, feedback)
    if layout == "one of a team":
        scores[22] = scores[21]
        assert any("of the same team" in line for line in remarks)
    assert grades == {number: score / 5 for number, score in scores.items()}
    assert files == {number: ["/feedback.html"] for number in scores}


def test_what_moodle_would_pass_over_is_told(results, tmp_path):
    text = WORKSHEET.replace("b@x.org,Submitted,,20.00,Yes,", "b@x.org,Submitted,,20.00,No,")
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    _, remarks = export(MOODLE, results, tmp_path / "roster.csv", tmp_path / "moodle")
    assert "Élodie Noël: the grade is locked in Moodle, which keeps the old one" in remarks
    told = "no column 'Last modified (grade)', without which Moodle takes no worksheet: download it again"
    assert told in remarks
    assert sum("locked" in line for line in remarks) == 1


def test_moodle_says_whose_comments_are_replaced_by_others(results, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text(
        WORKSHEET.replace("b@x.org,Submitted,,20.00,Yes,", "b@x.org,Submitted,,20.00,Yes,late"), encoding="utf-8"
    )
    (grades, _), remarks = export(MOODLE, results, roster, tmp_path / "moodle")
    assert remarks[-1] == "grades.csv replaces comments that stood in the worksheet, of Élodie Noël"
    # What was imported comes back in the next worksheet.
    _, again = export(MOODLE, results, grades, tmp_path / "again")
    assert "replaces" not in again[-1]


def test_moodle_in_french_has_decimal_commas(results, tmp_path):
    """7,5 that becomes 7: jcrodriguez-dis/moodle-mod_vpl#24."""
    text = WORKSHEET.replace("Identifier", "Identifiant").replace("Full name", "Nom complet").replace("Grade,", "Note,")
    text = text.replace("Email address", "Adresse de courriel").replace("Maximum grade", "Note maximale")
    text = text.replace("Feedback comments", "Feedback par commentaires").replace("20.00", '"20,00"')
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    written, remarks = export(MOODLE, results, tmp_path / "roster.csv", tmp_path / "moodle")
    with written[0].open(encoding="utf-8", newline="") as file:
        assert [row["Note"] for row in csv.DictReader(file)] == ["16", "6", "0", "13,6", ""]
    assert remarks[0].startswith("the marks are those of the checks alone")


def test_a_damaged_result_is_told_by_its_name(results, marks, tmp_path):
    shutil.copytree(results, tmp_path / "out", ignore=shutil.ignore_patterns("totals.csv"))
    (tmp_path / "out" / "Jean Martin_13" / "result.json").write_text('{"schema": 1}', encoding="utf-8")
    with pytest.raises(InputError, match=r"Jean Martin_13.result\.json is damaged"):
        write_totals(tmp_path / "out", [marks("student,R1\n")])
    assert not (tmp_path / "out" / "totals.csv").exists()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"Participant 14","Jean Martin",d@x.org,Submitted,,20.00,Yes,\n', "", "'Jean Martin_14' is not in it"),
        ("Participant 12", "Participant 112", "'Élodie Noël_12' is not in it"),  # another activity's worksheet
        ("Élodie Noël", "Bob Smith", "'Élodie Noël_12' is participant 12, who is called 'Bob Smith' there"),
        ("Maximum grade", "Most", "no column 'Maximum grade'"),
        ("20.00", "-", "line 2: no participant's number, or no maximum grade"),
        ("Participant 14", "Participant 13", "'Jean Martin_13' may be participant 13 or 13"),
        ('"Grade can be changed"', '"Full name"', "two columns are called 'Full name', and differ"),
    ],
)
def test_moodle_refuses_a_roster_that_does_not_fit(results, tmp_path, old, new, complaint):
    """A student who is in it twice: pawtograder/platform#979. Two columns of a name: sakaiproject/sakai#3263."""
    (tmp_path / "roster.csv").write_text(WORKSHEET.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        export(MOODLE, results, tmp_path / "roster.csv", tmp_path / "moodle")
    assert not (tmp_path / "moodle").exists()


def test_moodle_knows_students_by_the_names_that_handin_gives(results, tmp_path):
    result = read_result("Alice Dupont_11", results)
    (tmp_path / "results").mkdir()
    (tmp_path / "roster.csv").write_text(WORKSHEET, encoding="utf-8")
    write_result(result | {"student": "DUPONT_Alice_tp3"}, tmp_path / "results")
    written, _ = export(MOODLE, tmp_path / "results", tmp_path / "roster.csv", tmp_path / "moodle")
    assert "Participant 11,Alice Dupont,a@x.org,Submitted,16," in written[0].read_text(encoding="utf-8")
    write_result(result | {"student": "MARTIN_Jean_tp3"}, tmp_path / "results")
    with pytest.raises(InputError, match="'MARTIN_Jean_tp3' may be participant 13 or 14"):
        export(MOODLE, tmp_path / "results", tmp_path / "roster.csv", tmp_path / "moodle")


# --- Canvas and Brightspace -------------------------------------------------------------------------------------------

CANVAS_BOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (17),TP3 textures (18),Current Score
    Points Possible,,,,,5,{most},(read only)
"Dupont, Alice",411,u1,adupont,A,3,,60
"Noël, Élodie",412,u2,enoel@x.org,A,,,0
"Martin, Jean",413,u3,jmartin,A,,,0
"Martin, Jean",414,u4,jmartin2,A,,,0
"Student, Test",499,,7f3a,A,,,0
"""
BRIGHTSPACE_BOOK = """\
OrgDefinedId,Username,Last Name,First Name,Quiz Points Grade <Numeric MaxPoints:5 Weight:1>,\
TP3 Points Grade <Numeric MaxPoints:20 Weight:10 Category:Labs CategoryWeight:5>,End-of-Line Indicator
#s11,#adupont,Dupont,Alice,3,,#
#s12,#enoel,Noël,Élodie,,,#
#s13,#jmartin,Martin,Jean,,,#
#s14,#jmartin2,Martin,Jean,,,#
"""


@pytest.fixture
def renamed(results, tmp_path) -> Callable[[dict[str, str]], Path]:
    """The same results under other names."""

    def rename(names: dict[str, str]) -> Path:
        for old, new in names.items():
            (tmp_path / "renamed").mkdir(exist_ok=True)
            write_result(read_result(old, results) | {"student": new}, tmp_path / "renamed")
        return tmp_path / "renamed"

    return rename


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("most, last", [("20", "13.6"), ('"20,00"', "13,6")])
def test_canvas_gets_the_columns_that_it_takes_back(renamed, tmp_path, most, last):
    graded = renamed(
        dict(zip(NAMES, ["dupontalice_411", "noëlélodie_412", "Martin_Jean_413", "jmartin2"], strict=True))
    )
    (tmp_path / "book.csv").write_text(CANVAS_BOOK.format(most=most), encoding="utf-8-sig")
    (written,), remarks = export(CANVAS, graded, tmp_path / "book.csv", tmp_path / "canvas")
    rows = rows_of(written)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "TP3 textures (18)"]
    assert rows[1] == ["    Points Possible", "", "", "", "", most.strip('"')]
    assert [row[-1] for row in rows[2:]] == ["16", "6", "0", last, ""]
    assert "Student, Test: nothing handed in" in remarks
    with pytest.raises(InputError, match=r"which column of grades.*'Quiz', 'TP3 textures'"):
        export(CANVAS, graded, tmp_path / "book.csv", tmp_path / "canvas", item="lab")


def test_brightspace_gets_keys_points_and_its_last_column(renamed, tmp_path):
    graded = renamed(dict(zip(NAMES, ["Alice Dupont", "Noël Élodie", "jmartin", "s14x"], strict=True)))
    (tmp_path / "book.csv").write_text(BRIGHTSPACE_BOOK, encoding="utf-8")
    with pytest.raises(InputError, match="'s14x' is not in it"):
        export(BRIGHTSPACE, graded, tmp_path / "book.csv", tmp_path / "b")
    (written,), remarks = export(BRIGHTSPACE, graded, tmp_path / "book.csv", tmp_path / "b", skip_unknown=True)
    rows = rows_of(written)
    assert [name.partition(" <")[0] for name in rows[0]] == [
        "OrgDefinedId",
        "Username",
        "TP3 Points Grade",
        "End-of-Line Indicator",
    ]
    assert [row[2] for row in rows[1:]] == ["16", "6", "0", ""]
    assert rows[1] == ["#s11", "#adupont", "16", "#"]
    assert "left out: 's14x' is not in it" in remarks


# --- Gradescope -------------------------------------------------------------------------------------------------------

# From the specification of results.json, gradescope-autograders.readthedocs.io.
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
SCHEMA = {
    "type": "object",
    "properties": {
        "score": {"type": "number", "minimum": 0},
        "execution_time": {"type": "integer"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "score": {"type": "number", "minimum": 0},
                    "max_score": {"type": "number", "minimum": 0},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "visibility": VISIBILITY,
                },
                "required": ["name", "score", "max_score"],
                "additionalProperties": False,
            },
        },
    },
    "anyOf": [{"required": ["score"]}, {"required": ["tests"], "properties": {"tests": {"minItems": 1}}}],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def autograder(tmp_path_factory) -> Path:
    """A folder as Gradescope lays out /autograder, with the archive in source/."""
    folder = tmp_path_factory.mktemp("autograder")
    with zipfile.ZipFile(write_autograder(folder / "autograder.zip")) as archive:
        archive.extractall(folder / "source")
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    shutil.copy(folder / "source" / "run_autograder", folder)
    folder.chmod(0o755)  # as /autograder is
    return folder


def autograde(autograder: Path, files: dict[str, str], **variables: str) -> dict:
    """results.json of a submission, which the schema accepts."""
    shutil.rmtree(autograder / "submission", ignore_errors=True)
    for name, text in files.items():
        path = autograder / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environment = os.environ | {"GRADER_PYTHON": sys.executable} | variables
    subprocess.run(["bash", autograder / "run_autograder"], check=True, capture_output=True, env=environment)
    found = json.loads((autograder / "results" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.slow
def test_gradescope_grades_right_broken_and_hostile(autograder):
    assert autograde(autograder, examples()["albert"])["score"] == course().points + course().bonus
    thief = f"open({str(autograder / 'results' / 'results.json')!r}, 'w').write('{{\"score\": 104}}')"
    steal = HOSTILE.replace("for theft in (", f"for theft in (\n        lambda: {thief},")
    found = autograde(autograder, examples()["eve"] | {"textures/gram.py": steal})  # which has 68 without the theft
    assert found["score"] == 52
    assert {test["visibility"] for test in found["tests"]} == {"visible", "after_published"}


def test_gradescope_says_so_when_nothing_can_be_graded(autograder):
    assert (
        say("intake", "no_code", course().language, found="*.txt", package="textures")
        in autograde(autograder, {"readme.txt": "x"})["output"]
    )
    found = autograde(autograder, {"readme.txt": "x"}, GRADER_PYTHON="/bin/false")
    assert (found["score"], found["tests"]) == (0, [])
    assert "no verdict on the submission" in found["output"]


@pytest.mark.parametrize("user", [0, 61234])
def test_gradescope_is_honest_about_a_container_without_namespaces(monkeypatch, tmp_path, user):
    import grader.exports.gradescope as gradescope

    def none_here(wanted: str) -> str:
        raise InputError("no namespaces")

    class Bare(Host):
        def __init__(self, level: str):
            super().__init__("none")  # root may have no user to spare here, and is refused then
            self.level, self.user = level, user

    monkeypatch.setattr(gradescope, "choose_level", none_here)
    monkeypatch.setattr(gradescope, "Host", Bare)
    (tmp_path / "x.txt").write_text("x", encoding="utf-8")
    output = results_of(tmp_path)["output"]
    assert ("as a user of its own" in output) == bool(user)
    assert ("Look at surprising scores" in output) == (not user)


CURIOUS = """
import os

def gram_matrix(features):
    found = []
    for place in ("results", "submission", "source/solution", "source/grader/checks"):
        try:
            found += os.listdir(f"/autograder/{place}")
        except PermissionError:
            pass
    if os.fork() == 0:
        os.setsid()
        os.read(os.pipe()[0], 1)  # for ever
    raise ValueError(f"found {found} as {os.getuid()}")
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("bwrap") is None, reason="needs root and bubblewrap for a container"
)
def test_in_a_container_without_namespaces_root_gives_its_rights_away(autograder):
    shutil.rmtree(autograder / "submission", ignore_errors=True)
    for name, text in (examples()["albert"] | {"textures/gram.py": CURIOUS}).items():
        (autograder / "submission" / name).parent.mkdir(parents=True, exist_ok=True)
        (autograder / "submission" / name).write_text(text, encoding="utf-8")
    container = ["bwrap", "--bind", "/", "/", "--cap-add", "ALL", "--unshare-pid", "--dev", "/dev", "--proc", "/proc"]
    home, python = Path.home(), Path(sys.base_prefix)
    if python.is_relative_to(home):  # where no other user could read it
        container += ["--tmpfs", str(home), "--ro-bind", str(python), str(python)]
        for folder in [home, *(path for path in reversed(python.parents) if path.is_relative_to(home / "."))]:
            container += ["--chmod", "0755", str(folder)]
    for program in filter(None, map(shutil.which, ("bwrap", "unshare"))):
        container += ["--ro-bind", "/dev/null", program]
    container += ["--bind", str(autograder), "/autograder", "--setenv", "GRADER_PYTHON", sys.executable]
    script = "bash /autograder/run_autograder; ps -eo user:20,args | grep -c '^[6]1'"
    done = subprocess.run([*container, "bash", "-c", script], capture_output=True, encoding="utf-8")
    assert done.stdout.strip() == "0", done.stderr  # nothing of that user's is left
    found = json.loads((autograder / "results" / "results.json").read_text(encoding="utf-8"))
    assert "as a user of its own" in found["output"], done.stderr
    assert found["score"] == 64
    assert "found [] as 6" in found["tests"][0]["output"]
