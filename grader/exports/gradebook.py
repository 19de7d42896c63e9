"""`python -m grader nbgrader push`: results of `grader run` into nbgrader's gradebook, all of them or none."""

import os
import sys
import warnings
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry, get_alembic_version
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError, NoSuchTableError, OperationalError, SAWarning
from traitlets.config.loader import PyFileConfigLoader

from judging.course import course
from workbench.errors import InputError
from workbench.files import whole_file

from ..results.stored import read_results
from .marked_notebook import STAMP, empty_notebook, graded_cells, marked_notebook, score, stamp, wanted_points


def prepare_nbgrader() -> None:
    """nbgrader calls alembic by its name: let it be found beside this Python.

    And it builds a submission as SQLAlchemy 2 would have it otherwise: no warnings of that.
    """
    warnings.filterwarnings("ignore", category=SAWarning)
    beside, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
    if beside not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside, path])


def open_course(folder: Path) -> CourseDirectory:
    """nbgrader's view of a course's folder.

    Raises:
        InputError: it is none.
    """
    prepare_nbgrader()
    name = "nbgrader_config.py"
    if not (folder / name).is_file():
        raise InputError(f"{folder} is no course of nbgrader's: `python -m grader nbgrader init {folder}` makes one")
    try:
        config = PyFileConfigLoader(name, path=str(folder.resolve())).load_config()
    except Exception as error:  # whatever an instructor's file may raise
        raise InputError(f"{folder / name} cannot be read: {error}") from None
    coursedir = CourseDirectory(config=config)
    if "root" not in config.CourseDirectory:
        coursedir.root = str(folder.resolve())
    return coursedir


def check_gradebook(coursedir: CourseDirectory) -> None:
    """Raise `InputError` unless there is a gradebook of this version of nbgrader."""
    path = coursedir.db_url.removeprefix("sqlite:///")
    if path != coursedir.db_url and not os.path.exists(path):
        raise InputError(f"there is no gradebook {path}: run `nbgrader generate_assignment {course().lab}` first")
    engine = create_engine(coursedir.db_url)
    try:
        with engine.connect() as connection:
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except OperationalError as error:
        raise InputError(f"the gradebook {path} cannot be used: {error.orig}") from None
    except (DatabaseError, NoSuchTableError):
        raise InputError(f"{path} is no gradebook of nbgrader's") from None
    finally:
        engine.dispose()
    if version != get_alembic_version():
        raise InputError(
            f"the gradebook {path} is of another version of nbgrader: save a copy, then `nbgrader db upgrade`"
        )


def check_assignment(gradebook: Gradebook) -> None:
    """Raise `InputError` unless the gradebook holds this lab, with its points."""
    lab = course().lab
    again = f"run `nbgrader generate_assignment {lab} --force`"
    try:
        notebook = gradebook.find_notebook(lab, lab)
    except MissingEntry:
        raise InputError(f"the gradebook does not know {lab}: {again}") from None
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    if points != wanted_points():
        raise InputError(f"the gradebook holds another {lab}, or one of another version: {again}")


def push(results: Path, folder: Path) -> tuple[int, list[str]]:
    """Put results into the gradebook, and marked notebooks where formgrader looks for them.

    Late days, marks given by hand and comments stay as they are; a second push changes nothing.

    Returns:
        How many submissions changed, and what was odd.

    Raises:
        InputError: unknown students, another assignment, a gradebook that is locked or of another version; nothing is
            written then.
    """
    graded = read_results(results)
    coursedir = open_course(folder)
    empty = empty_notebook(
        Path(coursedir.format_path(coursedir.source_directory, ".", course().lab), f"{course().lab}.ipynb")
    )
    check_gradebook(coursedir)
    marked, remarks = {}, []
    for student, result in graded.items():
        kept = results / student / f"{course().lab}.ipynb"
        marked[student], notes = marked_notebook(empty, kept.read_bytes() if kept.is_file() else None, result)
        remarks += [f"{student}: {note}" for note in notes]
    changed = set()
    try:
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            check_assignment(gradebook)
            known = {student.id for student in gradebook.students}
            unknown = [student for student in graded if student not in known]
            if unknown:
                shown = ", ".join(unknown[:8]) + (f" and {len(unknown) - 8} more" if len(unknown) > 8 else "")
                raise InputError(
                    f"not in the gradebook: {shown}; `nbgrader db student add ID`, or `python -m grader nbgrader init "
                    f"{folder} --students FILE`, adds students"
                )
            # Gradebook commits after every word; with the connection in our hands, all is committed at the end.
            with gradebook.engine.connect() as connection, connection.begin():
                if gradebook.engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")  # locked by others? Better known now than halfway
                gradebook.db.remove()
                gradebook.db.configure(bind=connection, join_transaction_mode="rollback_only")
                for student, notebook in marked.items():
                    if _save_scores(gradebook, student, notebook):
                        changed.add(student)
                gradebook.db.flush()
                gradebook.db.remove()
    except OperationalError as error:
        raise InputError(f"the gradebook cannot be written: {error.orig}; nothing was changed") from None
    for student, notebook in marked.items():
        if _write_notebook(coursedir, results / student, student, notebook, graded[student]):
            changed.add(student)
    return len(changed), remarks


def _save_scores(gradebook: Gradebook, student: str, notebook: nbformat.NotebookNode) -> bool:
    """What nbgrader's SaveAutoGrades does, where something changes; whether it did."""
    lab, changed = course().lab, False
    gradebook.update_or_create_submission(lab, student)
    for cell in graded_cells(notebook):
        name = cell.metadata.nbgrader.grade_id
        points = score(cell)
        grade = gradebook.find_grade(name, lab, lab, student)
        if grade.auto_score != points:
            changed = True
            grade.auto_score = points
            grade.needs_manual_grade = grade.manual_score is not None or points is None
        if cell.metadata.nbgrader.solution:
            comment = gradebook.find_comment(name, lab, lab, student)
            words = "No response." if points == 0 else None
            if comment.auto_comment != words:
                changed = True
                comment.auto_comment = words
    return changed


def _write_notebook(
    coursedir: CourseDirectory, kept: Path, student: str, notebook: nbformat.NotebookNode, result: dict
) -> bool:
    """autograded/STUDENT/LAB/LAB.ipynb, and the report beside it; whether it was another one before."""
    folder = Path(coursedir.format_path(coursedir.autograded_directory, student, course().lab))
    path = folder / f"{course().lab}.ipynb"
    try:
        if nbformat.read(path, as_version=4).metadata.get(STAMP) == stamp(result):
            return False
    except Exception:  # none yet, or half of one
        pass
    folder.mkdir(parents=True, exist_ok=True)
    report = kept / "report.pdf"
    for name, data in (
        (path, nbformat.writes(notebook).encode()),
        (folder / "report.pdf", report.read_bytes() if report.is_file() else None),
    ):
        if data is not None:
            with whole_file(name) as temporary:
                temporary.write_bytes(data)
    return True
