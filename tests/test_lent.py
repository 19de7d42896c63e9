"""Do students' codes get right functions without ever getting hold of them?"""

import itertools
import os
import re
import socket
import sys
import threading
from pathlib import Path

import pytest
import torch
from conftest import processes_below

from grader.intake.apart import apart
from grader.marking.examiner import RemoteStudent, examine
from grader.places import ROOT
from grader.proof.variants import solution
from grader.sandbox import wire
from grader.sandbox.candidate import _Asking, _right
from grader.sandbox.host import Host, strongest_level, wrappers
from grader.sandbox.lent import MOST_KEPT, Lender, lent_to
from judging.course import course
from judging.student import NoAnswerError, StudentError
from solution.textures import gram, noise

LEVEL = strongest_level() or "process"
FEATURES = torch.linspace(-1, 1, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
LENDING = [part for part, task in course().tasks.items() if task.needs]


@pytest.fixture
def borrow():
    """borrow(part, "gram.gram_matrix"): the function as a candidate has it, with an examiner behind it."""
    ours, theirs = socket.socketpair()
    lender: list[Lender] = []

    def serve() -> None:
        while True:
            try:
                question = wire.receive(theirs)
            except EOFError:
                return
            wire.send(theirs, lender[0].answer(question))

    thread = threading.Thread(target=serve)
    thread.start()

    def borrow(part: str, name: str):
        lender[:] = [Lender(part)]
        return _right("textures", *name.split("."), _Asking(ours))

    yield borrow
    ours.close()
    thread.join()
    theirs.close()


# --- What they do -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_values_and_gradients_are_those_of_the_right_functions(borrow, dtype):
    def compute(gram_matrix, gram_loss) -> list[torch.Tensor]:
        features = FEATURES.to(dtype, copy=True).requires_grad_()
        grams = {"a": gram_matrix(features), "b": gram_matrix(features=features.square())}
        targets = {name: torch.ones(1, 3, 3, dtype=dtype) for name in grams}
        loss = gram_loss(grams, targets, weights={"a": 2, "b": torch.tensor(0.5)})
        return [*grams.values(), loss, *torch.autograd.grad(loss, features)]

    found = compute(borrow("1.3", "gram.gram_matrix"), borrow("1.3", "gram.gram_loss"))
    for value, truth in zip(found, compute(gram.gram_matrix, gram.gram_loss), strict=True):
        assert value.dtype == truth.dtype
        torch.testing.assert_close(value, truth)


def test_lists_of_noises_travel_as_any_sequence_or_generator(borrow):
    z0, z1 = ([torch.rand(1, 3, size, size) for size in (8, 4)] for _ in range(2))
    mix, straighten = borrow("2.5", "noise.interpolate_noise"), borrow("2.5", "noise.redresse")
    truth = noise.interpolate_noise(z0, z1, 0.25)
    for given in (tuple(z1), (z for z in z1)):
        for found, right in zip(mix(z0, given, lam=0.25), truth, strict=True):
            assert torch.equal(found, right)
            assert torch.equal(straighten(found, 0.25), noise.redresse(right, 0.25))


def test_what_needs_no_gradient_gets_none(borrow):
    gram_matrix = borrow("1.3", "gram.gram_matrix")
    assert not gram_matrix(FEATURES).requires_grad
    with torch.no_grad():
        assert not gram_matrix(FEATURES.clone().requires_grad_()).requires_grad


@pytest.mark.parametrize(
    ("arguments", "settings", "error"),
    [
        ((), {}, TypeError),
        ((FEATURES, 1, 2), {}, TypeError),
        ((FEATURES,), {"unknown": 1}, TypeError),
        (("a word",), {}, TypeError),
        ((None,), {}, TypeError),
        ((FEATURES[0, 0],), {}, ValueError),
        ((object(),), {}, TypeError),
        ((torch.zeros(1, 60_000, 1, 1),), {}, ValueError),
        ((torch.zeros(1).expand(1, 2048, 64, 64),), {}, ValueError),
        (([FEATURES] * 1000,), {}, ValueError),
    ],
)
def test_wrong_arguments_are_errors_where_the_function_is_called(borrow, arguments, settings, error):
    gram_matrix = borrow("1.3", "gram.gram_matrix")
    with pytest.raises(error):
        gram_matrix(*arguments, **settings)
    assert torch.equal(gram_matrix(FEATURES), gram.gram_matrix(FEATURES))  # and the next call is answered


TRICKY = {
    "nothing": None,
    "a word": "b",
    "many times": 10**9,
    "a number": 0.5,
    "a list of numbers": [0.0],
    "a list of lists": [[0.0]],
    "a list of words": ["b"],
    "an empty list": [],
    "a list of tensors": [FEATURES],
    "a row": FEATURES[0, 0, 0],
    "truths": FEATURES > 0,
    "complex numbers": FEATURES.to(torch.complex64),
    "no images": FEATURES[:0],
    "maps": FEATURES,
    "a dict of words": {"relu1": "b"},
    "a dict of maps": {"relu1": FEATURES},
    "another dict of maps": {"relu2": FEATURES[0]},
}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is not counted elsewhere")
@pytest.mark.parametrize("part", LENDING)
def test_tricky_arguments_tell_nothing_of_the_right_functions_and_fill_no_memory(part):
    torch.set_num_threads(1)  # for there are no threads after a fork
    names = [f"{module}.{name}" for module, names in lent_to(part).items() for name in names]

    def say() -> list[list[str]]:
        found = []
        for name in names:
            for arguments in itertools.product(TRICKY.values(), repeat=3 if "interpolate" in name else 2):
                answer = Lender(part).answer({"call": name, "arguments": [list(arguments), {}], "keep": False})
                found.append([name.rpartition(".")[2], *answer.get("raised", ())])
        return found

    found = apart(say, memory=300 << 20)
    told = {(name, *rest) for name, *rest in found if rest}
    assert len(told) > 10
    for name, kind, text in told:
        assert (kind == "KeyError" and text in ("relu1", "relu2")) or (
            kind in ("TypeError", "ValueError")
            and re.match(rf"{name}\(\)(: \w+ is a | cannot take)|too many positional|missing a required", text)
        ), (kind, text)


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"call": "gram.gram_matrix"},
        {"call": None, "arguments": [[], {}]},
        {"call": "gram.relative_weights", "arguments": [[{}], {}]},
        {"call": "noise.redresse", "arguments": [[FEATURES, 0.5], {}]},
        {"call": "gram.__builtins__", "arguments": [[], {}]},
        {"call": ["gram.gram_matrix"], "arguments": [[FEATURES], {}]},
        {"call": "gram.gram_matrix", "arguments": 3},
        {"call": "gram.gram_matrix", "arguments": [{}, []]},
        {"call": "gram.gram_matrix", "arguments": [[FEATURES], {"features": FEATURES}]},
        {"call": "gram.gram_matrix", "arguments": [[FEATURES], {}]},
        {"back": 7, "gradients": [torch.ones(1, 2, 2)]},
        {"back": None, "gradients": []},
        {"back": [1], "gradients": []},
        {"back": 1},
        {"back": 1, "gradients": []},
        {"back": 1, "gradients": [FEATURES]},
        {"back": 1, "gradients": ["a"]},
        {"back": 1, "gradients": 3},
    ],
)
def test_a_forged_call_is_refused_in_words(question):
    lender = Lender("1.3")
    assert (
        lender.answer({"call": "gram.gram_matrix", "arguments": [[FEATURES.clone()], {}], "keep": True})["number"] == 1
    )
    answer = lender.answer(question)
    assert list(answer) == ["raised"]
    assert all(isinstance(word, str) and len(word) <= 200 for word in answer["raised"])


