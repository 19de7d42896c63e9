"""A student's code, asked in this process: `pytest` is open to the debugger so; the grader's is a sandbox's process."""

import math
import traceback
from collections.abc import Collection
from decimal import Decimal
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

LAB = Path(__file__).parents[1]
NOT_THEIRS = {"checks", "judging", "workbench", "site-packages"}
"""Folders in a lab whose code is not the student's."""


class StudentError(Exception):
    """The student's code raised an exception elsewhere: `told` is what `describe` made of it there."""

    def __init__(self, told: dict):
        super().__init__(told["kind"], told["text"])
        self.told = told


class NoAnswerError(Exception):
    """The student's code gave no answer: it took too long, or its process ended."""

    def __init__(self, status: str, message: str, **values: object):
        super().__init__(message, values)
        self.status, self.message, self.values = status, message, values


def describe(error: BaseException, lab: Path = LAB) -> dict:
    """An exception as words: its type, its text, the last line of the student's own files that it passed, if any.

    To what is no Python the line itself is added.
    """
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_students(Path(frame.filename), lab)]
    place = "".join(f"{Path(frame.filename).name}, line {frame.lineno}" for frame in own[-1:])
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{Path(error.filename).name}, line {error.lineno}"
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)  # that one's str() has the place, too
        text = (text.splitlines() or [""])[0][:200]
        if isinstance(error, SyntaxError) and error.text:
            text = f"{text}: {error.text.strip()}"[:200]
    except BaseException:  # an exception whose own __str__ fails
        text = ""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"kind": type(error).__name__, "kinds": kinds, "text": text, "place": place}


class Answers(dict):
    """What a probe answers, by name; what it does not answer is None."""

    def __missing__(self, name: str) -> None:
        return None


def _is_students(path: Path, lab: Path) -> bool:
    """Whether a file lies in the lab's folder, and is none of the checks' or of what is installed."""
    return path.is_relative_to(lab) and not NOT_THEIRS.intersection(path.relative_to(lab).parts)


class Student:
    """Answers a judge's questions by running probes here."""

    def __init__(self, probes: ModuleType):
        """`probes` is probes.py of the lab's checks."""
        self._probes = probes

    def ask(self, probe: str, **inputs: object) -> Answers:
        """The answers of a probe of probes.py: tensors, numbers, words, None, and lists of those.

        Raises:
            Exception: whatever the student's code raises.
        """
        answers = getattr(self._probes, probe)(**inputs)
        return Answers({name: plain(value) for name, value in answers.items()})


def from_student(error: BaseException, files: Collection[str]) -> bool:
    """Whether an exception came up in a student's code; any other one is a judge's own.

    Args:
        files: of the student's, by path in the lab, "textures/gram.py", where judges load some of them for themselves.
    """
    if isinstance(error, StudentError) or (files and isinstance(error, (ImportError, SyntaxError))):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    places = [Path(frame.f_code.co_filename) for frame in frames]
    asked = any(frame.f_code is Student.ask.__code__ for frame in frames)
    return asked or any(place.as_posix().endswith(tuple(f"/{file}" for file in files)) for place in places)


def plain(value: object) -> object:
    """Data that can travel: anything else becomes the name of its type in angle brackets.

    A real number is an int or a float then, whoever made it: NumPy, a fraction, a sum of decimals.
    """
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        return (value if value.layout == torch.strided else value.to_dense()).as_subclass(Tensor).clone()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or type(value) in (bool, str):
        return value
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # an array without dimensions
        value = value.item()
    if isinstance(value, bool):  # of NumPy's, which is no number, and no answer that a task asks for
        return "<bool>"
    return _plain_number(value) if isinstance(value, (Real, Decimal)) else f"<{type(value).__name__}>"


def _plain_number(value: Any) -> int | float:
    """As an int where it is one of 64 bits; infinite where no float is as large."""
    try:
        number = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return int(value) if hasattr(value, "__index__") and abs(number) < 2**63 else number
