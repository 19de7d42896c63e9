"""What the programs say, in the language of the course. Code says it in English; french.py has the French."""

import os
import re
import sys
from functools import cache
from pathlib import Path

from .french import FRENCH

LANGUAGES = ("en", "fr")


def language() -> str:
    """ "en" or "fr": of --lang on the command line, else of TEXTURES_LANG, else of the course, else English."""
    words = sys.argv[1:]
    asked = words[words.index("--lang") + 1 :][:1] if "--lang" in words else []
    for word in (*asked, os.environ.get("TEXTURES_LANG"), _of_course()):
        if word in LANGUAGES:
            return word
    return "en"


@cache
def _of_course() -> str | None:
    above = Path(__file__).resolve().parents[1]
    course = next(
        (path for path in (above / "course.toml", above / "solution" / "course.toml") if path.is_file()), None
    )
    if course is None:
        return None
    found = re.search(r'(?m)^language\s*=\s*"(\w+)"', course.read_text(encoding="utf-8"))
    return found and found[1]


def said(text: str) -> str:
    """A sentence of a program in the language that it speaks; as it is where nobody has translated it."""
    return in_french(text) if language() == "fr" else text


def in_french(text: str) -> str:
    """The French of an English sentence, with what was filled in; that may be a sentence, too."""
    for pattern, french in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return french.format(*(in_french(word) if word != text else word for word in found.groups()))
    return text


@cache
def _patterns() -> list[tuple[re.Pattern, str]]:
    """Those with most words of their own first: they are the most particular."""
    ordered = sorted(FRENCH, key=lambda english: -len(re.sub(r"\{\d\}", "", english)))
    return [
        (re.compile(re.sub(r"\\\{\d\\\}", "(.*?)", re.escape(english)), re.DOTALL), FRENCH[english])
        for english in ordered
    ]
