"""The words of messages.toml, filled in."""

import sys
from functools import cache
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LANGUAGES = ("en", "fr")


def say(kind: str, name: str, language: str, /, **values: object) -> str:
    """The message or hint (`kind`) of that name, in "en" or "fr", with its words in braces filled in."""
    return _catalogue()[kind][name][language].format(**values)


@cache
def _catalogue() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
