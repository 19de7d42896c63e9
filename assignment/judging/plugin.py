"""The checks' plugin for pytest: what judges get, and what becomes of their verdicts."""

import ast
import importlib
import json
import re
import traceback
import zlib
from collections.abc import Callable, Collection, Generator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest
import torch

from .check import Check, WrongError
from .comparisons import comparisons
from .course import course, marker, spoken
from .messages import LANGUAGES, catalogue, say
from .student import NoAnswerError, Student, StudentError, describe, from_student
from .summary import Result, encodable, kept, print_summary, verdict_letter, worded
from .time_limit import TimedStudent, no_more_limits

LAB = Path(__file__).resolve().parents[1]

ERROR_HINTS = {
    "got (float|size with types .*'float')|'float' object cannot|must be integers|type float at": "error_division",
    "^Boolean value of Tensor|(converted|conversion) to (Scalar|Python scalars)|^The truth value of": "error_truth",
    "^maximum recursion depth": "error_recursion",
    "^Input type .*should be the same|have the same dtype|infer output dtype|of floating point dtype": "error_dtype",
    "^cannot access local variable|referenced before assignment": "error_unassigned",
    "required (positional|keyword-only) argument|unexpected keyword|takes .* arguments? but": "error_call",
    "requires? grad and does not have a grad_fn|Can't call numpy\\(\\) on Tensor that requires grad": "error_graph_cut",
    "can't optimize a non-leaf": "error_not_a_leaf",
    "leaf Variable that requires grad is being used in an in-place|modified by an inplace": "error_in_place",
    "not '?NoneType'?|NoneType'? object|got NoneType": "error_none",
    "'int' object is not (iterable|subscriptable)|cannot unpack non-iterable int": "error_int",
    "elements not \\d+$|to have \\d+ channels|was given \\d+ channels": "error_channels",
    "^Sizes of tensors must match": "error_sizes",
    "can't multiply sequence by|operand type\\(s\\) .*'list'|'list' object has no|not list( of \\w+)?$": "error_list",
    "backward through the graph a second time": "error_graph_used_twice",
    "argument 'size' .*must be tuple of ints": "error_size",
    "mat1 and mat2|dimensions of batch\\d tensor|size of tensor a \\(\\d+\\) must match|cannot take": "error_shapes",
    "'(float|int)' object has no attribute 'backward'": "error_number_too_early",
    "before Module.__init__\\(\\)": "error_module_init",
    "no NVIDIA|not compiled with CUDA|CUDA.* device|CUDA error|same device|device '(cuda|mps)": "error_device",
    "^EOF when reading a line|reading from stdin": "error_keyboard",
    "^No module named 'google": "error_colab",
    "^No module named '(urllib2|cPickle|StringIO|Queue)'|'(iteritems|itervalues|has_key)'$": "error_python2",
    "call to '(print|exec)'|^name '(xrange|raw_input|unicode)' is|^multiple exception|: .*<>": "error_python2",
    "^No module named": "error_module",
    "syntax: [!%]|^name '(get_ipython|display)' is": "error_jupyter",
    ": (<{7}|={7}|>{7})": "error_conflict",
    "(directory|denied|file):? '?([A-Za-z]:[\\\\/]|/|~)": "error_path",
}
"""What Python and PyTorch say of mistakes that many make, and the hint to go with it; the first that fits is given."""

RESULTS = pytest.StashKey[dict[str, Result]]()

SHOWN = pytest.StashKey[dict[str, dict]]()
"""What judges have shown of the student's work, by name."""

STUDENT = pytest.StashKey[Any]()
"""Whose code is judged, where it is not in this process: `for_task(part)` gives a `Student`."""


class Lab:
    """The lab's given modules by name: lab.features, lab.noise, …"""

    def __init__(self, checks: str):
        """`checks` is the package of the checks: "checks" beside a student's code, else one of this repository."""
        self._prefix = "" if checks == "checks" else checks.removesuffix("checks").removesuffix("grader.") + "solution."

    def once(self, make: Callable, *words: object) -> object:
        """make(lab, *words), which does not depend on the student: worked out once, for all who are judged here."""
        key = (self._prefix, make, words)
        if key not in _known:
            _known[key] = make(self, *words)
        return _known[key]

    def __getattr__(self, name: str) -> object:
        return importlib.import_module(f"{self._prefix}{course().package}.{name}")


