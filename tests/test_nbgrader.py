"""Do the real nbgrader programs grade through our sandbox, from the source to formgrader, feedback and export?"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import nbformat
import pytest
from examples import examples
from nbgrader.api import Gradebook
from test_grading import MARKS, TOTALS

from grader.exports.course_folder import init
from grader.exports.gradebook import push
from grader.exports.marked_notebook import check_cell
from grader.proof.variants import solution
from grader.release import assignment as release
from grader.release.notebook import as_text
from grader.sandbox.host import strongest_level
from judging.course import course as course_settings
from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
LEVEL = strongest_level() or "process"
LIST = "id,first_name,last_name,email\nalbert,Albert,Alp,a@example.org\nbéatrice,Béatrice,Bé,b@example.org\n"

# The marks that test_grading.py expects of `grader run`; eve's and mallory's cells claim full marks, zoé's code warns.
SCORES = TOTALS | {"nobody": 0, "zoé": TOTALS["albert"]}


def run(*words: object, folder: Path = ROOT) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {"PATH": path, "JUPYTER_PLATFORM_DIRS": "1", "OMP_NUM_THREADS": "2", "MPLBACKEND": "agg"}
    command = [sys.executable, "-m", *map(str, words)]
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def grader(*words: object) -> str:
    done = run("grader", *words)
    assert done.returncode == 0, done.stdout
    return done.stdout


def nbgrader(folder: Path, *words: str, warnings: bool = False) -> str:
    """Run nbgrader WORDS, which must end well, and warn of nothing unless `warnings`; what it said."""
    done = run("nbgrader", *words, folder=folder)
    assert done.returncode == 0, done.stdout
    # A kernel that listens on TCP says so: that is about the machine, not about our notebook.
    said = "\n".join(line for line in done.stdout.splitlines() if not re.match(r"\[IPKernelApp\]", line))
    assert warnings or not re.search("WARNING|ERROR", said), said
    return done.stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """A course with its assignment generated, and nothing handed in."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    students = folder.parent / "students.csv"
    students.write_text(LIST, encoding="utf-8")
    grader("nbgrader", "init", folder, "--students", students)
    nbgrader(folder, "generate_assignment", "tp3")
    return folder


@pytest.fixture(scope="module")
def course(fresh, tmp_path_factory) -> Path:
    """The same after a class handed in, and `nbgrader autograde`."""
    folder = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(fresh, folder)
    hand_in(folder)
    (folder / "said.txt").write_text(nbgrader(folder, "autograde", "tp3", warnings=True), encoding="utf-8")
    return folder


def hand_in(course: Path) -> None:
    """The six examples with notebooks, right code that is not silent, and a student who hands in an empty folder."""
    right = solution()
    noise = "import logging, sys, warnings\nwarnings.warn('x')\nlogging.error('x')\nprint('x', file=sys.stderr)\n"
    loud = right | {name: text.replace("import torch\n", f"import torch\n{noise}", 1) for name, text in right.items()}
    for student, files in (examples() | {"zoé": loud}).items():
        folder = course / "submitted" / student / "tp3"
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        notebook = nbformat.read(course / "release" / "tp3" / "tp3.ipynb", as_version=4)
        for cell in notebook.cells:
            name = cell.metadata.nbgrader.grade_id
            if name == "answer-R3":
                cell.source = f"Curvature, says {student}. <script>document.title = 'owned'</script>"
                cell.source += "<img src='x' alt='x' onerror='document.title = 1'>"
            if name.startswith("check-") and student in ("eve", "mallory"):
                points = str(cell.metadata.nbgrader.points)
                cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": points})]
            if name == "solution-one-texture" and student == "mallory":
                database = str(course / "gradebook.db")
                cell.source = (
                    f"import sqlite3; sqlite3.connect({database!r}).execute('UPDATE grade SET auto_score = 16')"
                )
            if name == "solution-one-texture" and student == "albert":
                cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text="UserWarning: all is well")]
        if student != "chloé":  # has no notebook
            nbformat.write(notebook, folder / "tp3.ipynb")
    (course / "submitted" / "nobody" / "tp3").mkdir(parents=True)


def exported(course: Path) -> dict[str, float]:
    nbgrader(course, "export")
    lines = (course / "grades.csv").read_text(encoding="utf-8").splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    assert {row["max_score"] for row in rows} == {str(course_settings().whole)}
    return {row["student_id"]: float(row["score"]) for row in rows}


