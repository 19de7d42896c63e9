"""`python -m grader run`: a class graded in parallel; each result is written whole or not at all."""

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from tqdm import tqdm

from solution.textures.errors import InputError
from solution.textures.files import whole_file

from .checks.course import course
from .intake import Entry, RefusedError, complete, list_entries, read_submission
from .report_pdf import inspect_report
from .results import SCHEMA, read_result, read_results, write_result, write_tables
from .sandbox import ROOT, Host, choose_level
from .workers import each


@dataclass(frozen=True)
class Settings:
    """What decides a mark, besides the submission."""

    seed: int
    """Of the hidden inputs."""
    language: str
    """Of what students read."""


@cache
def checks_version() -> str:
    """Of the checks and of what they judge with: results of another version are made anew."""
    digest = hashlib.sha256()
    folders = ("grader/checks", "solution/textures")
    paths = [path for folder in folders for path in (ROOT / folder).iterdir() if path.suffix in (".py", ".toml")]
    for path in sorted([*paths, ROOT / "solution" / "course.toml", ROOT / "grader" / "candidate.py"]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@dataclass(frozen=True)
class Work:
    """A submission as it goes to a worker: data, no path."""

    student: str
    sha256: str
    files: dict[str, str] = field(default_factory=dict)
    """The student's Python files, "textures/gram.py"."""
    notes: list[str] = field(default_factory=list)
    status: str = "graded"
    """As in result.json: another one where there is nothing to grade."""
    reason: str = ""


def read_work(entry: Entry) -> Work:
    """An entry, read; also one that is no good has a result."""
    try:
        found = read_submission(entry.path)
    except RefusedError as error:
        return Work(entry.student, _digest_of(entry.path), status=error.status, reason=error.reason)
    status = "no-package" if found.missing else "graded"
    return Work(entry.student, found.sha256, found.files, found.notes, status, found.missing)


def grade(work: Work, host: Host, settings: Settings) -> dict:
    """The result of one submission, as result.json holds it."""
    from .examiner import examine
    from .pictures import draw

    start = time.monotonic()
    checks, pictures, status, reason = [], {}, work.status, work.reason
    if status == "graded":
        found = examine(complete(work.files), host, seed=settings.seed, language=settings.language)
        checks, pictures = found.checks, draw(found.shown)
        if all(check.status in ("error", "timeout") for check in checks):
            status, reason = "crashed", checks[0].message if checks else "the checks did not run"
    return {
        "schema": SCHEMA,
        "student": work.student,
        "status": status,
        "reason": reason,
        "score": float(sum(check.points for check in checks)),
        "max_score": float(sum(task.points for task in course().tasks.values())),
        "isolation": host.level,
        "submission_sha256": work.sha256,
        "checks_version": checks_version(),
        "seed": settings.seed,
        "language": settings.language,
        "notes": work.notes,
        "report": {"pages": 0, "problem": ""},
        "seconds": round(time.monotonic() - start, 2),
        "checks": [vars(check) for check in checks],
        "pictures": pictures,
    }


def run(
    submissions: Path,
    results: Path,
    settings: Settings,
    *,
    jobs: int,
    isolation: str,
    fresh: bool = False,
    cluster: str = "",
) -> tuple[int, int, list[str]]:
    """Grade every submission that is new or changed, and write the tables.

    Args:
        jobs, isolation, cluster: as `workers.each` takes them.
        fresh: grade the others too.

    Returns:
        How many were graded now, how many there are, and what was odd about the folder.

    Raises:
        InputError: no submissions, no isolation, or a place that cannot be written.
        KeyboardInterrupt: results that are ready are written; the same command goes on from there.
    """
    if results.resolve().is_relative_to(submissions.resolve()):
        raise InputError(f"{results} lies in {submissions}, where each folder is a student's: choose another --out")
    entries, remarks = list_entries(submissions)
    graded = grade_entries(entries, results, settings, jobs=jobs, isolation=isolation, fresh=fresh, cluster=cluster)
    students = {entry.student for entry in entries}
    for student, result in read_results(results).items():
        if student not in students:
            remarks.append(f"{student}: the submission is gone; delete {results / student} if the result should go too")
        elif result["status"] != "graded":
            remarks.append(f"{student}: {result['status']}, {result['score']:g} points: {result['reason']}")
    return graded, len(entries), remarks


def grade_entries(
    entries: Sequence[Entry],
    results: Path,
    settings: Settings,
    *,
    jobs: int,
    isolation: str,
    fresh: bool = False,
    cluster: str = "",
    students: Sequence[str] = (),
) -> int:
    """The same for submissions that are listed already; returns how many were graded now.

    Args:
        students: those in the tables, if there are more than these entries.
    """
    if not cluster:  # a cluster's workers choose for themselves
        isolation = choose_level(isolation)
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {results}: {error.strerror}; choose another place with --out") from None
    waiting = [
        work
        for work in map(read_work, entries)
        if fresh or not _is_current(work, read_result(work.student, results), settings, isolation)
    ]
    by_student = {entry.student: entry for entry in entries}
    graded = each(partial(grade, settings=settings), waiting, isolation=isolation, jobs=jobs, cluster=cluster)
    try:
        with tqdm(total=len(waiting), desc=f"grading, isolation {isolation}", unit="student") as bar:
            for result in graded:
                result["report"] = keep_written(by_student[result["student"]], results)
                write_result(result, results)
                bar.set_postfix_str(f"{result['student']}: {result['score']:g}", refresh=False)
                bar.update()
    finally:
        write_tables(sorted({*students, *by_student}), results)
    return len(waiting)


def keep_written(entry: Entry, results: Path) -> dict:
    """Put a submission's notebook and report beside its result; what is to be known of the report."""
    try:
        found = read_submission(entry.path)
    except RefusedError:
        return {"pages": 0, "problem": ""}
    folder = results / entry.student
    folder.mkdir(exist_ok=True)
    for name, data in ((f"{course().lab}.ipynb", found.notebook), ("report.pdf", found.report)):
        if data is None:
            (folder / name).unlink(missing_ok=True)
        else:
            with whole_file(folder / name) as temporary:
                temporary.write_bytes(data)
    if found.report is None:
        return {"pages": 0, "problem": "there is no report.pdf"}
    pages, problem = inspect_report(folder / "report.pdf")
    return {"pages": pages, "problem": problem}


def _is_current(work: Work, result: dict | None, settings: Settings, isolation: str) -> bool:
    """Whether a result is of this very submission, by these checks."""
    wanted = {"submission_sha256": work.sha256, "checks_version": checks_version(), "seed": settings.seed}
    wanted["language"] = settings.language
    if isolation != "auto":
        wanted["isolation"] = isolation
    return result is not None and all(result.get(key) == value for key, value in wanted.items())


def _digest_of(path: Path) -> str:
    """Of a submission that cannot be read: of the archive's bytes, or of a folder's list of names."""
    if path.is_file() and os.access(path, os.R_OK):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256("\0".join(sorted(map(str, path.rglob("*")))).encode("utf-8", "surrogateescape")).hexdigest()
