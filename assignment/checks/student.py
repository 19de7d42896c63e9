"""A student's code, asked in this process: quick, and open to the debugger. The grader asks it in a sandbox instead."""

import traceback
from pathlib import Path

from torch import Tensor

from . import probes


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


def describe(error: BaseException) -> dict:
    """An exception as words: its type, its text, and the last line of the student's own files that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent.name == "textures"]
    place = "".join(f"{Path(frame.filename).name}, line {frame.lineno}" for frame in (own or frames)[-1:])
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{Path(error.filename).name}, line {error.lineno}"
    try:
        text = (str(error).splitlines() or [""])[0][:200]
    except BaseException:  # an exception whose own __str__ fails
        text = ""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"kind": type(error).__name__, "kinds": kinds, "text": text, "place": place}


class Student:
    """Answers a judge's questions by running probes here."""

    def ask(self, probe: str, **inputs: object) -> dict[str, object]:
        """The answers of a probe of probes.py: tensors, numbers, words, None, and lists of those.

        Raises:
            Exception: whatever the student's code raises.
        """
        answers = getattr(probes, probe)(**inputs)
        return {name: plain(value) for name, value in answers.items()}


def plain(value: object) -> object:
    """Data that can travel: anything else becomes the name of its type in angle brackets."""
    if isinstance(value, Tensor):
        return value.as_subclass(Tensor).detach().cpu().clone()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    return f"<{type(value).__name__}>"
