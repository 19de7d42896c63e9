"""Does what comes from a candidate cost the examiner no more than the question is worth?"""

import importlib
import json
import math
import socket
import sys
from pathlib import Path

import pytest
import torch
from judged import call

from grader.checks import probes
from grader.checks.probes import MADE, asked
from grader.intake.apart import apart
from grader.marking.examiner import RemoteStudent
from grader.sandbox import wire
from grader.sandbox.admission import MOST_DEPTH, admitted, fits, most_numbers
from grader.sandbox.lent import Lender
from judging.check import WrongError
from judging.course import course
from judging.student import Answers, NoAnswerError, Student

linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is not counted elsewhere")
MEMORY = 600 << 20
CHECKS = [
    function
    for path in sorted(Path(probes.__file__).parent.glob("test_*.py"))
    for function in vars(importlib.import_module(f"grader.checks.{path.stem}")).values()
    if hasattr(function, "check")
]
STUDENTS = (
    *("gram", "loss", "gradient relu1", "gradient relu2", "image", "losses", "heard_image", "count", "again", "output"),
    *("noise", "straightened", "frames", "heard", "seen", "made", "path", "z0", "z1", "start", "init", "features"),
    *("parameters", "gradient"),
)
"""Answers of any probe that are tensors, lists or anything."""


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth - 1):
        value = [value]
    return value


NOTHING = torch.zeros(3)
ITEMS = wire.MAX_HEAD // 4
"""A list of more does not fit into a message."""

