"""Do the real nbgrader programs take our notebook, without a warning, from the source to the feedback?"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grader import release
from grader.notebook import as_text, course_settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course as nbgrader wants it: the assignment with the instructor's notebook as source, generated."""
    folder = tmp_path_factory.mktemp("course")
    source = folder / "source" / "tp3"
    shutil.copytree(ROOT / "assignment", source, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    for name in ("images", "models"):
        shutil.copytree(ROOT / name, source / name)
    (source / "tp3.ipynb").write_text(as_text(release.build_notebook()), encoding="utf-8")
    settings = course_settings(release.read_settings(ROOT / "solution" / "course.toml"))
    lines = [f"c.{name}.{key} = {value!r}" for name, options in settings.items() for key, value in options.items()]
    text = "\n".join(["c = get_config()", "c.CourseDirectory.course_id = 'textures'", *lines])
    (folder / "nbgrader_config.py").write_text(text + "\n", encoding="utf-8")
    nbgrader(folder, "generate_assignment", "tp3")
    return folder


def nbgrader(folder: Path, *words: str) -> str:
    """Run nbgrader WORDS, which must end well and warn of nothing; what it said."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls alembic by name
    environment = os.environ | {"PATH": path, "JUPYTER_PLATFORM_DIRS": "1", "OMP_NUM_THREADS": "2", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    # A kernel that listens on TCP says so: that is about the machine, not about our notebook.
    # autograde puts the marking schemes back into the questions, and tells.
    about_others = r"\[IPKernelApp\]|.*Attribute 'checksum' for cell question-R\d+ has changed"
    said = "\n".join(line for line in done.stdout.splitlines() if not re.match(about_others, line))
    for word in ("WARNING", "ERROR"):
        assert word not in said, said
    return done.stdout


def test_generate_assignment_makes_our_notebook(course):
    made, ours = (
        nbformat.read(path, as_version=4)
        for path in (course / "release" / "tp3" / "tp3.ipynb", ROOT / "assignment" / "tp3.ipynb")
    )
    assert made.cells == ours.cells


@pytest.mark.slow
def test_from_the_source_to_the_feedback(course):
    submitted = course / "submitted" / "dupont" / "tp3"
    shutil.copytree(course / "release" / "tp3", submitted)
    shutil.copytree(ROOT / "solution" / "textures", submitted / "textures", dirs_exist_ok=True)
    notebook = nbformat.read(submitted / "tp3.ipynb", as_version=4)
    solved = {cell.metadata.nbgrader.grade_id: cell.source for cell in release.build_notebook().cells}
    for cell in notebook.cells:
        if cell.metadata.nbgrader.solution:
            cell.source = solved[cell.metadata.nbgrader.grade_id]
    nbformat.write(notebook, submitted / "tp3.ipynb")
    said = nbgrader(course, "validate", "submitted/dupont/tp3/tp3.ipynb")
    assert "Success! Your notebook passes all the tests." in said
    nbgrader(course, "autograde", "tp3")
    nbgrader(course, "generate_feedback", "tp3")
    nbgrader(course, "export")
    (row,) = (course / "grades.csv").read_text(encoding="utf-8").splitlines()[1:]
    names = (course / "grades.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    grades = dict(zip(names, row.split(","), strict=True))
    assert float(grades["score"]) == 80
    assert float(grades["max_score"]) == 104
    feedback = (course / "feedback" / "dupont" / "tp3" / "tp3.html").read_text(encoding="utf-8")
    assert "gram_matrix" in feedback
    # Whoever marks by hand sees the scheme above the answer.
    graded = nbformat.read(course / "autograded" / "dupont" / "tp3" / "tp3.ipynb", as_version=4)
    (question,) = [cell for cell in graded.cells if cell.metadata.nbgrader.grade_id == "question-R3"]
    assert "BEGIN MARK SCHEME" in question.source


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path):
    folder = tmp_path / "tp3"
    shutil.copytree(ROOT / "assignment", folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    shutil.copytree(ROOT / "solution" / "textures", folder / "textures", dirs_exist_ok=True)
    for name in ("images", "models"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "tp3.ipynb").write_text(as_text(release.build_notebook()), encoding="utf-8")
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
    assert sum(points.values()) == 80
    assert len(points) == 9
