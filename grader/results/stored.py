"""Results on disk: result.json and feedback.html of each student, grades.csv and class.html of the class."""

import json
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from judging.course import course
from workbench.errors import InputError

SCHEMA = 1
NEEDED = ("student", "status", "reason", "score", "max_score", "isolation", "language", "report", "checks", "pictures")


def read_results(results: Path) -> dict[str, dict]:
    """All results in a folder, by student.

    Raises:
        InputError: it holds none, or a damaged one: nobody may be missing without a word.
    """
    found = {student: read_result(student, results) for student in graded_students(results)}
    if not found:
        raise InputError(f"{results} holds no results: give a folder that `grader run --out` has written")
    whole = {student: result for student, result in found.items() if result is not None}
    for student in found.keys() - whole.keys():
        raise InputError(f"{results / student / 'result.json'} is damaged: `grader run` makes it again, or delete it")
    return whole


def read_result(student: str, results: Path) -> dict | None:
    """A student's result, if there is a whole one."""
    try:
        text = (results / student / "result.json").read_text(encoding="utf-8")
        result = json.loads(text, parse_constant=_no_number)
    except (OSError, ValueError, RecursionError):
        return None
    whole = isinstance(result, dict) and result.get("schema") == SCHEMA and result.keys() >= set(NEEDED)
    return result if whole else None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def graded_students(results: Path) -> list[str]:
    """Who has a result in a folder, whole or not."""
    return sorted(path.parent.name for path in results.glob("*/result.json")) if results.is_dir() else []


def total(result: dict) -> float:
    """The points of the checks, less those for being late."""
    return max(result["score"] - lateness(result).penalty, 0.0)


@dataclass(frozen=True)
class Late:
    """How late something was handed in."""

    minutes: int
    """After the deadline; 0: in time."""
    penalty: float
    """Points."""

    def words(self, language: str = "en") -> str:
        """As people say it: "2 d 3 h", "45 min"."""
        days, hours = self.minutes // 1440, self.minutes // 60 % 24
        if days:
            return f"{days} {'j' if language == 'fr' else 'd'} {hours} h"
        return f"{hours} h {self.minutes % 60} min" if hours else f"{self.minutes} min"


def lateness(result: dict) -> Late:
    """How late a result's submission was, by the deadline and the rules of course.toml."""
    if not result.get("handed_in"):
        return Late(0, 0.0)
    seconds = datetime.fromisoformat(result["handed_in"]).timestamp() - course().deadline.timestamp()
    minutes = max(math.ceil(seconds / 60), 0)
    return Late(minutes, course().lateness.penalty(minutes) if course().lateness else 0.0)


def points_by_part(result: dict) -> dict[str, float]:
    """The points of a result, for every task."""
    return {
        part: sum(check["points"] for check in result["checks"] if check["part"] == part) for part in course().tasks
    }
