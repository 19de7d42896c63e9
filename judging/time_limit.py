"""A student's own checks end, though a loop of theirs does not. The grader has other limits, in a sandbox."""

import ctypes
import faulthandler
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import TypeVar

from .course import course
from .student import Answers, NoAnswerError, Student

GRACE = 10
"""Seconds that code has to end in, once it was told to."""

_debugged = threading.Event()

Found = TypeVar("Found")


class TimeUpError(BaseException):
    """Raised in code that takes too long; no `except Exception` of a student's stops it."""


class TimedStudent(Student):
    """Answers like `Student`, in this process, but within some seconds."""

    def __init__(self, probes: ModuleType, seconds: float):
        super().__init__(probes)
        self._seconds = seconds

    def ask(self, probe: str, **inputs: object) -> Answers:
        """As `Student.ask`; raises `NoAnswerError`, which says where the code was, when the time is over."""
        return within(self._seconds, super().ask, probe, **inputs)


def no_more_limits() -> None:
    """A person looks into the code with a debugger now, and may take as long as they like."""
    _debugged.set()
    faulthandler.cancel_dump_traceback_later()


def within(seconds: float, function: Callable[..., Found], *words: object, **more: object) -> Found:
    """What the function returns; raises `NoAnswerError` if it takes longer. Without end (0) or in a debugger it may.

    A loop inside of C code, such as sum(itertools.count()), hears of no exception. For that the whole process ends some
    seconds later, and Python's fault handler writes to the terminal where it was.
    """
    if not seconds or _debugged.is_set() or sys.gettrace() is not None or "pydevd" in sys.modules:
        return function(*words, **more)
    thread, done, places = threading.get_ident(), threading.Event(), []

    def watch() -> None:
        if done.wait(seconds) or _debugged.is_set():
            return
        places.append(_place(sys._current_frames()[thread]))
        _raise_in(thread)
        while not done.wait(0.1):  # a bare `except:` in a loop has swallowed it
            _raise_in(thread)

    watcher = threading.Thread(target=watch, daemon=True)
    if sys.__stderr__ is not None:
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=sys.__stderr__)
    try:
        watcher.start()
        answer = function(*words, **more)
    except BaseException:  # ours, or what the code made of it
        if not places:
            raise
    finally:
        while True:
            try:
                done.set()
                watcher.join()
                for _ in range(2):  # one that is still on its way arrives at the end of a round
                    pass
                break
            except TimeUpError:  # one that came in these very lines
                continue
        faulthandler.cancel_dump_traceback_later()
    if places:
        raise NoAnswerError("timeout", "no_end", seconds=seconds, place=places[0])
    return answer


def _raise_in(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TimeUpError))


def _place(frame: FrameType | None) -> str:
    """Where code is: the innermost line of a file that students see first, else of any file."""
    innermost = frame
    while frame is not None and Path(frame.f_code.co_filename).parent.name != course().package:
        frame = frame.f_back
    frame = frame or innermost
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}" if frame else ""
