"""Is a submission marked for what it does, and does a hostile one gain nothing?"""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import grader
from examples import write_examples

from grader.marking.verdicts import all_checks
from grader.sandbox.host import strongest_level
from judging.course import course
from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
LEVEL = strongest_level() or "process"
needs_namespaces = pytest.mark.skipif(LEVEL != "namespace", reason="bubblewrap and user namespaces are not there")
FEATURES = torch.arange(8.0).reshape(1, 2, 2, 2)


FULL = {part: task.points for part, task in course().tasks.items()}


def but_for(*files: str) -> dict[str, float]:
    """Full marks, without the tasks of some files."""
    return FULL | {part: 0 for part, task in course().tasks.items() if task.file.removeprefix("textures/") in files}


def failing(*names: str) -> dict[str, float]:
    """Full marks, without the points of some checks."""
    lost = [all_checks()[name] for name in names]
    return {part: most - sum(one.points for one in lost if one.part == part) for part, most in FULL.items()}


MARKS = {
    "albert": FULL,
    "béatrice": failing(
        *("gram_by_hand", "gram_tiled", "convblock_circular", "texturenet_known_image"),
        *("interpolation_by_hand", "interpolation_leaves_alone"),
    ),
    "chloé": but_for("texturenet.py", "training.py", "noise.py", "movies.py"),
    "david": dict.fromkeys(FULL, 0),
    "eve": but_for("noise.py"),
    "mallory": but_for("gram.py"),
}
"""By example and task."""
TOTALS = {student: sum(points.values()) for student, points in MARKS.items()}


# --- Marks ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def in_one_process(at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.marking.grading.each", at_once)
        yield


