"""From solution/tp3.py to the lab notebook, by jupytext and nbgrader's own preprocessors.

A cell of tp3.py says what it is by one word in its header; nbgrader's metadata are made from it:

    # %% [markdown]                   text
    # %% [markdown] question="R1"     a written question; its marking scheme comes from answers.md
    # %% [markdown] answer="R1"       where its answer goes; the model answer comes from answers.md
    # %%                              code that is given
    # %% solution="films"             code that students write, between the markers
    # %% check="1.1"                  the public checks of a task
"""

import re
from collections.abc import Iterator

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

from judging.course import Course
from judging.notebook import EMPTY_ANSWER
from workbench.errors import InputError

from .answers import Answer
from .markers import regions

KINDS = ("question", "answer", "solution", "check")

SETTINGS = Config(
    {
        "ClearSolutions": {
            "code_stub": {"python": 'raise NotImplementedError("yours to write: see TODO · à vous : voyez le TODO")'},
            "text_stub": EMPTY_ANSWER,
        },
        # Marking schemes stand in the locked cells of the questions: hidden from students, in view when marking.
        "ClearMarkScheme": {"enforce_metadata": False},
        "Execute": {"timeout": 600},  # nbgrader's own 30 s are short for a texture, on a busy laptop
    }
)
"""What nbgrader's preprocessors must know of our notebook."""


def course_settings(course: Course) -> Config:
    """What a course's nbgrader_config.py must say: the same, and which files of a submission are the student's."""
    files = sorted({task.file for task in course.tasks.values()})
    settings = Config(SETTINGS)
    settings["Autograde"] = Config({"exclude_overwriting": {course.lab: files}})
    return settings


def source_notebook(text: str, name: str, course: Course, answers: dict[str, Answer]) -> NotebookNode:
    """The instructor's notebook, with model answers and marking schemes: what nbgrader calls the source.

    Args:
        text: tp3.py, in percent format; `name` is its path, for errors.

    Raises:
        InputError: wrong markers, a cell twice, an unknown or missing task or question, a missing translation.
    """
    regions(text, name)
    notebook = jupytext.reads(text, fmt="py:percent")
    seen: dict[str, int] = {}
    counts = {"text": 0, "given": 0}
    due = {part: task.due for part, task in course.tasks.items()}
    points_of = {"check": due, "question": course.questions, "answer": course.questions}
    for cell, line in zip(notebook.cells, _header_lines(text), strict=True):
        kind, key = _kind(cell, f"{name}:{line}")
        if kind in counts:
            counts[kind] += 1
            key = f"{counts[kind]:02}"
        grade_id = _grade_id(kind, key)
        if grade_id in seen:
            raise InputError(f'{name}:{line}: a second cell {kind}="{key}"; the first is on line {seen[grade_id]}')
        seen[grade_id] = line
        if kind in points_of and key not in points_of[kind]:
            raise InputError(f'{name}:{line}: {kind} "{key}" has no points: add it to course.toml')
        if cell.cell_type == "markdown" and kind != "answer":
            _translations(cell.source, f"{name}:{line}")
        if kind == "question":
            cell.source += f"\n<!-- BEGIN MARK SCHEME -->\n\n{answers[key].scheme}\n\n<!-- END MARK SCHEME -->"
        if kind == "answer":
            cell.source = answers[key].model
        _describe(cell, kind, grade_id, None if kind == "question" else points_of.get(kind, {}).get(key))
    for kind, known in points_of.items():
        for key in known:
            if _grade_id(kind, key) not in seen:
                raise InputError(f'{name}: no cell {kind}="{key}", but course.toml gives it points: add one')
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def student_notebook(source: NotebookNode) -> NotebookNode:
    """What `nbgrader generate_assignment` makes of the source notebook, by the same steps in the same order."""
    resources: dict = {}
    notebook = nbformat.from_dict(source)
    for step in (
        LockCells,
        ClearSolutions,
        ClearOutput,
        CheckCellMetadata,
        ComputeChecksums,
        ClearHiddenTests,
        ClearMarkScheme,
        ComputeChecksums,
        CheckCellMetadata,
    ):
        notebook, resources = step(config=SETTINGS).preprocess(notebook, resources)
    return notebook


def as_text(notebook: NotebookNode) -> str:
    """The notebook as a file, always the same bytes."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def question_texts(notebook: NotebookNode) -> dict[str, dict[str, str]]:
    """The written questions of a source notebook, by id and language ("en", "fr"), without their marking schemes."""
    texts = {}
    for cell in notebook.cells:
        kind, _, key = cell.metadata.nbgrader.grade_id.partition("-")
        if kind == "question":
            texts[key] = _translations(cell.source.split("\n<!-- BEGIN MARK SCHEME", 1)[0], key)
    return texts


def _grade_id(kind: str, key: str) -> str:
    """nbgrader's name for a cell: it has no room for a dot."""
    return f"{kind}-{key.replace('.', '_')}"


def _header_lines(text: str) -> Iterator[int]:
    """The line of each cell's header."""
    return (number for number, line in enumerate(text.split("\n"), start=1) if line.startswith("# %%"))


def _kind(cell: NotebookNode, place: str) -> tuple[str, str]:
    """What a cell is, and its key: by its header, else text or given code."""
    for blank_lines in ("lines_to_next_cell", "lines_to_end_of_cell_marker"):  # jupytext's own, of no header
        cell.metadata.pop(blank_lines, None)
    words = {kind: cell.metadata.pop(kind) for kind in KINDS if kind in cell.metadata}
    if cell.metadata:
        raise InputError(f"{place}: unknown word {', '.join(cell.metadata)} in the cell's header: {', '.join(KINDS)}")
    if len(words) > 1:
        raise InputError(f"{place}: one cell cannot be {' and '.join(words)}")
    if not words:
        return ("text" if cell.cell_type == "markdown" else "given"), ""
    ((kind, key),) = words.items()
    if (cell.cell_type == "markdown") != (kind in ("question", "answer")):
        raise InputError(f"{place}: a {kind} cell is {'text' if kind in ('question', 'answer') else 'code'}")
    if not re.fullmatch(r"[\w.-]{1,40}", str(key)):
        raise InputError(f"{place}: '{key}' is no name for a cell: use letters, digits, - and .")
    return kind, str(key)


def _translations(text: str, place: str) -> dict[str, str]:
    """English, then French as a quotation: both must be there."""
    lines = text.strip().split("\n")
    french = [line[1:].removeprefix(" ") for line in lines if line.startswith(">")]
    english = [line for line in lines if not line.startswith(">")]
    texts = {"en": "\n".join(english).strip(), "fr": "\n".join(french).strip()}
    for language, words in (("en", "English"), ("fr", "French, in lines that begin with >")):
        if not texts[language]:
            raise InputError(f"{place}: no translation: the cell has no {words}")
    return texts


def _describe(cell: NotebookNode, kind: str, grade_id: str, points: float | None) -> None:
    """Give a cell nbgrader's metadata."""
    grade, solution = kind in ("check", "answer"), kind in ("solution", "answer")
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": not solution,
        "task": False,
    } | ({"points": points} if grade else {})
    cell.id = grade_id
