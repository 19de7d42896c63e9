"""Does code without an end cost one time limit, and nobody else's time; and code that was not begun none at all?"""

from types import SimpleNamespace

import pytest

from grader.intake.submission import complete
from grader.marking import grading as marking
from grader.marking.examiner import AGAIN_SECONDS, CHECK_SECONDS, OWN_SECONDS, TASK_SECONDS, Loops, RemoteStudent
from grader.marking.grading import Settings, Work
from grader.marking.verdicts import all_checks
from grader.proof.variants import solution
from judging.course import course
from judging.student import NoAnswerError

PROBES = ("a", "b", "a", "c", "c", "d", "a", "e", "d", "b")


class Endless(RemoteStudent):
    """A submission whose answers to some questions never come; `granted` has the seconds that these were given.

    `share`, of them the code was at work: the machine may have been busy with something else.
    """

    share = 1.0

    def __init__(self, files: dict[str, str], hangs: dict[str, str], alone: bool = False, loops: Loops | None = None):
        host = SimpleNamespace(stop=lambda: None, settle=lambda: None)
        super().__init__(host, files, alone=alone, loops=loops)
        self._hangs, self.granted = hangs, dict.fromkeys(course().tasks, 0.0)

    def _reply(self, probe: str, inputs: dict, seconds: float) -> dict:
        if probe in self._hangs.get(self._part, ""):
            self.granted[self._part] += seconds
            self._waiting = SimpleNamespace(worked=lambda: seconds * self.share)
            raise TimeoutError
        self._waiting = SimpleNamespace(worked=lambda: 0.5)
        return {"answers": {}}

    def answered(self) -> dict[str, list[bool]]:
        """By task, which of the questions get an answer."""
        found = {}
        for part in course().tasks:
            found[part] = []
            for probe in PROBES:
                try:
                    self.for_task(part).ask(probe)
                    found[part].append(True)
                except NoAnswerError:
                    found[part].append(False)
        return found


FIRST, *OTHERS = course().tasks


@pytest.mark.parametrize("hangs", ["a", "b", "cd", "acd"])
def test_a_loop_costs_its_task_one_time_limit_and_the_other_questions_are_asked(hangs):
    student = Endless(solution(), {FIRST: hangs})
    found = student.answered()
    assert found[FIRST] == [probe not in hangs for probe in PROBES]
    assert all(all(found[part]) for part in OTHERS)
    assert CHECK_SECONDS <= student.granted[FIRST] <= CHECK_SECONDS + 4 * AGAIN_SECONDS < TASK_SECONDS
    assert all(found[part] == [True] * len(PROBES) for part in OTHERS)


def test_a_loop_where_a_file_is_imported_costs_one_time_limit_and_little_in_each_task_that_imports_it():
    file = course().tasks[FIRST].file
    files = solution() | {file: solution()[file] + "\nwhile True:\n    pass\n"}
    student = Endless(files, dict.fromkeys(course().tasks, "abcde"))
    student.answered()
    assert student.granted[FIRST] <= CHECK_SECONDS + 4 * AGAIN_SECONDS
    assert all(student.granted[part] <= AGAIN_SECONDS for part in OTHERS)
    # Tasks of other files are then judged without that one, and have all their time.
    alone = Endless(files, {OTHERS[-1]: "a"}, alone=True)
    alone.answered()
    assert alone.granted[OTHERS[-1]] >= CHECK_SECONDS


@pytest.mark.parametrize(("hangs", "right"), [("abcde", ""), ("", "abcde"), ("d", "abce")])
def test_who_had_all_the_time_is_asked_but_briefly_without_the_other_files(hangs, right):
    """The other files may have been the reason; then all questions have their answers."""
    loops = Loops()
    before = Endless(solution(), {FIRST: "abcde"}, loops=loops)
    before.answered()
    assert loops.parts == {FIRST}
    alone = Endless(solution(), {FIRST: hangs}, alone=True, loops=loops)
    assert alone.answered()[FIRST] == [probe in right for probe in PROBES]
    if not right:
        assert before.granted[FIRST] + alone.granted[FIRST] <= CHECK_SECONDS + 4 * AGAIN_SECONDS + OWN_SECONDS


def test_a_loop_in_a_function_takes_no_time_from_other_tasks():
    student = Endless(solution(), dict.fromkeys(course().tasks, "a"))
    student.answered()
    assert set(student.granted.values()) == {CHECK_SECONDS + AGAIN_SECONDS}


def test_who_was_kept_from_working_has_all_the_time_for_the_other_questions():
    student = Endless(solution(), {FIRST: "ac"})
    student.share = 0.1
    found = student.answered()
    assert found[FIRST] == [probe not in "ac" for probe in PROBES]
    assert all(all(found[part]) for part in OTHERS)
    assert student.granted[FIRST] == 2 * (CHECK_SECONDS + AGAIN_SECONDS)


@pytest.mark.parametrize(
    "work", [Work("ada", "0", status="no-package", reason="nothing"), Work("ada", "0", complete({}))]
)
def test_where_nothing_was_written_no_sandbox_is_asked(work, tmp_path, monkeypatch):
    monkeypatch.setattr(marking, "each", lambda _, works, **__: pytest.fail("a sandbox was asked") if works else ())
    monkeypatch.setattr(marking, "read_work", lambda *_: work)
    monkeypatch.setattr(marking, "keep_all", lambda entry, *_: {"ada": {}})
    (tmp_path / "in" / "ada").mkdir(parents=True)
    tally, _, _ = marking.run(tmp_path / "in", tmp_path / "out", Settings(0, "fr"), jobs=1, isolation="none")
    result = marking.read_result("ada", tmp_path / "out")
    assert (result["status"], result["score"]) == (work.status, 0)
    if work.status == "graded":
        assert tally.ran == len(all_checks())
        assert [check["id"] for check in result["checks"]] == list(all_checks())
        assert {(check["status"], check["message"]) for check in result["checks"]} == {
            ("skipped", "pas encore commencé")
        }
