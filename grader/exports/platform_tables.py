"""Learning platforms: the tables of grades that they take.

`python -m grader moodle`, `canvas` and `brightspace` fill in a table that the platform exports, to be imported again:

- Moodle's offline grading worksheet, with comments, and feedback files as an archive (docs.moodle.org, "Assignment
  settings").
- Canvas' gradebook (community.canvaslms.com, "How do I import grades in the Gradebook?"): a row "Points Possible" below
  the header, a column "Name (number)" for each assignment.
- Brightspace's grades (community.d2l.com, "Importing grades"): columns "Name Points Grade <Numeric MaxPoints:20 …>", a
  last column of "#".
"""

import csv
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from judging.course import course
from judging.messages import decimal, say
from workbench.errors import InputError
from workbench.files import whole_file

from ..intake.platforms import BRIGHTSPACE, CANVAS, MOODLE, Platform
from ..results.stored import lateness, points_by_part, read_results
from ..results.tables import fold, number_of, read_table, words_of
from ..results.written import Marks, read_marks

NO_TEAM = ("", "-", "default group", "groupe par défaut")
"""What stands for the team of those who are in none."""
DROPPED = re.compile(r"[\x00-\x1f&<>\"`|':\\/]")
"""What Moodle leaves out of the names of files."""


@dataclass(frozen=True)
class Line:
    """A student of a platform's table."""

    number: str
    """The platform's, of a person or a participant."""
    name: str
    """Empty where marking is blind."""
    logins: tuple[str, ...]
    """Mail addresses or names of accounts."""
    team: str
    """Empty for who is in none."""
    most: float
    row: dict[str, str]

    @property
    def label(self) -> str:
        """What to call this student."""
        return self.name or f"participant {self.number}"


@dataclass(frozen=True)
class Table:
    """A table of a platform's, read."""

    header: list[str]
    heads: list[dict[str, str]]
    """Rows that are no students: Canvas' points."""
    lines: list[Line]
    grade: str
    """The name of the column of grades."""
    comments: str | None
    comma: bool
    """Whether numbers have decimal commas."""
    remarks: list[str]
    """What the platform would not take back."""


