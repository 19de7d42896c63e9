"""The written answers, marked by hand: staff's table of R1 … R10, and the totals."""

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from solution.textures.errors import InputError

from .checks.course import course
from .results import points_by_part, read_results, write_table


@dataclass(frozen=True)
class Marks:
    """What staff gave a student by hand."""

    points: dict[str, float | None]
    """By question, "R1" … "R10"; None: not marked."""
    comment: str

    @property
    def total(self) -> float:
        return sum(points or 0 for points in self.points.values())

    def remark(self, student: str) -> list[str]:
        """A line about the questions that nobody has marked, if there are any."""
        missing = [question for question, points in self.points.items() if points is None]
        return [f"{student}: no mark for {', '.join(missing)}, counted as 0"] if missing else []


def read_marks(path: Path, students: list[str]) -> dict[str, Marks]:
    """A table with the columns student, R1 … R10 and comment; separated by commas, semicolons or tabs.

    Args:
        students: those there are; names are compared without regard to case and to how accents are written.

    Raises:
        InputError: everything that is wrong with it, a line each.
    """
    rows, header = read_table(path)
    questions = course().questions
    columns = {name.strip().lower(): name for name in header}
    twice = [name for name, count in Counter(name.strip().lower() for name in header).items() if name and count > 1]
    unknown = [
        name
        for name in header
        if name.strip() and name.strip().upper() not in questions and name.strip().lower() not in ("student", "comment")
    ]
    wrong = [f"there is no question '{name}': {', '.join(questions)}" for name in unknown]
    wrong += [f"two columns '{name}'" for name in twice]
    if "student" not in columns:
        wrong.insert(0, "no column 'student': the first line names the columns: student, R1, …, comment")
    if wrong:
        raise InputError(f"{path}: " + "; ".join(wrong))
    known = {fold(student): student for student in students}
    found: dict[str, Marks] = {}
    for number, row in rows:
        name = row[columns["student"]].strip().removeprefix("'")
        student = known.get(fold(name))
        if student is None:
            wrong.append(f"line {number}: there is no result of '{name}'")
            continue
        if student in found:
            wrong.append(f"line {number}: a second line for '{name}'")
            continue
        points: dict[str, float | None] = {}
        for question, most in questions.items():
            text = row.get(columns.get(question.lower(), ""), "").strip()
            points[question] = number_of(text) if text else None
            if text and (points[question] is None or not 0 <= points[question] <= most):
                wrong.append(f"line {number}, {name}: {question} is '{text}', expected 0 to {most:g}")
        found[student] = Marks(points, row.get(columns.get("comment", ""), "").strip())
    if wrong:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError(f"{path}: " + "; ".join(wrong[:8]) + more)
    return found


def read_table(path: Path) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """The rows of a CSV file, each with its line's number, and the names of its columns.

    Raises:
        InputError: there is no such file, or it is no table.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # how spreadsheets on Windows save CSV
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        table = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        lines = [(table.line_num, line) for line in table if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise InputError(f"{path} is no table: {error}") from None
    if not lines:
        raise InputError(f"{path} is empty: the first line names the columns")
    header = lines[0][1]
    for number, line in lines[1:]:
        if len(line) > len(header) and any(cell.strip() for cell in line[len(header) :]):
            raise InputError(f"{path}, line {number}: {len(line)} cells below {len(header)} columns; quote commas")
    return [
        (number, dict(zip(header, [*line, *[""] * len(header)], strict=False))) for number, line in lines[1:]
    ], header


def number_of(text: str) -> float | None:
    """A number as people write it, with a point or a comma."""
    text = text.strip().replace(",", ".").replace("\N{NO-BREAK SPACE}", "")
    return float(text) if re.fullmatch(r"-?\d+(\.\d*)?|-?\.\d+", text) else None


def fold(name: str) -> str:
    """A name without regard to case, and to how its accents are written."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def write_totals(results: Path, marks_file: Path) -> tuple[Path, list[str]]:
    """totals.csv: the points of the checks and those given by hand; who is not marked yet is named.

    Raises:
        InputError: no results, or whatever is wrong with the marks.
    """
    graded = read_results(results)
    marks = read_marks(marks_file, list(graded))
    questions = course().questions
    most = sum(task.points for task in course().tasks.values()) + sum(questions.values())
    rows: list[list] = [
        ["student", *course().tasks, *questions, "checks", "written", "total", "max", "status", "comment"]
    ]
    for student, result in graded.items():
        own = marks.get(student, Marks(dict.fromkeys(questions), ""))
        cells = [*points_by_part(result).values(), *own.points.values()]
        cells += [result["score"], own.total, result["score"] + own.total, most]
        rows.append([student, *cells, result["status"], own.comment])
    path = results / "totals.csv"
    write_table(path, rows)
    remarks = [f"{student}: no marks" for student in graded if student not in marks]
    return path, remarks + [line for student, own in marks.items() for line in own.remark(student)]
