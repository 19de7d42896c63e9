"""Does a check run again exactly when something that decides its verdict has changed?"""

import shutil
from dataclasses import replace

import pytest
from house import imported

from grader.intake.given import released
from grader.marking import verdicts
from grader.marking.grading import Settings, Work, grade
from grader.places import ROOT
from grader.proof.variants import solution
from judging.course import course
from judging.lab import using

FILES = released() | {"textures/texturenet.py": solution()["textures/texturenet.py"]}
SETTINGS = Settings(0, "en")
JUDGES = """
LIMIT = 3

@check(part="1.1", points=2)
def test_one(student):
    \"\"\"A sentence.
    Une phrase.
    \"\"\"
    expect(helper(student), "a_message", "a_hint")

@check(part="1.1", points=2)
def test_two(student):
    \"\"\"Another.
    Une autre.
    \"\"\"
    assert student

def helper(student):
    return student > LIMIT
"""


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("A sentence.", "Better words.", set()),
        ("LIMIT = 3", "LIMIT = 3  # a comment", set()),
        ("assert student", "assert not student", {"two"}),
        ("points=2)\ndef test_one", "points=1)\ndef test_one", {"one"}),
        ('"a_hint"', '"another_hint"', {"one"}),
        ("LIMIT = 3", "LIMIT = 4", {"one", "two"}),
        ("return student", "return 2 * student", {"one", "two"}),
    ],
)
def test_a_check_that_is_mended_runs_again_and_with_a_helper_all_of_its_file(old, new, changed):
    assert old in JUDGES
    before, after = (verdicts.digests(text, ["one", "two"]) for text in (JUDGES, JUDGES.replace(old, new)))
    assert {name for name in before if before[name] != after[name]} == changed


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A copy of all that decides, to change."""
    for folder in ("grader", "judging", "workbench", "solution", *course().folders, "expected"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".toml", ".png", ".safetensors"):
                (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, tmp_path / path.relative_to(ROOT))
    monkeypatch.setattr(verdicts, "ROOT", tmp_path)
    with using(tmp_path):
        yield tmp_path


def keys(files: dict = FILES, seed: int = 0, level: str = "namespace") -> dict[str, str]:
    verdicts._shared.cache_clear()
    return verdicts.verdict_keys(files, seed, level)


@pytest.mark.parametrize(
    "name",
    [
        *("grader/checks/probes.py", "judging/check.py", "grader/checks/texture.py", "judging/plugin.py"),
        *("grader/sandbox/candidate.py", "grader/sandbox/lent.py", "grader/sandbox/wire.py", "grader/sandbox/host.py"),
        *("grader/marking/examiner.py", "grader/intake/given.py", "solution/textures/weights/model_files.py"),
        *("solution/textures/gram.py", "solution/textures/features.py", "images/pebbles.png"),
        *("features/learned.safetensors", "models/pebbles.safetensors", "expected/generator_right.png"),
        "grader/sandbox/admission.py",
    ],
)
def test_each_thing_that_decides_is_in_all_keys(place, name):
    before = keys()
    with (place / name).open("ab") as file:
        file.write(b"\n")
    after = keys()
    assert set(before) == set(after)
    assert all(before[check] != after[check] for check in before)


def test_whatever_asks_is_in_all_keys():
    """All of grader/ that the examiner uses, also what that uses."""
    found, new = set(), {ROOT / "grader" / "marking" / "examiner.py", ROOT / "grader" / "sandbox" / "candidate.py"}
    while new:
        found |= new
        new = {used for path in new for used in imported(path, ROOT) if ROOT / "grader" in used.parents} - found
    asked = [ROOT / "grader" / name for name in verdicts.ASKING]
    files = {path for place in asked for path in ([place] if place.is_file() else place.glob("*.py"))}
    assert {path for path in found if path.name != "__init__.py"} == {
        path for path in files if path.name != "__init__.py"
    }


@pytest.mark.parametrize("name", ["grader/checks/messages.toml", "grader/pages/reports.py", "grader/results/stored.py"])
def test_words_and_pages_are_in_none(place, name):
    before = keys()
    (place / name).write_text("", encoding="utf-8")
    assert keys() == before


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"level": "process"},
        {"files": FILES | {"textures/gram.py": FILES["textures/gram.py"] + " "}},
        {"files": FILES | {"outils.py": ""}},
        {"files": {name: text for name, text in FILES.items() if name != "textures/noise.py"}},
    ],
)
def test_submission_seed_and_level_are_in_all_keys(change):
    before, after = keys(), keys(**change)
    assert all(before[check] != after[check] for check in before)


# --- A result ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graded(sandbox) -> tuple[Work, dict]:
    work = Work("x", "0", FILES)
    return work, grade(work, sandbox, SETTINGS)


def comparable(result: dict) -> dict:
    checks = [check | {"seconds": 0} for check in result["checks"]]
    return result | {"checks": checks, "seconds": 0, "checks_run": 0}


def test_nothing_runs_twice(sandbox, graded):
    work, before = graded
    assert before["checks_run"] == len(before["checks"]) == len(verdicts.all_checks())
    after = grade(replace(work, before=before), sandbox, SETTINGS)
    assert (after["checks_run"], after["seconds"]) == (0, before["seconds"])
    assert comparable(after) == comparable(before)


def test_what_has_another_key_runs_and_leads_to_the_same_result(sandbox, graded):
    work, before = graded
    for name in ("count_linear", "texturenet_shapes"):
        old = [check | {"key": "older", "points": 9} if check["id"] == name else check for check in before["checks"]]
        after = grade(replace(work, before=before | {"checks": old}), sandbox, SETTINGS)
        assert after["checks_run"] == 1
        assert comparable(after) == comparable(before)


def test_a_task_that_others_files_may_spoil_is_judged_as_a_whole(sandbox, graded):
    spoiled = Work("x", "0", FILES | {"textures/noise.py": "import torch\ntorch.set_default_dtype(torch.float64)\n"})
    before = grade(spoiled, sandbox, SETTINGS)
    old = [check | {"key": ""} if check["id"] == "count_linear" else check for check in before["checks"]]
    after = grade(replace(spoiled, before=before | {"checks": old}), sandbox, SETTINGS)
    assert after["checks_run"] == sum(check["part"] == "2.2" for check in before["checks"]) > 1
    assert comparable(after) == comparable(before)


def test_words_are_said_anew_in_the_language_of_today(sandbox, graded):
    work, before = graded
    after = grade(replace(work, before=before), sandbox, Settings(0, "fr"))
    assert after["checks_run"] == 0
    assert {check["message"] for check in before["checks"]} >= {"not started"}
    assert {check["message"] for check in after["checks"]} >= {"pas encore commencé"}
    assert all(a["sentence"] != b["sentence"] for a, b in zip(after["checks"], before["checks"], strict=True))


@pytest.mark.parametrize("lost", [{"message_id": "no such message"}, {"hint_id": "no such hint"}])
def test_a_verdict_whose_words_are_gone_runs_again(sandbox, graded, lost):
    work, before = graded
    old = [before["checks"][0] | lost, *before["checks"][1:]]
    after = grade(replace(work, before=before | {"checks": old}), sandbox, SETTINGS)
    assert after["checks_run"] == 1
    assert comparable(after) == comparable(before)


def test_a_crash_is_tried_again(sandbox, graded):
    work, before = graded
    after = grade(replace(work, before=before | {"status": "crashed"}), sandbox, SETTINGS)
    assert after["checks_run"] == len(before["checks"])
