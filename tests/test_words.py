"""Are the sentences of the checks in one language, and do they say what a student cannot see?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from judging import notebook, plugin
from judging.check import WrongError, expect_equal
from judging.course import course
from judging.messages import decimal, say

ASSIGNMENT = Path(__file__).resolve().parents[1] / "assignment"


@pytest.mark.parametrize(
    ("got", "french"),
    [
        ("a list of 2", "une liste de 2 éléments"),
        ("a list of 1", "une liste d'un élément"),
        ("a tensor of shape [2, 3]", "un tenseur de forme [2, 3]"),
        ("<ndarray>", "un objet ndarray"),
        ("None", "None"),
    ],
)
def test_what_is_filled_in_is_french_too(got, french):
    assert say("message", "not_a_number", "fr", name="L", got=got) == f"L devrait être un nombre, c'est {french}"
    assert say("message", "not_a_number", "en", name="L", got=got) == f"L should be a number, it is {got}"


def test_a_place_is_french_too():
    told = say("message", "raised", "fr", kind="NameError", text="name 'x' is not defined", place="gram.py, line 3")
    assert told.endswith("(gram.py, ligne 3)")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_place_that_nobody_knows_leaves_no_empty_brackets(language):
    told = say("message", "raised", language, kind="SyntaxError", text="null bytes", place="")
    assert told.endswith("null bytes")


@pytest.mark.parametrize(("language", "points"), [("en", "7.5"), ("fr", "7,5")])
def test_points_are_written_as_people_do(language, points):
    assert decimal(7.5, language) == points
    assert decimal(7.0, language) == "7"


def test_a_wrong_entry_says_which():
    value = torch.zeros(2, 3, 3)
    truth = value.clone()
    truth[1, 2, 0] = 5
    with pytest.raises(WrongError) as error:
        expect_equal(value, truth, "G")
    assert say("message", error.value.message, "en", **error.value.values) == ("G has 0 at [1, 2, 0], where 5 is right")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise E", "not_started"),
        ("raise E\n    return 1", "raise_stayed"),
        ("y = 1\n    raise E", "not_started"),
        ("return 1", None),
        ("return (", None),
    ],
)
def test_a_place_that_is_not_filled_in_and_code_below_a_raise_that_stayed_are_told(tmp_path, monkeypatch, code, told):
    (tmp_path / "textures").mkdir()
    code = code.replace("E", 'NotImplementedError("TODO 1.1: gram_matrix is not written yet")')
    (tmp_path / "textures" / "gram.py").write_text(f"def gram_matrix(x):\n    {code}\n", encoding="utf-8")
    monkeypatch.setattr(plugin, "LAB", tmp_path)
    assert plugin.unwritten("1.1") == told


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("en", "en"), ("fr", "fr"), ("de", course().language), (None, course().language)],
)
def test_a_cell_of_checks_speaks_the_language_that_is_asked_for(monkeypatch, asked, spoken):
    if asked is None:
        monkeypatch.delenv("LAB_LANG")
    else:
        monkeypatch.setenv("LAB_LANG", asked)
    heard = []
    found = [{"points": 1, "max_points": 2}]
    monkeypatch.setattr(notebook, "run_checks", lambda *_, language, **__: heard.append(language) or (found, ""))
    assert notebook.check("1.1") == 5
    assert heard == [spoken]


@pytest.mark.parametrize("asked", ["en", "fr"])
def test_pytest_speaks_it_too(asked):
    command = [sys.executable, "-m", "pytest", "-m", "task9_9"]
    environment = os.environ | {"LAB_LANG": asked, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ASSIGNMENT, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 4
    assert {"en": "there is no task 'task9_9'", "fr": "il n'y a pas de tâche « task9_9 »"}[asked] in done.stderr


@pytest.mark.parametrize("text", ["'relu2_2'", "'color1'", "'pool4'", "'conv1_1'"])
def test_a_missing_layer_has_its_hint(text):
    hints = [hint for words, hint in plugin.error_hints().items() if plugin.re.search(words, text)]
    assert hints == ["error_layers"]
