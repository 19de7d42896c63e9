"""Does what an instructor changes for next year arrive, or is every place named, and do the tests hold for that course?

Each edit is made in a copy of the repository, place after place, as far as `release` asks for.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COPIED = (
    "solution",
    "grader",
    "judging",
    "workbench",
    "assignment",
    "tests",
    "expected",
    "models",
    "features",
    "benchmarks",
    "web",
    "images",
)
TEXTS = (".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".ini", ".ipynb")
QUICK = ("tests/test_words.py", "tests/test_proof.py", "tests/test_spreadsheets.py", "tests/test_release.py")
"""Tests that speak of points, names, days and tasks, and grade nobody."""


@pytest.fixture
def copy(tmp_path) -> Path:
    """The repository, to be edited; pictures and weights are links."""
    for folder in COPIED:
        for path in (ROOT / folder).rglob("*"):
            place = tmp_path / "lab" / path.relative_to(ROOT)
            if path.is_file() and "__pycache__" not in path.parts:
                place.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix in TEXTS:
                    shutil.copy(path, place)
                else:
                    place.symlink_to(path)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path / "lab" / path.name)
    return tmp_path / "lab"


def python(copy: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run([sys.executable, "-m", *words], cwd=copy, env=environment, capture_output=True, text=True)


def change(copy: Path, files: str, old: str, new: str | Callable) -> None:
    """Replace a pattern in files; it must be there."""
    count = 0
    for path in filter(Path.is_file, copy.glob(files)):
        text, found = re.subn(old, new, path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        count += found
    assert count, (files, old)


def one_more(match: re.Match) -> str:
    return f"{match[1]}{float(match[2]) + 1:g}"


def drop_cells(part: str) -> str:
    """A pattern of the cells of a task, in grader/variants/."""
    return rf'(?m)^# %% .*part="{part}"(.*\n)(?:(?!# %% ).*\n?)*'


SETTINGS, MOVIES = "solution/course.toml", "solution/textures/movies.py"
EDITS = {
    "a task is worth more": [
        (SETTINGS, r'("1\.2" = \{ points = )([\d.]+)', one_more, "its checks add up to"),
        ("grader/checks/test_1_2_*.py", r'\A([\s\S]*?part="1\.2", points=)([\d.]+)', one_more, ""),
    ],
    "no bonus": [
        (SETTINGS, r"(?m)^bonus = .*\n", "", "solution/textures/movies.py:"),
        (MOVIES, r"    # TODO bonus.*\n    ### BEGIN SOLUTION\n((.*\n)*?)    ### END SOLUTION\n", r"\1",
         "grader/checks/test_bonus_displacement_frames.py:"),
        ("grader/checks/test_bonus_*.py", r"@check\(part=.bonus.[\s\S]*", "", "grader/variants/movies.py:"),
        ("grader/variants/*.py", drop_cells("bonus"), "", "solution/tp3.py:"),
        ("solution/tp3.py", r'\n# %% check="bonus"\ncheck\("bonus"\)\n', "", "a bonus is named"),
        ("solution/tp3.py", r"\bbonus\b", "extra", "solution/sujet.md"),
        ("solution/*.md", r"(?<!\{ )\bbonus\b", "extra", ""),
    ],
    "a function has another name": [
        ("solution/**/*.py", r"\bgram_loss\b", "style_loss", "names gram_loss, which is not in"),
        (SETTINGS, r"\bgram_loss\b", "style_loss", "gram_loss is not in solution/textures/ any more, and is named in"),
        ("solution/*.md", r"\bgram_loss\b", "style_loss", "grader/checks/probes.py:"),
        ("grader/**/*.[pt][yo]*", r"\bgram_loss\b", "style_loss", "tests/"),
        ("tests/*", r"\bgram_loss\b", "style_loss", "benchmarks/"),
        ("[bemfw]*/*.[pm][yd]", r"\bgram_loss\b", "style_loss", ""),
    ],
    "another step": [
        ("solution/textures/texturenet.py", r"step: int = 8\b", "step: int = 16", "is stated, and the code makes no"),
    ],
    "another deadline": [(SETTINGS, r"deadline = \d+-\d+", "deadline = 2031-01", "")],
    "in English": [(SETTINGS, r'language = "fr"', 'language = "en"', "")],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_arrives_and_the_tests_hold_for_that_course(copy, edit):
    for files, old, new, told in EDITS[edit]:
        change(copy, files, old, new)
        done = python(copy, "grader", "release")
        assert (done.returncode, told in done.stderr) == (2 if told else 0, True), done.stderr
    if not EDITS[edit][-1][3]:
        done = python(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", *QUICK, "-k", "not clones")
        assert done.returncode == 0, done.stdout[-3000:]
