"""Right functions for a task that builds upon others: called by value, here. Their code never leaves this process."""

from importlib import import_module
from pathlib import Path

import torch
from torch import Tensor

from .checks.course import course

MOST_CALLS, MOST_TENSORS = 50_000, 256
MOST_WORK = 1 << 28
"""The numbers in a call's largest tensor times its longest side: what a matrix product over it may cost, or make."""


def lent_to(part: str) -> dict[str, list[str]]:
    """What a task's checks lend to the student's code: functions by module of `textures`."""
    tasks = course().tasks
    lent: dict[str, list[str]] = {}
    for task in (tasks[needed] for needed in tasks[part].needs):
        lent.setdefault(Path(task.file).stem, []).extend(task.names)
    return lent


class Lender:
    """Answers a candidate's calls of what is lent to one task."""

    def __init__(self, part: str):
        self._functions = {
            f"{module}.{name}": getattr(import_module(f"solution.textures.{module}"), name)
            for module, names in lent_to(part).items()
            for name in names
        }
        self._calls = 0

    def answer(self, question: dict) -> dict:
        """What the function gives, or with "gradients" of what it gave, the gradients of its tensors; or an exception.

        Args:
            question: {"call": "gram.gram_matrix", "arguments": [[…], {…}]}, from a candidate: it may be anything.

        Returns:
            {"value": …} or {"raised": [type, text]}.
        """
        try:
            return {"value": self._call(question)}
        except Exception as error:  # also of a right function that was given wrong arguments
            return {"raised": [type(error).__name__, (str(error).splitlines() or [""])[0][:200]]}

    def _call(self, question: dict) -> object:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise RuntimeError(f"more than {MOST_CALLS} calls of functions that are lent")
        function = self._functions[question["call"]]
        positional, named = question["arguments"]
        tensors = list(_tensors([positional, named]))
        _check_size(tensors)
        gradients = question.get("gradients")
        if gradients is None:
            with torch.no_grad():
                return function(*positional, **named)
        for tensor in tensors:
            tensor.requires_grad_(tensor.is_floating_point())
        found = list(_tensors(function(*positional, **named)))
        pairs = [pair for pair in zip(found, gradients, strict=True) if pair[0].requires_grad]
        if pairs:
            torch.autograd.backward(*zip(*pairs, strict=True))
        return [tensor.grad for tensor in tensors]


def _tensors(value: object) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [tensor for item in items for tensor in _tensors(item)]


def _check_size(tensors: list[Tensor]) -> None:
    if len(tensors) > MOST_TENSORS:
        raise ValueError(f"{len(tensors)} tensors, at most {MOST_TENSORS} are taken")
    for tensor in tensors:
        if tensor.numel() * max(tensor.shape, default=1) > MOST_WORK:
            raise ValueError(f"a tensor of shape {list(tensor.shape)} is too large")
