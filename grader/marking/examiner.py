"""The examiner's side: pytest runs the judges here, and asks the student's code in the sandbox."""

import contextlib
import io
import socket
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pytest

from judging.course import course, marker
from judging.lab import checks_folder
from judging.plugin import RESULTS, SHOWN, STUDENT
from judging.student import Answers, NoAnswerError, StudentError
from judging.summary import Result
from workbench.errors import InputError

from ..intake.given import only_defines, released, works_alone
from ..places import ROOT, check_module
from ..sandbox import wire
from ..sandbox.admission import TooMuchError, admitted, most_numbers
from ..sandbox.host import Host, HostError, Limits
from ..sandbox.lent import Lender, lent_to

CHECK_SECONDS, TASK_SECONDS = 30.0, 90.0
AGAIN_SECONDS = 5.0
"""For a question of a task that had one without an answer in time before; four times that is left for all of these."""
OWN_SECONDS, OWN_TASK_SECONDS = 6.0, 20.0
"""The same two where a task is asked with the student's own functions below: what takes longer is asked again.

The first also where a task had all its time, and is asked once more without the student's other files."""
PATIENCE = 4
"""On a busy machine a student may take this many times as long, as long as it is not the student's code that is."""
IDLE = 200
"""Code that works for less than this share of the time waits for something; on a machine this busy nothing goes on."""
LIMITS = Limits()


@dataclass(frozen=True)
class Loops:
    """What has no end, as far as it was seen: it is not waited for as long again."""

    files: set[str] = field(default_factory=set)
    """Of tasks whose first question had no answer in time: perhaps they cannot even be imported."""
    parts: set[str] = field(default_factory=set)
    """Tasks that had the whole time for a question, and were at work to its end."""


