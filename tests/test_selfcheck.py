import ast
import os
import re

import pytest

from grader.marking.examiner import examine
from grader.marking.verdicts import all_checks
from grader.places import variants_folder
from grader.proof import selfcheck
from grader.proof.mutants import Mutant, Survey, mutate
from grader.proof.variants import Variant, read_variants, solution
from grader.sandbox.host import strongest_level
from judging.course import course
from judging.lab import tomllib
from judging.summary import Result
from workbench.errors import InputError

SENTENCES = tomllib.loads((variants_folder() / "sentences.toml").read_text(encoding="utf-8"))
LEVEL = strongest_level() or "process"


def test_there_are_variants_of_every_task():
    variants = read_variants()
    for part in course().tasks:
        own = [variant for variant in variants if variant.part == part]
        assert sum(variant.check is not None for variant in own) >= 4
        assert sum(variant.check is None for variant in own) >= 1
    assert sum(variant.check is None for variant in variants) >= 25


def docstrings(name: str) -> str:
    """Of a student's function, or of a class and its methods; white space of any kind as one space."""
    file = next(task.file for task in course().tasks.values() if name in task.names)
    found = next(node for node in ast.parse(solution()[file]).body if getattr(node, "name", None) == name)
    inside = [node for node in ast.walk(found) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return " ".join(" ".join((ast.get_docstring(node) or "").split()) for node in inside)


@pytest.mark.parametrize("name", SENTENCES)
def test_every_promise_of_a_docstring_is_one_that_a_check_holds(name):
    part = next(part for part, task in course().tasks.items() if name in task.names)
    wrong = {variant.title for variant in read_variants() if variant.part == part and variant.check is not None}
    left = docstrings(name)
    for sentence in sorted((text for text in SENTENCES[name] if text), key=len, reverse=True):
        assert sentence in left, f"the docstring of {name} does not say: {sentence}"
        assert set(SENTENCES[name][sentence]) <= wrong and SENTENCES[name][sentence]
        left = left.replace(sentence, "", 1)
    for words in SENTENCES[name][""]:
        left = left.replace(words, "", 1)
    assert not re.search(r"\w", left), f"nothing breaks what {name} promises: {left}"


def test_a_change_must_be_of_something_that_is_there():
    with pytest.raises(InputError, match=r'"wrong" changes "no such line", which is not in textures/gram\.py'):
        Variant("wrong", "1.1", "textures/gram.py", 'CHANGE = {"no such line": ""}', None, None).files()


@pytest.mark.slow
def test_every_wrong_idea_is_caught_with_its_hint_and_every_right_one_accepted():
    caught(every=1)


def test_some_wrong_ideas_are_caught_with_their_hints_and_some_right_ones_accepted(at_once, monkeypatch):
    monkeypatch.setattr(selfcheck, "each", at_once)
    caught(every=29)


def caught(every: int) -> None:
    found = list(selfcheck.findings(jobs=os.cpu_count() or 1, isolation=LEVEL, every=every))
    assert len(found) == len(read_variants()[::every])
    assert [(f.variant.part, f.variant.title, f.complaints) for f in found if f.complaints] == []
    wrong = [f for f in found if f.variant.check is not None]
    # Students can learn before the deadline.
    assert sum(f.caught_in_public for f in wrong) >= 2 / 3 * len(wrong)


def test_marks_do_not_depend_on_the_seed(at_once, monkeypatch):
    monkeypatch.setattr(selfcheck, "each", at_once)
    counts = selfcheck.scores_by_seed(2, jobs=2, isolation=LEVEL)
    assert len(counts) == 1
    assert next(iter(counts))[0] == sum(task.points for task in course().tasks.values())


@pytest.mark.slow
def test_marks_do_not_depend_on_fifty_seeds():
    assert len(selfcheck.scores_by_seed(50, jobs=os.cpu_count() or 1, isolation=LEVEL)) == 1


@pytest.mark.slow
def test_a_wrong_idea_costs_its_own_task_only():
    found = selfcheck.findings(jobs=os.cpu_count() or 1, isolation=LEVEL, whole=True)
    assert [(f.variant.part, f.variant.title, f.complaints) for f in found if f.complaints] == []


def verdict(name: str, part: str, status: str = "failed", hint: str | None = None) -> Result:
    return Result(name, part, 0, 1, status, "message", "hint", hint, False, 0.0, "sentence")


WRONG = Variant("wrong", "1.1", "textures/gram.py", "", "gram_by_hand", "gram_not_divided")
SLIP = Variant("wrong", "1.1", "textures/gram.py", "", "gram_by_hand", None, "slip")
READ = Variant("wrong", "2.5", "textures/movies.py", "", "film_path", None)
RIGHT = Variant("right", "1.1", "textures/gram.py", "", None, None)


@pytest.mark.parametrize(
    ("variant", "results", "complaint"),
    [
        (WRONG, [verdict("gram_by_hand", "1.1", hint="gram_not_divided")], ""),
        (RIGHT, [verdict("gram_by_hand", "1.1", status="passed")], ""),
        (WRONG, [verdict("gram_by_hand", "1.1", status="passed")], "gram_by_hand does not fail; what fails is nothing"),
        (WRONG, [verdict("gram_by_hand", "1.1", hint="other")], "no check gives the hint gram_not_divided"),
        (WRONG, [verdict("gram_batch", "1.1", hint="gram_not_divided")], "gram_by_hand does not fail"),
        (RIGHT, [verdict("gram_by_hand", "1.1")], "right, but fails gram_by_hand"),
        (RIGHT, [verdict("loss_by_hand", "1.2")], "costs loss_by_hand of task 1.2"),
        (RIGHT, [], "the checks did not run"),
        (SLIP, [verdict("gram_by_hand", "1.1"), verdict("gram_batch", "1.1")], "a slip, and costs 2 of 2"),
        (
            READ,
            [verdict("film_path", "2.5", hint="gram_centred")],
            "film_path tells what is not true of it, gram_centred",
        ),
    ],
)
def test_what_selfcheck_complains_of(variant, results, complaint):
    complaints = selfcheck.compare(variant, results).complaints
    assert bool(complaints) == bool(complaint)
    assert all(complaint in text for text in complaints[:1])


def test_a_variant_without_a_task_is_refused(tmp_path, monkeypatch):
    (tmp_path / "gram.py").write_text(
        (variants_folder() / "gram.py").read_text(encoding="utf-8").replace('part="1.1"', "")
    )
    monkeypatch.setattr("grader.proof.variants.variants_folder", lambda: tmp_path)
    with pytest.raises(InputError, match=r'gram\.py: "not divided" needs part='):
        read_variants()


def test_a_variant_is_the_solution_but_for_its_code(sandbox):
    variant = next(v for v in read_variants() if v.title == "not divided")
    finding = selfcheck.judge_variant(variant, sandbox, seed=0, whole=False)
    assert finding.complaints == ()
    assert finding.caught_in_public


def test_mutants_differ_from_the_solution_in_the_students_part_only():
    pytest.importorskip("cosmic_ray")
    found = list(mutate("textures/noise.py"))
    assert len(found) > 100
    given, theirs = solution()["textures/noise.py"].split("### BEGIN SOLUTION", 1)
    assert all(mutant.code.startswith(given) for mutant in found)
    assert theirs not in {mutant.code[len(given) :] for mutant in found}


def test_a_survivor_needs_an_explanation():
    mutant, other = Mutant("a.py", 1, "x", "y", ""), Mutant("a.py", 2, "x", "", "")
    survey = Survey([], [mutant, other], {"a.py: x → y": "the same"})
    assert survey.unexplained == [other]
    assert survey.text().splitlines()[-2:] == ["a.py: x → y: the same", "a.py: x → (left out): ?"]


def test_the_price_list_says_what_each_mistake_costs_and_where():
    found = [selfcheck.Finding(RIGHT, False, ()), selfcheck.Finding(WRONG, True, (), 4, ("gram_by_hand",), ("a_hint",))]
    lines = selfcheck.prices(found).splitlines()
    assert lines[2].startswith("1 wrong ways to write a task and 1 right ones")
    assert "alone catch 1 (100%); 1 get a hint (100%)" in lines[2]
    assert lines[-2:] == ["| wrong |  | 4 | gram_by_hand | a_hint |", "| right | right | 0 |  |  |"]


@pytest.mark.parametrize("title", ["the exemplar, with a little noise", "started from the exemplar"])
def test_a_copied_exemplar_is_worth_nothing(title, sandbox):
    variant = next(variant for variant in read_variants() if variant.title == title)
    found = examine(variant.files(), sandbox, seed=0, language="en", parts=["1.3"]).checks
    assert len(found) == sum(check.part == "1.3" for check in all_checks().values())
    assert sum(check.points for check in found) == 0
