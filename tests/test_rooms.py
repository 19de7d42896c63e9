"""Do the rooms of the house import what their docstrings allow, one way only?"""

import shutil

import pytest
from house import ROOT, allowed, arrows, floors, wrong_arrows


@pytest.fixture
def copy(tmp_path):
    """The repository's code, to be spoilt."""
    for folder in ("grader", "judging", "workbench", "solution"):
        for path in (ROOT / folder).rglob("*.py"):
            place = tmp_path / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    return tmp_path


def test_no_room_imports_what_it_may_not():
    assert wrong_arrows() == []


def test_there_is_no_cycle_and_the_command_line_is_on_top():
    assert floors()[-1] == ["grader"]
    assert {"workbench", "judging"} <= set(floors()[0])


def test_what_a_room_may_import_it_does():
    """A permission that nobody uses is a door to a cycle."""
    for room, used in arrows().items():
        if room != "grader":  # the command line may call all
            assert allowed(room) - {"judging", "workbench"} == used.keys() - {"judging", "workbench"}, room


@pytest.mark.parametrize(
    "file, line, told",
    [
        ("grader/results/stored.py", "from ..pages import reports", "results imports pages"),
        ("grader/results/stored.py", "def late():\n    from grader.pages.reports import page", "results imports pages"),
        ("judging/check.py", "import grader.places", "judging imports places"),
        ("workbench/files.py", "from judging.course import course", "workbench imports judging"),
        ("solution/textures/gram.py", "from grader.checks import law", "textures imports checks"),
        ("grader/marking/grading.py", "from solution.textures import gram", "marking imports textures"),
    ],
)
def test_a_wrong_arrow_is_found(copy, file, line, told):
    with (copy / file).open("a", encoding="utf-8") as text:
        text.write(f"\n{line}\n")
    (found,) = wrong_arrows(copy)
    assert found == f"{told}: {file}"


def test_a_cycle_is_found(copy):
    with (copy / "grader/results/stored.py").open("a", encoding="utf-8") as text:
        text.write("\nfrom ..pages import reports\n")
    with pytest.raises(ValueError, match=r"a cycle among .*pages.*results"):
        floors(copy)
