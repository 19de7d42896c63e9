"""`python -m grader moodle`: marks and feedback for Moodle's assignment activity.

Moodle gives a list, its offline grading worksheet, and takes it back with marks and comments filled in; and it takes
feedback files as an archive with the folders of its "download all submissions" (docs.moodle.org, "Assignment settings",
offline grading worksheet and feedback files). Who is who is told by Moodle's number of a participant: in the names of
folders characters are missing, a team's name stands before them, or they are no names at all.
"""

import csv
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from solution.textures.errors import InputError
from solution.textures.files import whole_file

from .checks.course import course
from .checks.messages import say
from .entries import words_of
from .results import lateness, points_by_part, read_results
from .written import Marks, fold, number_of, read_marks, read_table

COLUMNS = {
    "identifier": ("identifier", "identifiant"),
    "name": ("full name", "nom complet"),
    "email": ("email address", "adresse de courriel", "adresse e-mail"),
    "team": ("group", "groupe", "team", "équipe"),
    "grade": ("grade", "note"),
    "most": ("maximum grade", "note maximale"),
    "comments": ("feedback comments", "feedback par commentaires", "commentaires de feedback"),
}
"""What the worksheet's columns are called, in English and in French."""
OPTIONAL = ("name", "email", "team")
"""Columns that some worksheets lack: names, where marking is blind."""
NO_TEAM = ("", "-", "default group", "groupe par défaut")
"""What stands for the team of those who are in none."""
DROPPED = re.compile(r"[\x00-\x1f&<>\"`|':\\/]")
"""What Moodle leaves out of the names of files."""


@dataclass(frozen=True)
class Line:
    """A student of the worksheet."""

    number: str
    name: str
    """Empty where marking is blind."""
    email: str
    team: str
    """Empty for who is in none."""
    most: float
    row: dict[str, str]

    @property
    def label(self) -> str:
        """What to call this student."""
        return self.name or f"participant {self.number}"


def export(
    results: Path, roster: Path, out: Path, marks_file: Path | None, *, skip_unknown: bool = False
) -> tuple[list[Path], list[str]]:
    """Write grades.csv and feedback.zip into `out`.

    A mark is the points of the checks and those given by hand, less those for being late, as a share of the lab's
    points without the bonus, times Moodle's maximum grade, and never above it. A team has one mark.

    Args:
        skip_unknown: leave out who is not in the worksheet, instead of refusing it all.

    Returns:
        The files, and what is to be known about them.

    Raises:
        InputError: no results, no worksheet of Moodle's, or students who are not in it, or who cannot be told apart.
    """
    graded = read_results(results)
    lines, header, columns = read_worksheet(roster)
    marks = read_marks(marks_file, graded) if marks_file is not None else {}
    found, wrong = match(list(graded), lines)
    if wrong and not skip_unknown:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError(
            f"the worksheet and the results do not fit: {'; '.join(wrong[:8])}{more}; "
            "--skip-unknown leaves these out and exports the others"
        )
    remarks = [] if marks_file is not None else ["the marks are those of the checks alone: give --marks for R1 … R10"]
    remarks += [f"left out: {line}" for line in wrong]
    teams = {line.team: found[line.number] for line in reversed(lines) if line.team and line.number in found}
    own_marks = {student: own for student, own in marks.items() if own.is_marked}
    team_of = {found[line.number]: line.team for line in lines if line.team and line.number in found}
    own_marks |= {team_of[student]: own for student, own in own_marks.items() if student in team_of}
    replaced: list[str] = []
    comma = any("," in line.row[columns["most"]] for line in lines)
    for line in lines:
        student = found.get(line.number)
        if student is None and line.team in teams:
            student = found[line.number] = teams[line.team]
            remarks.append(f"{line.label}: has the mark of {student}, of the same team")
        if student is None:
            remarks.append(f"{line.label}: nothing handed in")
            continue
        result, own = graded[student], own_marks.get(student) or own_marks.get(line.team) or marks.get(student)
        points = max(result["score"] + (own.total if own else 0) - lateness(result).penalty, 0)
        text = f"{min(points / course().whole, 1) * line.most:.2f}".rstrip("0").rstrip(".")
        line.row[columns["grade"]] = text.replace(".", ",") if comma else text
        words = comment(result, own)
        if line.row[columns["comments"]].strip() not in ("", words):
            replaced.append(line.label)
        line.row[columns["comments"]] = words
        if marks_file is not None and own is None:
            remarks.append(f"{line.label}: no marks for R1 … R10")
        remarks += own.remark(line.label) if own else []
        if not (results / student / "feedback.html").is_file():
            raise InputError(f"{results / student / 'feedback.html'} is missing: `grader run --fresh` makes it again")
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
                # Moodle takes the folder's name apart at "_".
                name = DROPPED.sub("", line.name or "Participant").replace("_", " ")
                archive.write(page, f"{name}_{line.number}_assignfeedback_file_/feedback.html")
    return [out / "grades.csv", out / "feedback.zip"], remarks


def comment(result: dict, own: Marks | None) -> str:
    """The points by task and question, and what the marker wrote."""
    tasks = course().tasks
    words = [f"{part}: {points:g}/{tasks[part].points:g}" for part, points in points_by_part(result).items()]
    if own is not None:
        most = course().questions
        words += [f"{key}: {points:g}/{most[key]:g}" for key, points in own.points.items() if points is not None]
    late, language = lateness(result), result["language"]
    told = say("page", "late", language, late=late.words(language), points=f"{late.penalty:g}") if late.penalty else ""
    lines = [" · ".join(words), result["reason"], told, own.comment if own else ""]
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
        if columns[ours] is None and ours not in OPTIONAL:
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
        name, email, team = (row[columns[key]].strip() if columns[key] else "" for key in OPTIONAL)
        lines.append(Line(digits[0], name, email, "" if fold(team) in NO_TEAM else team, most, row))
    return lines, header, columns


def match(students: list[str], lines: list[Line]) -> tuple[dict[str, str], list[str]]:
    """The student of each participant: by Moodle's number, else by mail address or the words of the name.

    Returns:
        Students by number, and a line for each who is not in the worksheet, or who may be several people there.
    """
    found: dict[str, str] = {}
    wrong = []
    for student in students:
        name, _, number = student.rpartition("_")
        numbered = [line for line in lines if name and line.number == number]
        fits = [line for line in numbered if _may_be(name, line.name)]
        if numbered and not fits:  # the worksheet of another activity has other numbers
            wrong.append(f"'{student}' is participant {number}, who is called '{numbered[0].name}' there")
            continue
        fits = fits or [line for line in lines if line.email and fold(student) in _mail_names(line.email)]
        fits = fits or [line for line in lines if line.name and words_of(line.name) == words_of(student)]
        if not fits:
            wrong.append(f"'{student}' is not in it")
        elif len(fits) > 1:
            wrong.append(f"'{student}' may be participant {' or '.join(line.number for line in fits)}")
        elif fits[0].number in found:
            wrong.append(f"'{found[fits[0].number]}' and '{student}' are both participant {fits[0].number}")
        else:
            found[fits[0].number] = student
    return found, wrong


def _may_be(written: str, name: str) -> bool:
    """Whether a folder may be called so for somebody of that name: some word of it is there, or there are no names."""
    words = {word for word in re.split(r"[\W_]+", fold(DROPPED.sub("", name))) if word}
    return not words or not name or fold(written) == "participant" or any(word in fold(written) for word in words)


def _mail_names(address: str) -> tuple[str, str]:
    return fold(address), fold(address.partition("@")[0])
