"""Students' answers as HTML for those who mark them: shown, never run.

nbgrader's pages show answers in the browser of whoever marks, with that person's rights over the gradebook, and
nbconvert's option sanitize_html does not reach them.
"""

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
    "*": ("class", "id", "title"),
    "a": lambda tag, name, value: name == "href" and re.match(r"https?://|mailto:|#", value) is not None,
    "img": lambda tag, name, value: name == "alt" or (name == "src" and re.match(r"data:image/(png|jpeg);", value)),
}


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """nbconvert's filter of this name, and then only what can do no harm; pictures only from the answer itself."""
    cell = context.get("cell", {})
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}), anchor_link_text="¶")
    page = MarkdownWithMath(renderer=renderer).render(source)
    clean = bleach.clean(page, TAGS, ATTRIBUTES, protocols=("http", "https", "mailto", "data"))
    return re.sub("javascript:", "javascript ", clean, flags=re.IGNORECASE)  # MathJax makes links of its own
