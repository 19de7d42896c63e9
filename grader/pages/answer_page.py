"""A student's answers to the written questions, as a page: what a marker reads who has no Jupyter at hand."""

from dataclasses import dataclass

import nbformat
from markupsafe import Markup
from nbformat import NotebookNode

from judging.course import course
from judging.lab import by_lab, here
from judging.messages import say

from ..intake.repair import rebuild
from .safe_html import safe_markdown
from .template import page


@dataclass
class _Question:
    """A question with what the student wrote below it."""

    name: str
    text: Markup
    cells: list[NotebookNode]
    answered: bool = False


def answer_page(notebook: bytes, student: str, language: str) -> tuple[str, int]:
    """The page, and how many questions are answered in the notebook. Nothing in it is run, pictures are data."""
    rebuilt, notes = rebuild(notebook, _given())
    untouched = {cell.source.strip() for cell in _given().cells} | {""}
    questions: dict[str, _Question] = {}
    last: _Question | None = None
    for cell in rebuilt.cells:
        settings = cell.metadata.get("nbgrader", {})
        name = settings.get("grade_id", "")
        key = name.partition("-")[2]
        if name.startswith("question-") and key in course().questions:
            last = questions[key] = _Question(key, _markdown(cell), [])
        elif settings.get("locked"):
            last = None
        elif last is not None and (cell.source.strip() not in untouched or cell.get("outputs")):
            last.answered |= name == f"answer-{last.name}"
            last.cells.append(cell)
    words = {name: say("page", name, language) for name in ("answers", "no_answer")}
    ordered = [questions[name] for name in course().questions if name in questions]
    values = {"student": student, "notes": notes, "questions": ordered, "points": course().questions}
    text = page("answers.html", language, **values, words=words, show=_markdown)
    return text, sum(question.answered for question in ordered)


@by_lab
def _given() -> NotebookNode:
    """The notebook as students got it."""
    return nbformat.read(here() / "assignment" / f"{course().lab}.ipynb", as_version=4)


def _markdown(cell: NotebookNode) -> Markup:
    return Markup(safe_markdown(cell.source, cell.get("attachments", {})))
