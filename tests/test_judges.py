"""Does a check stand whatever a student's code answers, and is what breaks in a check never the student's fault?"""

import importlib
import re
import runpy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from judged import call
from textures.features import RandomFeatures
from textures.gatys import synthesize
from textures.images import load_image
from torch import nn

from grader.checks import probes
from grader.checks.texture import FEW, is_copy
from grader.marking import grading as marking
from grader.proof import selfcheck
from grader.proof.variants import Variant, read_variants, solution
from judging import plugin
from judging.check import WrongError, expect_number, expect_numbers
from judging.course import course
from judging.messages import say
from judging.student import Answers, NoAnswerError, Student, from_student, plain
from judging.summary import Result

CHECKS = {
    function.__name__: function
    for path in sorted(Path(probes.__file__).parent.glob("test_*.py"))
    for function in vars(importlib.import_module(f"grader.checks.{path.stem}")).values()
    if hasattr(function, "check")
}
NAN, INF = float("nan"), float("inf")
ODD = {
    "None": None,
    "nothing": (),
    "a word": "texture",
    "True": True,
    "nan": NAN,
    "infinite": -INF,
    "huge": 10**400,
    "NumPy": np.float64(1e308),
    "complex": 1j,
    "a list of None": [None, None],
    "nested": [[[1.0], []], [torch.zeros(2)]],
    "losses with a nan": [1.0, NAN],
    "losses, huge": [1, 10**400],
    "tensors in a list": [torch.tensor(2.0, requires_grad=True)] * 3,
    "a dict": {"image": torch.zeros(1, 3, 64, 64)},
    "an object": object(),
    "a function": len,
    "a module": nn.Linear(2, 2),
    "empty tensor": torch.zeros(0),
    "no channel": torch.zeros(1, 0, 4, 4),
    "scalar": torch.tensor(3.0),
    "nans": torch.full((1, 3, 64, 64), NAN),
    "whole numbers": torch.zeros(1, 3, 64, 64, dtype=torch.int64),
    "truths": torch.ones(1, 2, 2, dtype=torch.bool),
    "complex tensor": torch.ones(1, 3, 64, 64, dtype=torch.complex64, requires_grad=True),
    "half": torch.full((1, 3, 64, 64), 6e4, dtype=torch.float16),
    "another shape": torch.ones(2, 3, 5, requires_grad=True),
    "sparse": torch.eye(3).to_sparse(),
    "array": np.zeros((1, 3, 64, 64)),
    "a pair": (torch.zeros(1, 3, 64, 64), [0.0, -INF]),
    "a named pair": SimpleNamespace(image=torch.zeros(3, 64, 64), losses=torch.zeros(0)),
    "image alone": SimpleNamespace(image=torch.rand(1, 3, 64, 64), losses=None),
    "losses that are words": SimpleNamespace(image=torch.rand(1, 3, 64, 64), losses=["1", "2"]),
}


class Odd(nn.Module):
    """What an odd class of a student's makes: a module of one weight whose output is the odd value."""

    def __init__(self, value: object):
        super().__init__()
        self.weight, self._value = nn.Parameter(torch.ones(1)), [value]

    def forward(self, *_: object) -> object:
        return self._value[0]


def run_check(name: str, student: object) -> BaseException | None:
    """How a check ends, if not well."""
    try:
        call(CHECKS[name], student)
    except BaseException as error:
        return error
    return None


def broken(error: BaseException | None) -> bool:
    """Whether it is a check, or a probe, that gave up."""
    if error is None or isinstance(error, (WrongError, NoAnswerError)):
        return False
    return not from_student(error, ()) or innermost(error) in (probes.__file__, Student.ask.__code__.co_filename)


def innermost(error: BaseException) -> str:
    """The file that raised, but for libraries."""
    root, traceback, place = str(Path(__file__).parents[1]), error.__traceback__, ""
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.startswith(root) and "site-packages" not in file:
            place = file
        traceback = traceback.tb_next
    return place


@pytest.mark.parametrize("part", course().tasks)
def test_whatever_a_function_returns_no_check_breaks(part, monkeypatch, quick):
    task = course().tasks[part]
    module = importlib.import_module(task.file.removesuffix(".py").replace("/", "."))
    found = {}
    for title, value in list(ODD.items())[:: 3 if part == "2.3" else 1]:  # those checks draw and load much themselves
        for name in task.names:
            answer = Odd(value) if name[0].isupper() else value
            monkeypatch.setattr(module, name, lambda *_, answer=answer, **__: answer)
        for name, function in CHECKS.items():
            if function.check.part == part:
                error = run_check(name, Student(probes))
                if broken(error):
                    found[name, title] = repr(error)
    assert not found, "\n".join(f"{name}, {title}: {how}" for (name, title), how in found.items())


def seeded_noise(exemplar: torch.Tensor, seed: int) -> torch.Tensor:
    return torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("part", ["1.1", "1.2", "1.3"])
