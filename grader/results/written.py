"""The written answers, marked by hand: staff's table of R1 … R10, and the totals."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from judging.course import course
from workbench.errors import InputError, unknown

from .stored import lateness, points_by_part, read_results
from .tables import fold, number_of, read_cell, read_table, write_table


@dataclass(frozen=True)
class Marks:
    """What staff gave a student by hand."""

    points: dict[str, float | None]
    """By question, "R1" … "R10"; None: not marked."""
    comment: str

    @property
    def total(self) -> float:
        return sum(points or 0 for points in self.points.values())

    @property
    def is_marked(self) -> bool:
        return any(points is not None for points in self.points.values())

    def remark(self, student: str) -> list[str]:
        """A line about the questions that nobody has marked, if there are any."""
        missing = [question for question, points in self.points.items() if points is None]
        return [f"{student}: no mark for {', '.join(missing)}, counted as 0"] if missing else []


COLUMNS = {
    "student": ("student", "étudiant", "etudiant", "étudiante", "étudiant·e", "étudiant(e)", "élève", "eleve", "nom"),
    "comment": ("comment", "comments", "commentaire", "commentaires", "remarque", "remarques"),
}
"""What the columns of a table of marks may be called."""
COMMENTS = "comments.csv"
"""What is said again and again, beside a table of marks: columns code and text; @code in a comment stands for it."""
CODE = re.compile(r"(?<!\S)@(\w(?:[\w.-]*\w)?)")


def read_marks(paths: Sequence[Path], graded: Mapping[str, dict]) -> dict[str, Marks]:
    """The marks of one or several markers; of a team those of one student are for all.

    Args:
        paths: tables as `read_one` takes them.
        graded: results by student.

    Raises:
        InputError: everything that is wrong with a table, or two of them differ about somebody.
    """
    found: dict[str, Marks] = {}
    told: dict[tuple[str, str], Path] = {}
    wrong = []
    for path in paths:
        for student, own in read_one(path, graded).items():
            before = found.get(student, Marks(dict.fromkeys(course().questions), ""))
            for question, points in own.points.items():
                other = before.points[question]
                if None not in (points, other) and points != other:
                    where = told[student, question]
                    wrong.append(f"{student}, {question}: {other:g} in {where.name}, {points:g} in {path.name}")
                elif points is not None:
                    told[student, question] = path
            comments = dict.fromkeys(filter(None, (before.comment, own.comment)))
            merged = {key: before.points[key] if one is None else one for key, one in own.points.items()}
            found[student] = Marks(merged, "\n".join(comments))
    if wrong:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError(f"markers differ: {'; '.join(wrong[:8])}{more}")
    marked = {student: own for student, own in found.items() if own.is_marked}
    for student, result in graded.items():
        theirs = [marked[other] for other in result.get("team", ()) if other in marked]
        if theirs and student not in marked:
            found[student] = theirs[0]
    return found


def read_one(path: Path, graded: Mapping[str, dict]) -> dict[str, Marks]:
    """A table with the columns student, R1 … R10 and comment; separated by commas, semicolons or tabs.

    Args:
        path: the table; in its comments, @code is what `COMMENTS` beside it has for it, if there is such a file.
        graded: results by student; names must be theirs to the letter, however accents are written. Of one that is a
            number spreadsheets drop the zeros in front.

    Raises:
        InputError: everything that is wrong with it, a line each.
    """
    rows, header = read_table(path)
    questions = course().questions
    ours = {fold(theirs): name for name, words in COLUMNS.items() for theirs in words}
    ours |= {fold(question): question.lower() for question in questions}
    columns = {ours[fold(name)]: name for name in header if fold(name) in ours}
    counts = Counter(ours.get(fold(name), fold(name)) for name in header)
    wrong = [f"there is no question '{n}': {', '.join(questions)}" for n in header if n.strip() and fold(n) not in ours]
    wrong += [f"two columns '{name}'" for name, count in counts.items() if name and count > 1]
    if "student" not in columns:
        wrong.insert(0, "no column 'student': the first line names the columns: student, R1, …, comment")
    if wrong:
        raise InputError(f"{path}: " + "; ".join(wrong))
    known = {_exact(student): student for student in graded}
    said = read_comments(path.with_name(COMMENTS))
    found: dict[str, Marks] = {}
    for number, row in rows:
        name = read_cell(row[columns["student"]]).strip()
        alike = [one for one in graded if one.isdecimal() and name.isdecimal() and int(one) == int(name)]
        student = known.get(_exact(name)) or (alike[0] if len(alike) == 1 else None)
        if student is None:
            near = [student for student in graded if fold(student) == fold(name)]
            meant = f": did you mean '{near[0]}'?" if near else ""
            wrong.append(f"line {number}: there is no result of '{name}'{meant}")
            continue
        if student in found:
            wrong.append(f"line {number}: a second line for '{name}'")
            continue
        points: dict[str, float | None] = {}
        for question, most in questions.items():
            text = row.get(columns.get(question.lower(), ""), "").strip()
            points[question] = given = number_of(text) if text else None
            if text and (given is None or not 0 <= given <= most):
                wrong.append(f"line {number}, {name}: {question} is '{text}', expected 0 to {most:g}")
        comment = row.get(columns.get("comment", ""), "").strip()
        if said:
            unknown_codes = [code for code in CODE.findall(comment) if fold(code) not in said]
            wrong += [f"line {number}, {name}: {unknown('comment', code, said)}" for code in unknown_codes]
            comment = CODE.sub(lambda code: said.get(fold(code[1]), code[0]), comment)
        found[student] = Marks(points, comment)
    if wrong:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError(f"{path}: " + "; ".join(wrong[:8]) + more)
    return found


def read_comments(path: Path) -> dict[str, str]:
    """The texts of a table of comments, by code in small letters; none if there is no such file.

    Raises:
        InputError: it has other columns than code and text, or a code twice.
    """
    if not path.is_file():
        return {}
    rows, header = read_table(path)
    named = {fold(name): name for name in header}
    if named.keys() != {"code", "text"}:
        raise InputError(f"{path}: the columns are code and text")
    said: dict[str, str] = {}
    for number, row in rows:
        code = fold(row[named["code"]]).removeprefix("@")
        if not CODE.fullmatch("@" + code) or code in said:
            raise InputError(f"{path}, line {number}: a code is one word, and stands there once, got '{code}'")
        said[code] = row[named["text"]].strip()
    return said


def _exact(name: str) -> str:
    """A name, for a mark goes to nobody but who has just that one: macOS takes accents apart, all else is kept."""
    return unicodedata.normalize("NFC", name).strip()


def write_empty_marks(
    results: Path, path: Path, style: str | None = None, *, markers: Sequence[str] = (), by: str = "students"
) -> list[Path]:
    """Tables to be filled in: every student, a column for each question, one for a comment.

    Args:
        markers: a table for each of these, as "marks-Ada.csv" beside `path`; together they are the whole.
        by: what a marker has a share of, "students", where teams stay together, or "questions".

    Raises:
        InputError: no results, or there is such a file: what somebody has filled in is not overwritten.
    """
    graded = read_results(results)
    parts = len(markers) or 1
    teams = list(dict.fromkeys(tuple(result.get("team") or [student]) for student, result in graded.items()))
    names, tables = [path], []
    if markers:
        names = [path.with_name(f"{path.stem}-{marker}{path.suffix}") for marker in markers]
        if len(set(names)) < len(names) or any("/" in marker or "\\" in marker or not marker for marker in markers):
            raise InputError(f"--markers are names, each once, got {' '.join(markers)}")
    for i, name in enumerate(names):
        if name.exists():
            raise InputError(f"{name} is there already, and may hold marks: give another name with --out")
        questions, students = list(course().questions), list(graded)
        if by == "questions":
            questions = questions[len(questions) * i // parts : len(questions) * (i + 1) // parts]
        else:
            mine = teams[len(teams) * i // parts : len(teams) * (i + 1) // parts]
            students = sorted(student for team in mine for student in team if student in graded)
        empty = [""] * (len(questions) + 1)
        tables.append([["student", *questions, "comment"], *([student, *empty] for student in students)])
    for name, table in zip(names, tables, strict=True):
        write_table(name, table, style)
    return names


def write_totals(results: Path, marks_files: Sequence[Path], style: str | None = None) -> tuple[Path, list[str]]:
    """totals.csv: the points of the checks and those given by hand; who is not marked yet is named.

    Raises:
        InputError: no results, or whatever is wrong with the marks.
    """
    graded = read_results(results)
    marks = read_marks(marks_files, graded)
    questions = course().questions
    rows: list[list] = [
        ["student", *course().tasks, *questions, "checks", "written", "penalty", "total", "max", "status", "comment"]
    ]
    for student, result in graded.items():
        own, penalty = marks.get(student, Marks(dict.fromkeys(questions), "")), lateness(result).penalty
        cells = [*points_by_part(result).values(), *own.points.values()]
        cells += [result["score"], own.total, penalty, max(result["score"] + own.total - penalty, 0), course().whole]
        rows.append([student, *cells, result["status"], own.comment])
    path = results / "totals.csv"
    write_table(path, rows, style)
    remarks = [f"{student}: no marks" for student in graded if student not in marks]
    return path, remarks + [line for student, own in marks.items() for line in own.remark(student)]
