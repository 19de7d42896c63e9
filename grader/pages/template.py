"""A page out of its template: text is text, never markup."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,  # what students wrote is text, never markup
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, **values: object) -> str:
    """A page of grader/pages, filled in."""
    return _environment.get_template(template).render(**values)
