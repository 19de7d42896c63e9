"""`python -m grader run`: a class graded in parallel; each result is written whole or not at all."""

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from judging.course import course
from judging.messages import plain, say
from judging.summary import Result, worded
from workbench.errors import InputError
from workbench.files import whole_file

from ..intake.apart import ApartError, apart
from ..intake.entries import Entry, handed_in, list_entries, submissions_folder
from ..intake.given import as_given
from ..intake.report_pdf import inspect_report
from ..intake.submission import RefusedError, complete, read_submission
from ..intake.unpacking import walk
from ..pages.similarity import keep_code
from ..results.stored import SCHEMA, graded_students, lateness, read_result, read_results
from ..results.tables import fold
from ..sandbox.host import Host, choose_level
from .filing import write_result, write_tables
from .verdicts import all_checks, as_json, checks_version, still_known, to_run, verdict_keys
from .workers import each

if TYPE_CHECKING:
    from .examiner import Examination


@dataclass(frozen=True)
class Settings:
    """What decides a mark, besides the submission."""

    seed: int
    """Of the hidden inputs."""
    language: str
    """Of what students read."""


@dataclass
class Tally:
    """What a run has done."""

    submissions: int
    """Graded now."""
    ran: int = 0
    """Checks, in all of them."""
    known: int = 0
    """Checks whose verdicts stood from before."""


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
    before: dict | None = None
    """An earlier result of the same student, some of whose verdicts may stand."""


def read_work(entry: Entry, language: str) -> Work:
    """An entry, read; also one that is no good has a result. What is said of it is in that language."""
    try:
        return Work(entry.student, **apart(_read, entry, language))
    except ApartError as error:
        return Work(entry.student, _digest_of(entry.path), status="bad-archive", reason=_unread(error, language))


def _read(entry: Entry, language: str) -> dict:
    try:
        found = read_submission(entry.path, *entry.beside, language=language)
    except RefusedError as error:
        return {"sha256": _digest_of(entry.path), "status": error.status, "reason": error.reason}
    status = "no-package" if found.missing else "graded"
    read = {"sha256": found.sha256, "files": found.files, "notes": found.notes}
    return read | {"status": status, "reason": found.missing}


def _unread(error: ApartError, language: str) -> str:
    """Why something was not read, for who sent it."""
    if str(error) in ("time", "memory"):
        return say("intake", f"too_much_{error}", language)
    return say("intake", "not_read", language, why=str(error))


def grade(work: Work, host: Host, settings: Settings) -> dict:
    """The result of one submission, as result.json holds it. Verdicts from before are kept where they stand."""
    from .examiner import examine

    if work.status != "graded":
        return without_code(work, settings, host.level)
    start = time.monotonic()
    files = complete(work.files)
    keys, known = known_verdicts(work, files, settings, host.level)
    names = to_run(files, known)
    if not names:
        return from_verdicts(work, settings, host.level, known, keys)
    found = examine(files, host, seed=settings.seed, language=settings.language, checks=names)
    result = from_verdicts(work, settings, host.level, [one for one in known if one.id not in names], keys, found)
    return result | {"seconds": round(time.monotonic() - start, 2)}


def known_verdicts(
    work: Work, files: Mapping[str, str], settings: Settings, isolation: str
) -> tuple[dict[str, str], list[Result]]:
    """The keys of all checks for these files, and the verdicts from before that stand."""
    keys = verdict_keys(files, settings.seed, isolation)
    crashed = work.before is not None and work.before["status"] == "crashed"  # the machine's fault, perhaps
    return keys, still_known(None if crashed else work.before, keys, settings.language)