class RemoteStudent:
    """A submission's code in the sandbox: for each task a process of its own, with right functions lent to it or not.

    A function that is lent is computed here, call by call. That takes time: who has right functions needs none.
    """

    def __init__(
        self,
        host: Host,
        files: dict[str, str],
        limits: Limits = LIMITS,
        check_seconds: float = CHECK_SECONDS,
        task_seconds: float = TASK_SECONDS,
        lend: bool = True,
        alone: bool = False,
        loops: Loops | None = None,
    ):
        """
        Args:
            check_seconds: for one question; of the code's own processor, where the machine is busy with others.
            task_seconds: for all that are asked about a task.
            lend: right functions to a task that builds upon others; else it is asked with the student's own.
            alone: without what the student wrote for other tasks.
            loops: what an earlier one has found, and the place for what this one finds.
        """
        self._host, self._files, self._limits, self._lend, self._alone = host, files, limits, lend, alone
        self._check_seconds, self._task_seconds = check_seconds, task_seconds
        self._part = ""
        self._late: dict[str, int] = {}
        self._late_parts: set[str] = set()
        self._found = loops or Loops()
        self._socket: socket.socket | None = None
        self.failure: HostError | None = None
        """What ended the host, if something did: then nothing that was found counts."""

    def for_task(self, part: str) -> "RemoteStudent":
        """The same submission, seen by the checks of a task."""
        if part != self._part:
            self.close()
            self._part, self._answered, self._loops, self._late = part, False, False, {}
            self._left = min(self._task_seconds, OWN_TASK_SECONDS) if self._on_own_feet else self._task_seconds
            if self._on_own_feet and self._late_parts.intersection(course().tasks[part].needs):
                self._left = 0.0
            elif self._is_endless(part):
                self._left = AGAIN_SECONDS
        return self

    @property
    def _on_own_feet(self) -> bool:
        return not self._lend and bool(course().tasks[self._part].needs)

    @property
    def _is_brief(self) -> bool:
        """Whether a question has little time: it is asked again, or had all of it with other files about."""
        return self._on_own_feet or (self._alone and self._part in self._found.parts and not self._answered)

    def _is_endless(self, part: str) -> bool:
        """Whether a task most likely ends as one before it, in what runs when the files are imported."""
        own = course().tasks[part].file
        if self._alone or not self._found.files:
            return False
        return not works_alone(self._files, own) or (own in self._found.files and not self._only_defines(own))

    def _only_defines(self, name: str) -> bool:
        return name not in self._files or only_defines(name, self._files[name])

    def ask(self, probe: str, **inputs: object) -> dict[str, object]:
        """As `Student.ask`; what comes back is data, whatever the student's code did.

        Raises:
            StudentError: the student's code raised an exception.
            NoAnswerError: it gave no answer.
        """
        if self.failure is not None:
            raise NoAnswerError("error", "crashed")
        try:
            return self._ask(probe, inputs)
        except HostError as error:
            self.failure = error
            raise NoAnswerError("error", "crashed") from None

    def _ask(self, probe: str, inputs: dict) -> dict[str, object]:
        # Where the code was at work all the time, other questions of the task will most likely have no answer either.
        late = sum(self._late.values()) if self._loops else self._late.get(probe, 0)
        if late > (0 if self._is_brief else 1) and probe in self._late:
            raise NoAnswerError("timeout", "given_up")
        most = AGAIN_SECONDS if late else OWN_SECONDS if self._is_brief else self._check_seconds
        seconds = min(most, self._check_seconds, self._left)
        if seconds <= 0:
            raise NoAnswerError("timeout", "ran_out_of_time")
        start = time.monotonic()
        try:
            reply = self._reply(probe, inputs, seconds)
            self._left -= min(self._waiting.worked(), seconds)
            self._answered = True
        except TimeoutError:
            self._late[probe] = self._late.get(probe, 0) + 1
            self._left -= seconds
            self._late_parts.add(self._part)
            if self._waiting.worked() > seconds / 2:
                self._loops, left = True, 0 if self._alone and self._is_brief else 4 * AGAIN_SECONDS
                self._left = min(self._left, left)
                if not self._answered and not self._on_own_feet:
                    self._found.files.add(course().tasks[self._part].file)
                if seconds == self._check_seconds:
                    self._found.parts.add(self._part)
            self.close()
            raise NoAnswerError("timeout", "timed_out", seconds=seconds) from None
        except (EOFError, OSError, wire.WireError):
            self._left -= min(time.monotonic() - start, seconds)
            self.close()
            self._host.settle()  # if it was not the student's process that ended, it says so
            raise NoAnswerError("error", "crashed") from None
        if isinstance(reply.get("answers"), dict):
            try:
                return Answers(self._admitted(probe, inputs, reply["answers"]))
            except TooMuchError as error:
                raise NoAnswerError("error", "answer_too_large", most=error.most) from None
            except wire.WireError:
                raise NoAnswerError("error", "crashed") from None
        told = reply.get("error")
        if not isinstance(told, dict):
            self.close()
            raise NoAnswerError("error", "crashed")
        words = {key: str(told.get(key, ""))[:200] for key in ("kind", "text", "place")}
        kinds = told.get("kinds")
        raise StudentError(words | {"kinds": [str(kind) for kind in kinds] if isinstance(kinds, list) else []})

    @staticmethod
    def _admitted(probe: str, inputs: dict, answers: dict) -> dict:
        probes = check_module("probes")
        asked = probes.asked(inputs) if hasattr(probes, "asked") else 0
        return admitted(getattr(probes, "MADE", {}).get(probe, {}), answers, most_numbers(inputs, asked))

    def _reply(self, probe: str, inputs: dict, seconds: float) -> dict:
        if self._socket is None:
            files = alone(self._files, self._part) if self._alone else self._files
            self._socket = self._host.converse(files, lent_to(self._part) if self._lend else {}, self._limits)
            self._lender = Lender(self._part)
            self._waiting = _Patience(self._host, seconds)
            self._waiting.receive(self._socket)
            seconds = self._waiting.left
        self._waiting = _Patience(self._host, seconds)
        self._socket.settimeout(seconds)
        wire.send(self._socket, {"probe": probe, "inputs": inputs})
        while Lender.is_asked(reply := self._waiting.receive(self._socket)):
            asked, worked = time.monotonic(), time.thread_time()
            wire.send(self._socket, self._lender.answer(reply))
            self._waiting.pass_over(time.monotonic() - asked)
            self._left -= time.thread_time() - worked  # a task's time is used up by what it has computed here, too
        return reply

    def close(self) -> None:
        """End the student's process, and all that it started."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        try:
            self._host.stop()
        except HostError as error:
            self.failure = error

    def settle(self) -> None:
        """Wait until nothing is left of it.

        Raises:
            HostError: there is no host any more, or it cannot end what was started.
        """
        self._host.settle()


class _Patience:
    """Time for an answer: what the student's code may take, which on a busy machine is less than what passes."""

    def __init__(self, host: Host, seconds: float):
        self._host, self._seconds = host, seconds
        self._start, self._end = time.monotonic(), time.monotonic() + PATIENCE * seconds
        self._deadline, self._used = self._start + seconds, host.used()

    @property
    def left(self) -> float:
        """Seconds until the deadline, as it is now."""
        return max(self._deadline - time.monotonic(), 0.0)

    def worked(self) -> float:
        """Seconds that the code has taken so far: of its processor, or that passed where the system does not tell."""
        used = self._host.used()
        return time.monotonic() - self._start if used is None or self._used is None else used - self._used

    def pass_over(self, seconds: float) -> None:
        """Put the deadline off by what the examiner took for a function that is lent, as far as patience goes."""
        self._start += seconds
        self._deadline = min(self._deadline + seconds, self._end)

    def receive(self, sock: socket.socket) -> dict:
        """The next message.

        Raises:
            TimeoutError: the time is up: the code has used it, or it waits for something.
        """
        while not wire.ready(sock, self.left):
            self._look_again()
        return wire.receive(sock, max(self.left, 1.0))

    def _look_again(self) -> None:
        """Put the deadline off by what the code was kept from using, if it was working at all."""
        passed, worked = time.monotonic() - self._start, self.worked()
        if (
            self._used is None
            or worked < passed / IDLE
            or worked > 0.95 * self._seconds
            or time.monotonic() >= self._end
        ):
            raise TimeoutError
        self._deadline = min(time.monotonic() + max(self._seconds - worked, 0.1), self._end)


