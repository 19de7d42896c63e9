"""The cells of a notebook's file, every one that is in it, however damaged the file is. Knows nothing of the lab.

A sound file is read as it is. Else other quotes become those of JSON, and git's conflicts are resolved both ways; then
each cell that is whole is decoded by itself, wherever it stands, and what lies between these is searched for the fields
of broken ones.
"""

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import islice, takewhile

from .encodings import decode, mended_accents
from .other_forms import other_form

MAX_CELLS, MAX_FIELDS, MAX_DEPTH = 2000, 20_000, 20
FIELDS = ("cell_type", "id", "grade_id", "source", "input", "attachments", "outputs", "metadata", "execution_count")
NAMELESS = "a list of texts, under a name that is lost"
LISTS = ("text", "traceback", "tags")
"""Other lists of texts that a cell may hold."""
ONCE = ("cell_type", "id", "source", "input")
"""What a cell has once: where one comes again, another cell has begun."""


def _object(pairs: list[tuple[str, object]]) -> dict:
    if len(fields := dict(pairs)) < len(pairs):
        raise ValueError("a field comes twice: what is between two cells is lost")
    return fields


_decoder = json.JSONDecoder(strict=False, object_pairs_hook=_object)  # control characters may stand in texts
_START = re.compile(rf'\{{\s*"(?:{"|".join(FIELDS)}|level|cells|worksheets|nbformat)"\s*:')
_NEXT = re.compile(rf'\}}\s*(?:,\s*)?(?=\{{\s*"(?:{"|".join(FIELDS)})")')
# Inside a text of JSON quotes are escaped, so what looks like a field is one; also where one of its quotes is lost.
_FIELD = re.compile(
    r'(?<!\\)"(?P<name>\w{2,16})"\s*(?::|(?=[\[{]))'
    r'|(?:(?<!\\)"(?P<open>\w{2,16})|(?<![\w"\\])(?P<shut>\w{2,16})")\s*:\s*(?=[\[{"\d]|null)'
)
_AFTER = re.compile(r'\s*(?:,\s*"?\w+"?\s*:|\}|\Z)')
_ESCAPED = re.compile(r"(?<!\\)\\u(00[89a-fA-F][0-9a-fA-F]|0[1-9a-fA-F][0-9a-fA-F]{2}|2[0-9a-fA-F]{3})")
"""A character beyond ASCII."""
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_QUOTE = re.compile(r"\\x([0-9a-fA-F]{2})|\\.|[\"'“”„«»]", re.DOTALL)
_PYTHON = re.compile(r'(?<=":)\s*(?:None|True|False)(?=\s*[,}\]])')
_CONTROL = {"n": "\n", "t": "\t", "r": "\n", "b": "", "f": ""}


def read_cells(data: bytes) -> tuple[list[dict], list[str]]:
    """The cells in their order, as dictionaries of JSON with any values; and what was mended."""
    text, encoding = decode(data)
    notes = [] if encoding == "utf-8" else [f"the notebook is not UTF-8: read as {encoding}"]
    notes += ["the notebook has NUL bytes: left out"] if encoding != "utf-16" and b"\0" in data else []
    shown = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if (mended := mended_accents(shown)) != shown:
        text = mended
        notes.append("the notebook was written in one encoding and read in another: its accents were mended")
    cells = _decoded(text)
    if cells and not _is_strict(text):
        notes.append("the notebook has line breaks or control characters where they may not stand")
    if not cells:
        cells, text, form = other_form(text)
        notes += [f"what is called the notebook is {form}"] if form else []
    if not cells:
        cells = _mended(text, notes)
    if len(cells) > MAX_CELLS:
        notes.append(f"the notebook has {len(cells)} cells: the first {MAX_CELLS} were read")
    return [_renamed(cell) for cell in cells[:MAX_CELLS]], list(dict.fromkeys(notes))


def source_of(cell: dict) -> str:
    """The text of a cell; called "input" in code until nbformat 3."""
    return text_of(cell.get("source") or cell.get("input"))


