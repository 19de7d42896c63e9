"""Does what keeps the solution from full marks stop a release?"""

import pytest

from grader.marking.filing import write_result
from grader.marking.grading import Settings, Work, without_code
from grader.marking.verdicts import all_checks
from grader.proof import full_marks as proof
from grader.results.stored import read_result
from judging.course import course


def right(**changed: object) -> dict:
    """A result of the solution with every point."""
    words = {"status": "passed", "message": "", "hint": "", "message_id": "", "values": {}, "hint_id": None}
    checks = [
        {"id": one.id, "part": one.part, "points": one.points, "max_points": one.points, "hidden": one.hidden,
         "sentence": "", "seconds": 0.0, "key": ""} | words
        for one in all_checks().values()
    ]  # fmt: skip
    empty = without_code(Work(proof.NAME, ""), Settings(0, "en"), "none")
    return empty | {"checks": checks, "score": course().points + course().bonus} | changed


def test_every_point_is_no_complaint():
    assert proof.complaints(right()) == []


@pytest.mark.parametrize("status", ["failed", "error", "timeout", "skipped", "unjudged"])
def test_whatever_a_check_says_but_passed_is_named(status):
    result = right()
    last = result["checks"][-1]
    last |= {"status": status, "points": 0, "message": "what it says"}
    assert proof.complaints(result) == [f"task {last['part']}: {last['id']}: what it says"]


def test_a_result_without_checks_is_no_proof():
    most = course().points + course().bonus
    assert proof.complaints(right(checks=[], score=0.0, reason="no code")) == [f"0 points of {most:g}: no code"]


def test_only_what_was_passed_is_believed_again(tmp_path, monkeypatch):
    asked = []

    class NoHost:
        def __init__(self, level):
            pass

        def close(self):
            pass

    def grade(work, host, settings):
        asked.append([check["id"] for check in work.before["checks"]] if work.before else None)
        return right()

    monkeypatch.setattr(proof, "Host", NoHost)
    monkeypatch.setattr(proof, "grade", grade)
    assert proof.prove("none", tmp_path / "new") == []
    found = read_result(proof.NAME, tmp_path / "new")
    found["checks"][0]["status"] = "timeout"
    write_result(found, tmp_path / "new")
    proof.prove("none", tmp_path / "new")
    assert asked[0] is None
    assert asked[1] == [check["id"] for check in found["checks"][1:]]
