"""Results on disk: result.json and feedback.html of each student, grades.csv and class.html of the class."""

import csv
import json
from pathlib import Path

from solution.textures.errors import InputError
from solution.textures.files import whole_file

from .checks.course import course

SCHEMA = 1
NEEDED = ("student", "status", "reason", "score", "max_score", "isolation", "language", "report", "checks", "pictures")
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
        ("result.json", json.dumps(result, ensure_ascii=False, indent=1)),
    ):
        with whole_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")


def read_results(results: Path) -> dict[str, dict]:
    """All results in a folder, by student.

    Raises:
        InputError: it holds none, or a damaged one: nobody may be missing without a word.
    """
    students = [path.parent.name for path in results.glob("*/result.json")] if results.is_dir() else []
    found = {student: read_result(student, results) for student in sorted(students)}
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
        result = json.loads((results / student / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(result, dict) and result.get("schema") == SCHEMA and result.keys() >= set(NEEDED)
    return result if whole else None


def write_tables(students: list[str], results: Path) -> None:
    """grades.csv and class.html of all that is ready."""
    from .reports import class_page

    ready = [result for student in students if (result := read_result(student, results)) is not None]
    rows = [["student", *course().tasks, "total", "max", "status"]]
    for result in ready:
        cells = [*points_by_part(result).values(), result["score"], result["max_score"]]
        rows.append([result["student"], *cells, result["status"]])
    write_table(results / "grades.csv", rows)
    with whole_file(results / "class.html") as temporary:
        temporary.write_text(class_page(ready), encoding="utf-8", newline="\n")


def points_by_part(result: dict) -> dict[str, float]:
    """The points of a result, for every task."""
    return {
        part: sum(check["points"] for check in result["checks"] if check["part"] == part) for part in course().tasks
    }


def write_table(path: Path, rows: list[list]) -> None:
    """A CSV file that spreadsheets open as it is meant."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([[_cell(value) for value in row] for row in rows])


def _cell(value: object) -> str:
    """A number as people write it; a text that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return "" if value is None else f"{value:g}"
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value
