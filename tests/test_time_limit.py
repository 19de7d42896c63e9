"""Does a loop without end cost a student's checks some seconds, and say where it is?"""

import itertools
import pathlib
import subprocess
import sys

import pytest

from judging.notebook import stopped_at
from judging.student import NoAnswerError
from judging.time_limit import within

ROOT = pathlib.Path(__file__).resolve().parents[1]


def plain():
    while True:
        pass


def catches_errors():
    while True:
        try:  # noqa: SIM105
            int("no number")
        except Exception:
            pass


def catches_all_in_turn():
    for _ in range(3):
        try:  # noqa: SIM105
            plain()
        except:  # noqa: E722
            pass


def turns_it_into_another():
    try:
        plain()
    except BaseException as error:
        raise ValueError("mine") from error


def in_many_calls():
    return [sum(range(9)) for _ in itertools.count()]


@pytest.mark.parametrize("endless", [plain, catches_errors, catches_all_in_turn, turns_it_into_another, in_many_calls])
def test_it_ends_and_says_where_the_code_was(endless):
    with pytest.raises(NoAnswerError) as error:
        within(0.2, endless)
    assert (error.value.status, error.value.message) == ("timeout", "no_end")
    assert error.value.values["place"].startswith("test_time_limit.py, line ")


def test_what_is_quick_is_left_alone_and_so_are_its_errors():
    assert within(30, divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        within(30, divmod, 7, 0)


def test_the_exception_does_not_come_too_late():
    for _ in range(50):
        with pytest.raises(NoAnswerError):
            within(0.001, plain)
    sum(range(1000000))


def test_code_runs_as_it_did_afterwards():
    """Python 3.11's profiler never comes back from a thread for which an exception was set and taken away again."""
    code = """
import cProfile
from judging.student import NoAnswerError
from judging.time_limit import within
with cProfile.Profile():
    print(within(30, divmod, 7, 2))
    try:
        within(0.2, lambda: [None for _ in iter(int, 1)])
    except NoAnswerError as error:
        print(error.status)
    print(sum(range(9)))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120)
    assert done.stdout.split("\n") == ["(3, 1)", "timeout", "36", ""]


def test_what_no_exception_reaches_ends_the_process_and_shows_its_place(tmp_path):
    (tmp_path / "textures").mkdir()
    code = "import itertools\n\n\ndef gram_matrix():\n    sum(itertools.count())\n"
    (tmp_path / "textures" / "gram.py").write_text(code, encoding="utf-8")
    program = (
        "from textures.gram import gram_matrix\n"
        "import judging.time_limit as t\nt.GRACE = 0.5\nt.within(0.2, gram_matrix)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert stopped_at(done.stderr) == "gram.py, line 5"
    assert stopped_at("1 passed in 3s") is None


def test_what_the_examiner_takes_for_lent_functions_is_not_the_students_time(monkeypatch):
    from grader.marking import examiner

    class Idle:
        def used(self) -> float:
            return now[0] / 10 - now[1] / 10  # the code works a tenth of the time in which it is its turn

    now = [0.0, 0.0]
    monkeypatch.setattr(examiner.time, "monotonic", lambda: now[0])
    waiting = examiner._Patience(Idle(), 30)
    for _ in range(11):
        now[:] = [now[0] + 10, now[1] + 9]  # for nine of ten seconds the examiner computes
        waiting.pass_over(9)
        assert waiting.left > 0
        if now[0] < 100:
            waiting._look_again()
    now[0] += 20
    with pytest.raises(TimeoutError):  # but not for ever
        waiting._look_again()
