"""A class's results on disk: result.json and feedback.html of each student, grades.csv and class.html of the class."""

import json
from pathlib import Path

from judging.course import course
from workbench.errors import InputError
from workbench.files import whole_file

from ..pages.reports import class_page, feedback_page, language_of
from ..pages.similarity import write_pages
from ..results.stored import graded_students, lateness, points_by_part, read_result, total
from ..results.tables import write_table


def write_result(result: dict, results: Path) -> None:
    """result.json and feedback.html of a student; whoever reads them finds the old ones or the new ones."""
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


def write_tables(results: Path, style: str | None = None) -> None:
    """grades.csv and class.html of all that is in a folder; `style` as `write_table` takes it."""
    ready = [found for student in graded_students(results) if (found := read_result(student, results)) is not None]
    rows: list[list] = [["student", *course().tasks, "hours_late", "penalty", "total", "max", "status"]]
    for result in ready:
        late = lateness(result)
        cells = [*points_by_part(result).values(), round(late.minutes / 60, 2), late.penalty]
        rows.append([result["student"], *cells, total(result), result["max_score"], result["status"]])
    write_table(results / "grades.csv", rows, style)
    with whole_file(results / "class.html") as temporary:
        alike = write_pages(results, ready, language_of(ready))
        temporary.write_text(class_page(ready, alike), encoding="utf-8", newline="\n")
