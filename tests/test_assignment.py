"""Does the student's archive work on its own: pytest, hints, scripts, hand-in?"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from pypdf import PdfWriter

from grader.intake.submission import read_submission
from grader.release import assignment as release
from judging.course import course
from judging.notebook import EMPTY_ANSWER

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def unzipped(tmp_path_factory) -> Path:
    """The archive, opened where nothing else is."""
    folder = tmp_path_factory.mktemp("student é")
    with zipfile.ZipFile(release.write_archive(folder)) as archive:
        archive.extractall(folder)
    return folder / "tp3"


@pytest.fixture
def lab(unzipped, tmp_path) -> Path:
    """A student's copy; pictures are shared."""
    folder = tmp_path / "tp3"
    shutil.copytree(unzipped, folder, ignore=shutil.ignore_patterns("images", "models", "expected"))
    for name in ("images", "models", "expected"):
        (folder / name).symlink_to(unzipped / name)
    return folder


@pytest.fixture
def solved(lab) -> Path:
    """The same with every place filled in."""
    shutil.copytree(ROOT / "solution" / "textures", lab / "textures", dirs_exist_ok=True)
    return lab


def run(folder: Path, *words: object, **variables: str) -> subprocess.CompletedProcess:
    """python WORDS in a student's folder, without anything of this repository on the path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONIOENCODING": "utf-8", "COLUMNS": "100"} | variables
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")


def results(folder: Path, *words: str) -> tuple[list[dict], subprocess.CompletedProcess]:
    path = folder.parent / "results.json"
    done = run(folder, "-m", "pytest", f"--results={path}", *words)
    return json.loads(path.read_text(encoding="utf-8")), done


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_untouched_stubs_are_not_started_and_worth_nothing(lab):
    found, done = results(lab, "--lang", "en")
    assert done.returncode == 1
    assert {result["status"] for result in found} == {"skipped"}
    assert sum(result["points"] for result in found) == 0
    assert {result["part"] for result in found} == set(course().tasks)
    assert {result["message"] for result in found} == {"not started"}
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.count("not started") == len(course().tasks)
    assert "Next: task 1.1. Look for TODO 1.1 in textures/gram.py" in done.stdout


def test_with_the_solution_every_public_point_is_there(solved):
    found, done = results(solved, "--lang", "fr")
    assert done.returncode == 0, done.stdout
    assert {result["status"] for result in found} == {"passed"}
    most = sum(result["max_points"] for result in found)
    assert sum(result["points"] for result in found) == most
    whole = sum(result["max_points"] for result in found if not course().tasks[result["part"]].bonus)
    told = f"points publics : {whole:g} sur {whole:g}, et {most - whole:g} sur {most - whole:g} pour le bonus"
    assert told.replace(".", ",") in done.stdout
    assert not any(result["hidden"] for result in found)


def test_one_task_alone(solved):
    found, done = results(solved, "-m", "task2_4")
    assert done.returncode == 0
    assert {result["part"] for result in found} == {"2.4"}


def test_a_known_misconception_gets_its_hint_in_both_languages(solved):
    replace(solved / "textures" / "gram.py", " / positions.shape[1]", "")
    english, done = results(solved, "-m", "task1_1", "--lang", "en")
    assert done.returncode == 1
    assert {result["hint_id"] for result in english if result["status"] == "failed"} == {
        "gram_not_divided",
        "gram_grows",
    }
    assert "G is a mean over the positions, not a sum." in " ".join(done.stdout.split())
    _, done = results(solved, "-m", "task1_1", "--lang", "fr")
    assert "G est une moyenne sur les positions, pas une somme." in " ".join(done.stdout.split())


def test_an_error_of_the_students_code_is_one_line_with_its_place(solved):
    replace(solved / "textures" / "noise.py", "lam = min(lam, 1 - lam)", "lam = minn(lam, 1 - lam)")
    found, done = results(solved, "-m", "task2_4", "--lang", "en")
    errors = {result["message"] for result in found if result["status"] == "error"}
    line = (solved / "textures" / "noise.py").read_text(encoding="utf-8").split("minn")[0].count("\n") + 1
    assert errors == {f"stopped with NameError: name 'minn' is not defined (noise.py, line {line})"}
    assert "Traceback" not in done.stdout


def test_a_wrong_matrix_and_a_broken_file_cost_their_own_tasks_only(solved):
    replace(solved / "textures" / "gram.py", " / positions.shape[1]", "")
    (solved / "textures" / "noise.py").write_text("def sample_noise(:\n", encoding="utf-8")
    found, _ = results(solved, "--lang", "en")
    assert {result["part"] for result in found if result["status"] == "failed"} == {"1.1"}
    assert {result["part"] for result in found if result["status"] == "error"} == {"2.4"}
    assert {"1.2", "2.1", "2.2"}.isdisjoint(result["part"] for result in found if result["status"] != "passed")
    waiting = {result["message"]: result["part"] for result in found if result["status"] == "skipped"}
    assert waiting.keys() == {f"waits for task {part}: mend that one first" for part in ("1.1", "2.4")}
    errors = {result["message"] for result in found if result["status"] == "error"}
    assert any(told.startswith("cannot be imported: SyntaxError") and "(noise.py, line 1)" in told for told in errors)


def test_an_ascii_terminal_shows_the_page_too(lab):
    done = run(lab, "-m", "pytest", "-m", "task1_1", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert "UnicodeEncodeError" not in done.stdout + done.stderr
    assert ".........." in done.stdout


def test_the_scripts_say_which_task_is_missing(lab):
    done = run(lab, "gatys.py", "pebbles", "--size", 64, "--iterations", 3)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == "gatys.py: TODO 1.3: synthesize is not written yet"
    assert "Traceback" not in done.stderr


def test_the_scripts_run_with_the_solution(solved):
    done = run(solved, "gatys.py", "pebbles", "--size", 64, "--iterations", 3, "-o", "p.png")
    assert done.returncode == 0, done.stderr
    assert (solved / "p.png").exists()


# --- Hand-in ----------------------------------------------------------------------------------------------------------


def write_report(path: Path, pages: int = 2, password: str | None = None) -> None:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)


def test_hand_in(solved):
    write_report(solved / "report.pdf")
    (solved / "mine.png").write_bytes(b"a picture")
    (solved / ".ipynb_checkpoints").mkdir()
    (solved / "textures" / "elsewhere.py").symlink_to("/etc/hostname")
    done = run(solved, "handin.py", "Dupont d'Arc", "Zoé", "--lang", "en")
    assert done.returncode == 0, done.stderr
    archive = solved / "DUPONT-D-ARC_Zoé_tp3.zip"
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
    top = "DUPONT-D-ARC_Zoé_tp3"
    scripts = ("gatys", "handin", "sample_texturenet", "train_texturenet")
    solution = ROOT / "solution"
    modules = {f"{top}/{path.relative_to(solution).as_posix()}" for path in (solution / "textures").rglob("*.py")}
    assert names == {f"{top}/{name}.py" for name in scripts} | modules | {f"{top}/tp3.ipynb", f"{top}/report.pdf"}
    assert "your report (pages: 2)" in done.stdout
    assert " public points" in done.stdout
    assert "notebook: tp3.ipynb, 0 of 10 questions answered in it" in done.stdout
    assert "no text can be read in report.pdf" in done.stdout
    assert "[TP3] DUPONT-D-ARC Zoé" in done.stdout
    assert "warning" not in done.stdout


def test_pytest_works_in_a_folder_above(solved):
    """As editors run it whose workspace is one level up: pytest-dev/pytest#11071, pytest-dev/execnet#91."""
    done = run(solved.parent, "-m", "pytest", "-k", "count_parameters")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2.2" in done.stdout and "1 / 1" in done.stdout


