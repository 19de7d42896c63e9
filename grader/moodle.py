"""`python -m grader moodle`: marks and feedback for Moodle's assignment activity.

Moodle gives a list, its offline grading worksheet, and takes it back with marks and comments filled in; and it takes
feedback files as an archive with the folders of its "download all submissions" (docs.moodle.org, "Assignment settings",
offline grading worksheet and feedback files).
"""

import csv
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from solution.textures.errors import InputError
from solution.textures.files import whole_file

from .checks.course import course
from .results import points_by_part, read_results
from .written import Marks, fold, number_of, read_marks, read_table

COLUMNS = {
    "identifier": ("identifier", "identifiant"),
    "name": ("full name", "nom complet"),
    "email": ("email address", "adresse de courriel", "adresse e-mail"),
    "grade": ("grade", "note"),
    "most": ("maximum grade", "note maximale"),
    "comments": ("feedback comments", "feedback par commentaires", "commentaires de feedback"),
}
"""What the worksheet's columns are called, in English and in French."""


@dataclass(frozen=True)
class Line:
    """A student of the worksheet."""

    number: str
    name: str
    email: str
    most: float
    row: dict[str, str]


def export(results: Path, roster: Path, out: Path, marks_file: Path | None) -> tuple[list[Path], list[str]]:
    """Write grades.csv and feedback.zip into `out`.

    A mark is the points of the checks and those given by hand, as a share of the lab's points without the bonus, times
    Moodle's maximum grade, and never above it.

    Returns:
        The files, and what is to be known about them.

    Raises:
        InputError: no results, no worksheet of Moodle's, or students who are not in it, or who cannot be told apart.
    """
    graded = read_results(results)
    lines, header, columns = read_worksheet(roster)
    marks = read_marks(marks_file, list(graded)) if marks_file is not None else {}
    found = match(list(graded), lines)
    whole = sum(task.points for part, task in course().tasks.items() if part != "bonus")
    whole += sum(course().questions.values())
    remarks = [] if marks_file is not None else ["the marks are those of the checks alone: give --marks for R1 … R10"]
    remarks += [f"{line.name}: nothing handed in" for line in lines if line.number not in found]
    replaced: list[str] = []
    comma = any("," in line.row[columns["most"]] for line in lines)
    for line in lines:
        student = found.get(line.number)
        if student is not None:
            result, own = graded[student], marks.get(student)
            grade = min((result["score"] + (own.total if own else 0)) / whole, 1) * line.most
            text = f"{grade:.2f}".rstrip("0").rstrip(".")
            line.row[columns["grade"]] = text.replace(".", ",") if comma else text
            words = comment(result, own)
            if line.row[columns["comments"]].strip() not in ("", words):
                replaced.append(line.name)
            line.row[columns["comments"]] = words
            if marks_file is not None and own is None:
                remarks.append(f"{line.name}: no marks for R1 … R10")
            remarks += own.remark(line.name) if own else []
            if not (results / student / "feedback.html").is_file():
                raise InputError(
                    f"{results / student / 'feedback.html'} is missing: `grader run --fresh` makes it again"
                )
    if replaced:
        remarks.append(f"grades.csv replaces comments that stood in the worksheet, of {', '.join(replaced)}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror}; choose another place with --out") from None
    with (
        whole_file(out / "grades.csv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.DictWriter(file, header)
        table.writeheader()
        table.writerows(line.row for line in lines)
    with (
        whole_file(out / "feedback.zip", [".zip"]) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for line in lines:
            if line.number in found:
                page = results / found[line.number] / "feedback.html"
                # Moodle takes the folder's name apart at "_"; a slash or an underscore in a name would mislead it.
                name = re.sub(r"[/\\_]", " ", line.name)
                archive.write(page, f"{name}_{line.number}_assignfeedback_file_/feedback.html")
    return [out / "grades.csv", out / "feedback.zip"], remarks


def comment(result: dict, own: Marks | None) -> str:
    """The points by task and question, and what the marker wrote."""
    tasks = course().tasks
    words = [f"{part}: {points:g}/{tasks[part].points:g}" for part, points in points_by_part(result).items()]
    if own is not None:
        most = course().questions
        words += [f"{key}: {points:g}/{most[key]:g}" for key, points in own.points.items() if points is not None]
    lines = [" · ".join(words), result["reason"], own.comment if own else ""]
    return "\n".join(line for line in lines if line)


def read_worksheet(path: Path) -> tuple[list[Line], list[str], dict[str, str]]:
    """The students of Moodle's offline grading worksheet, its columns, and what ours are called there.

    Raises:
        InputError: it is no such worksheet.
    """
    rows, header = read_table(path)
    folded = {fold(name): name for name in header}
    columns = {}
    for ours, theirs in COLUMNS.items():
        columns[ours] = next((folded[name] for name in theirs if name in folded), None)
        if columns[ours] is None and ours != "email":
            raise InputError(
                f"{path}: no column '{theirs[0].capitalize()}'; expected Moodle's grading worksheet (settings: "
                "Feedback comments and Offline grading worksheet; then Grading action: Download grading worksheet)"
            )
    lines = []
    for number, row in rows:
        digits = re.search(r"\d+", row[columns["identifier"]])
        most = number_of(row[columns["most"]])
        if digits is None or not most or most <= 0:
            raise InputError(f"{path}, line {number}: no participant's number, or no maximum grade")
        email = row[columns["email"]].strip() if columns["email"] else ""
        lines.append(Line(digits[0], row[columns["name"]].strip(), email, most, row))
    return lines, header, columns


def match(students: list[str], lines: list[Line]) -> dict[str, str]:
    """The student of each participant: by Moodle's number, by mail address, or by the words of the name.

    Raises:
        InputError: students who are not in the worksheet, or who may be several people there.
    """
    found: dict[str, str] = {}
    wrong = []
    for student in students:
        number = student.rpartition("_")[2]
        fits = [line for line in lines if line.number == number and fold(line.name) == fold(student.rpartition("_")[0])]
        fits = fits or [line for line in lines if line.email and fold(student) in _mail_names(line.email)]
        fits = fits or [line for line in lines if _words(line.name) == _words(student)]
        if not fits:
            wrong.append(f"'{student}' is not in it")
        elif len(fits) > 1:
            wrong.append(f"'{student}' may be participant {' or '.join(line.number for line in fits)}")
        elif fits[0].number in found:
            wrong.append(f"'{found[fits[0].number]}' and '{student}' are both participant {fits[0].number}")
        else:
            found[fits[0].number] = student
    if wrong:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError("the worksheet and the results do not fit: " + "; ".join(wrong[:8]) + more)
    return found


def _mail_names(address: str) -> tuple[str, str]:
    return fold(address), fold(address.partition("@")[0])


def _words(name: str) -> list[str]:
    """The words of a name in any order, without the lab's: "DUPONT_Alice_tp3" is Alice Dupont."""
    return sorted(word for word in re.split(r"[\W_]+", fold(name)) if word and word != fold(course().lab))