_known: dict[tuple, object] = {}


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Student:
    """Whose code is judged: code in this process, unless a plugin has put another student into the configuration."""
    remote, part = request.config.stash.get(STUDENT, None), request.node.obj.check.part
    if remote is not None:
        return remote.for_task(part)
    endless = {result.part for result in request.config.stash[RESULTS].values() if result.status == "timeout"}
    if part in endless:
        raise NoAnswerError("timeout", "no_end_before")
    for needed in course().tasks[part].needs:
        if needed in endless:
            raise NoAnswerError("skipped", "waits_for", part=needed)
    probes = importlib.import_module(".probes", request.module.__package__)
    return TimedStudent(probes, request.config.getoption("time_limit"))


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Lab:
    """The lab's given code, to judge with: the student's own, or that of the solution in the grader."""
    return Lab(request.module.__package__)


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable:
    """show(name, …) keeps what is worth a look, and which check has shown it.

    For the student's page: `row`, images (1, 3, H, W) side by side, or a function that makes them when they are needed;
    `losses`, for a curve. For the notebook: `image`, the student's, and `expected`.
    """
    check = request.node.obj.check
    known = {"check": check.id, "part": check.part}
    return lambda name, **values: request.config.stash[SHOWN].update({name: values | known})


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> torch.Generator:
    """A source of randomness of this check's own, made from --seed."""
    name = request.node.name.encode()
    return torch.Generator().manual_seed(request.config.getoption("seed") * 1_000_003 + zlib.crc32(name))


@pytest.fixture
def seed(rng: torch.Generator) -> int:
    """A number of this check's own, made from --seed."""
    return int(torch.randint(1 << 30, (), generator=rng))