def from_verdicts(
    work: Work,
    settings: Settings,
    isolation: str,
    known: Collection[Result],
    keys: Mapping[str, str],
    found: "Examination | None" = None,
) -> dict:
    """The result of a submission out of verdicts that stand and of what was found now, if anything was."""
    from ..pages.pictures import draw

    now = found.checks if found else []
    by_name = {one.id: one for one in (*known, *now)}
    checks = [by_name[name] for name in all_checks() if name in by_name]
    before = work.before or {}
    parts = {one.part for one in now}
    alone = [part for part in before.get("alone", ()) if part not in parts] + (found.alone if found else [])
    standing = {one.id for one in known}
    pictures = {name: one for name, one in before.get("pictures", {}).items() if one.get("check") in standing}
    result = without_code(work, settings, isolation)
    result |= {"checks": as_json(checks, keys), "checks_run": len(now), "alone": sorted(alone)}
    result["seconds"] = before.get("seconds", 0.0)
    result["pictures"] = pictures | (draw(found.shown) if found else {})
    if alone:
        told = say("intake", "judged_alone", settings.language, parts=", ".join(sorted(alone)))
        result["notes"] = [*work.notes, told]
    if all(check.status in ("error", "timeout") for check in checks):
        reason = checks[0].message if checks else "the checks did not run"
        result |= {"status": "crashed", "reason": reason}
    result["score"] = float(sum(check.points for check in checks))
    return result


def without_code(work: Work, settings: Settings, isolation: str) -> dict:
    """The result of a submission before anything was asked of its code; it is the last word where there is none."""
    return {
        "schema": SCHEMA,
        "student": work.student,
        "status": work.status,
        "reason": work.reason,
        "score": 0.0,
        "max_score": course().points,
        "isolation": isolation,
        "submission_sha256": work.sha256,
        "checks_version": checks_version(),
        "seed": settings.seed,
        "language": settings.language,
        "notes": work.notes,
        "report": {"pages": 0, "problem": ""},
        "answers": None,
        "seconds": 0.0,
        "checks": [],
        "checks_run": 0,
        "alone": [],
        "pictures": {},
    }


def not_graded(work: Work, happened: str, *, settings: Settings, isolation: str) -> dict:
    """The result where the grader itself failed: a row for people to look at; the next run tries again."""
    reason = plain(f"the grader failed, which is not the student's fault: {happened}"[:300])
    return without_code(work, settings, isolation) | {"status": "crashed", "reason": reason}


def run(
    submissions: Path,
    results: Path,
    settings: Settings,
    *,
    jobs: int,
    isolation: str,
    fresh: bool = False,
    cluster: str = "",
    only: Sequence[str] = (),
    aliases: Mapping[str, str] | None = None,
    style: str | None = None,
) -> tuple[Tally, int, list[str]]:
    """Grade every submission that is new or changed, and write the tables, with all that were graded before.

    Args:
        submissions: a folder, or Moodle's archive of a class.
        jobs, isolation, cluster: as `workers.each` takes them.
        fresh: grade the others too.
        only: students to be graded, once more if need be; everybody when left out.
        aliases: as `list_entries` takes them.
        style: of grades.csv, as `write_table` takes it.

    Returns:
        What was done, how many submissions there are, and what was odd about the folder.

    Raises:
        InputError: no submissions, no isolation, or a place that cannot be written.
        KeyboardInterrupt: results that are ready are written; the same command goes on from there.
    """
    if submissions.is_dir() and results.resolve().is_relative_to(submissions.resolve()):
        raise InputError(f"{results} lies in {submissions}, where each folder is a student's: choose another --out")
    with submissions_folder(submissions) as folder:
        entries, remarks = list_entries(folder, aliases, graded_students(results))
        chosen = choose(entries, only) if only else entries
        fresh = fresh or bool(only)
        tally = grade_entries(
            chosen, results, settings, jobs=jobs, isolation=isolation, fresh=fresh, cluster=cluster, style=style
        )
    students = {student for entry in entries for student in entry.students}
    others = []
    for student, result in read_results(results).items():
        if student not in students:
            others.append(student)
        elif result["status"] != "graded":
            remarks.append(f"{student}: {result['status']}, {result['score']:g} points: {result['reason']}")
        if student in students and (told := broken_checks(result)):
            remarks.append(f"{student}: {told}")
        if student in students and (late := lateness(result)).minutes:
            taken = f", {late.penalty:g} points off" if late.penalty else ""
            remarks.append(f"{student}: {late.words()} late{taken}")
    if others:
        names = ", ".join(others[:8]) + (", …" if len(others) > 8 else "")
        remarks.append(f"{len(others)} graded before, not in {submissions} and kept in the tables: {names}")
    return tally, len(chosen), remarks


