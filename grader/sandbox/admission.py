"""What comes from a candidate is let in if it is what a probe may answer, and of a size that goes with the question."""

import math
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import get_args, get_origin

from torch import Tensor

from .wire import WireError

MOST_DEPTH = 8
"""Of lists in lists."""
SPARE, TIMES, ASKED = 1 << 16, 16, 4
"""See `most_numbers`."""


class TooMuchError(Exception):
    """An answer is far larger than any that the question could have."""

    def __init__(self, most: float):
        super().__init__(most)
        self.most = most


def most_numbers(inputs: Mapping[str, object], asked: int = 0) -> float:
    """How many numbers and letters an answer may hold, by what is given with the question.

    So many times the numbers that are given, and those that are asked for; and some to spare, for a question without
    any.
    """
    return SPARE + TIMES * _size(dict(inputs)) + ASKED * asked


def admitted(made: Mapping[str, object], answers: dict, most: float) -> dict:
    """`answers`, as they came over the wire; `made` says of which types those are that the probe makes itself.

    Raises:
        TooMuchError: they hold more than `most` numbers and letters, or lists in lists in lists without end.
        WireError: no probe has made them.
    """
    if _size(answers, MOST_DEPTH + 1) > most:
        raise TooMuchError(most)
    for name, kind in made.items():
        if not fits(answers.get(name), kind):
            raise WireError(f"an answer that is none: {name}")
    return answers


def fits(value: object, kind: object) -> bool:
    """Whether a value is of a type, or of one of several; each item too, where it is a list of something."""
    if isinstance(kind, UnionType):
        return any(fits(value, one) for one in get_args(kind))
    if get_origin(kind) is list:
        return isinstance(value, list) and all(fits(item, *get_args(kind)) for item in value)
    return type(value) is (kind or NoneType)


def _size(value: object, depth: int = MOST_DEPTH) -> float:
    """Numbers and letters, and one for each list and tensor; infinite where there are lists in lists beyond `depth`."""
    if isinstance(value, Tensor):
        return 1 + math.prod(max(side, 1) for side in value.shape)  # one without numbers has rows all the same
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return 1 + sum(_size(item, depth - 1) for item in value) if depth else math.inf
    return len(value) if isinstance(value, str) else 1
