"""The settings of course.toml that checks and hand-in need: points, language, mail."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from .messages import tomllib


@dataclass(frozen=True)
class Task:
    """A place that students fill in."""

    points: float
    """Of all its checks, hidden ones included."""
    file: str
    names: tuple[str, ...]
    """Functions and classes."""
    needs: tuple[str, ...] = ()
    """The tasks whose functions these call."""


@dataclass(frozen=True)
class Course:
    """What an instructor sets; the comments are in course.toml."""

    name: str
    lab: str
    language: str
    deadline: datetime
    mail: str
    mail_subject: str
    tasks: dict[str, Task]
    """By part: "1.1" … "2.5", "bonus"."""
    questions: dict[str, float]
    """By written question: "R1" … "R10"."""


def read_course(path: Path) -> Course:
    """Raises KeyError, TypeError, AttributeError or ValueError (what is not TOML) where the file is not a course."""
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    tasks = {
        part: Task(task["points"], task["file"], tuple(task["names"]), tuple(task.get("needs", ())))
        for part, task in settings.pop("tasks").items()
    }
    return Course(tasks=tasks, **settings)


@cache
def course() -> Course:
    """The settings beside this package: in the assignment's folder, or in the solution's."""
    here = Path(__file__).resolve().parent
    places = (here.parent / "course.toml", here.parents[1] / "solution" / "course.toml")
    return read_course(next(place for place in places if place.exists()))
