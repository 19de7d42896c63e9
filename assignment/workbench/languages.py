"""What the programs say, in the language of the course. Code says it in English; french.py has the French.

A lab has the French of its own programs in a file of that name in its package.
"""

import os
import re
import runpy
import sys
from functools import cache
from pathlib import Path

from .french import FRENCH

LANGUAGES = ("en", "fr")


def language() -> str:
    """ "en" or "fr": of --lang on the command line, else of LAB_LANG, else of the course, else English."""
    words = sys.argv[1:]
    asked = words[words.index("--lang") + 1 :][:1] if "--lang" in words else []
    for word in (*asked, os.environ.get("LAB_LANG"), _of_course("language")):
        if word in LANGUAGES:
            return word
    return "en"


@cache
def _course() -> Path | None:
    """The file of the course's settings: beside this package, as students have it, or in solution/."""
    above = Path(__file__).resolve().parents[1]
    return next((path for path in (above / "course.toml", above / "solution" / "course.toml") if path.is_file()), None)


@cache
def _of_course(setting: str) -> str:
    """A word of course.toml, at its top level; "" where there is none."""
    course = _course()
    found = course and re.search(rf'(?m)^{setting}\s*=\s*"(\w+)"', course.read_text(encoding="utf-8"))
    return found[1] if found else ""


def _of_lab() -> dict[str, str]:
    """The French of the lab's own programs: only that file is read, whatever students have made of the package."""
    course = _course()
    place = course and course.parent / _of_course("package") / "french.py"
    return runpy.run_path(str(place))["FRENCH"] if place and place.is_file() else {}


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
    french = FRENCH | _of_lab()
    ordered = sorted(french, key=lambda english: -len(re.sub(r"\{\d\}", "", english)))
    return [
        (re.compile(re.sub(r"\\\{\d\\\}", "(.*?)", re.escape(english)), re.DOTALL), french[english])
        for english in ordered
    ]
