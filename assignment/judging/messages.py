"""The words of messages.toml, filled in."""

import re
import unicodedata
from pathlib import Path

from .lab import by_lab, checks_folder, tomllib

LANGUAGES = ("en", "fr")
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")

FRENCH = {
    r"a list of 1": r"une liste d'un élément",
    r"a list of (\d+)": r"une liste de \1 éléments",
    r"a tensor of shape (\[.*\])": r"un tenseur de forme \1",
    r"(\S+\.py), line (\d+)": r"\1, ligne \2",
    r"<(\w+)>": r"un objet \1",
    r"File is not a zip file": r"ce n'est pas un fichier zip",
}
"""What is filled in and is in English where it is made: a kind of answer, a place in a file, a word of Python's."""


def say(kind: str, name: str, language: str, /, **values: object) -> str:
    """The message or hint (`kind`) of that name, in "en" or "fr", with its words in braces filled in."""
    words = {
        key: value if isinstance(value, (int, float)) else _worded(plain(str(value)), language)
        for key, value in values.items()
    }
    said = catalogue()[kind][name][language].format(**words)
    return said.replace(" ()", "") if "" in words.values() else said  # a place that nobody knows


def _worded(text: str, language: str) -> str:
    """What is filled in, in the language of the sentence."""
    if language == "fr":
        for english, french in FRENCH.items():
            if re.fullmatch(english, text):
                return re.sub(english, french, text)
    return text


def decimal(value: float, language: str, form: str = "g") -> str:
    """A number of points, or the like, as people write it: 7.5, and in French 7,5."""
    text = format(value, form)
    return text.replace(".", ",") if language == "fr" else text


def plain(text: str) -> str:
    """A text of a student's as one line of characters that show: it can neither steer a terminal nor break a file.

    White space of any kind becomes a space; what has no shape (controls, lone surrogates, marks that turn the direction
    of writing) becomes the replacement character.
    """
    line = "".join(" " if character.isspace() else character for character in text)
    return "".join("\ufffd" if unicodedata.category(character) in UNSEEN else character for character in line)


@by_lab
def catalogue() -> dict[str, dict]:
    """The words of every lab and those of the one in hand, by kind and name; "raised" holds patterns by hint."""
    own = tomllib.loads((checks_folder() / "messages.toml").read_text(encoding="utf-8"))
    shared = tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
    return {kind: {**shared.get(kind, {}), **own.get(kind, {})} for kind in {**shared, **own, "raised": {}}}
