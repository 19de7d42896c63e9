"""Students' answers as HTML for those who mark them: shown, never run.

nbgrader's pages show answers in the browser of whoever marks, with that person's rights over the gradebook, and
nbconvert's option sanitize_html does not reach them.
"""

import html
import re

import bleach
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TAGS = (
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "a", "img"),
    *(
        "em",
        "strong",
        "b",
        "i",
        "u",
        "s",
        "del",
        "sub",
        "sup",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "div",
        "span",
    ),
)
ATTRIBUTES = {
    # Nothing by which a page's scripts or styles find elements: formgrader would take a `class` for its own button.
    "a": lambda tag, name, value: name == "href" and re.match(r"https?://|mailto:", value) is not None,
    "img": lambda tag, name, value: name == "alt" or (name == "src" and re.match(r"data:image/(png|jpeg);", value)),
}

ENTITY = re.compile(r"&(?:#\d+|#[xX][\da-fA-F]+|\w+);")
MACRO = re.compile(r"\\(?=(?:class|cssId|style|bbox|href|data|html\w*|mmlToken|require)(?![a-zA-Z]))")
"""MathJax would make elements with attributes, or load more of itself, for these."""


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """nbconvert's filter of this name, and then only what can do no harm; pictures only from the answer itself."""
    return safe_markdown(source, context.get("cell", {}).get("attachments", {}))


def safe_markdown(source: str, attachments: dict | None = None) -> str:
    """Markdown as HTML that can do no harm; `attachments` as nbformat has them, pictures pasted into a cell."""
    renderer = IPythonRenderer(escape=False, attachments=attachments or {}, anchor_link_text="¶")
    page = MarkdownWithMath(renderer=renderer).render(source)
    return harmless(page)


def harmless(page: str) -> str:
    """Of a page, what shows: no script, no attribute that the page around it looks for, no such thing by formulas."""
    clean = bleach.clean(page, TAGS, ATTRIBUTES, protocols=("http", "https", "mailto", "data"))
    clean = ENTITY.sub(_plain, clean)  # a macro's name may be spelt in entities, which MathJax never sees
    clean = MACRO.sub("\\\\\u2060", clean)  # a character that shows nothing, and ends the macro's name
    return re.sub("javascript:", "javascript ", clean, flags=re.IGNORECASE)  # MathJax makes links of its own


def _plain(entity: re.Match) -> str:
    """The character of an entity, but for those that are markup."""
    character = html.unescape(entity[0])
    return entity[0] if set(character) & set("<>&\"'") else character
