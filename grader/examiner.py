"""The examiner's side: pytest runs the judges here, and asks the student's code in the sandbox."""

import contextlib
import io
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from solution.textures.errors import InputError

from . import wire
from .checks.check import marker
from .checks.course import course
from .checks.plugin import RESULTS, SHOWN
from .checks.student import Answers, NoAnswerError, StudentError
from .checks.summary import Result
from .sandbox import ROOT, Host, Limits

CHECK_SECONDS = 30.0
SUBMISSION_SECONDS = 300.0
LIMITS = Limits()


class RemoteStudent:
    """A submission's code in the sandbox: for each task a process of its own, with right functions handed down."""

    def __init__(self, host: Host, files: dict[str, str], limits: Limits, check_seconds: float, seconds: float):
        self._host, self._files, self._limits = host, files, limits
        self._check_seconds, self._deadline = check_seconds, time.monotonic() + seconds
        self._part: str | None = None
        self._socket: socket.socket | None = None
        self._alone, self._lost = False, 0

    def for_task(self, part: str) -> "RemoteStudent":
        """The same submission, seen by the checks of a task."""
        if part != self._part:
            self.close()
            self._part, self._alone, self._lost = part, False, 0
        return self

    def ask(self, probe: str, **inputs: object) -> dict[str, object]:
        """As `Student.ask`; what comes back is data, whatever the student's code did.

        When other files of the submission are in the way, right ones take their place: a task stands on its own.

        Raises:
            StudentError: the student's code raised an exception.
            NoAnswerError: it gave no answer.
        """
        try:
            return self._ask(probe, inputs)
        except StudentError as error:
            if self._alone or not self._from_elsewhere(error.told):
                raise
        except NoAnswerError:
            if self._alone or self._deadline <= time.monotonic():
                raise
        self.close()
        self._alone = True
        return self._ask(probe, inputs)

    def _ask(self, probe: str, inputs: dict) -> dict[str, object]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise NoAnswerError("timeout", "ran_out_of_time")
        if self._lost >= 2:
            raise NoAnswerError("error", "given_up")
        seconds = min(self._check_seconds, left)
        try:
            if self._socket is None:
                files = others_right(self._files, self._part) if self._alone else self._files
                handed = {} if self._alone else handed_down(self._part)
                self._socket = self._host.converse(files, handed, self._limits, seconds)
            wire.send(self._socket, {"probe": probe, "inputs": inputs})
            reply = wire.receive(self._socket, seconds)
        except TimeoutError:
            self._lose()
            raise NoAnswerError("timeout", "timed_out", seconds=seconds) from None
        except (EOFError, OSError, wire.WireError):
            self._lose()
            raise NoAnswerError("error", "crashed") from None
        if isinstance(reply.get("answers"), dict):
            return Answers(reply["answers"])
        told = reply.get("error")
        if not isinstance(told, dict):
            self._lose()
            raise NoAnswerError("error", "crashed")
        words = {key: str(told.get(key, ""))[:200] for key in ("kind", "text", "place")}
        kinds = told.get("kinds")
        raise StudentError(words | {"kinds": [str(kind) for kind in kinds] if isinstance(kinds, list) else []})

    def _from_elsewhere(self, told: dict) -> bool:
        """Whether an error arose in a file of another task, or because something is missing there."""
        own = Path(course().tasks[self._part].file).name
        others = {Path(task.file).name for task in course().tasks.values()} - {own}
        return told["place"].partition(",")[0] in others or "ImportError" in told["kinds"]

    def _lose(self) -> None:
        self._lost += self._alone
        self.close()

    def close(self) -> None:
        """End the student's process, and all that it started."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._host.stop()


def handed_down(part: str) -> dict[str, list]:
    """The right functions that a task's checks lend to the student's code: module → [source, names]."""
    tasks = course().tasks
    handed: dict[str, list] = {}
    for task in (tasks[needed] for needed in tasks[part].needs):
        handed.setdefault(Path(task.file).stem, [_right_file(task.file), []])[1].extend(task.names)
    return handed


def others_right(files: dict[str, str], part: str) -> dict[str, str]:
    """The submission with right files in the place of all that students write but the file of this task."""
    tasks = course().tasks
    others = {task.file for task in tasks.values()} - {tasks[part].file}
    return files | {name: _right_file(name) for name in others}


@cache
def _right_file(name: str) -> str:
    return (ROOT / "solution" / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Examination:
    """What the checks found."""

    checks: list[Result]
    shown: dict[str, dict]
    """What is worth a look, by name."""


class _Session:
    """The pytest plugin of one submission: whose code is asked, and what became of it."""

    def __init__(self, student: RemoteStudent):
        self._student, self.found = student, Examination([], {})

    def pytest_configure(self, config: pytest.Config) -> None:
        config.student = self._student

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.found = Examination(list(session.config.stash[RESULTS].values()), session.config.stash[SHOWN])


def examine(
    files: dict[str, str],
    host: Host,
    *,
    seed: int,
    language: str,
    parts: Sequence[str] = (),
    limits: Limits = LIMITS,
    check_seconds: float = CHECK_SECONDS,
    seconds: float = SUBMISSION_SECONDS,
) -> Examination:
    """Run the checks, public and hidden, on a submission.

    Args:
        files: its Python files by path ("textures/gram.py").
        seed: of the hidden inputs.
        parts: the tasks to look at; all when left out.

    Raises:
        InputError: the checks themselves are broken, which must not cost a student anything.
        KeyboardInterrupt: as ever; pytest only reports it.
    """
    student = RemoteStudent(host, files, limits, check_seconds, seconds)
    session = _Session(student)
    words = ["-c", "/dev/null", "--rootdir", str(ROOT), "-p", "grader.checks.plugin"]
    for idle in ("cacheprovider", "unraisableexception", "threadexception"):  # the last two collect garbage for long
        words += ["-p", f"no:{idle}"]
    words += ["-q", "--tb=no", f"--seed={seed}", f"--lang={language}", "-m", " or ".join(map(marker, parts))]
    words += [str(ROOT / "grader" / "checks")]
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = pytest.main(words, plugins=[session])
    finally:
        student.close()
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        if "KeyboardInterrupt" in told.getvalue():
            raise KeyboardInterrupt
        lines = [line for line in told.getvalue().splitlines() if line.startswith(("ERROR", "INTERNALERROR"))]
        raise InputError(f"the checks are broken, nobody is graded: {' '.join(lines[-1:]) or code}; see grader/checks")
    return session.found
