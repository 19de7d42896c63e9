"""Whether the checks give the solution every point: proved before students get what was made from it."""

from dataclasses import replace
from pathlib import Path

from judging.course import course
from judging.lab import here
from workbench.errors import InputError

from ..intake.entries import Entry
from ..marking.filing import write_result
from ..marking.grading import Settings, grade, read_work
from ..results.stored import read_result
from ..sandbox.host import Host, choose_level

NAME = "solution"


def prove(isolation: str = "auto", folder: Path | None = None) -> list[str]:
    """Grade the solution as a student's work; a line for each check that it does not pass.

    Verdicts are kept in `folder`, the lab's build/proof/ when left out: only what has changed, or was not passed, is
    asked again.

    Raises:
        InputError: no sandbox of that kind, or a place that cannot be written.
    """
    folder = here() / "build" / "proof" if folder is None else folder
    work = read_work(Entry(NAME, here() / "solution"), course().language)
    before = read_result(NAME, folder)
    if before is not None:
        before["checks"] = [check for check in before["checks"] if check["status"] == "passed"]
    host = Host(choose_level(isolation))
    try:
        result = grade(replace(work, before=before), host, Settings(0, course().language))
    finally:
        host.close()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}") from None
    write_result(result, folder)
    return complaints(result)


def complaints(result: dict) -> list[str]:
    """What keeps a result of the solution from being all points of the course."""
    lines = [
        f"task {check['part']}: {check['id']}: {check['message']}"
        for check in result["checks"]
        if check["status"] != "passed" or check["points"] != check["max_points"]
    ]
    most = course().points + course().bonus
    if not lines and result["score"] != most:
        lines.append(f"{result['score']:g} points of {most:g}: {result['reason'] or 'some checks did not run'}")
    return lines
