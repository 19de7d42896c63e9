"""Does a class in all the shapes in which classes hand in come out right: a row each, right code at full marks?"""

import csv
import re
from string import Formatter

import pytest
from odd_class import shapes, write_class

from grader.intake.entries import list_entries
from grader.marking import grading as marking
from grader.marking import verdicts
from grader.marking.grading import Settings, read_work, run
from grader.results.stored import lateness, points_by_part, read_results
from grader.sandbox.host import Host, strongest_level
from judging.course import course
from judging.messages import catalogue

CHEAP = ("1.1", "2.2", "2.4")
"""Tasks whose checks take a second."""


@pytest.fixture(scope="module")
def seventy(tmp_path_factory):
    """The folder, and the shape by student."""
    folder = tmp_path_factory.mktemp("class") / "in"
    return folder, write_class(folder)


def spoken() -> re.Pattern:
    """All that can be said in the course's language."""
    entries = [entry for kind in catalogue().values() for entry in kind.values() if isinstance(entry, dict)]
    sentences = [entry[course().language] for entry in entries]
    return re.compile("|".join(f"(?:{pattern(sentence)})" for sentence in sentences), re.DOTALL)


def pattern(sentence: str) -> str:
    """A sentence with anything in the place of what is filled in."""
    return "".join(
        re.escape(text) + (".*" if field is not None else "") for text, field, *_ in Formatter().parse(sentence)
    )


def test_everything_is_read_as_what_it_is_and_whose_it_is(seventy):
    folder, expected = seventy
    assert len(shapes()) >= 70
    entries, remarks = list_entries(folder)
    assert sorted(student for entry in entries for student in entry.students) == sorted(expected)
    assert len(remarks) == 1 and "two submissions" in remarks[0]
    says = spoken()
    for entry in entries:
        shape, work = expected[entry.student], read_work(entry, course().language)
        assert (work.status, bool(work.reason)) == (shape.status, shape.status != "graded"), shape.title
        for sentence in filter(None, (work.reason, *work.notes)):
            assert says.fullmatch(sentence), sentence


@pytest.mark.slow
def test_everybody_has_a_row_and_right_code_every_point(seventy, tmp_path, monkeypatch):
    folder, expected = seventy
    level = strongest_level() or "process"
    cheap = tuple(module for module in verdicts._modules() if next(iter(verdicts._checks_of(module))).part in CHEAP)
    monkeypatch.setattr(verdicts, "_modules", lambda: cheap)
    for cached in (verdicts.all_checks, verdicts._judges, verdicts.checks_version):
        cached.cache_clear()
    host = Host(level)
    monkeypatch.setattr(marking, "each", lambda task, items, **_: (task(item, host) for item in items))
    try:
        run(folder, tmp_path, Settings(0, course().language), jobs=1, isolation=level)
    finally:
        host.close()
        monkeypatch.undo()
        for cached in (verdicts.all_checks, verdicts._judges, verdicts.checks_version):
            cached.cache_clear()
    results, says = read_results(tmp_path), spoken()
    assert results.keys() == expected.keys()
    for student, result in results.items():
        shape = expected[student]
        assert result["status"] == shape.status, shape.title
        full = {part: task.points for part, task in course().tasks.items() if part in CHEAP}
        points = {part: points for part, points in points_by_part(result).items() if part in CHEAP}
        if shape.status == "graded":
            assert {part for part in CHEAP if points[part] < full[part]} == set(CHEAP).intersection(shape.costs), (
                shape.title
            )
        assert bool(lateness(result).minutes) == (shape.days > 0), shape.title
        failed = [check for check in result["checks"] if check["part"] in shape.costs and check["status"] != "passed"]
        hints = {check["hint_id"] for check in failed}
        if shape.hint and hints:
            assert hints == {shape.hint}, shape.title
        told = [check[kind] for check in result["checks"] for kind in ("message", "hint")]
        for sentence in filter(None, (result["reason"], result["report"]["problem"], *result["notes"], *told)):
            assert says.fullmatch(sentence), sentence
    with (tmp_path / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["student"] for row in csv.DictReader(file, delimiter=";")] == sorted(expected)