FORMS = {
    "numbers in a row": lambda most: torch.zeros(most),
    "bytes": lambda most: torch.ones(1, most, dtype=torch.uint8),
    "an image": lambda most: torch.rand(1, 3, *[math.isqrt(most // 3)] * 2),
    "a small film": lambda most: torch.rand(most // 3072, 3, 32, 32),
    "a film of points": lambda most: torch.rand(most // 3, 3, 1, 1),
    "150,000 by 6": lambda most: torch.ones(most // 6, 6),
    "rows of nothing": lambda most: torch.ones(most, 0),
    "columns of nothing": lambda most: torch.ones(0, most),
    "images of nothing": lambda most: torch.ones(most // 3, 3, 0, 0),
    "a list of numbers": lambda most: [1.0] * min(most, ITEMS),
    "a list of images": lambda most: [torch.rand(1, 3, 64, 64)] * (most // 12300),
    "a list of rows": lambda most: [torch.rand(most // 40)] * 36,
    "a pyramid": lambda most: [
        torch.rand(1, 3, math.isqrt(most // 4) >> k, math.isqrt(most // 4) >> k) for k in range(6)
    ],
    "a wide pyramid": lambda most: [
        torch.rand(1, 3, math.isqrt(most // 4), math.isqrt(most // 4)),
        *[torch.rand(1, 3, 1, 1)] * 5,
    ],
    "words": lambda most: ["a" * 100] * (min(most, ITEMS) // 102),
    "depth": lambda _: nested(MOST_DEPTH),
}


class Huge:
    """A student whose every answer is as large as it may be, and of a kind that is let in."""

    def __init__(self, form: object):
        self._form = form

    def ask(self, probe: str, **inputs: object) -> Answers:
        most = most_numbers(inputs, asked(inputs))
        value = admitted({}, {"x": self._form(most - 200)}, most)["x"]
        answers = Answers.fromkeys(STUDENTS, value)
        for name, kind in MADE.get(probe, {}).items():
            answers[name] = next(some for some in (value, [value], NOTHING, True, 3, "list", []) if fits(some, kind))
        return answers


def breaks(function: object, student: object) -> str:
    """What became of a check, if it neither passed nor found something wrong."""
    try:
        call(function, student)
    except (WrongError, NoAnswerError):
        return ""
    except Exception as error:
        return f"{function.__name__}: {type(error).__name__}: {error}"[:300]
    return f"{function.__name__} passed"


@linux
@pytest.mark.parametrize("part", course().tasks)
def test_the_largest_answers_break_no_check_and_fill_no_memory(part, quick):
    torch.set_num_threads(1)  # for there are no threads after a fork
    checks = [function for function in CHECKS if function.check.part == part]

    def look() -> list[str]:
        told = [(title, breaks(function, Huge(form))) for title, form in FORMS.items() for function in checks]
        return [f"{title}: {what}" for title, what in told if what]

    assert apart(look, memory=MEMORY) == []


class Forging:
    """A student whose every answer is the same odd value, wherever that is of a type that is let in."""

    def __init__(self, value: object):
        self._value = value

    def ask(self, probe: str, **_: object) -> Answers:
        answers = Answers.fromkeys(STUDENTS, self._value)
        for name, kind in MADE.get(probe, {}).items():
            others = (self._value, [self._value], None, True, 3, "list", [], NOTHING)
            answers[name] = next(some for some in others if fits(some, kind))
        return answers


SHAPES = ((), (0,), (1, 0, 0, 0), (3, 32, 32), (1, 3, 32, 32), (5, 3, 32, 32), (1,) * wire.MAX_SIDES)
FORGERIES = {
    **{str(value): value for value in (None, True, -1, 2**63 - 1, 1e308, math.nan, -math.inf, "", "a")},
    **{str(value): value for value in ([], [[]], [[[[]]]], [None], ["a"], [1.0, "a"], [math.nan] * 2, [True], {})},
    **{f"{kind} {list(shape)}": torch.ones(shape, dtype=kind) for kind in wire.NAMES for shape in SHAPES},
    **{f"{value} {list(shape)}": torch.full(shape, value) for value in (math.nan, math.inf) for shape in SHAPES[3:6]},
    **{
        f"a pyramid, {kind}": [torch.ones(1, 3, 32 >> k, 32 >> k, dtype=kind) for k in range(6)]
        for kind in (torch.bool, torch.float16, torch.complex64)
    },
}


@pytest.mark.parametrize("part", course().tasks)
def test_whatever_is_forged_breaks_no_check_and_passes_none(part, quick):
    values = list(FORGERIES.items())[
        :: 40 if part in ("1.3", "2.5") else 12 if part in ("1.2", "2.3") else 4
    ]  # those judges compute for long
    values += [(name, FORGERIES[name]) for name in ("[]", "nan", "None")]
    checks = [function for function in CHECKS if function.check.part == part]
    told = [(title, breaks(function, Forging(value))) for title, value in values for function in checks]
    assert [f"{title}: {what}" for title, what in told if what] == []


class Admitting(Student):
    """The lab's own code, whose answers are let in as a candidate's are."""

    def ask(self, probe: str, **inputs: object) -> Answers:
        answers = super().ask(probe, **inputs)
        return Answers(admitted(MADE.get(probe, {}), answers, most_numbers(inputs, asked(inputs)) // 2))


@pytest.mark.parametrize(
    "name",
    [
        *("gram_tiled", "gram_gradient", "loss_formula", "synthesis_callback", "synthesis_init", "convblock_values"),
        *("upblock", "texturenet_settings", "texturenet_known_image", "texturenet_pyramid", "count_trainable"),
        *("training_uses_optimizer", "interpolation_leaves_alone", "redresse_law", "film_numbers", "film_shape"),
        "displacement_naive",
    ],
)
def test_right_answers_take_less_than_half_of_what_is_let_in(name, quick):
    (function,) = [function for function in CHECKS if function.check.id == name]
    assert breaks(function, Admitting(probes)) == f"test_{name} passed"


class Forger:
    """A host whose candidate says whatever it likes."""

    def __init__(self, *messages: dict):
        self._messages, self._theirs = messages, socket.socket()

    def converse(self, *_: object) -> socket.socket:
        self._theirs.close()
        ours, self._theirs = socket.socketpair()
        for message in ({"ready": True}, *self._messages):
            wire.send(self._theirs, message)
        return ours

    def stop(self) -> None:
        self._theirs.close()

    def used(self) -> None: ...

    settle = used


FORGED = {
    "a list for the features": ({"gram": 1.0, "features": [1.0]}, "crashed"),
    "a dict for the gradient": ({"gram": 1.0, "features": torch.ones(1), "gradient": {}}, "crashed"),
    "no features": ({"gram": torch.ones(1, 3, 3)}, "crashed"),
    "many numbers": ({"gram": torch.ones(70_000, dtype=torch.uint8), "features": torch.ones(1)}, "answer_too_large"),
    "a long name": ({"a" * 70_000: None}, "answer_too_large"),
    "a deep list": ({"gram": nested(40), "features": torch.ones(1)}, "answer_too_large"),
    "a deep dict": ({"gram": {"a": nested(MOST_DEPTH + 1)}, "features": torch.ones(1)}, "answer_too_large"),
}


@pytest.mark.parametrize(("answers", "message"), FORGED.values(), ids=FORGED)
def test_what_no_probe_can_have_answered_is_no_answer(answers, message):
    student = RemoteStudent(Forger({"answers": answers}), {}).for_task("1.1")
    with pytest.raises(NoAnswerError) as error:
        student.ask("gram_matrix", features=torch.ones(1, 3, 2, 2))
    assert error.value.message == message
    student.close()


@pytest.mark.parametrize(
    "shape", [[1 << 40, 0], [0, 1 << 62, 1 << 62], [1 << 27, 0, 1], [0] * 17, [True], [-1, 0], [1.5]]
)
def test_a_shape_that_no_tensor_of_a_message_has_is_none(shape):
    ours, theirs = socket.socketpair()
    head = json.dumps({"dict": {"x": {"tensor": ["float32", shape]}}}).encode()
    ours.sendall(wire.SIZES.pack(len(head), 0) + head)
    with ours, theirs, pytest.raises(wire.WireError):
        wire.receive(theirs, 5)


def spread(*shape: int) -> torch.Tensor:
    return torch.ones(shape, requires_grad=True)


COSTLY = {
    "a matrix of many channels": ("1.3", "gram.gram_matrix", [spread(1, 16_384, 1)]),
    "many images": ("1.3", "gram.gram_matrix", [spread(4096, 1, 1)]),
    "images of nothing": ("1.3", "gram.gram_matrix", [torch.ones(1 << 26, 0, 1)]),
    "channels of nothing": ("1.3", "gram.gram_matrix", [torch.ones(1, 1 << 26, 0)]),
    "a row and a column": ("1.3", "gram.gram_loss", [{"a": spread(1, 20_000, 1)}, {"a": spread(1, 1, 20_000)}]),
    "a cross": ("2.5", "noise.interpolate_noise", [[spread(99, 1, 99, 1)], [spread(1, 99, 1, 99)], 0.5]),
    "many crosses": ("2.5", "noise.interpolate_noise", [[spread(2048, 1)] * 100, [spread(1, 2048)] * 100, 0.5]),
    "a λ for each": ("2.5", "noise.redresse", [spread(30_000, 1), spread(1, 30_000)]),
}


@linux
@pytest.mark.parametrize(("part", "call", "arguments"), COSTLY.values(), ids=COSTLY)
def test_no_call_of_what_is_lent_is_dear(part, call, arguments):
    """Nor are many of them, whose graphs are kept."""
    torch.set_num_threads(1)

    def ask() -> list:
        lender = Lender(part)
        return [lender.answer({"call": call, "arguments": [arguments, {}], "keep": True})["raised"] for _ in range(3)]

    assert apart(ask, memory=200 << 20) == 3 * [["ValueError", ask()[0][1]]]


@linux
def test_graphs_that_are_kept_fill_no_memory():
    torch.set_num_threads(1)

    def ask() -> int:
        lender = Lender("1.3")
        question = {"call": "gram.gram_matrix", "arguments": [[spread(1, 4000, 1)], {}], "keep": True}
        return sum("raised" in lender.answer(question) for _ in range(60))

    assert apart(ask, memory=2 << 30) == 0  # all of them would take 7 GB; an allocator that keeps pieces, some more
