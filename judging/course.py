"""The settings of course.toml that checks and hand-in need: points, language, mail."""

import math
import os
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from .lab import by_lab, one_of, tomllib
from .messages import LANGUAGES

EMPTY = {"folders", "given", "questions"}
"""What a lab may have none of, and say nothing about."""


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
    bonus: bool = False
    """Its points come on top of the full mark."""

    @property
    def due(self) -> float:
        """Its points in a full mark: none of a bonus."""
        return 0.0 if self.bonus else self.points


@dataclass(frozen=True)
class Lateness:
    """What being late costs."""

    per_day: float
    """Points, for each day that has begun."""
    grace: float = 0
    """Minutes that nobody minds."""
    most: float = float("inf")
    """Points, at most."""

    def penalty(self, minutes: float) -> float:
        """Points, for so many minutes after the deadline."""
        return min(math.ceil(minutes / 1440) * self.per_day, self.most) if minutes > self.grace else 0.0


@dataclass(frozen=True)
class Course:
    """What an instructor sets; the comments are in course.toml."""

    name: str
    lab: str
    package: str
    """What students import, and the name of its folder."""
    folders: tuple[str, ...]
    """Of pictures and weights that students get, and that hold no code of theirs."""
    given: tuple[str, ...]
    """Patterns of all files that students get beside what is made for them."""
    language: str
    deadline: datetime
    mail: str
    mail_subject: str
    tasks: dict[str, Task]
    """By part: "1.1" … "2.5", "bonus"."""
    questions: dict[str, float]
    """By written question: "R1" … "R10"."""
    lateness: Lateness | None = None
    team: int = 1
    """How many may hand in together."""

    @property
    def points(self) -> float:
        """Of the checks, without the bonus: those who have them all have full marks."""
        return float(sum(task.due for task in self.tasks.values()))

    @property
    def bonus(self) -> float:
        """What comes on top."""
        return float(sum(task.points for task in self.tasks.values() if task.bonus))

    @property
    def written(self) -> float:
        """Of the questions."""
        return float(sum(self.questions.values()))

    @property
    def whole(self) -> float:
        """Of the lab: checks and questions, without the bonus."""
        return self.points + self.written


def read_course(path: Path) -> Course:
    """Raises KeyError, TypeError, AttributeError or ValueError (what is not TOML) where the file is not a course."""
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name: field.default is MISSING for field in fields(Course)}
    for key in settings.keys() - known:
        near = get_close_matches(key, known, 1)
        raise ValueError(f"there is no setting '{key}'" + (f", is '{near[0]}' meant?" if near else ""))
    if missing := [key for key, needed in known.items() if needed and key not in {*settings, *EMPTY}]:
        raise ValueError(f"it lacks {', '.join(missing)}")
    tasks = {
        part: Task(
            task["points"], task["file"], tuple(task["names"]), tuple(task.get("needs", ())), not part[0].isdigit()
        )
        for part, task in settings.pop("tasks").items()
    }
    late = settings.pop("lateness", None)
    folders, given = (tuple(settings.pop(name, ())) for name in ("folders", "given"))
    settings.setdefault("questions", {})
    return Course(tasks=tasks, lateness=late and Lateness(**late), folders=folders, given=given, **settings)


@by_lab
def course() -> Course:
    """The settings of the lab in hand, which lie in its folder, as students have it, or in its solution/."""
    return read_course(one_of("course.toml", "solution/course.toml"))


def marker(part: str) -> str:
    """The pytest marker of a task: "1.1" → "task1_1"."""
    return f"task{part.replace('.', '_')}" if part[0].isdigit() else part


def spoken() -> str:
    """The language of LAB_LANG, as the lab's scripts have it, else of the course."""
    asked = os.environ.get("LAB_LANG")
    return asked if asked in LANGUAGES else course().language
