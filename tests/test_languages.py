"""Do the programs speak the language of the course, in every sentence that they have?"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textures.french import FRENCH as THIS_LABS

from workbench.french import FRENCH as EVERY_LABS
from workbench.languages import in_french, language

ROOT = Path(__file__).resolve().parents[1]
FRENCH = EVERY_LABS | THIS_LABS
OWN = ("french.py", "playground.py", "tp3.py", "adam.py")  # the page has words of its own, the notebook two languages
SENTENCES = ("InputError", "ArgumentTypeError", "tell", "said")


def template(node: ast.AST) -> str | None:
    """The text of a string, with {0}, {1}, … for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        numbers = iter(range(9))
        return "".join(part.value if isinstance(part, ast.Constant) else f"{{{next(numbers)}}}" for part in node.values)
    return None


def sentences(*folders: str) -> Iterator[str]:
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        if path.name in OWN:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            told = [node.args[0]] if name in SENTENCES and node.args else []
            told += [node.args[0]] if name == "unknown" else []
            told += [word.value for word in node.keywords if word.arg == "help" and name == "add_argument"]
            yield from (text for text in map(template, told) if text)


@pytest.mark.parametrize("sentence", sorted(set(sentences("solution"))))
def test_every_sentence_has_its_french(sentence):
    if re.sub(r"\{\d\}|\W", "", sentence):
        assert sentence in FRENCH


@pytest.mark.parametrize("sentence", sorted(set(sentences("workbench", "grader/release/scripts"))))
def test_what_every_lab_may_say_is_french_without_this_one(sentence):
    if re.sub(r"\{\d\}|\W", "", sentence):
        assert sentence in EVERY_LABS


def test_a_lab_says_nothing_that_every_lab_says():
    assert not EVERY_LABS.keys() & THIS_LABS.keys()


@pytest.mark.parametrize("english", FRENCH)
def test_what_is_filled_in_arrives(english):
    french = FRENCH[english]
    holes = sorted(re.findall(r"\{\d\}", english))
    assert sorted(re.findall(r"\{\d\}", french)) == holes
    words = [f"mot{i}" for i in range(len(holes))]
    assert in_french(english.format(*words)) == french.format(*words)


def test_a_sentence_in_a_sentence_is_french_too():
    error = "argument --size: must be a whole number, at least 1, got 0; see --help"
    assert in_french(error) == "argument --size : doit être un entier, au moins 1, et non 0 ; voyez --help"
    assert in_french("unknown layer 'relu': did you mean 'relu1_1'?") == (
        "couche inconnu(e) : « relu » ; vouliez-vous dire « relu1_1 » ?"
    )
    assert in_french("nobody has translated this") == "nobody has translated this"


def test_the_language_is_asked_for_or_the_courses(monkeypatch):
    monkeypatch.delenv("LAB_LANG")
    assert language() == "fr"  # of solution/course.toml
    monkeypatch.setenv("LAB_LANG", "en")
    assert language() == "en"
    monkeypatch.setattr("sys.argv", ["gatys.py", "--lang", "fr"])
    assert language() == "fr"
    monkeypatch.setattr("sys.argv", ["gatys.py", "--lang"])
    assert language() == "en"
