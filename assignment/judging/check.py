"""How a check is declared, and how a judge says what is wrong. Words are in messages.toml, never here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import cleandoc

import pytest
import torch
from torch import Tensor

from .course import marker

Mistakes = Mapping[str, Tensor | tuple[Tensor, ...]]
"""Hints, and what one finds who makes that mistake."""


@dataclass(frozen=True)
class Check:
    """What is known of a check before it runs."""

    id: str
    """The name of its function, without `test_`."""
    part: str
    """The task it belongs to, as in course.toml: "1.1"."""
    points: float
    hidden: bool
    """Stripped from what students get."""
    sentence: dict[str, str]
    """What it looks at, for people: "en" and "fr"."""


def check(*, part: str, points: float, hidden: bool = False) -> Callable[[Callable], Callable]:
    """Declare a pytest function as a check. Its docstring is what people read: a line in English, a line in French."""

    def declare(function: Callable) -> Callable:
        lines = [line for line in cleandoc(function.__doc__ or "").splitlines() if line]
        if len(lines) != 2:
            raise ValueError(f"{function.__name__}: its docstring must be a line in English and a line in French")
        sentence = dict(zip(("en", "fr"), lines, strict=True))
        function.check = Check(  # type: ignore[attr-defined]  # functions take attributes; `hasattr` finds it again
            function.__name__.removeprefix("test_"), part, points, hidden, sentence
        )
        return getattr(pytest.mark, marker(part))(function)

    return declare


class WrongError(AssertionError):
    """The student's answer is wrong: which message of messages.toml says so, and which hint may help."""

    def __init__(self, message: str, hint: str | None = None, **values: object):
        super().__init__(message, hint, values)
        self.message, self.hint, self.values = message, hint, values


def expect(condition: object, message: str, hint: str | None = None, **values: object) -> None:
    """Raise `WrongError` unless the condition holds."""
    if not condition:
        raise WrongError(message, hint, **values)


def expect_tensor(
    value: object, shape: tuple[int, ...], name: str, mistakes: Mapping[tuple | type, str] | None = None
) -> Tensor:
    """`value` in float64, if it is a tensor of that shape and finite.

    `mistakes` maps wrong shapes, and wrong types, to hints.
    """
    if not isinstance(value, Tensor):
        hint = "no_return" if value is None else (mistakes or {}).get(type(value))
        raise WrongError("not_a_tensor", hint, name=name, got=described(value))
    found = tuple(value.shape)
    expect(found == shape, "wrong_shape", (mistakes or {}).get(found), name=name, got=list(found), want=list(shape))
    expect(not value.is_complex(), "not_real", name=name)
    value = value.double()
    expect(value.isfinite().all(), "not_finite", name=name)
    return value


def expect_number(value: object, name: str) -> float:
    """`value` as a float, if it is a number or a tensor with a single one, and finite."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise WrongError("not_a_number", "no_return" if value is None else None, name=name, got=described(value))
    expect(abs(value) < float("inf"), "not_finite", name=name)
    return float(value)


def expect_numbers(value: object, name: str, hint: str | None = None) -> list[float]:
    """`value` as floats, if it is a list of one finite number or more, each as `expect_number` takes it."""
    if not isinstance(value, list):
        raise WrongError("not_a_list", hint, name=name, got=described(value))
    expect(value, "empty_list", hint, name=name)
    return [expect_number(number, f"{name}[{i}]") for i, number in enumerate(value)]


def described(value: object) -> str:
    """What an answer is that should be something else, in a few words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    return f"a list of {len(value)}" if isinstance(value, list) else str(value)[:60]


def expect_equal(
    value: object,
    truth: Tensor,
    name: str,
    mistakes: Mistakes | None = None,
    *,
    shapes: Mapping[tuple | type, str] | None = None,
    otherwise: str | None = None,
    up_to_factor: bool = False,
    tolerance: float = 1e-4,
) -> None:
    """Raise `WrongError` unless `value` is `truth`, to `tolerance` times the largest of its entries.

    `shapes` maps wrong shapes to hints; `otherwise` is the hint when no known mistake leads there. A positive factor is
    forgiven with `up_to_factor`, in the truth and in the mistakes.
    """
    value, truth = expect_tensor(value, tuple(truth.shape), name, shapes), truth.double()
    factor = _factor(value, truth)
    proportional = factor > 0 and same(value / factor, truth, tolerance)
    if same(value, truth, tolerance) or (up_to_factor and proportional):
        return
    if up_to_factor:
        mistakes = {
            hint: tuple(_factor(value, w.double()) * w for w in (wrong if isinstance(wrong, tuple) else (wrong,)))
            for hint, wrong in (mistakes or {}).items()
        }
    hint = find_mistake(value, mistakes or {}, tolerance) or otherwise
    if proportional and value.numel() > 1:
        raise WrongError("wrong_factor", hint, name=name, factor=factor)
    worst = (value - truth).abs().flatten().argmax()
    at = [int(i) for i in torch.unravel_index(worst, truth.shape)]
    got, want = value.flatten()[worst].item(), truth.flatten()[worst].item()
    if value.numel() == 1:
        raise WrongError("wrong_value", hint, name=name, got=got, want=want)
    raise WrongError("wrong_values", hint, name=name, at=at, got=got, want=want)


def _factor(value: Tensor, truth: Tensor) -> float:
    """By which `truth` must be multiplied to come nearest to `value`."""
    return float((value * truth).sum() / truth.square().sum().clamp_min(1e-300))


def find_mistake(value: Tensor, mistakes: Mistakes, tolerance: float = 1e-4) -> str | None:
    """The hint for the mistake that leads to `value`, if it is a known one."""
    for hint, wrong in mistakes.items():
        if any(same(value, w.double(), tolerance) for w in (wrong if isinstance(wrong, tuple) else (wrong,))):
            return hint
    return None


def same(value: Tensor, truth: Tensor, tolerance: float = 1e-4) -> bool:
    """Whether two tensors of a shape differ by less than `tolerance` times the largest entry of `truth`."""
    return bool((value - truth).abs().max() <= tolerance * truth.abs().max().clamp_min(1e-12))


def tensor(values: object) -> Tensor:
    """A small float tensor written by hand."""
    return torch.tensor(values, dtype=torch.float32)
