"""Results on disk: result.json and feedback.html of each student, grades.csv and class.html of the class."""

import csv
import json
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from solution.textures.errors import InputError
from solution.textures.files import whole_file

from .checks.course import course

SCHEMA = 1
NEEDED = ("student", "status", "reason", "score", "max_score", "isolation", "language", "report", "checks", "pictures")
STYLES = ("fr", "en")
"""fr: semicolons between the cells, and decimal commas; en: commas, and decimal points."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_result(result: dict, results: Path) -> None:
    """result.json and feedback.html of a student; whoever reads them finds the old ones or the new ones."""
    from .reports import feedback_page

    folder = results / result["student"]
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}") from None
    for name, text in (
        ("feedback.html", feedback_page(result)),
        ("result.json", json.dumps(result, ensure_ascii=False, indent=1, allow_nan=False)),
    ):
        with whole_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")


def read_results(results: Path) -> dict[str, dict]:
    """All results in a folder, by student.

    Raises:
        InputError: it holds none, or a damaged one: nobody may be missing without a word.
    """
    found = {student: read_result(student, results) for student in graded_students(results)}
    if not found:
        raise InputError(f"{results} holds no results: give a folder that `grader run --out` has written")
    for student, result in found.items():
        if result is None:
            raise InputError(
                f"{results / student / 'result.json'} is damaged: `grader run` makes it again, or delete it"
            )
    return found


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


def write_tables(results: Path, style: str | None = None) -> None:
    """grades.csv and class.html of all that is in a folder; `style` as `write_table` takes it."""
    from .reports import class_page
    from .similarity import write_pages

    ready = [found for student in graded_students(results) if (found := read_result(student, results)) is not None]
    rows: list[list] = [["student", *course().tasks, "hours_late", "penalty", "total", "max", "status"]]
    for result in ready:
        late = lateness(result)
        cells = [*points_by_part(result).values(), round(late.minutes / 60, 2), late.penalty]
        rows.append([result["student"], *cells, total(result), result["max_score"], result["status"]])
    write_table(results / "grades.csv", rows, style)
    with whole_file(results / "class.html") as temporary:
        temporary.write_text(class_page(ready, write_pages(results, ready)), encoding="utf-8", newline="\n")


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


def write_table(path: Path, rows: list[list], style: str | None = None) -> None:
    """A CSV file that spreadsheets open as it is meant.

    Args:
        style: of STYLES, how spreadsheets of that language write lists and numbers; the course's when left out.
    """
    style = style or course().language
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";" if style == "fr" else ",")
        table.writerows([[_cell(value, style) for value in row] for row in rows])


def _cell(value: object, style: str) -> str:
    """A number as people write it; a text that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        text = "" if value is None else f"{value:.10g}"
        return text.replace(".", ",") if style == "fr" else text
    return f"'{value}" if value.startswith((*FORMULA_STARTS, "'")) else value


def read_cell(text: str) -> str:
    """The text of which `write_table` made this one."""
    return text.removeprefix("'") if text.startswith(tuple(f"'{start}" for start in (*FORMULA_STARTS, "'"))) else text