def broken_checks(result: dict) -> str:
    """What staff must hear of a result: how many points no check has judged. Empty, if all is well."""
    broken = [check for check in result["checks"] if check["status"] == "unjudged"]
    points = sum(check["max_points"] for check in broken)
    names = ", ".join(check["id"] for check in broken)
    return f"{points:g} points are open: checks are broken, not the student's code: {names}" if broken else ""


def choose(entries: Sequence[Entry], names: Sequence[str]) -> list[Entry]:
    """The entries of students who are named.

    Raises:
        InputError: there is no such student.
    """
    known = {fold(student): entry for entry in entries for student in entry.students}
    chosen: list[Entry] = []
    for name in names:
        if fold(name) not in known:
            near = get_close_matches(fold(name), known, n=3, cutoff=0.5)
            shown = {fold(student): student for entry in entries for student in entry.students}
            near = [shown[one] for one in near] or [entry.student for entry in entries[:3]]
            raise InputError(f"there is no submission of '{name}': did you mean {' or '.join(near)}?")
        if known[fold(name)] not in chosen:
            chosen.append(known[fold(name)])
    return chosen


def grade_entries(
    entries: Sequence[Entry],
    results: Path,
    settings: Settings,
    *,
    jobs: int,
    isolation: str,
    fresh: bool = False,
    cluster: str = "",
    style: str | None = None,
) -> Tally:
    """The same for submissions that are listed already."""
    if not cluster:  # a cluster's workers choose for themselves
        isolation = choose_level(isolation)
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {results}: {error.strerror}; choose another place with --out") from None
    by_student, times, waiting = {entry.student: entry for entry in entries}, {}, []
    for entry in entries:
        work, times[entry.student] = read_work(entry, settings.language), handed_in(entry).isoformat(" ", "seconds")
        olds = [read_result(student, results) for student in entry.students]
        if fresh or not all(_is_current(work, old, settings, isolation) for old in olds):
            waiting.append(work if fresh else replace(work, before=olds[0]))
            continue
        for old in filter(None, olds):
            found = old | {"handed_in": min(times[entry.student], old.get("handed_in", "~"))}  # an older file of it
            found["team"] = list(entry.students)
            if found != old:
                write_result(found, results)
    kept = {work.student: keep_all(by_student[work.student], results, settings.language) for work in waiting}
    idle: list[dict] = []
    busy: list[Work] = []
    for work in waiting:
        result = _without_asking(work, settings, isolation)
        if result is None:
            busy.append(work)
        else:
            idle.append(result)
    graded = each(
        partial(grade, settings=settings),
        busy,
        isolation=isolation,
        jobs=jobs,
        cluster=cluster,
        otherwise=partial(not_graded, settings=settings, isolation=isolation),
    )
    tally = Tally(len(waiting))
    try:
        with tqdm(total=len(waiting), desc=f"grading, isolation {isolation}", unit="student") as bar:
            for result in chain(idle, graded if busy else ()):
                entry = by_student[result["student"]]
                tally.ran += result["checks_run"]
                tally.known += len(result["checks"]) - result["checks_run"]
                result |= {"handed_in": times[entry.student], "team": list(entry.students)}
                for student in entry.students:
                    write_result(result | kept[entry.student][student] | {"student": student}, results)
                bar.set_postfix_str(f"{result['student']}: {result['score']:g}", refresh=False)
                bar.update()
    finally:
        write_tables(results, style)
    return tally