def alone(files: dict[str, str], part: str) -> dict[str, str]:
    """A submission without what was written for other tasks: the lab's files as given, and those that are new."""
    return files | {name: text for name, text in released().items() if name != course().tasks[part].file}


@dataclass(frozen=True)
class Examination:
    """What the checks found."""

    checks: list[Result]
    shown: dict[str, dict]
    """What is worth a look, by name."""
    alone: list[str] = field(default_factory=list)
    """Tasks that did better, and were judged, without what the student wrote for other tasks."""


class _Session:
    """The pytest plugin of one submission: whose code is asked, by which checks, and what became of it."""

    def __init__(self, student: RemoteStudent, checks: Collection[str]):
        self._student, self._checks, self.found = student, checks, Examination([], {})

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[STUDENT] = self._student

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        items[:] = [item for item in items if not self._checks or item.obj.check.id in self._checks]

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
    task_seconds: float = TASK_SECONDS,
    checks: Collection[str] = (),
    until_failure: bool = False,
) -> Examination:
    """Run the checks, public and hidden, on a submission.

    A task that builds upon others is asked as it was written. A check that this does not pass is asked once more, with
    right functions lent for those tasks: then that counts. A task that still loses points, and might not do so if it
    were not for the student's other files, is judged once more without them; the better one counts.

    Args:
        files: its Python files by path ("textures/gram.py").
        seed: of the hidden inputs.
        parts: the tasks to look at; all when left out.
        checks: names of the checks to run; all of these tasks when left out.
        until_failure: none after the first that fails, and none again.

    Raises:
        InputError: the checks themselves are broken, which must not cost a student anything.
        HostError: the sandbox failed, which must not either.
        KeyboardInterrupt: as ever; pytest only reports it.
    """

    loops = Loops()

    def look(parts: Sequence[str], checks: Collection[str], **how: bool) -> Examination:
        student = RemoteStudent(host, files, limits, check_seconds, task_seconds, loops=loops, **how)
        return _run_pytest(student, parts, checks, seed, language, until_failure)

    found = look(parts, checks, lend=False)
    if until_failure:
        return found
    if lend := _to_lend(found):
        found = _joined(found, look(parts, lend))
    lost = {check.part for check in found.checks if check.status in ("failed", "error", "timeout")}
    doubtful = [part for part in course().tasks if part in lost and not works_alone(files, course().tasks[part].file)]
    again = look(doubtful, checks, alone=True) if doubtful else found
    better = [part for part in doubtful if _points(again, part) > _points(found, part)]
    return _joined(found, again, better) if better else found


def _to_lend(found: Examination) -> set[str]:
    """The checks that might do better with right functions lent to their task."""
    lost = [check for check in found.checks if check.status != "passed" and check.message_id != "not_started"]
    return {check.id for check in lost if course().tasks[check.part].needs}


def _joined(found: Examination, again: Examination, better: Sequence[str] = ()) -> Examination:
    """What was found, and in its place what was found again; of the tasks that did better, if these are named."""
    new = {check.id: check for check in again.checks if not better or check.part in better}
    checks = {check.id: check for check in found.checks} | new
    return Examination(list(checks.values()), found.shown | again.shown, list(better))


def _points(found: Examination, part: str) -> float:
    return sum(check.points for check in found.checks if check.part == part)


def _run_pytest(
    student: RemoteStudent, parts: Sequence[str], checks: Collection[str], seed: int, language: str, until_failure: bool
) -> Examination:
    session = _Session(student, checks)
    words = ["-c", "/dev/null", "--rootdir", str(ROOT), "--noconftest", "-p", "judging.plugin"]
    # Not needed, and slow: they collect garbage, or turn to each of torch's fifty loggers at each step of a test.
    for idle in ("cacheprovider", "unraisableexception", "threadexception", "logging"):
        words += ["-p", f"no:{idle}"]
    words += ["-x"] * until_failure
    words += ["-q", "--tb=no", f"--seed={seed}", f"--lang={language}", "-m", " or ".join(map(marker, parts))]
    words += [str(checks_folder())]
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = pytest.main(words, plugins=[session])
    finally:
        student.close()
    if student.failure is not None:
        raise student.failure
    student.settle()
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        if "KeyboardInterrupt" in told.getvalue():
            raise KeyboardInterrupt
        lines = [line for line in told.getvalue().splitlines() if line.startswith(("ERROR", "INTERNALERROR"))]
        raise InputError(
            f"the checks are broken, nobody is graded: {' '.join(lines[-1:]) or code}; see {checks_folder()}"
        )
    return session.found
