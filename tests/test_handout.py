"""Are the handouts and the notebook's texts readable: formulas that render, text that Markdown leaves alone?"""

import re
from pathlib import Path

import mistune
import nbformat
import pytest
from matplotlib.mathtext import MathTextParser

from grader.release.assignment import read_settings
from grader.release.handout import date

ROOT = Path(__file__).resolve().parents[1]
FORMULA = re.compile(r"(?s)\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\n]+?)\$(?!\w)")


def texts() -> dict[str, str]:
    """Everything in Markdown that students read, without code."""
    assignment = ROOT / "assignment"
    found = {name: (assignment / name).read_text(encoding="utf-8") for name in ("sujet.md", "handout.md")}
    notebook = nbformat.read(assignment / "tp3.ipynb", as_version=4)
    found |= {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "markdown"}
    return {name: re.sub(r"(?ms)^```.*?^```|`[^`\n]+`", "", text) for name, text in found.items()}


def formulas() -> list[tuple[str, str]]:
    return [(name, (a or b).strip()) for name, text in texts().items() for a, b in FORMULA.findall(text)]


def test_there_are_formulas_in_both_languages():
    names = [name for name, _ in formulas()]
    assert names.count("sujet.md") == names.count("handout.md") > 10


@pytest.mark.parametrize("formula", sorted({formula for _, formula in formulas()}))
def test_every_formula_is_mathematics(formula):
    # matplotlib knows no \arg, \quad-free \min with limits or \dots of its own; the rest of TeX that we use, it does.
    known = formula.replace(r"\arg", r"\mathrm{arg}").replace("\n", " ")
    MathTextParser("path").parse(f"${known}$")


@pytest.mark.parametrize("name", ["sujet.md", "handout.md"])
def test_markdown_leaves_formulas_alone(name):
    for formula in {formula for where, formula in formulas() if where == name}:
        html = mistune.html(f"before ${formula}$ after")
        assert not re.search(r"<(em|strong|a|code|del)\b", html), formula


@pytest.mark.parametrize("name", ["sujet.md", "handout.md"])
def test_every_table_is_one(name):
    text = (ROOT / "assignment" / name).read_text(encoding="utf-8")
    html = mistune.create_markdown(plugins=["table"])(text)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows
    assert html.count("<tr>") == len([row for row in rows if not set(row) <= set("|-: ")])


def test_the_settings_of_the_course_are_in_both_handouts():
    course = read_settings(ROOT / "solution" / "course.toml")
    for name, language in (("sujet.md", "fr"), ("handout.md", "en")):
        text = (ROOT / "assignment" / name).read_text(encoding="utf-8")
        for setting in (course.name, course.mail, date(course.deadline, language)):
            assert setting in text
        assert all(f"**{question}" in text for question in course.questions)
