"""A page out of its template: text is text, never markup."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from judging.messages import decimal, say

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,  # what students wrote is text, never markup
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, language: str, **values: object) -> str:
    """A page of grader/pages, filled in; there say(kind, name, …) and a filter for numbers speak its language."""
    words = {"language": language, "say": lambda kind, name, **filled: say(kind, name, language, **filled)}
    return _environment.get_template(template).render(**words, **values)


@pass_context
def _number(context: Context, value: float, form: str = "g") -> str:
    return decimal(value, context["language"], form)


_environment.filters["number"] = _number
