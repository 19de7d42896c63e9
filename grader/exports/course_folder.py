"""`python -m grader nbgrader init`: a course folder for the real nbgrader programs, with this lab in it."""

import os
import shutil
import tempfile
from datetime import timezone
from pathlib import Path

from nbgrader.api import Gradebook

from judging.course import course
from judging.lab import here
from workbench.errors import InputError
from workbench.files import whole_file

from ..places import ROOT
from ..release import assignment as release
from ..release.notebook import as_text
from ..results.tables import read_table
from .gradebook import open_course

CONFIG = """\
# A course of nbgrader's with a lab in it; yours to edit.
# `nbgrader autograde {lab}` grades through the lab's sandbox: no line of a submission runs beside the gradebook.

import sys

sys.path.insert(0, {root!r})  # where the lab's repository lies
from grader.exports.autograde import configure

c = get_config()
{configure}
c.CourseDirectory.course_id = {name!r}
# c.SandboxedAutograde.isolation = "auto"  # namespace, process or none
# c.SandboxedAutograde.jobs = 4
# c.SandboxedAutograde.language = "fr"
"""
COLUMNS = {
    "id": ("id", "student_id", "student"),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "email": ("email",),
}


def init(folder: Path, students: Path | None) -> list[str]:
    """Make the course, or bring the lab in it up to date; the students, those of a list that is given.

    Returns:
        What was done, a line each.

    Raises:
        InputError: the folder is something else, or the list is no good. Nothing is written then.
    """
    config = folder / "nbgrader_config.py"
    line = "configure(c)" if here() == ROOT else f"configure(c, {str(here())!r})"
    text = CONFIG.format(lab=course().lab, root=str(ROOT), name=folder.resolve().name, configure=line)
    if config.exists():
        before = config.read_text(encoding="utf-8", errors="replace")
        if "grader.exports.autograde" not in before:
            raise InputError(
                f"{config} is of another course: add `import sys; sys.path.insert(0, {str(ROOT)!r}); from "
                "grader.exports.autograde import configure; configure(c)` to it, then run this again"
            )
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty and no course of nbgrader's: choose a new folder")
    listed = read_students(students) if students is not None else []
    source = folder / "source" / course().lab
    done = []
    source.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=source.parent, prefix=".new-") as temporary:
        fresh, old = Path(temporary, "fresh"), Path(temporary, "old")
        fresh.mkdir()
        release.build(fresh)
        (fresh / f"{course().lab}.ipynb").write_text(as_text(release.build_notebook()), encoding="utf-8")
        for name, path in release.given_files().items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, fresh / name)
        if source.exists():
            os.rename(source, old)
        os.rename(fresh, source)
    done.append(f"wrote {source}")
    if not config.exists() or line not in before:
        with whole_file(config) as temporary:
            temporary.write_text(f"{before}\n{line}\n" if config.exists() else text, encoding="utf-8", newline="\n")
        done.append(f"wrote {config}")
    coursedir = open_course(folder)
    # nbgrader reckons in UTC, course.toml in the time of the place.
    due = course().deadline.astimezone(timezone.utc).replace(tzinfo=None)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        gradebook.update_or_create_assignment(course().lab, duedate=due)
        for student in listed:
            gradebook.update_or_create_student(student.pop("id"), **student)
    done.append(f"the gradebook has the deadline, {course().deadline:%Y-%m-%d %H:%M}")
    if listed:
        done.append(f"{len(listed)} students are in the gradebook")
    return done


def read_students(path: Path) -> list[dict[str, str]]:
    """A list of students as nbgrader wants it: columns id, and first_name, last_name, email where there are.

    Raises:
        InputError: no column id, an id twice, or one that cannot be a folder's name.
    """
    rows, header = read_table(path)
    columns = {
        ours: next((name for name in header if name.strip().lower() in theirs), None)
        for ours, theirs in COLUMNS.items()
    }
    if columns["id"] is None:
        raise InputError(f"{path}: no column 'id'; nbgrader's list has id, first_name, last_name and email")
    students: dict[str, dict[str, str]] = {}
    for number, row in rows:
        student = {ours: row[name].strip() for ours, name in columns.items() if name is not None}
        name = student["id"]
        if not name or "/" in name or name.startswith(".") or "\\" in name:
            raise InputError(f"{path}, line {number}: '{name}' cannot be a student's id: it is a folder's name")
        if name in students:
            raise InputError(f"{path}, line {number}: a second line for '{name}'")
        students[name] = student
    return list(students.values())