def test_whatever_comes_from_the_sandbox_no_check_breaks(part, quick):
    """A hostile process answers what no probe would."""

    class Hostile:
        def __init__(self, value: object):
            self._value = value

        def ask(self, *_: object, **__: object) -> Answers:
            return Answers.fromkeys(["image", "losses", "told", "gram", "gradient", "features", "loss"], self._value)

    found = {
        (name, title): repr(error)
        for title, value in [*ODD.items(), ("dicts in dicts", {"a": {}})]
        for name, function in CHECKS.items()
        if function.check.part == part
        and broken(error := run_check(name, Hostile(value if isinstance(value, dict) else plain(value))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "value",
    [
        3,
        3.0,
        np.prod([3, 1]),
        np.mean([2.0, 4.0]),
        np.float32(3),
        np.array(3),
        Fraction(6, 2),
        Decimal(3),
        torch.tensor(3),
        torch.tensor([[3.0]], requires_grad=True),
        torch.nn.Parameter(torch.tensor(3.0)),
    ],
    ids=repr,
)
def test_any_real_number_is_one(value):
    assert expect_number(plain(value), "x") == 3
    assert expect_numbers(plain((value, value)), "x") == [3, 3]


@pytest.mark.parametrize("value", [True, np.bool_(True), "3", 3j, np.complex64(3), None, [3], torch.zeros(2), object()])
def test_what_is_no_real_number_is_none(value):
    with pytest.raises(WrongError):
        expect_number(plain(value), "x")


@pytest.mark.parametrize("value", [10**400, -(10**400), Fraction(10**400), Decimal("1e999"), NAN, torch.tensor(INF)])
def test_a_number_beyond_all_floats_is_told_as_such(value):
    with pytest.raises(WrongError) as error:
        expect_number(plain(value), "x")
    assert error.value.message == "not_finite"


def test_what_breaks_in_a_check_is_our_fault_and_what_breaks_in_the_students_code_is_not():
    def verdict(run: object, files: tuple = ()) -> tuple[str, str]:
        with pytest.raises(TypeError) as error:
            run()
        status, message, values, _ = plugin.explain(error.value, "1.1", files)
        return status, say("message", message, "en", **values)

    status, message = verdict(lambda: len(None))
    assert status == "unjudged"
    assert "no fault of yours: tell your teacher (TypeError: object of type 'NoneType' has no len()" in message
    assert verdict(lambda: Student(probes).ask("redresse", z=torch.zeros(2), lam="a"))[0] == "error"
    theirs = importlib.import_module("textures.noise").redresse  # where judges load the student's files themselves
    assert verdict(lambda: theirs(torch.zeros(2), "a"), ("noise.py",))[0] == "error"
    assert verdict(lambda: theirs(torch.zeros(2), "a"))[0] == "unjudged"


def test_a_broken_check_is_told_to_staff_and_counts_as_no_caught_mistake():
    found = Result("gram_by_hand", "1.1", 0, 2, "unjudged", "stopped by itself", "", None, False, 0.0, "sentence")
    variant = Variant("wrong", "1.1", "textures/gram.py", "", "gram_by_hand", None)
    assert selfcheck.compare(variant, [found]).complaints[0] == "gram_by_hand is broken: stopped by itself"
    assert marking.broken_checks({"checks": [vars(found)]}) == (
        "2 points are open: checks are broken, not the student's code: gram_by_hand"
    )


def test_each_promise_of_synthesize_is_held_by_a_check_and_broken_by_a_variant():
    promises = importlib.import_module("grader.checks.test_1_3_synthesize").PROMISES
    source = re.sub(r"\s+", " ", solution()["textures/gatys.py"])
    breaking = {variant.title: variant.check for variant in read_variants() if variant.part == "1.3"}
    for sentence, (check, variant) in promises.items():
        assert sentence in source
        assert f"test_{check}" in CHECKS
        assert breaking[variant] == check
    assert {check for check, _ in promises.values()} == {
        name.removeprefix("test_") for name, function in CHECKS.items() if function.check.part == "1.3"
    }
    about = source.split("Args: ")[1].split(" Raises:")[0]
    for told in re.split(r" (?=\w+: )", about):  # each argument, and what is returned
        assert any(sentence in told for sentence in promises), told


@pytest.mark.parametrize("name", ["checkerboard", "bricks", "grass", "leopard"])
def test_honest_syntheses_are_no_copies_and_rearranged_exemplars_are(name):
    copies = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "copies.py"))
    exemplar = load_image(name, 32)
    narrow = RandomFeatures(**probes.NARROW)
    few = copies["equations"](narrow)
    assert few < FEW  # a richer extractor in the probes would judge small pieces more mildly
    assert not is_copy(synthesize(exemplar, narrow, iterations=25).image, exemplar, few)
    assert not is_copy(seeded_noise(exemplar, 0), exemplar, few)
    caught = [is_copy(image, exemplar, few) for _, image in copies["disguises"](exemplar, 0)]
    assert set(caught) == {name != "checkerboard"}  # of a pattern that regular nobody can tell
