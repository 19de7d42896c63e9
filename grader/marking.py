"""`python -m grader run`: a class graded in parallel; each result is written whole or not at all."""

import csv
import hashlib
import json
import time
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from tqdm import tqdm

from solution.textures.errors import InputError
from solution.textures.files import whole_file

from .checks.course import course
from .intake import Entry, RefusedError, complete, list_entries, read_submission
from .sandbox import ROOT, Host, choose_level
from .workers import each

SCHEMA = 1
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
    return Work(entry.student, found.sha256, found.files, found.notes)


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
    entries, remarks = list_entries(submissions)
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
    graded = each(partial(grade, settings=settings), waiting, isolation=isolation, jobs=jobs, cluster=cluster)
    try:
        with tqdm(total=len(waiting), desc=f"grading, isolation {isolation}", unit="student") as bar:
            for result in graded:
                write_result(result, results)
                bar.set_postfix_str(f"{result['student']}: {result['score']:g}", refresh=False)
                bar.update()
    finally:
        write_tables([entry.student for entry in entries], results)
    return len(waiting), len(entries), remarks


def _is_current(work: Work, result: dict | None, settings: Settings, isolation: str) -> bool:
    """Whether a result is of this very submission, by these checks."""
    wanted = {"submission_sha256": work.sha256, "checks_version": checks_version(), "seed": settings.seed}
    if isolation != "auto":
        wanted["isolation"] = isolation
    return result is not None and all(result.get(key) == value for key, value in wanted.items())


def write_result(result: dict, results: Path) -> None:
    """result.json and feedback.html of a student; whoever reads them finds the old ones or the new ones."""
    from .reports import feedback_page

    folder = results / result["student"]
    folder.mkdir(exist_ok=True)
    for name, text in (
        ("feedback.html", feedback_page(result)),
        ("result.json", json.dumps(result, ensure_ascii=False, indent=1)),
    ):
        with whole_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")


def read_result(student: str, results: Path) -> dict | None:
    """A student's result, if there is a whole one."""
    try:
        result = json.loads((results / student / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) and result.get("schema") == SCHEMA else None


def write_tables(students: list[str], results: Path) -> None:
    """grades.csv and class.html of all that is ready."""
    from .reports import class_page

    ready = [result for student in students if (result := read_result(student, results)) is not None]
    with whole_file(results / "grades.csv") as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        parts = list(course().tasks)
        table.writerow(["student", *parts, "total", "max", "status"])
        for result in ready:
            points = [sum(check["points"] for check in result["checks"] if check["part"] == part) for part in parts]
            cells = [f"{value:g}" for value in (*points, result["score"], result["max_score"])]
            table.writerow([_cell(result["student"]), *cells, result["status"]])
    with whole_file(results / "class.html") as temporary:
        temporary.write_text(class_page(ready), encoding="utf-8", newline="\n")


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _digest_of(path: Path) -> str:
    """Of a submission that cannot be read: of the archive's bytes, or of a folder's list of names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256("\0".join(sorted(map(str, path.rglob("*")))).encode("utf-8", "surrogateescape")).hexdigest()