def scores(course: Path) -> dict[str, float]:
    """The same from the gradebook itself, which is quicker."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "course") as gradebook:
        return {one.student_id: one.score for one in gradebook.assignment_submissions("tp3")}


def graded_cell(course: Path, student: str, name: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(course / "autograded" / student / "tp3" / "tp3.ipynb", as_version=4)
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_generate_assignment_makes_our_notebook(fresh):
    made, ours = (
        nbformat.read(path, as_version=4)
        for path in (fresh / "release" / "tp3" / "tp3.ipynb", ROOT / "assignment" / "tp3.ipynb")
    )
    assert made.cells == ours.cells


def test_scores_are_those_of_grader_run(course):
    assert exported(course) == SCORES


def test_a_check_cell_tells_what_was_found_and_runs_nothing(course):
    text, points = graded_cell(course, "béatrice", "check-1_1").outputs
    assert "h·w fois trop grande" in text.text
    assert points.data == {"text/plain": f"{MARKS['béatrice']['1.1']:g}"}
    assert "UPDATE grade" in graded_cell(course, "mallory", "solution-one-texture").source
    assert graded_cell(course, "albert", "solution-one-texture").outputs[0].text == "UserWarning: all is well"


def test_who_handed_in_no_notebook_or_nothing_is_told_so(course):
    said = (course / "said.txt").read_text(encoding="utf-8")
    assert "chloé: there is no notebook" in said
    assert "Warning:" not in said  # of SQLAlchemy
    notebook = nbformat.read(course / "autograded" / "nobody" / "tp3" / "tp3.ipynb", as_version=4)
    assert "on n&#x27;y trouve " in notebook.cells[0].source


def test_feedback_has_the_hint(course):
    nbgrader(course, "generate_feedback", "tp3")
    page = (course / "feedback" / "béatrice" / "tp3" / "tp3.html").read_text(encoding="utf-8")
    assert "h·w fois trop grande" in page
    assert "<script>document.title" not in page


@pytest.mark.slow
def test_autograde_killed_in_the_middle_goes_on_where_it_was(course, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(course, folder)
    path = folder / "autograded" / "albert" / "tp3" / "tp3.ipynb"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:1000])  # stock nbgrader takes what is there for done
    with sqlite3.connect(folder / "gradebook.db") as database:
        database.execute("UPDATE grade SET auto_score = NULL WHERE auto_score > 5")
    result = folder / "results" / "tp3" / "béatrice" / "result.json"
    before = result.stat().st_mtime_ns
    nbgrader(folder, "autograde", "tp3", warnings=True)
    assert scores(folder) == SCORES
    assert result.stat().st_mtime_ns == before  # what was graded is not graded again


def test_an_answer_is_marked_in_formgrader_and_exported(course, tmp_path, browser, serve):
    folder = tmp_path / "course"
    shutil.copytree(course, folder)
    address = serve(
        *("jupyter", "server", "--allow-root", "--no-browser", "--IdentityProvider.token=", "--port={port}"),
        "--ServerApp.jpserver_extensions={{'nbgrader.server_extensions.formgrader': True}}",
        folder=folder,
    )
    page = browser.new_page()
    page.goto(f"{address}/formgrader/gradebook/tp3/tp3")
    links = page.locator("a[href*='/submissions/']")
    links.first.wait_for()
    for link in {link.get_attribute("href") for link in links.all()}:
        page.goto(f"{address}{link}")
        if page.locator("text=says béatrice").count():
            break
    assert page.locator("text=second-order").or_(page.locator("text=quasi-Newton")).count()  # the marking scheme
    assert page.title() == "tp3"  # what students write is not run
    # Formgrader listens to a field, and overwrites it, when the marks have come: what it then sets shows it.
    page.locator("input[id='answer-R3_extra_credit'][placeholder='0']").wait_for()
    field = page.locator("input.score[id='answer-R3']")
    with page.expect_response(lambda response: "/api/grade/" in response.url and response.request.method == "PUT"):
        field.fill("1.5")
        field.blur()
    assert exported(folder) == SCORES | {"béatrice": SCORES["béatrice"] + 1.5}


# --- push -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def other(fresh, tmp_path) -> Path:
    """Another course with the students in it, and nothing handed in."""
    folder = tmp_path / "course"
    shutil.copytree(fresh, folder, ignore=shutil.ignore_patterns("images", "models", "expected"))
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "course") as gradebook:
        for student in SCORES:
            gradebook.update_or_create_student(student)
    return folder


def grades(course: Path) -> list[tuple]:
    with sqlite3.connect(course / "gradebook.db") as database:
        columns = "cell_id, notebook_id, auto_score, manual_score, needs_manual_grade"
        return sorted(database.execute(f"SELECT {columns} FROM grade"))


def test_push_gives_the_same_scores_and_marks_by_hand_survive(course, other):
    results = course / "results" / "tp3"
    assert push(results, other)[0] == 8
    assert scores(other) == SCORES
    assert graded_cell(other, "béatrice", "check-1_1") == graded_cell(course, "béatrice", "check-1_1")
    with sqlite3.connect(other / "gradebook.db") as database:
        cells = "SELECT id FROM base_cell WHERE name = 'check-2_4'"
        database.execute(f"UPDATE grade SET manual_score = 2 WHERE cell_id IN ({cells})")
        database.execute("UPDATE submitted_assignment SET timestamp = '2026-12-19 10:00:00.000000'")
    before = grades(other)
    assert push(results, other)[0] == 0
    assert grades(other) == before
    with sqlite3.connect(other / "gradebook.db") as database:
        rows = database.execute("SELECT DISTINCT timestamp FROM submitted_assignment").fetchall()
    assert rows == [("2026-12-19 10:00:00.000000",)]
    assert scores(other)["albert"] == SCORES["albert"] - MARKS["albert"]["2.4"] + 2


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("DELETE FROM student WHERE id = 'eve'", "not in the gradebook: eve"),
        ("UPDATE alembic_version SET version_num = 'old'", "is of another version of nbgrader"),
        ("UPDATE assignment SET name = 'tp2'", "the gradebook does not know tp3"),
        ("UPDATE grade_cells SET max_score = max_score + 1", "the gradebook holds another tp3"),
        ("DROP TABLE alembic_version", "cannot be used: no such table"),
    ],
)
def test_push_refuses_what_does_not_fit_and_writes_nothing(course, other, statement, complaint):
    with sqlite3.connect(other / "gradebook.db") as database:
        database.execute(statement)
    with pytest.raises(InputError, match=complaint):
        push(course / "results" / "tp3", other)
    assert grades(other) == []
    assert not (other / "autograded").exists()


def test_push_into_a_locked_gradebook_writes_nothing(course, other):
    database = sqlite3.connect(other / "gradebook.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    with pytest.raises(InputError, match="database is locked; nothing was changed"):
        push(course / "results" / "tp3", other)
    database.close()
    assert grades(other) == []


def test_the_deadline_is_nbgraders_due_date_and_follows_course_toml(tmp_path, monkeypatch):
    for days in (0, 3):
        deadline = course_settings().deadline + timedelta(days=days)
        monkeypatch.setattr(
            "grader.exports.course_folder.course", lambda at=deadline: replace(course_settings(), deadline=at)
        )
        init(tmp_path / "course", None)
        with Gradebook(f"sqlite:///{tmp_path / 'course' / 'gradebook.db'}", "course") as gradebook:
            due = gradebook.find_assignment(course_settings().lab).duedate
        assert due.replace(tzinfo=timezone.utc).timestamp() == deadline.timestamp()


def test_init_leaves_other_folders_alone(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    with pytest.raises(InputError, match="is of another course"):
        init(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["nbgrader_config.py"]


def test_init_where_nothing_can_be_written_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    done = run("grader", "nbgrader", "init", tmp_path / "file" / "course")
    assert done.returncode == 2
    assert re.fullmatch(r"grader: .*file.course.*: Not a directory; make room, or choose another place\n", done.stdout)


def test_a_wrong_setting_of_autograde_is_one_line(fresh, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(fresh, folder)
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write('c.SandboxedAutograde.language = "de"\n')
    done = run("nbgrader", "autograde", "tp3", folder=folder)
    assert done.returncode == 2
    assert re.match(r"nbgrader_config\.py: .*'language'.*\['en', 'fr'\].*'de'", done.stdout.splitlines()[-1])
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("name\nx\n", "no column 'id'"),
        ("id\na\na\n", "line 3: a second line for 'a'"),
        ("id\n../a\n", "line 2: '../a' cannot be a student's id"),
    ],
)
def test_init_refuses_a_wrong_list_of_students(tmp_path, table, complaint):
    (tmp_path / "list.csv").write_text(table, encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        init(tmp_path / "course", tmp_path / "list.csv")
    assert not (tmp_path / "course").exists()


# --- the notebook itself ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nbgrader_validates_a_right_notebook(fresh, tmp_path):
    folder = tmp_path / "tp3"
    shutil.copytree(fresh / "release" / "tp3", folder)
    shutil.copytree(ROOT / "solution" / "textures", folder / "textures", dirs_exist_ok=True)
    notebook = nbformat.read(folder / "tp3.ipynb", as_version=4)
    solved = {cell.metadata.nbgrader.grade_id: cell.source for cell in release.build_notebook().cells}
    for cell in notebook.cells:
        if cell.metadata.nbgrader.solution:
            cell.source = solved[cell.metadata.nbgrader.grade_id]
    nbformat.write(notebook, folder / "tp3.ipynb")
    said = nbgrader(fresh, "validate", str(folder / "tp3.ipynb"))
    assert "Success! Your notebook passes all the tests." in said


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path):
    folder = tmp_path / "tp3"
    shutil.copytree(ROOT / "assignment", folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    shutil.copytree(ROOT / "solution" / "textures", folder / "textures", dirs_exist_ok=True)
    for name in ("images", "models", "features", "expected"):
        (folder / name).symlink_to(ROOT / name)
    notebook = as_text(release.build_notebook())
    (folder / "tp3.ipynb").write_text(notebook, encoding="utf-8")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "notebook", "--output", "done.ipynb"]
    subprocess.run([*command, "tp3.ipynb"], cwd=folder, check=True, capture_output=True)
    done = nbformat.read(folder / "done.ipynb", as_version=4)
    points = {
        cell.metadata.nbgrader.grade_id: float(output["data"]["text/plain"])
        for cell in done.cells
        if cell.metadata.nbgrader.grade
        for output in cell.get("outputs", ())
        if output.output_type == "execute_result"
    }
    assert points == {check_cell(part): task.points for part, task in course_settings().tasks.items() if task.due}
