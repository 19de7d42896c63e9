"""Does a damaged notebook come back whole, with what the student wrote, and does it say what was mended?"""

import copy
import json

import nbformat
import pytest
from nbformat import NotebookNode

from grader.exports.marked_notebook import empty_notebook
from grader.intake.repair import rebuild
from grader.release import assignment as release
from grader.release.notebook import as_text, student_notebook

ANSWER = "Curvature: L-BFGS estimates it, Adam does not."


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> NotebookNode:
    path = tmp_path_factory.mktemp("source") / "tp3.ipynb"
    path.write_text(as_text(release.build_notebook()), encoding="utf-8")
    return empty_notebook(path)


@pytest.fixture
def sent() -> dict:
    """A student's notebook, with an answer to R3, code for R1, and a cell of the student's own after the latter."""
    notebook = json.loads(as_text(student_notebook(release.build_notebook())))
    cell(notebook, "answer-R3")["source"] = ANSWER
    mine = cell(notebook, "solution-one-texture")
    mine["source"] = "show(exemplar)"
    mine["outputs"] = [{"output_type": "stream", "name": "stderr", "text": ["a warning"]}]
    own = {"cell_type": "code", "id": "own", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": None}
    notebook["cells"].insert(notebook["cells"].index(mine) + 1, own)
    return notebook


def cell(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def mended(sent: dict | str, empty: NotebookNode) -> tuple[dict[str, NotebookNode], list[NotebookNode], list[str]]:
    """The instructor's cells by name, the student's own, and the notes."""
    data = sent if isinstance(sent, str) else json.dumps(sent)
    notebook, notes = rebuild(data.encode(), empty)
    named = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    assert list(named) == [c.metadata.nbgrader.grade_id for c in empty.cells]  # each once, in order
    return named, [c for c in notebook.cells if "nbgrader" not in c.metadata], notes


def test_a_sound_notebook_is_taken_as_it_is(sent, empty):
    named, own, notes = mended(sent, empty)
    assert notes == []
    assert named["answer-R3"].source == ANSWER
    assert [c.source for c in own] == ["1 + 1"]
    # A warning in a cell is no failure: nbgrader takes whatever is on stderr for one.
    assert named["solution-one-texture"].outputs == [{"output_type": "stream", "name": "stdout", "text": "a warning"}]
    assert "MARK SCHEME" in named["question-R3"].source


def test_deleted_cells_are_back(sent, empty):
    """One notebook in twenty no longer graded: jupyter/nbgrader#1941."""
    sent["cells"] = [c for c in sent["cells"] if c not in (cell(sent, "check-1_1"), cell(sent, "answer-R3"))]
    named, _, notes = mended(sent, empty)
    assert named["check-1_1"].source == 'check("1.1")'
    assert named["answer-R3"].source != ANSWER
    assert notes == [
        "cells deleted, and back as they were: check-1_1",
        "cells deleted, with empty ones in their place: answer-R3",
    ]


def test_a_duplicate_left_empty_does_not_hide_the_answer(sent, empty):
    """Copied cells, an unrelated error: jupyter/nbgrader#108, jupyter/nbgrader#1083."""
    twin = copy.deepcopy(cell(sent, "answer-R3"))
    twin["source"] = next(c.source for c in empty.cells if c.metadata.nbgrader.grade_id == "answer-R3")
    sent["cells"].append(twin)
    named, _, notes = mended(sent, empty)
    assert named["answer-R3"].source == ANSWER
    assert notes == ["answer-R3: 2 cells have this name; what is in them was joined"]


def test_a_split_answer_is_joined(sent, empty):
    """A split cell stops the grading: jeflem/ananke#12."""
    first = cell(sent, "answer-R3")
    second = copy.deepcopy(first)
    first["source"], second["source"] = "Curvature.", "And a line search."
    sent["cells"].insert(sent["cells"].index(first) + 1, second)
    assert mended(sent, empty)[0]["answer-R3"].source == "Curvature.\n\nAnd a line search."


def test_a_retyped_answer_is_text_again(sent, empty):
    """Cells that became another type: jupyter/nbgrader#1941."""
    cell(sent, "answer-R3").update(cell_type="code", outputs=[], execution_count=None)
    named, _, notes = mended(sent, empty)
    assert (named["answer-R3"].cell_type, named["answer-R3"].source) == ("markdown", ANSWER)
    assert notes == ["answer-R3: was code; it is text again"]


@pytest.mark.parametrize("kind", ["raw", "heading", "Markdown", "", None, 7])
def test_cells_of_any_type_make_a_notebook_that_opens(sent, empty, kind):
    """A raw cell, and the page for marking does not open: jupyter/nbgrader#1680."""
    cell(sent, "answer-R3")["cell_type"] = kind
    sent["cells"].append({"cell_type": kind, "metadata": {}, "source": "and my own"})
    notebook, _ = rebuild(json.dumps(sent).encode(), empty)
    nbformat.validate(notebook)
    assert [one.cell_type for one in notebook.cells if one.source in (ANSWER, "and my own")] == ["markdown"] * 2


@pytest.mark.parametrize("also_ids", [False, True])
def test_a_renamed_answer_is_told_by_what_is_left(sent, empty, also_ids):
    for one in sent["cells"]:  # tools that know nothing of nbgrader drop its metadata
        one["metadata"] = {}
        if also_ids:
            one.pop("id")
    named, own, notes = mended(sent, empty)
    assert named["answer-R3"].source == ANSWER
    if also_ids:
        assert notes[0].startswith("cells whose names were lost, told by their places: ")
        assert "answer-R3" in notes[0]
    else:
        assert [c.source for c in own] == ["1 + 1"]


def test_a_changed_check_is_put_back_and_shown(sent, empty):
    cell(sent, "check-1_1").update(source="10.0", outputs=[FORGED])
    named, own, notes = mended(sent, empty)
    assert (named["check-1_1"].source, named["check-1_1"].outputs) == ('check("1.1")', [])
    assert "10.0" in [c.source for c in own]
    assert notes == ["check-1_1: changed by the student; the right one is back, theirs is below it"]


def test_a_truncated_notebook_gives_the_cells_before_the_break(sent, empty):
    text = json.dumps(sent)
    named, _, notes = mended(text[: text.index(ANSWER) + len(ANSWER) + 200], empty)
    assert named["answer-R3"].source == ANSWER
    assert notes[0].startswith("the notebook is damaged: ")
    assert "answer-R10" in notes[-1]


@pytest.mark.parametrize("text", ["", "null", "[]", '{"cells": 3}', '{"cells": [3, null]}', "[" * 100_000, "\0\xff"])
def test_what_is_no_notebook_leaves_an_empty_one(text, empty):
    _, own, notes = mended(text, empty)
    assert own == []
    assert "answer-R3" in notes[-1]


FORGED = {"output_type": "execute_result", "data": {"text/plain": "10"}, "metadata": {}, "execution_count": 1}


@pytest.mark.parametrize(
    ("output", "kept"),
    [
        ({"output_type": "display_data", "data": {"text/html": "<script>x</script>"}, "metadata": {}}, []),
        ({"output_type": "display_data", "data": {"image/svg+xml": "<svg onload='x'/>"}, "metadata": {}}, []),
        ({"output_type": "display_data", "data": {"image/png": '"><script>'}, "metadata": {}}, []),
        (
            {"output_type": "display_data", "data": {"image/png": "iVBO\nRw=="}, "metadata": {}},
            [{"image/png": "iVBORw=="}],
        ),
        ({"output_type": "execute_result", "data": {"text/plain": ["4", "2"]}, "metadata": {}}, [{"text/plain": "42"}]),
        ("no output", []),
    ],
)
def test_of_outputs_text_and_pictures_are_kept(sent, empty, output, kept):
    cell(sent, "solution-one-texture")["outputs"] = [output]
    assert [o.data for o in mended(sent, empty)[0]["solution-one-texture"].outputs] == kept


def test_pictures_pasted_into_an_answer_are_kept(sent, empty):
    pasted = {"image.png": {"image/png": "iVBORw=="}, "x.svg": {"image/svg+xml": "<svg/>"}}
    cell(sent, "answer-R3")["attachments"] = pasted
    assert mended(sent, empty)[0]["answer-R3"].attachments == {"image.png": {"image/png": "iVBORw=="}}