def test_a_pair_hands_in_one_archive(lab):
    write_report(lab / "report.pdf", pages=1)
    done = run(lab, "handin.py", "Dupont", "Zoé", "--with", "Martin", "Bob", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert (lab / "DUPONT_Zoé+MARTIN_Bob_tp3.zip").is_file()
    assert "[TP3] DUPONT + MARTIN Zoé + Bob" in done.stdout
    for more in (["--with", "dupont", "Zoé"], ["--with", "A", "B", "--with", "C", "D"]):
        done = run(lab, "handin.py", "Dupont", "Zoé", *more)
        assert done.stderr == "handin.py: up to 2 people hand in together, each named once: see --help\n"


def test_hand_in_checks_what_it_packed(solved):
    """Helpers beside and below come along; what does not is missed here, and not first when the lab is marked."""
    write_report(solved / "report.pdf")
    replace(
        solved / "textures" / "gram.py",
        "import torch\n",
        "import torch\nfrom outils import ONE\nfrom .aide.b import TWO\n",
    )
    (solved / "outils.py").write_text("ONE = 1\n", encoding="utf-8")
    (solved / "textures" / "aide").mkdir()
    (solved / "textures" / "aide" / "b.py").write_text("TWO = 2\n", encoding="utf-8")
    (solved / "env" / "lib").mkdir(parents=True)
    (solved / "env" / "pyvenv.cfg").write_text("", encoding="utf-8")
    (solved / "env" / "lib" / "x.py").write_text("", encoding="utf-8")
    done = run(solved, "handin.py", "Dupont", "Zoé", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stdout
    with zipfile.ZipFile(solved / "DUPONT_Zoé_tp3.zip") as opened:
        names = {name.partition("/")[2] for name in opened.namelist()}
    assert {"outils.py", "textures/aide/b.py"} < names
    assert "env/lib/x.py" not in names
    assert read_submission(solved / "DUPONT_Zoé_tp3.zip").files.keys() >= {"outils.py", "textures/aide/b.py"}
    (solved / "data.py").symlink_to(solved / "outils.py")  # no part of the archive
    replace(solved / "textures" / "gram.py", "from outils", "from data")
    shutil.copy(solved / "tp3.ipynb", solved / "tp3-Copy1.ipynb")
    replace(solved / "tp3-Copy1.ipynb", EMPTY_ANSWER, "An answer.")
    done = run(solved, "handin.py", "Dupont", "Zoé", "--lang", "en")
    assert (
        "warning: task 1.1 (gram_matrix): cannot be imported: ModuleNotFoundError: No module named 'data'"
        in done.stdout
    )
    assert "warning: of 2 notebooks tp3-Copy1.ipynb counts" in done.stdout
    assert not list(solved.glob(".handin-*"))


def test_hand_in_warns_of_stubs(lab):
    write_report(lab / "report.pdf", pages=1)
    (lab / "tp3.ipynb").unlink()
    done = run(lab, "handin.py", "Dupont", "Zoé", "--lang", "en")
    assert done.returncode == 0
    assert done.stdout.count(": not started") == 8
    assert "tp3.ipynb is missing" in done.stdout
    assert "0 of " in done.stdout and "public points" in done.stdout


def test_answers_are_counted_in_notebook_and_report(lab):
    """A question is answered where it says more than the empty place; the notebook printed empty answers none."""
    printed = (
        f"R1. Which layers? Show one synthesis. TODO R1: choose an exemplar of images/ and more words. {EMPTY_ANSWER} "
        "R2. Change the set of layers, and nothing else. Only the fine layers matter to the look of small things "
        f"R3 R10. What does it show? {EMPTY_ANSWER.replace(' · ', ' ')} R4: a short but whole answer, more than a line"
    )
    code = f"from handin import answers_in_report, answers; print(sorted(answers_in_report({printed!r})))"
    done = run(lab, "-c", code + "; from pathlib import Path; print(answers(Path('tp3.ipynb')))")
    assert done.stdout.splitlines() == ["['R2', 'R4']", "set()"], done.stderr
    replace(lab / "tp3.ipynb", EMPTY_ANSWER, "An answer.")
    done = run(lab, "-c", "import handin; print(len(handin.answers(handin.notebook_that_counts())))")
    assert done.stdout == "10\n", done.stderr


def endless(lab: Path, part: str) -> None:
    """Put loops without end into the places of a task, in a lab that has all others filled in."""
    name = course().tasks[part].file
    stub = (ROOT / "assignment" / name).read_text(encoding="utf-8")
    text, count = re.subn(rf'raise NotImplementedError\("TODO {part}: [^\n]*', "while True:\n            pass", stub)
    assert count
    (lab / name).write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("part", course().tasks)
def test_a_loop_without_end_costs_seconds_and_is_told_with_its_line(solved, part):
    """In the notebook, whose check runs pytest; at home the limit is 60 seconds, here long enough for imports."""
    endless(solved, part)
    file = Path(course().tasks[part].file).name
    text = (solved / "textures" / file).read_text(encoding="utf-8").split("\n")
    lines = {i for i, line in enumerate(text, 1) if "while True:" in line or "while True:" in text[i - 2]}
    code = f"from judging.notebook import check; print('points', check({part!r}))"
    for limit in (1, 10, 60):
        done = run(solved, "-c", code, PYTEST_ADDOPTS=f"--time-limit={limit}", LAB_LANG="en")
        assert done.returncode == 0, done.stderr
        assert re.search(r"^points (0\.?0?|None)$", done.stdout, re.MULTILINE)  # of a bonus, nbgrader is told nothing
        words = " ".join(done.stdout.split())
        told = re.findall(r"no end after (\d+) seconds; the code was at (.+?), line (\d+)", words)
        assert len(told) == 1  # the other checks of the task do not try it again
        if told[0][1] == file:
            break
    assert told[0][:2] == (str(limit), file)
    assert int(told[0][2]) in lines


@pytest.mark.slow
def test_hand_in_writes_the_archive_though_code_does_not_end(solved):
    write_report(solved / "report.pdf", pages=1)
    replace(solved / "textures" / "gram.py", "    positions = ", "    while True:\n        pass\n    positions = ")
    endless = "    import itertools\n    return sum(itertools.count())\n"
    replace(
        solved / "textures" / "movies.py",
        "    generator = torch.Generator()",
        endless + "    generator = torch.Generator()",
    )
    done = run(solved, "handin.py", "Dupont", "Zoé", "--lang", "en", PYTEST_ADDOPTS="--time-limit=8")
    assert done.returncode == 0, done.stderr
    assert zipfile.is_zipfile(solved / "DUPONT_Zoé_tp3.zip")
    assert "warning: task 1.1 (gram_matrix): no end after 8 seconds; the code was at gram.py, line " in done.stdout
    assert "warning: not checked: 2.5, bonus: your code did not end, it was at movies.py, line " in done.stdout


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: None, "report.pdf is missing"),
        (lambda path: path.write_bytes(b"PK\x03\x04 a document, renamed"), "report.pdf is no readable PDF"),
        (lambda path: path.write_bytes(b""), "report.pdf is no readable PDF"),
        (lambda path: path.write_bytes(b"%PDF-1.7\n%%EOF"), "report.pdf is no readable PDF"),
        (lambda path: write_report(path, password="secret"), "report.pdf is locked"),
        (lambda path: write_report(path, pages=0), "report.pdf has no page"),
        (lambda path: path.mkdir(), "report.pdf is missing"),
    ],
)
def test_hand_in_refuses_a_report_that_is_none(lab, make, complaint):
    make(lab / "report.pdf")
    done = run(lab, "handin.py", "Dupont", "Zoé")
    assert done.returncode == 2
    assert done.stderr.startswith(f"handin.py: {complaint}")
    assert done.stderr.count("\n") == 1
    assert not list(lab.glob("*.zip"))