def text_of(value: object) -> str:
    """A text of a notebook, a string or a list of lines; halves of characters, which no file takes, are replaced."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else ""


def _is_strict(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _mended(text: str, notes: list[str]) -> list[dict]:
    """The cells of a damaged file; `notes` are added to."""
    if not re.search(r'"(source|input)"', text) and (requoted := _requoted(text)) != text:
        text = requoted
        notes.append("the notebook has other quotes than JSON: mended")
    versions = list(dict.fromkeys(_resolved(text)))
    if versions != [text]:
        notes.append("the notebook has a conflict of git's: both versions of it were kept")
    read = []
    for version in versions:
        read.append(_decoded(version))
        if not read[-1]:
            read[-1], whole = _salvaged(version)
            mended = len(read[-1]) - whole
            words = f", {mended} more in part" if mended else ""
            notes.append(f"the notebook is damaged: {whole} cells of it are whole{words}")
    return _merged(read[0], read[-1]) if len(read) > 1 else read[0]


def _decoded(text: str, depth: int = 0) -> list[dict]:
    """The cells of a text that is JSON; none of another."""
    try:
        return _listed(_decoder.decode(text), depth)
    except (ValueError, RecursionError):
        return []


def _listed(value: object, depth: int = 0) -> list[dict]:
    """The cells of a decoded notebook, wherever they lie.

    Until nbformat 3 that is in worksheets, in answers of a server it is deeper, or in a text that is JSON once more.
    """
    if depth > MAX_DEPTH:
        return []
    if isinstance(value, str):
        return _decoded(value, depth + 1) if value.lstrip()[:1] in ("{", "[", '"') else []
    if isinstance(value, list):
        return [cell for one in value for cell in _listed(one, depth + 1)]
    if not isinstance(value, dict):
        return []
    if {"source", "input", "cell_type"} & value.keys():
        return [value]
    found: list[dict] = []
    for name in [name for name in ("cells", "worksheets") if name in value] or value.keys() - {"metadata"}:
        found += _listed(value[name], depth + 1)
        if name == "cells" and not found and isinstance(value[name], list):  # only their texts
            found += [{"cell_type": "markdown", "source": one} for one in value[name] if isinstance(one, str)]
    return found


def _requoted(text: str) -> str:
    """A text that has other quotes than JSON: Python's own way to print a notebook, or a word processor's.

    Those that stand where a text begins or ends become JSON's, and those inside are escaped.
    """

    def quote(match: re.Match[str]) -> str:
        if match[1]:
            return f"\\u00{match[1]}"
        if match[0][0] == "\\":
            return match[0].replace("\\'", "'")
        before, after = text[max(0, match.start() - 80) : match.start()].rstrip(), text[match.end() : match.end() + 80]
        outside = before[-1:] in ("[", "{", ",", ":") or after.lstrip()[:1] in (",", ":", "]", "}")
        return '"' if outside else '\\"' if match[0] == '"' else match[0]

    return _PYTHON.sub(" null", _QUOTE.sub(quote, text))


def _resolved(text: str) -> tuple[str, str]:
    """Both versions of a file with git's conflict markers; twice the same one where there are none."""
    lines = text.split("\n")
    marks = [i for i, line in enumerate(lines) if re.match(r"(<{7}|\|{7}|={7}|>{7})( |$)", line)]
    ours, theirs, last, state = [], [], 0, ""
    for i in [*marks, len(lines)]:
        part = lines[last:i]
        ended = i < len(lines)  # else a marker is missing, and what follows belongs to both
        ours += part if state != "=" or not ended else []
        theirs += part if state != "<" or not ended else []
        if state == "|" and ended:  # what both versions come from
            del ours[len(ours) - len(part) :], theirs[len(theirs) - len(part) :]
        state, last = (lines[i][0] if ended else ""), i + 1
        state = "" if state == ">" else state
    return "\n".join(ours), "\n".join(theirs)


def _merged(ours: list[dict], theirs: list[dict]) -> list[dict]:
    """The cells of both versions in their order, those that are the same in both once."""
    a, b = (
        [repr([cell.get(name) for name in ("cell_type", "id", "source", "input")]) for cell in v]
        for v in (ours, theirs)
    )
    cells = []
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        cells += ours[i:j] if kind == "equal" else ours[i:j] + theirs[k:m]
    return cells


def _salvaged(text: str) -> tuple[list[dict], int]:
    """The cells of a file that is no JSON, and how many of them are whole."""
    cells: list[dict] = []
    at, whole, patience = 0, 0, 20 * len(text) + (1 << 20)
    for start in _START.finditer(text):
        if start.start() < at or patience < 0 or len(cells) > MAX_CELLS:
            continue
        try:
            value, end = _decoder.raw_decode(text, start.start())
        except json.JSONDecodeError as error:
            patience -= error.pos - start.start() + error.pos // 50  # the error counts the lines before it
            continue
        except (ValueError, RecursionError):
            patience -= 100_000
            continue
        found = _listed(value)
        if found:
            cells += _pieces(text[at : start.start()])
            cells += found
            at, whole = end, whole + len(found)
        else:
            patience -= end - start.start()
    cells += _pieces(text[at:])
    known, kept = set(), []
    for cell in cells:  # an editor that overwrites a longer file leaves the end of the old one
        key = repr([cell.get(name) for name in ("cell_type", "id", "source")])
        if key not in known or "id" not in cell:
            kept.append(cell)
        known.add(key)
    return kept, min(whole, len(kept))


