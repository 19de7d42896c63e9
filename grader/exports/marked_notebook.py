"""A submission's notebook as nbgrader is to see it: rebuilt, with what the checks found as outputs of its check cells.

nbgrader reads points off a cell's outputs (https://nbgrader.readthedocs.io, "autograder tests cell"): here they are
those of the grader's result, and no line of the student's is run for them.
"""

import html
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, ClearSolutions, ComputeChecksums, LockCells
from nbgrader.utils import determine_grade

from judging.course import course
from judging.messages import decimal, say
from judging.summary import SIGNS
from workbench.errors import InputError

from ..intake.repair import rebuild
from ..pages.reports import pictures_of
from ..release.notebook import SETTINGS
from ..results.stored import points_by_part

STAMP = "texture_lab"
"""The notebook's metadata that tell of which submission it is, and by which checks; a cell's, of its bonus."""


def empty_notebook(path: Path) -> NotebookNode:
    """The instructor's notebook without solutions, and with marking schemes: what nbgrader's gradebook holds.

    Raises:
        InputError: there is none, or it is no notebook of nbgrader's.
    """
    try:
        resources: dict = {}
        notebook = nbformat.read(path, as_version=4)
        for step in (LockCells, ClearSolutions, ClearOutput, ComputeChecksums, CheckCellMetadata):
            notebook, resources = step(config=SETTINGS).preprocess(notebook, resources)
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}; `python -m grader nbgrader init` makes a course"
        ) from None
    except Exception as error:  # nbformat's and nbgrader's own kinds
        raise InputError(f"{path} is no notebook that nbgrader can read: {str(error)[:100]}") from None
    points = {cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points for cell in graded_cells(notebook)}
    if points != wanted_points():
        raise InputError(f"{path} is the notebook of another lab, or of another version: its points are not ours")
    return notebook


def graded_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def wanted_points() -> dict[str, float]:
    """By nbgrader's name of a cell, the points of course.toml."""
    tasks = {check_cell(part): task.due for part, task in course().tasks.items()}
    return tasks | {f"answer-{question}": points for question, points in course().questions.items()}


def check_cell(part: str) -> str:
    """nbgrader's name for the cell of a task's checks."""
    return f"check-{part.replace('.', '_')}"


def score(cell: NotebookNode) -> float | None:
    """The points of a graded cell, as nbgrader reads them; those of a bonus come on top of none that are due."""
    return cell.metadata.get(STAMP, {}).get("bonus", determine_grade(cell)[0])


def stamp(result: dict) -> dict:
    """What a marked notebook depends on."""
    return {key: result[key] for key in ("submission_sha256", "checks_version", "seed", "language", "isolation")}


def marked_notebook(empty: NotebookNode, submitted: bytes | None, result: dict) -> tuple[NotebookNode, list[str]]:
    """The notebook for nbgrader, and what was odd about the submitted one.

    Args:
        empty: of `empty_notebook`.
        submitted: the student's file; None where there is none.
        result: as result.json holds it.
    """
    notebook, notes = rebuild(submitted, empty)
    parts = {check_cell(part): part for part in course().tasks}
    blank = {cell.metadata.nbgrader.grade_id: cell.source for cell in empty.cells}
    for cell in graded_cells(notebook):
        name = cell.metadata.nbgrader.grade_id
        if name in parts:
            cell.outputs = _outputs(result, parts[name])
            if course().tasks[parts[name]].bonus:
                cell.metadata[STAMP] = {"bonus": points_by_part(result)[parts[name]]}
        elif result["report"]["pages"] and cell.source == blank[name]:
            # Not "no response": nbgrader would give an untouched cell zero.
            cell.source = f"*→ [report.pdf](report.pdf), {result['report']['pages']} p.*"
    remarks = [result["reason"], *result["notes"], result["report"]["problem"], *notes]
    if any(remarks):
        lines = "\n".join(f"- {html.escape(remark)}" for remark in remarks if remark)
        notebook.cells.insert(0, new_markdown_cell(f"**{say('page', 'remarks', result['language'])}**\n\n{lines}"))
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # students' own may be there twice, or be none
    notebook.metadata[STAMP] = stamp(result)
    return notebook, notes


def _outputs(result: dict, part: str) -> list[NotebookNode]:
    """What the checks of a task found: words, pictures, points. A hidden check is named, not shown."""
    lines, told = [], set()
    language = result["language"]
    for check in result["checks"]:
        if check["part"] != part:
            continue
        what = f"{say('page', 'hidden', language)}: {check['id']}" if check["hidden"] else check["sentence"]
        got, most = (decimal(check[name], language) for name in ("points", "max_points"))
        lines.append(f"{SIGNS[check['status']]} {what} ({got} / {most})")
        if check["message"] and not check["hidden"]:
            lines.append(f"    {check['message']}")
        if check["hint"] and check["hint"] not in told:
            told.add(check["hint"])
            lines.append(f"    → {say('page', 'hint', language)}: {check['hint']}")
    lines += [] if result["checks"] else [result["reason"]]
    outputs = [new_output("stream", name="stdout", text="\n".join(lines) + "\n")]
    for name, picture in pictures_of(result, part).items():
        data = picture["image"].partition("base64,")[2]
        words = {"image/png": {"alt": say("page", f"picture_{name}", language)}}
        outputs.append(new_output("display_data", data={"image/png": data}, metadata=words))
    if course().tasks[part].bonus:
        return outputs
    points = f"{points_by_part(result)[part]:g}"
    return [*outputs, new_output("execute_result", data={"text/plain": points}, execution_count=None)]