def test_hand_in_refuses_a_name_that_is_none(lab):
    write_report(lab / "report.pdf")
    done = run(lab, "handin.py", "../..", "Zoé")
    assert (done.returncode, done.stderr) == (
        2,
        "handin.py: '../..' is no name: write python handin.py LASTNAME Firstname\n",
    )


# --- The notebook -----------------------------------------------------------------------------------------------------


def test_the_notebooks_cells():
    notebook = nbformat.read(ROOT / "assignment" / "tp3.ipynb", as_version=4)
    nbformat.validate(notebook)
    by_id = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}
    assert len(by_id) == len(notebook.cells)
    checks = {key: cell.metadata.nbgrader.points for key, cell in by_id.items() if key.startswith("check-")}
    assert checks == {f"check-{part.replace('.', '_')}": task.due for part, task in course().tasks.items()}
    answers = [cell for key, cell in by_id.items() if key.startswith("answer-")]
    assert len(answers) == len(course().questions)
    assert sum(cell.metadata.nbgrader.points for cell in answers) == course().written
    assert {cell.source for cell in answers} == {EMPTY_ANSWER}
    for key, cell in by_id.items():
        assert cell.metadata.nbgrader.locked == (not key.startswith(("answer-", "solution-")))
        assert cell.cell_type == "markdown" or cell.outputs == []


def test_beside_its_archive_alone_the_notebook_unpacks_it_and_fetches_nothing(tmp_path):
    """A host of notebooks takes two files: its first cell needs no more, and may run twice."""
    with zipfile.ZipFile(tmp_path / "tp3.zip", "w") as archive:
        archive.writestr("tp3/checks/__init__.py", "")
        archive.writestr("tp3/textures/__init__.py", "WHERE = __file__")
    notebook = nbformat.read(ROOT / "assignment" / "tp3.ipynb", as_version=4)
    cell = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    code = f"import socket; del socket.socket; cell = {cell!r}; exec(cell); exec(cell)"
    code += "; import textures; print(textures.WHERE)"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == str(tmp_path / "tp3" / "textures" / "__init__.py"), done.stderr