@pytest.fixture(scope="module")
def graded(in_one_process, tmp_path_factory) -> Path:
    """A folder with a class, in/, and its results, out/: the six examples, and two entries that are none."""
    folder = tmp_path_factory.mktemp("class")
    write_examples(folder / "in")
    (folder / "in" / "=cmd.zip").write_bytes(b"not an archive")
    (folder / "in" / "<b>x").mkdir()
    done = grader("run", folder / "in", "--out", folder / "out", "--isolation", LEVEL, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "graded 8\n" in done.stdout
    assert "=cmd: bad-archive, 0 points: =cmd.zip cannot be opened" in done.stdout
    return folder


def result_of(student: str, graded: Path) -> dict:
    return json.loads((graded / "out" / student / "result.json").read_text(encoding="utf-8"))


def marks(student: str, graded: Path) -> dict[str, float]:
    """Points by part."""
    found = {}
    for check in result_of(student, graded)["checks"]:
        found[check["part"]] = found.get(check["part"], 0) + check["points"]
    return found


def test_the_solution_has_every_point(graded):
    assert marks("albert", graded) == MARKS["albert"] == FULL


def test_an_untouched_submission_has_none(graded):
    assert marks("david", graded) == MARKS["david"]


def test_a_wrong_task_costs_itself_alone(graded):
    assert marks("béatrice", graded) == MARKS["béatrice"]


def test_a_file_that_is_not_python_costs_its_own_task_alone(graded):
    assert marks("eve", graded) == MARKS["eve"]


def test_code_that_kills_its_process_costs_its_own_tasks_alone(graded):
    """Reported as sagemathinc/cocalc#4879."""
    assert marks("mallory", graded) == MARKS["mallory"]


def test_the_table_has_a_row_for_every_entry(graded):
    """None of which a spreadsheet takes for a formula: mohitkumhar/450-dsa#221."""
    with (graded / "out" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file, delimiter=";")
        rows = {row["student"]: (row["total"], row["status"]) for row in table}
    assert rows == {student: (f"{total:g}".replace(".", ","), "graded") for student, total in TOTALS.items()} | {
        "<b>x": ("0", "no-package"),
        "'=cmd": ("0", "bad-archive"),
    }


def test_a_result_tells_how_it_came_about(graded):
    result = result_of("béatrice", graded)
    assert result["isolation"] == LEVEL
    assert {check["hint_id"] for check in result["checks"] if check["part"] == "1.1"} == {
        "gram_not_divided",
        "gram_grows",
        None,
    }


def test_pages_show_names_as_text_and_work_as_pictures(graded):
    page = (graded / "out" / "class.html").read_text(encoding="utf-8")
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page
    assert "<figure>" not in (graded / "out" / "david" / "feedback.html").read_text(encoding="utf-8")
    page = (graded / "out" / "albert" / "feedback.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2
    assert page.count("<polyline") == 1


def test_only_what_changed_is_graded_again(graded):
    words = ("run", graded / "in", "--out", graded / "out", "--isolation", LEVEL, "--lang", "en")
    before = (graded / "out" / "grades.csv").read_bytes()
    assert "graded 0 of 8" in grader(*words).stdout
    (graded / "in" / "david" / "tp3" / "textures" / "noise.py").write_text("", encoding="utf-8")
    (graded / "out" / "<b>x" / "result.json").write_text("{", encoding="utf-8")  # as after a kill
    assert "graded 2 of 8" in grader(*words).stdout
    assert (graded / "out" / "grades.csv").read_bytes() == before


def test_what_moves_between_two_gradings_is_told(graded, tmp_path):
    shutil.copytree(graded / "out", tmp_path / "old")
    result = result_of("eve", graded)
    check = next(check for check in result["checks"] if check["id"] == "gram_by_hand")
    check |= {"points": 0, "status": "failed", "message": "G has an entry too many"}
    whole, points = TOTALS["eve"], check["max_points"]
    result |= {"score": whole - points, "checks_version": "older"}
    (tmp_path / "old" / "eve" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    shutil.rmtree(tmp_path / "old" / "mallory")
    assert grader("diff", tmp_path / "old", graded / "out").stdout.splitlines() == [
        f"eve: {whole - points:g} → {whole:g} (+{points:g}; other checks)",
        f"    1.1 gram_by_hand: 0 → {points:g}, failed → passed: G has an entry too many",
        f"mallory: only in {graded / 'out'}",
        "1 of 7 marks move",
    ]


@pytest.mark.parametrize(
    ("place", "code", "told"),
    [
        ("\n@check", "\ndef :\n\n@check", "without its solution this is not Python: invalid syntax; nobody is graded"),
        (
            "### END HIDDEN TESTS",
            "undefined\n### END HIDDEN TESTS",
            "the checks are broken, nobody is graded: NameError",
        ),
        ("hidden=True", "hidden=False", "must have hidden=True inside of"),
    ],
)
def test_broken_checks_cost_nobody_anything(tmp_path, place, code, told):
    """The results stay as they were, and the mistake of staff is named."""
    for name in ("solution", "grader", "assignment", "judging", "workbench"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("images", "models", "features", "expected", "pyproject.toml", "constraints.txt", "LICENSE"):
        (tmp_path / name).symlink_to(ROOT / name)
    write_examples(tmp_path / "in")
    path = tmp_path / "grader" / "checks" / "test_1_1_gram_matrix.py"
    path.write_text(path.read_text(encoding="utf-8").replace(place, code, 1), encoding="utf-8")
    words = ("run", "in", "--out", "out", "--isolation", LEVEL)
    done = subprocess.run([sys.executable, "-m", "grader", *words], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode == 2
    assert told in done.stderr and done.stderr.count("\n") == 1
    assert list((tmp_path / "out").glob("*/result.json")) == []


def test_examples_leave_other_folders_alone(tmp_path):
    write_examples(tmp_path / "in")
    write_examples(tmp_path / "in")
    (tmp_path / "in" / "thesis.txt").write_text("a", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds 'thesis\.txt', which is no example"):
        write_examples(tmp_path / "in")
    assert (tmp_path / "in" / "albert.zip").exists()


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("run", "nowhere", "--out", "x"), "nowhere is no folder"),
        (("run", "images", "--out", "x"), "images holds no submission"),
        (("run", "solution", "--out", "/proc/x"), "cannot write /proc/x"),
        (("run", "solution", "--out", "x", "-j", "0"), "-j must be at least 1"),
        (("run", "solution", "--out", "x", "--executor", "there"), "--executor is dask://HOST:PORT"),
        (("run", "solution", "--out", "x", "--executor", "dask://"), "--executor is dask://HOST:PORT"),
        (("run", "solution", "--out", "solution/x"), "solution/x lies in solution"),
        (("check", "nowhere.zip"), "there is no nowhere.zip"),
        (("check", "README.md"), "README.md is neither a folder nor a .zip or .tar.gz"),
        (("diff", "nowhere", "images"), "nowhere holds no results"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(words, complaint):
    done = grader(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(f"grader: {complaint}")
    assert done.stderr.count("\n") == 1
