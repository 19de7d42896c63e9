"""A submitted notebook, rebuilt upon the instructor's: their cells in their order, with the student's words in them.

Real classes delete, duplicate, split, retype and rename cells, and send half of a file. What can be told to be an
answer is put where it belongs, all else that a student wrote is kept beside it, and a line tells what was mended.
Nothing of a submission is run, and of its outputs only text and pictures are kept, those of graded cells not at all.
"""

import base64
import binascii
import copy
import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from .salvage import read_cells, source_of, text_of

MARK_SCHEME = "\n<!-- BEGIN MARK SCHEME"
MAX_TEXT, MAX_PICTURE = 20_000, 8 << 20
OLD_KINDS = {"image/png": "png", "image/jpeg": "jpeg", "text/plain": "text"}
"""What nbformat 3 calls the kinds of data in an output."""


@dataclass
class _Cell:
    """A cell as a student sent it, reduced to what may matter."""

    code: bool
    source: str
    names: tuple[str, str]
    """nbgrader's name for it, and Jupyter's."""
    outputs: list[NotebookNode] = field(default_factory=list)
    pictures: dict[str, dict[str, str]] = field(default_factory=dict)
    """Pasted into the text, by name: data by type, as nbformat's attachments."""


def rebuild(data: bytes | None, source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The notebook to be marked, and what was odd about the submitted one.

    Args:
        data: the submitted file; None where there is none.
        source: the instructor's notebook without the solutions, with nbgrader's metadata.
    """
    if data is None:
        return copy.deepcopy(source), ["there is no notebook: an empty one stands in its place"]
    found, notes = read_cells(data)
    cells = [_reduced(cell) for cell in found]
    labels = _label(cells, source.cells, notes)
    own: dict[str, list[_Cell]] = {}
    others: dict[str, list[_Cell]] = {}
    last = ""
    for cell, label in zip(cells, labels, strict=True):
        last = label or last
        (own if label else others).setdefault(last, []).append(cell)
    gone = [cell.metadata.nbgrader for cell in source.cells if cell.metadata.nbgrader.grade_id not in own]
    for what, locked in (("deleted, and back as they were", True), ("deleted, with empty ones in their place", False)):
        names = [cell.grade_id for cell in gone if cell.locked == locked]
        notes += [f"cells {what}: {', '.join(names)}"] if names else []
    notebook = copy.deepcopy(source)
    notebook.cells = [_as_sent(cell) for cell in others.get("", ())]
    for cell in source.cells:
        name = cell.metadata.nbgrader.grade_id
        notebook.cells.append(_filled(cell, own.get(name, []), notes))
        if cell.metadata.nbgrader.locked:
            changed = [sent for sent in own.get(name, ()) if not _is_as_given(sent, cell)]
            if changed:
                notes.append(f"{name}: changed by the student; the right one is back, theirs is below it")
            notebook.cells += map(_as_sent, changed)
        notebook.cells += map(_as_sent, others.get(name, ()))
    return notebook, notes


def _filled(cell: NotebookNode, sent: list[_Cell], notes: list[str]) -> NotebookNode:
    """The instructor's cell with the student's words, if it is one that students fill in."""
    name, cell = cell.metadata.nbgrader.grade_id, copy.deepcopy(cell)
    if cell.metadata.nbgrader.locked:
        if cell.cell_type == "code" and not cell.metadata.nbgrader.grade:
            cell.outputs = [output for one in sent if _is_as_given(one, cell) for output in one.outputs]
        return cell
    code = cell.cell_type == "code"
    if any(one.code != code for one in sent):
        notes.append(f"{name}: was {'text' if code else 'code'}; it is {'code' if code else 'text'} again")
    words = [one.source for one in sent if one.source.strip() and one.source.strip() != cell.source.strip()]
    words = list(dict.fromkeys(words))
    if len(sent) > 1:
        notes.append(f"{name}: {len(sent)} cells have this name; what is in them was joined")
    if words:
        cell.source = ("\n" if code else "\n\n").join(words)
    if code:
        cell.outputs = [output for one in sent for output in one.outputs]
    elif pictures := {name: data for one in sent for name, data in one.pictures.items()}:
        cell.attachments = pictures
    return cell


def _as_sent(cell: _Cell) -> NotebookNode:
    """A cell of the student's own."""
    if cell.code:
        return new_code_cell(cell.source, outputs=cell.outputs)
    return new_markdown_cell(cell.source, **({"attachments": cell.pictures} if cell.pictures else {}))


def _given_source(cell: NotebookNode) -> str:
    """What students got to see of it."""
    return cell.source.split(MARK_SCHEME, 1)[0].strip()


def _is_as_given(sent: _Cell, cell: NotebookNode) -> bool:
    return sent.source.strip() in (_given_source(cell), cell.source.strip(), "")


def _label(cells: list[_Cell], wanted: list[NotebookNode], notes: list[str]) -> list[str]:
    """For each submitted cell the name of the instructor's one that it stands for; "" for those of the student's."""
    names = [cell.metadata.nbgrader.grade_id for cell in wanted]
    texts = {_given_source(cell): cell.metadata.nbgrader.grade_id for cell in wanted if cell.metadata.nbgrader.locked}
    claims = [[name for name in dict.fromkeys(cell.names) if name in names] for cell in cells]
    # A damaged name may be another one, R10 without its 0: the second name of the cell tells, if nobody else has that.
    sure = Counter(claim[0] for claim in claims if len(claim) == 1)
    labels = [min(claim, key=lambda name: sure[name]) if claim else "" for claim in claims]
    missing = set(names) - set(labels)
    for i, cell in enumerate(cells):
        if not labels[i] and (name := texts.get(cell.source.strip(), "")) in missing:
            labels[i] = name
    # An answer whose name is lost stands where it stood: after the cell that comes before it in the source, or else
    # before the one that comes after it.
    told = []
    for before, lost, after in zip(["", *names], wanted, [*names[1:], ""], strict=False):
        name, code = lost.metadata.nbgrader.grade_id, lost.cell_type == "code"
        if lost.metadata.nbgrader.locked or name in labels:
            continue
        if not before or before in labels:
            first = len(labels) - labels[::-1].index(before) if before else 0
            gap = list(itertools.takewhile(lambda i: not labels[i], range(first, len(cells))))
        elif after in labels:
            gap = list(itertools.takewhile(lambda i: not labels[i], range(labels.index(after) - 1, -1, -1)))[::-1]
        else:
            continue
        filled = [i for i in gap if cells[i].source.strip()]
        fitting = [i for i in filled if cells[i].code == code] or filled
        for i in fitting[:1] if code else fitting:
            labels[i] = name
        told += [name] if fitting else []
    notes += [f"cells whose names were lost, told by their places: {', '.join(told)}"] if told else []
    return labels


def _reduced(cell: dict) -> _Cell:
    code = cell.get("cell_type") == "code"
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    named = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    outputs = cell.get("outputs")
    kept = [kept for output in outputs if (kept := _kept(output))] if code and isinstance(outputs, list) else []
    pasted = cell.get("attachments")
    pictures = {}
    if not code and isinstance(pasted, dict):
        pictures = {text_of(name): found for name, data in pasted.items() if (found := _pictures(data))}
    return _Cell(code, source_of(cell), (text_of(named), text_of(cell.get("id"))), kept, pictures)


def _kept(output: object) -> NotebookNode | None:
    """An output that can do no harm to whoever looks at it: text, PNG or JPEG."""
    if not isinstance(output, dict):
        return None
    if output.get("output_type") == "stream":
        return new_output("stream", name="stdout", text=text_of(output.get("text"))[:MAX_TEXT])
    if output.get("output_type") in ("error", "pyerr"):
        words = f"{text_of(output.get('ename'))}: {text_of(output.get('evalue'))}"
        return new_output("stream", name="stdout", text=words[:MAX_TEXT])
    shown = output.get("data")
    if shown is None:  # nbformat 3
        shown = {kind: output.get(old) for kind, old in OLD_KINDS.items()}
    kept = _pictures(shown)
    if not kept and isinstance(shown, dict) and (text := text_of(shown.get("text/plain"))[:MAX_TEXT]):
        kept["text/plain"] = text
    titles = {kind: {"alt": "a picture of the student's"} for kind in kept if kind != "text/plain"}
    return new_output("display_data", data=kept, metadata=titles) if kept else None


def _pictures(data: object) -> dict[str, str]:
    """PNG and JPEG, by type."""
    if not isinstance(data, dict):
        return {}
    return {kind: picture for kind in ("image/png", "image/jpeg") if (picture := _picture(data.get(kind)))}


def _picture(value: object) -> str:
    text = re.sub(r"\s+", "", text_of(value))
    if not 0 < len(text) <= MAX_PICTURE:
        return ""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return text