OPTIONS = {"seed": 0, "whole_task": False, "time_limit": 60.0, "results": None}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lab")
    group.addoption("--lang", choices=LANGUAGES, help="language of the hints")
    group.addoption("--seed", type=int, help="of the random inputs of some checks")
    group.addoption("--whole-task", action="store_true", help="points out of the task's, as the notebook counts them")
    group.addoption("--time-limit", metavar="SECONDS", type=float, help="of each check; 0: none")
    group.addoption("--results", metavar="FILE", type=Path, help="write the results there too, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    # Started in a folder above the lab, pytest comes here late, and has not asked for options.
    for name, value in {"lang": spoken(), **OPTIONS}.items():
        if getattr(config.option, name, None) is None:
            setattr(config.option, name, value)
    config.stash[RESULTS], config.stash[SHOWN] = {}, {}
    for part in course().tasks:
        config.addinivalue_line("markers", f"{marker(part)}: the checks of task {part}")
    known = [marker(part) for part in course().tasks]
    for word in re.findall(r"\w+", config.option.markexpr):
        if word not in (*known, "and", "or", "not"):
            near = (get_close_matches(word, known, n=1) or known)[0]
            words = {"word": word, "near": near, "known": ", ".join(known)}
            raise pytest.UsageError(say("page", "unknown_marker", config.getoption("lang"), **words))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    check = getattr(getattr(item, "obj", None), "check", None)
    if check is None or call.when == "teardown" or (call.when == "setup" and report.passed):
        return report
    at_home = STUDENT not in item.config.stash
    files = {task.file for task in course().tasks.values()} if at_home else ()
    result = judge(check, call, item.config.getoption("lang"), files)
    if at_home:  # the grader hands right functions down, here nobody does
        result = look_below(blame_needs(result, check, item.config), check, item.config)
    item.config.stash[RESULTS][check.id] = result
    write_results(item.config)
    report.verdict = result  # type: ignore[attr-defined]  # on its way to `pytest_report_teststatus`
    if result.status == "skipped":  # not a failure to be shown as one: there is no answer yet
        report.outcome, report.longrepr = "skipped", (str(item.path), item.location[1] or 0, result.message)
    return report


def judge(check: Check, call: pytest.CallInfo, language: str, files: Collection[str]) -> Result:
    """The verdict on a check that has run; `files` as `from_student` takes them."""
    error = call.excinfo.value if call.excinfo else None
    status, message, values, hint = explain(error, check.part, files) if error else ("passed", "", {}, None)
    result = Result(
        id=check.id,
        part=check.part,
        points=0 if error else check.points,
        max_points=check.points,
        status=status,
        message="",
        hint="",
        hint_id=hint,
        hidden=check.hidden,
        seconds=round(call.duration, 3),
        sentence="",
        message_id=message,
        values=kept(values),
    )
    return worded(result, check.sentence, language)


def blame_needs(result: Result, check: Check, config: pytest.Config) -> Result:
    """A check that fails on top of a task that is not right yet waits for that one: no cascade."""
    bad = ("failed", "error", "timeout")
    wrong = {other.part for other in config.stash[RESULTS].values() if other.status in bad}
    missing = [part for part in course().tasks[result.part].needs if part in wrong]
    if result.status not in bad or not missing:
        return result
    result = replace(result, status="skipped", message_id="waits_for", values={"part": missing[0]}, hint_id=None)
    return worded(result, check.sentence, config.getoption("lang"))


def look_below(result: Result, check: Check, config: pytest.Config) -> Result:
    """A place that is not filled in waits for no other task; with code below the `raise` that stayed, it has begun."""
    if result.status != "skipped" or (state := unwritten(result.part)) is None:
        return result
    status = "error" if state == "raise_stayed" else "skipped"
    result = replace(result, status=status, message_id=state, values={})
    return worded(result, check.sentence, config.getoption("lang"))


def unwritten(part: str) -> str | None:
    """What to say where a function of the task still has the `raise` that it was given with: is there code below?"""
    try:
        tree = ast.parse((LAB / course().tasks[part].file).read_text(encoding="utf-8"))
    except SyntaxError:  # told elsewhere
        return None
    below = [
        number < len(node.body)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for number, line in enumerate(node.body, 1)
        if isinstance(line, ast.Raise) and f"TODO {part}:" in ast.unparse(line)
    ]
    return ("raise_stayed" if any(below) else "not_started") if below else None


def explain(
    error: BaseException, part: str, files: Collection[str] = ()
) -> tuple[str, str, dict[str, object], str | None]:
    """Status, message, what is filled into it, and hint of an exception that ended a check.

    Args:
        files: as `from_student` takes them.
    """
    if isinstance(error, WrongError):
        return "failed", error.message, error.values, error.hint
    if isinstance(error, NoAnswerError):
        return error.status, error.message, error.values, None
    told = error.told if isinstance(error, StudentError) else describe(error)
    if not from_student(error, files):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}, line {frame.lineno}"
        return "unjudged", "unjudged", told | {"place": place}, None
    todo = re.match(r"TODO ([\w.]+)", told["text"]) if "NotImplementedError" in told["kinds"] else None
    if todo and todo[1] != part:
        return "skipped", "waits_for", {"part": todo[1]}, None
    if todo:
        return "skipped", "not_started", {}, None
    name = "raised" if told["place"] else "raised_elsewhere"
    name = "cannot_import" if {"ImportError", "SyntaxError"}.intersection(told["kinds"]) else name
    hint = next((hint for words, hint in error_hints().items() if re.search(words, told["text"])), None)
    return "error", name, {key: told[key] for key in ("kind", "text", "place")}, hint


def error_hints() -> dict[str, str]:
    """What Python and PyTorch say of mistakes, in this lab first and then in every one, and the hint to go with it."""
    return {words: hint for hint, words in catalogue()["raised"].items()} | ERROR_HINTS


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    result = getattr(report, "verdict", None)
    if result is None:
        return None
    return ("skipped" if result.status == "skipped" else report.outcome), verdict_letter(result), result.status.upper()


def pytest_enter_pdb() -> None:
    no_more_limits()


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "student"):
        torch.set_num_threads(1)  # the checks are small, and other work may run beside them


def pytest_sessionfinish(session: pytest.Session) -> None:
    results = session.config.stash[RESULTS]
    if session.exitstatus == pytest.ExitCode.OK and any(r.status != "passed" for r in results.values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    write_results(session.config)


def write_results(config: pytest.Config) -> None:
    """The results so far, for --results: after each check, for the next one may end this process."""
    path = config.getoption("results")
    if path is not None:
        results = [vars(result) for result in config.stash[RESULTS].values()]
        path.write_text(json.dumps(results, ensure_ascii=False), encoding="utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = list(config.stash[RESULTS].values())
    if results:
        print_summary(terminalreporter, results, config.getoption("lang"), config.getoption("whole_task"))
    if STUDENT in config.stash:
        return
    for path in comparisons(config.stash[SHOWN], LAB / "pictures", config.getoption("lang")):
        words = say("page", "compared", config.getoption("lang"), file=path.relative_to(LAB).as_posix())
        terminalreporter.write_line(encodable(words, terminalreporter))