def test_a_task_is_lent_what_it_needs_and_nothing_else():
    tasks = course().tasks
    for part in tasks:
        lent = {name for names in lent_to(part).values() for name in names}
        assert lent == {name for needed in tasks[part].needs for name in tasks[needed].names}
        assert not lent & set(tasks[part].names)


# --- What can be read -------------------------------------------------------------------------------------------------


def telling_lines() -> dict[str, list[str]]:
    """For each file that students fill in, lines that are the solution's alone."""
    given = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "assignment").rglob("*.py")))
    found = {}
    for file in sorted({task.file for task in course().tasks.values()}):
        text = (ROOT / "solution" / file).read_text(encoding="utf-8")
        bodies = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", text, re.DOTALL)
        lines = {line.strip() for body in bodies for line in body.splitlines()}
        found[file] = sorted((line for line in lines if len(line) >= 30 and line not in given), key=len)[-2:]
    return found


LINES = telling_lines()


def holds(data: bytes) -> list[str]:
    return [line for lines in LINES.values() for line in lines if line.encode() in data]


def untouched() -> dict[str, str]:
    """What a student hands in who has written nothing, but whose code asks for what is lent."""
    from grader.intake.given import released

    return dict(released())


@pytest.fixture(scope="module", params=list(wrappers()) or [None])
def host(request):
    host = Host(LEVEL, request.param)
    yield host
    host.close()


