"""`python -m grader run`: a class graded in parallel; each result is written whole or not at all."""

import csv
import hashlib
import json
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from solution.textures.errors import InputError
from solution.textures.files import whole_file

from .checks.course import course
from .intake import Entry, RefusedError, complete, list_entries, read_submission
from .sandbox import ROOT, Host, choose_level

SCHEMA = 1
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Settings:
    """What decides a mark, besides the submission."""

    isolation: str
    """The level in use: namespace or process."""
    seed: int
    language: str


@cache
def checks_version() -> str:
    """Of the checks and of what they judge with: results of another version are made anew."""
    digest = hashlib.sha256()
    folders = ("grader/checks", "solution/textures")
    paths = [path for folder in folders for path in (ROOT / folder).iterdir() if path.suffix in (".py", ".toml")]
    for path in sorted([*paths, ROOT / "solution" / "course.toml", ROOT / "grader" / "candidate.py"]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def grade(entry: Entry, host: Host, settings: Settings) -> dict:
    """The result of one submission, as result.json holds it."""
    from .examiner import examine

    start = time.monotonic()
    result = {
        "schema": SCHEMA,
        "student": entry.student,
        "status": "graded",
        "reason": "",
        "score": 0.0,
        "max_score": float(sum(task.points for task in course().tasks.values())),
        "isolation": settings.isolation,
        "submission_sha256": "",
        "checks_version": checks_version(),
        "seed": settings.seed,
        "notes": [],
        "seconds": 0.0,
        "checks": [],
    }
    try:
        submission = read_submission(entry.path)
    except RefusedError as error:
        result |= {"status": error.status, "reason": error.reason, "submission_sha256": _digest_of(entry.path)}
    else:
        files = complete(submission.files)
        checks = examine(files, host, seed=settings.seed, language=settings.language)
        result |= {
            "score": float(sum(check.points for check in checks)),
            "submission_sha256": submission.sha256,
            "notes": submission.notes,
            "checks": [vars(check) for check in checks],
        }
        if not checks or all(check.status in ("error", "timeout") for check in checks):
            reason = checks[0].message if checks else "the checks did not run"
            result |= {"status": "crashed", "reason": reason}
    return result | {"seconds": round(time.monotonic() - start, 2)}


def run(
    submissions: Path, results: Path, *, jobs: int, isolation: str, fresh: bool, seed: int, language: str
) -> tuple[int, int, list[str]]:
    """Grade every submission that is new or changed, and write the tables.

    Returns:
        How many were graded now, how many there are, and what was odd about the folder.

    Raises:
        InputError: no submissions, no isolation, or a place that cannot be written.
        KeyboardInterrupt: results that are ready are written; the same command goes on from there.
    """
    entries, remarks = list_entries(submissions)
    settings = Settings(choose_level(isolation), seed, language)
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {results}: {error.strerror}; choose another place with --out") from None
    waiting = [entry for entry in entries if fresh or not _is_current(entry, results, settings)]
    jobs = max(1, min(jobs, len(waiting)))
    # Each worker is an examiner with a host of its own; spawned, for torch's threads do not survive a fork.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _start_worker, (settings,))
    try:
        futures = [pool.submit(_grade_in_worker, entry) for entry in waiting]
        with tqdm(total=len(waiting), desc=f"grading, isolation {settings.isolation}", unit="student") as bar:
            for future in as_completed(futures):
                result = future.result()
                write_result(result, results)
                bar.set_postfix_str(f"{result['student']}: {result['score']:g}", refresh=False)
                bar.update()
    except KeyboardInterrupt:
        for process in list((pool._processes or {}).values()):
            process.kill()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        write_tables([entry.student for entry in entries], results)
    return len(waiting), len(entries), remarks


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


def _is_current(entry: Entry, results: Path, settings: Settings) -> bool:
    """Whether there is a result of this very submission, by these checks."""
    found = read_result(entry.student, results)
    if found is None:
        return False
    try:
        digest = read_submission(entry.path).sha256
    except RefusedError:
        digest = _digest_of(entry.path)
    wanted = (digest, checks_version(), settings.seed, settings.isolation)
    return tuple(found.get(key) for key in ("submission_sha256", "checks_version", "seed", "isolation")) == wanted


def _digest_of(path: Path) -> str:
    """Of a submission that cannot be read: of the archive's bytes, or of a folder's list of names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256("\0".join(sorted(map(str, path.rglob("*")))).encode("utf-8", "surrogateescape")).hexdigest()


_worker: dict = {}


def _start_worker(settings: Settings) -> None:
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process decides what an interruption means
    torch.set_num_threads(1)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _worker.update(settings=settings, host=Host(settings.isolation))


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, killed for instance; its host goes with it."""
    while os.getppid() == parent:
        time.sleep(0.5)
    if "host" in _worker:
        _worker["host"].close()
    os._exit(1)


def _grade_in_worker(entry: Entry) -> dict:
    try:
        return grade(entry, _worker["host"], _worker["settings"])
    except Exception:  # the host is in doubt: a new one, and one more try
        _worker["host"].close()
        _worker["host"] = Host(_worker["settings"].isolation)
        return grade(entry, _worker["host"], _worker["settings"])
