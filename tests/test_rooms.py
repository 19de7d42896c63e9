"""Do the rooms of the house import what their docstrings allow, one way only?"""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import ROOMS, ROOT, allowed, arrows, floors, picture, wrong_arrows


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


def test_the_picture_of_the_house_is_of_today():
    """Mend it by putting what `python tests/house.py` prints there."""
    shown = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert shown.partition("<!-- house -->\n")[2].partition("<!-- end -->")[0] == f"```\n{picture()}\n```\n"


def words_of_code(path: Path) -> Iterator[str]:
    """All names and strings of a file, but for docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
        yield from (getattr(node, name) for name in ("id", "attr", "name", "module") if getattr(node, name, None))


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in ("textures", "checks", "workbench")])
def test_the_engine_knows_no_lab(room):
    """What it must know of one stands in course.toml, probes.py and messages.toml."""
    own = re.compile(r"textures\b|\btp3\b|pebbles|RandomFeatures|TextureNet|\bgram\b")
    for path in sorted((ROOT / ROOMS[room]).rglob("*.py")):
        found = [word for word in words_of_code(path) if own.search(str(word))]
        assert found == [], path