def export(
    platform: Platform,
    results: Path,
    roster: Path,
    out: Path,
    marks_files: Sequence[Path] = (),
    *,
    item: str = "",
    skip_unknown: bool = False,
) -> tuple[list[Path], list[str]]:
    """Write grades.csv and, where the platform takes it, feedback.zip into `out`.

    A mark is the points of the checks and those given by hand, less those for being late, as a share of the lab's
    points without the bonus, times the platform's maximum grade, and never above it. A team has one mark.

    Args:
        item: whose column of grades, where there are several.
        skip_unknown: leave out who is not in the table, instead of refusing it all.

    Returns:
        The files, and what is to be known about them.

    Raises:
        InputError: no results, no such table, or students who are not in it, or who cannot be told apart.
    """
    graded = read_results(results)
    table = read_grades(platform, roster, item)
    lines = table.lines
    marks = read_marks(marks_files, graded) if marks_files else {}
    found, wrong = match(list(graded), lines)
    if wrong and not skip_unknown:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError(
            f"the worksheet and the results do not fit: {'; '.join(wrong[:8])}{more}; "
            "--skip-unknown leaves these out and exports the others"
        )
    remarks = [] if marks_files else ["the marks are those of the checks alone: give --marks for R1 … R10"]
    remarks += [*table.remarks, *(f"left out: {line}" for line in wrong)]
    teams = {line.team: found[line.number] for line in reversed(lines) if line.team and line.number in found}
    own_marks = {student: own for student, own in marks.items() if own.is_marked}
    team_of = {found[line.number]: line.team for line in lines if line.team and line.number in found}
    own_marks |= {team_of[student]: own for student, own in own_marks.items() if student in team_of}
    replaced: list[str] = []
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
        line.row[table.grade] = text.replace(".", ",") if table.comma else text
        if table.comments:
            words = comment(result, own)
            if line.row[table.comments].strip() not in ("", words):
                replaced.append(line.label)
            line.row[table.comments] = words
        if marks_files and own is None:
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
    written = [out / "grades.csv"]
    with whole_file(written[0]) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        kept = [name for name in table.header if not platform.kept or fold(name) in platform.kept]
        kept = [*kept, table.grade] if platform.kept else kept
        kept.sort(key=lambda name: fold(name) == "end-of-line indicator")
        rows = csv.DictWriter(file, kept, extrasaction="ignore")
        rows.writeheader()
        rows.writerows([*table.heads, *(line.row for line in lines)])
    if platform.feedback:
        written.append(out / "feedback.zip")
        with (
            whole_file(written[1], [".zip"]) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for line in lines:
                if line.number in found:
                    # Moodle takes the folder's name apart at "_".
                    name = DROPPED.sub("", line.name or "Participant").replace("_", " ")
                    page = results / found[line.number] / "feedback.html"
                    archive.write(page, platform.feedback.format(name=name, number=line.number))
    return written, remarks


def comment(result: dict, own: Marks | None) -> str:
    """The points by task and question, and what the marker wrote."""
    late, language = lateness(result), result["language"]
    got = [(part, points, course().tasks[part].points) for part, points in points_by_part(result).items()]
    if own is not None:
        got += [(key, points, course().questions[key]) for key, points in own.points.items() if points is not None]
    words = [f"{key}: {decimal(points, language)}/{decimal(most, language)}" for key, points, most in got]
    off = decimal(late.penalty, language)
    told = say("page", "late", language, late=late.words(language), points=off) if late.penalty else ""
    lines = [" · ".join(words), result["reason"], told, own.comment if own else ""]
    return "\n".join(line for line in lines if line)


def read_grades(platform: Platform, path: Path, item: str = "") -> Table:
    """A table of grades as a platform exports it.

    Args:
        item: whose column of grades, where there are several.

    Raises:
        InputError: it is no such table, or which column is meant is not clear.
    """
    rows, header = read_table(path)
    folded = {fold(name): name for name in header}
    columns: dict[str, str] = {}
    for ours, theirs in platform.columns.items():
        name = next((folded[one] for one in theirs if one in folded), None)
        if name is not None:
            columns[ours] = name
        elif ours in platform.needed:
            raise InputError(f"{path}: no column '{theirs[0].capitalize()}'; expected {platform.how}")
    most_of_all: float | None = None
    if platform.item is None:
        grade = columns["grade"]
    else:
        grade, most_of_all = _item(platform.item, platform.how, path, header, item)
    lines, heads, comma, remarks = [], [], False, []
    if platform is MOODLE and "modified" not in columns:
        remarks.append("no column 'Last modified (grade)', without which Moodle takes no worksheet: download it again")
    for number, row in rows:

        def cell(ours: str, row: dict[str, str] = row) -> str:
            return row[columns[ours]].strip() if ours in columns else ""

        who = cell("number").lstrip("#")
        if platform is not BRIGHTSPACE:  # whose numbers may have letters
            digits = re.search(r"\d+", who)
            who = digits[0] if digits else ""
        if platform is CANVAS and not who:  # "Points Possible", "Manual Posting"
            heads.append(row)
            comma |= "," in row[grade]
            most_of_all = number_of(row[grade]) or most_of_all
            continue
        most = number_of(cell("most")) if "most" in columns else most_of_all or course().whole
        if not who or not most or most <= 0:
            raise InputError(f"{path}, line {number}: no participant's number, or no maximum grade")
        team, comma = cell("team"), comma or "," in cell("most")
        name = " ".join(filter(None, (cell("first"), cell("name"))))
        logins = tuple(filter(None, (cell("login").lstrip("#"), cell("second"))))
        lines.append(Line(who, name, logins, "" if fold(team) in NO_TEAM else team, most, row))
        if fold(cell("open")) in ("no", "non"):
            remarks.append(f"{lines[-1].label}: the grade is locked in Moodle, which keeps the old one")
    return Table(header, heads, lines, grade, columns.get("comments"), comma, remarks)


def _item(pattern: re.Pattern, how: str, path: Path, header: list[str], item: str) -> tuple[str, float | None]:
    """The column of an item's grades, and the most that it may have, if its name says so."""
    items = {name: found for name in header if (found := pattern.fullmatch(name.strip()))}
    wanted = fold(item or course().lab)
    chosen = [name for name, found in items.items() if fold(found["item"]) == wanted]
    chosen = chosen or [name for name, found in items.items() if wanted in fold(found["item"])]
    if len(items) == 1 and not item:
        chosen = list(items)
    if len(chosen) != 1:
        shown = ", ".join(f"'{found['item']}'" for found in items.values()) or "none"
        raise InputError(f"{path}: which column of grades? --item NAME, one of {shown}; expected {how}")
    most = items[chosen[0]].groupdict().get("most")
    return chosen[0], number_of(most) if most else None


def match(students: list[str], lines: list[Line]) -> tuple[dict[str, str], list[str]]:
    """The student of each line: by the platform's number, else by mail address or the words of the name.

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
        fits = fits or [line for line in lines if fold(student) in _accounts(line)]
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


def _accounts(line: Line) -> list[str]:
    """What somebody may be called by: addresses, and what stands before the @."""
    return [word for login in line.logins for word in (fold(login), fold(login.partition("@")[0]))]