def memory(pid: int) -> bytes:
    """All that a process has in memory but what is mapped from libraries."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            area, rights, _, _, inode, *name = line.split(maxsplit=5)
            if not rights.startswith("rw") or (inode != "0" and ".so" in "".join(name)):
                continue
            first, last = (int(word, 16) for word in area.split("-"))
            try:
                memory.seek(first)
                found.append(memory.read(last - first))
            except OSError:  # reserved, and not there
                continue
    return b"\n".join(found)


def test_every_file_of_tasks_has_lines_to_look_for():
    assert all(LINES.values())
    source = (ROOT / "solution" / "textures" / "gram.py").read_bytes()
    assert holds(source)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="/proc is Linux's")
@pytest.mark.parametrize("part", LENDING)
def test_no_byte_that_a_candidate_can_read_is_of_the_solution(host, part, monkeypatch):
    """Its files, its memory, with what the host had that it came from, and all that it was sent."""
    sent = []
    plain = wire.send

    def listen(sock, message: dict) -> None:
        sent.append(message["files"].numpy().tobytes() if "files" in message else repr(message).encode())
        plain(sock, message)

    monkeypatch.setattr(wire, "send", listen)
    student = RemoteStudent(host, untouched()).for_task(part)
    with pytest.raises(StudentError):  # its code is not written; and it was asked for nothing
        student.ask("synthesize")
    processes = sorted(processes_below(host._process.pid))
    assert len(processes) > 1
    if part == LENDING[0]:
        assert holds(memory(processes[-1])) == []
    if LEVEL == "namespace":  # at the other levels the code may read what this user may: SECURITY.md
        system = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/proc", "/dev", sys.prefix, sys.base_prefix)
        root = f"/proc/{processes[-1]}/root"
        read = 0
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if f"{folder.removeprefix(root)}/{name}" not in system]
            for name in names:
                if Path(folder, name).is_symlink():  # to a place in there, which has its turn
                    continue
                data = Path(folder, name).read_bytes()
                read += len(data)
                assert holds(data) == [], Path(folder, name)
        assert read > 1 << 20  # the pictures at least were there to be read
    student.close()
    assert holds(b"\n".join(sent)) == []


def test_the_graphs_that_are_kept_serve_twice_and_have_an_end(borrow):
    gram_matrix = borrow("1.3", "gram.gram_matrix")
    features = [FEATURES.clone().requires_grad_() for _ in range(MOST_KEPT[0] + 1)]
    losses = [gram_matrix(x).square().sum() for x in features]
    for _ in range(2):
        losses[-1].backward(retain_graph=True)
    expected = FEATURES.clone().requires_grad_()
    (2 * gram.gram_matrix(expected).square().sum()).backward()
    torch.testing.assert_close(features[-1].grad, expected.grad)
    with pytest.raises(KeyError):
        losses[0].backward()


# --- When they are lent -----------------------------------------------------------------------------------------------

GRAM, TRAINING = "textures/gram.py", "textures/training.py"
HEAD = "def gram_matrix(features: Tensor)"
BELOW = {
    "right": {},
    "an option of one's own": {
        GRAM: (HEAD, "def gram_matrix(features: Tensor, whole: bool = True)"),
        TRAINING: ("gram_matrix(", "gram_matrix(whole=True, features="),
    },
    "not divided": {GRAM: (" / positions.shape[1]", "")},
    "not written": {GRAM: ("return torch.stack", "raise NotImplementedError('TODO 1.1'); return torch.stack")},
    "too much given": {GRAM: (HEAD, "def gram_matrix()")},
    "without an end": {GRAM: ("positions = ", "while True: positions = ")},
}
RIGHT = ("right", "an option of one's own")


@pytest.mark.parametrize("title", BELOW)
def test_a_task_keeps_its_points_whatever_lies_below_it(host, monkeypatch, title):
    files, borrowed = solution(), []
    for name, (old, new) in BELOW[title].items():
        assert old in files[name]
        files[name] = files[name].replace(old, new)
    answer = Lender.answer
    monkeypatch.setattr(Lender, "answer", lambda self, question: borrowed.append(question) or answer(self, question))
    monkeypatch.setattr("grader.marking.examiner.AGAIN_SECONDS", 0.5)
    found = examine(files, host, seed=0, language="en", parts=["1.1", "2.3"], check_seconds=5)
    points = {part: sum(check.points for check in found.checks if check.part == part) for part in ("1.1", "2.3")}
    assert points["2.3"] == course().tasks["2.3"].points
    assert (points["1.1"] == course().tasks["1.1"].points) == (title in RIGHT)
    assert bool(borrowed) == (title not in RIGHT)  # what is right is used as it is


def test_who_has_no_end_below_is_not_waited_for_again(host):
    old, new = BELOW["without an end"][GRAM]
    files = solution() | {GRAM: solution()[GRAM].replace(old, new)}
    student = RemoteStudent(host, files, check_seconds=0.5, lend=False)
    with pytest.raises(NoAnswerError) as late:
        student.for_task("1.1").ask("gram_matrix", features=FEATURES)
    with pytest.raises(NoAnswerError) as refused:
        student.for_task("2.3").ask("training_steps")
    student.close()
    assert (late.value.message, refused.value.message) == ("timed_out", "ran_out_of_time")
