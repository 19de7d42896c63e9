"""A notebook in another form than Jupyter's: a web page that shows it, a text that jupytext reads, JSON in HTML."""

import html
import re

from workbench.files import WEB_PAGE, stand_in

MAX_TEXT, MAX_MARKS = 1 << 19, 1000
"""Characters and cells of what jupytext reads, which takes its time."""
HIDDEN = ("script", "style", "head", "svg", "template")
LINES = r"p|div|br|li|tr|pre|h[1-6]|table|ul|ol|blockquote"
# No attribute is looked into but one, and none is longer than a tag: a page without an end keeps nobody busy.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>|<[!?][^<>]*>")
_CELL = re.compile(r'\bid="cell-id=([^"]*)"')
"""How nbconvert's pages call their cells: before Jupyter's name for each."""
_PERCENT = re.compile(r"^# %%", re.MULTILINE)
_HEADER = re.compile(r"\A\s*(# )?---\n(?:.*\n){0,20}?(?:# )?(?:jupyter|jupytext|kernelspec):")


def other_form(text: str) -> tuple[list[dict], str, str]:
    """The cells of a text in another form; the text that may hold more of them, if there are none; and what it is.

    What it is, is "" where it is in none of these forms.
    """
    form = stand_in(text[:500].encode("utf-8", "replace"))
    if form == WEB_PAGE:
        return *_of_page(text), form
    if text.count("&quot;") > text.count('"'):
        return [], html.unescape(text), "escaped as in a web page"
    header = _HEADER.match(text)
    if (header or 0 < len(_PERCENT.findall(text)) < MAX_MARKS) and len(text) < MAX_TEXT and '"source"' not in text:
        form = "py:percent" if not header else "py" if header[1] else "md"
        return _of_jupytext(text, form), text, "a text, as jupytext writes it"
    return [], text, form


def _of_jupytext(text: str, form: str) -> list[dict]:
    import jupytext  # slow to import, and seldom needed

    try:
        return jupytext.reads(text, fmt=form)["cells"]
    except Exception:  # whatever its parsers raise: then the text is searched as any other
        return []


def _of_page(page: str) -> tuple[list[dict], str]:
    """The cells that a page shows, and all its text: a page may also show a notebook's JSON."""
    cells: list[dict] = []
    parts: list[list[str]] = [[]]
    hidden, last = "", 0
    for tag in _TAG.finditer(page):
        parts[-1].append("" if hidden else page[last : tag.start()])
        last, (end, name, given) = tag.end(), (tag[1], (tag[2] or "").lower(), tag[3] or "")
        if hidden or name in HIDDEN:
            hidden = name if not end and not hidden else "" if end and name == hidden else hidden
        elif found := _CELL.search(given):
            cells.append({"cell_type": "code" if "code" in given.lower() else "markdown", "id": found[1]})
            parts.append([])
        elif re.fullmatch(LINES, name):
            parts[-1].append("\n")
    parts[-1].append("" if hidden else page[last:])
    texts = [_lines(part) for part in parts]
    for cell, text in zip(cells, texts[1:], strict=True):
        cell["source"] = text
    return cells, "\n".join(texts)


def _lines(parts: list[str]) -> str:
    lines = (line.strip() for line in html.unescape("".join(parts)).replace("\N{PILCROW SIGN}", "").split("\n"))
    return "\n".join(line for line in lines if line)