def keep_all(entry: Entry, results: Path, language: str) -> dict[str, dict]:
    """`keep_written` for each of an entry's students; where that fails, the report's problem says so."""
    import_module("..pages.answer_page", __package__)  # here, once: the processes that read are forks of this one
    kept = {}
    for student in entry.students:
        try:
            kept[student] = apart(keep_written, replace(entry, student=student), results, language)
        except ApartError as error:
            kept[student] = {"report": {"pages": 0, "problem": _unread(error, language)}, "answers": None}
    return kept


def keep_written(entry: Entry, results: Path, language: str) -> dict:
    """Put a submission's notebook and report beside its result; what result.json says of them."""
    from ..pages.answer_page import answer_page

    report: dict = {"pages": 0, "problem": ""}
    try:
        found = read_submission(entry.path, *entry.beside, language=language)
    except RefusedError:
        return {"report": report, "answers": None}
    folder = results / entry.student
    folder.mkdir(exist_ok=True)
    keep_code(found.files, folder)
    page, answers = None, None
    if found.notebook is not None:
        text, answers = answer_page(found.notebook, entry.student, language)
        page = text.encode(errors="replace")
    kept = {f"{course().lab}.ipynb": found.notebook, "answers.html": page, "report.pdf": found.report}
    for name, data in kept.items():
        if data is None:
            (folder / name).unlink(missing_ok=True)
        else:
            with whole_file(folder / name) as temporary:
                temporary.write_bytes(data)
    if found.report is None:
        report["problem"] = say("intake", "report_missing", language)
    else:
        report["pages"], report["problem"] = inspect_report(folder / "report.pdf", language)
    return {"report": report, "answers": answers}


def _without_asking(work: Work, settings: Settings, isolation: str) -> dict | None:
    """The result of a submission whose code need not be asked: there is none, or all verdicts stand; else None."""
    if work.status != "graded":
        return without_code(work, settings, isolation)
    if isolation == "auto":
        return None
    files = complete(work.files)
    if as_given(files):
        keys, found = verdict_keys(files, settings.seed, isolation), not_started(settings.language)
        result = from_verdicts(replace(work, before=None), settings, isolation, found, keys)
        return result | {"checks_run": len(found)}
    if work.before is None:
        return None
    keys, known = known_verdicts(work, files, settings, isolation)
    return None if to_run(files, known) else from_verdicts(work, settings, isolation, known, keys)


def not_started(language: str) -> list[Result]:
    """What the checks find where nothing was written."""
    return [
        worded(
            Result(
                check.id, check.part, 0, check.points, "skipped", "", "", None, check.hidden, 0.0, "", "not_started"
            ),
            check.sentence,
            language,
        )
        for check in all_checks().values()
    ]


def _is_current(work: Work, result: dict | None, settings: Settings, isolation: str) -> bool:
    """Whether a result is of this very submission, by these checks."""
    wanted = {"submission_sha256": work.sha256, "checks_version": checks_version(), "seed": settings.seed}
    wanted["language"] = settings.language
    if isolation != "auto":
        wanted["isolation"] = isolation
    if result is None or result["status"] == "crashed":  # the machine's fault, perhaps: tried again
        return False
    if broken_checks(result):
        return False
    return all(result.get(key) == value for key, value in wanted.items())


def _digest_of(path: Path) -> str:
    """Of a submission that cannot be read: of the archive's bytes, or of a folder's list of names."""
    digest = hashlib.sha256(path.name.encode("utf-8", "surrogateescape"))
    try:
        if path.is_dir():
            digest.update("\0".join(sorted(map(str, walk(path)))).encode("utf-8", "surrogateescape"))
        else:
            with path.open("rb") as file:
                while part := file.read(1 << 20):
                    digest.update(part)
    except OSError:  # of no more than its name, then
        pass
    return digest.hexdigest()
