"""Right functions for a task that builds upon others: called by value, here. Their code never leaves this process."""

import math
from collections.abc import Callable, Mapping
from inspect import signature
from itertools import zip_longest
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import torch
from torch import Tensor

from judging.course import course

from ..places import reference

MOST_CALLS, MOST_TENSORS, MOST_ROWS = 50_000, 256, 256
"""The last: images in a batch, which have a matrix product each."""
MOST_KEPT = 128, 1 << 25
"""Calls that are kept for their gradients, and the numbers in their arguments and results: the oldest are forgotten."""
MOST_NUMBERS, MOST_WORK = 1 << 24, 1 << 29
"""What a call may make, and what a matrix product in it may cost: see `_check_size`."""

Found = TypeVar("Found")


def lent_to(part: str) -> dict[str, list[str]]:
    """What a task's checks lend to the student's code: functions by module of the lab's package."""
    tasks = course().tasks
    lent: dict[str, list[str]] = {}
    for task in (tasks[needed] for needed in tasks[part].needs):
        lent.setdefault(Path(task.file).stem, []).extend(task.names)
    return lent


class Lender:
    """Answers a candidate's calls of what is lent to one task."""

    def __init__(self, part: str):
        self._functions = {
            f"{module}.{name}": getattr(reference(f"{course().package}.{module}"), name)
            for module, names in lent_to(part).items()
            for name in names
        }
        self._calls = 0
        self._kept: dict[int, tuple[list[Tensor], list[Tensor]]] = {}
        self._numbers = 0

    @staticmethod
    def is_asked(message: dict) -> bool:
        """Whether a candidate's message is a question to a lender."""
        return "call" in message or "back" in message

    def answer(self, question: dict) -> dict:
        """What a function gives; or the gradients of the tensors in its arguments; or an exception.

        Args:
            question: {"call": "gram.gram_matrix", "arguments": [[…], {…}], "keep": True}, and later
                {"back": number, "gradients": […]} for what it gave, from a candidate: it may be anything.

        Returns:
            {"value": …}, where the call is kept with its "number", or {"raised": [type, text]}.
        """
        try:
            self._calls += 1
            if self._calls > MOST_CALLS:
                raise RuntimeError(f"more than {MOST_CALLS} calls of functions that are lent")
            if "back" in question:
                return {"value": self._back(*self._kept[question["back"]], question["gradients"])}
            return self._call(question["call"], question["keep"], *question["arguments"])
        except Exception as error:
            # str() of a KeyError is its key's repr, and the one raised over there would have that for its key.
            text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
            return {"raised": [type(error).__name__, (text.splitlines() or [""])[0][:200]]}

    def _call(self, name: str, keep: bool, positional: list, named: dict) -> dict:
        function, tensors = self._functions[name], list(_tensors([positional, named]))
        _check_size(tensors)
        _check_types(function, positional, named)
        with torch.set_grad_enabled(keep):
            for tensor in tensors:
                tensor.requires_grad_(keep and tensor.is_floating_point())
            value = _in_our_words(f"{function.__name__}() cannot take", tensors, function, *positional, **named)
        if keep:
            self._kept[self._calls] = tensors, list(_tensors(value))
            self._numbers += _numbers(self._kept[self._calls])
            while len(self._kept) > MOST_KEPT[0] or self._numbers > MOST_KEPT[1]:
                self._numbers -= _numbers(self._kept.pop(next(iter(self._kept))))
        return {"value": value, "number": self._calls}

    @staticmethod
    def _back(tensors: list[Tensor], found: list[Tensor], gradients: list[Tensor]) -> list[Tensor | None]:
        pairs = [pair for pair in zip(found, gradients, strict=True) if pair[0].requires_grad]
        wanted = [tensor for tensor in tensors if tensor.requires_grad]
        if not pairs or not wanted:
            return [None] * len(tensors)
        outputs, given = zip(*pairs, strict=True)
        settings = {"retain_graph": True, "allow_unused": True}
        own = iter(
            _in_our_words("no gradients are", _tensors(given), torch.autograd.grad, outputs, wanted, given, **settings)
        )
        return [next(own) if tensor.requires_grad else None for tensor in tensors]


def _in_our_words(
    what: str, tensors: list[Tensor], function: Callable[..., Found], *arguments: object, **settings: object
) -> Found:
    """function(…), but what PyTorch says of wrong shapes would tell how the function is written.

    Raises:
        KeyError: of a name that is not in a dict of the arguments.
        ValueError: of all else, with the shapes of `tensors`.
    """
    try:
        return function(*arguments, **settings)
    except KeyError:
        raise
    except Exception:
        shapes = ", ".join(f"{list(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}" for tensor in tensors[:6])
        raise ValueError(f"{what} tensors of shapes {shapes}") from None


def _check_types(function: Callable, positional: list, named: dict) -> None:
    """Raise `TypeError` where an argument is of another type than the function says, or there is none of that name.

    Not to be left to the function: a list times a whole number is a list of any length, and what Python says of a word
    that is no tensor tells what the function would have done with it.
    """
    kinds = get_type_hints(function)
    for name, value in signature(function).bind(*positional, **named).arguments.items():
        if not _is_a(kinds.get(name, Tensor | float | None), value):
            kind = str(kinds.get(name, "number")).removeprefix("<class '").removesuffix("'>").replace("torch.", "")
            inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
            of = f" of {type(inside[0]).__name__}" if inside else ""
            raise TypeError(f"{function.__name__}(): {name} is a {kind}, not {type(value).__name__}{of}")


def _is_a(kind: Any, value: object) -> bool:
    """Whether a value may stand where a parameter has this annotation; a number may also be a tensor."""
    kinds, origin = get_args(kind), get_origin(kind)
    if origin in (UnionType, Union):
        return any(_is_a(one, value) for one in kinds)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(_is_a(kinds[1], item) for item in value.values())
    if origin is not None:  # of whatever sequence: that is how they travel
        return isinstance(value, list) and all(_is_a(kinds[0], item) for item in value)
    return isinstance(value, (int, float, Tensor) if kind is float else kind)


def _tensors(value: object) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [tensor for item in items for tensor in _tensors(item)]


def _numbers(kept: tuple[list[Tensor], list[Tensor]]) -> int:
    return sum(tensor.numel() for tensors in kept for tensor in tensors)


def _check_size(tensors: list[Tensor]) -> None:
    """Raise `ValueError` where a call could cost too much.

    Whatever is made of two of the tensors number by number has sides no longer than the longest of all of them there;
    a side of no length counts, too, for it has rows.
    """
    if len(tensors) > MOST_TENSORS:
        raise ValueError(f"{len(tensors)} tensors, at most {MOST_TENSORS} are taken")
    shapes = [tuple(tensor.shape) for tensor in tensors]
    sides = [max(*some, 1) for some in zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)]
    most = math.prod(sides)
    channels = max((shape[1] for shape in shapes if len(shape) > 1), default=1)
    rows = max((shape[0] for shape in shapes if len(shape) > 2), default=1)
    made = max(most * len(tensors), rows * channels**2)
    if made > MOST_NUMBERS or most * channels > MOST_WORK or rows > MOST_ROWS:
        largest = max(shapes, key=math.prod)
        raise ValueError(f"tensors are too large, the largest with a shape of {list(largest)}")