def _pieces(text: str) -> Iterator[dict]:
    """Cells of which something is left in a text without whole ones."""
    last = 0
    for end in [*(match.start() for match in _NEXT.finditer(text)), len(text)]:
        yield from _fields(text[last:end])
        last = end


def _fields(text: str) -> Iterator[dict]:
    """The broken cells of a text, by their fields."""
    marks = []
    for match in islice(_FIELD.finditer(text), MAX_FIELDS):
        name = match["name"] or match["open"] or match["shut"]
        field = next((field for field in FIELDS if name == field or _is_near(name, field)), "")
        if not field and name not in LISTS and re.match(r'\s*\[\s*"', text[match.end() : match.end() + 80]):
            field = NAMELESS
        if field:
            marks.append((field, match.start(), match.end()))
    cell: dict = {}
    at = marks[0][1] if marks else len(text)
    if '"' in text[:at] and not text.lstrip().startswith(("{", "[")) and (head := _words(text[:at])):
        yield {"cell_type": "markdown", "source": head}  # the end of a cell whose beginning is lost
    for i, (field, start, begin) in enumerate(marks):
        if start < at:
            continue
        if field in cell and field in ONCE:
            yield from _worth(cell)
            cell = {}
        limit = marks[i + 1][1] if i + 1 < len(marks) else len(text)
        try:
            value, at = _decoder.raw_decode(text, begin + len(text[begin:limit]) - len(text[begin:limit].lstrip()))
            sound = _AFTER.match(text, at) is not None
        except RecursionError:  # nothing that a notebook would hold
            break
        except ValueError:
            sound = False
        if sound:
            cell.setdefault(field, value)
            continue
        at = limit
        region = text[begin:limit]
        if field in ("source", "input", NAMELESS):
            cell[field] = _words(region)
        elif field in ("cell_type", "id", "grade_id") and (word := re.search(r"[\w.-]+", region)):
            cell.setdefault(field, word[0])
    yield from _worth(cell)


def _worth(cell: dict) -> Iterator[dict]:
    """The cell, if it says anything."""
    if NAMELESS in cell and not (cell.get("source") or cell.get("input")):
        cell["source"] = cell[NAMELESS]
    cell.pop(NAMELESS, None)
    if cell.get("source") or cell.get("input"):
        if "cell_type" not in cell:
            cell["cell_type"] = "code" if {"outputs", "input"} & cell.keys() else "markdown"
        if "grade_id" in cell and not isinstance(cell.get("metadata"), dict):
            cell["metadata"] = {"nbgrader": {"grade_id": cell["grade_id"]}}
        yield cell


def _words(region: str) -> str:
    """The text of a broken list of strings, or of a broken string."""
    lines = []
    for line in region.split("\n"):
        for part in re.split(r'(?<!\\)"\s*,\s*"', line):
            part = part.strip().rstrip(",]} \t")
            part = re.sub(r'^[\[,\s]*"', "", part)
            part = part[:-1] if part.endswith('"') and not part.endswith('\\"') else part
            if part.strip("[]{}, \t"):
                lines.append(_unescaped(part).removesuffix("\n"))
    return "\n".join(lines)


def _unescaped(part: str) -> str:
    try:
        return json.loads(f'"{part}"', strict=False)
    except ValueError:
        return _ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) > 1 else _CONTROL.get(m[1], m[1]), part)


def _renamed(cell: dict) -> dict:
    """The cell with the fields of its own whose names are damaged."""
    missing = [] if {"source", "input"} & cell.keys() else ["source"]
    missing += [] if "cell_type" in cell else ["cell_type"]
    for field in missing:
        near = next((name for name in cell if _is_near(name, field)), None)
        if near is not None:
            cell = {field if name == near else name: value for name, value in cell.items()}
    return cell


def _is_near(name: str, field: str) -> bool:
    """Whether it may be the field's name with a letter or two damaged: all else stands at its two ends."""
    if len(field) < 5 or abs(len(name) - len(field)) > 2:
        return False
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(name, field, strict=False)))
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(name[::-1], field[::-1], strict=False)))
    return head + tail >= max(len(name), len(field)) - 2
