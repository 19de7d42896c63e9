"""Does every answer that is in a damaged notebook reach the marker? Damages of ten kinds, at any place of the file."""

import json
import random
import re

import nbformat
import pytest
from nbformat import NotebookNode
from test_repair import cell, empty  # noqa: F401  (a fixture)

from grader.intake.encodings import decode
from grader.intake.repair import rebuild
from grader.release import assignment as release
from grader.release.notebook import as_text, student_notebook

QUESTIONS = [f"R{k}" for k in range(1, 11)]


@pytest.fixture(scope="module")
def answered() -> dict:
    """A student's notebook with ten answers of 24 words each, whose words tell where they belong."""
    notebook = json.loads(as_text(student_notebook(release.build_notebook())))
    for question in QUESTIONS:
        words = [f"{question}w{i}é" for i in range(24)]
        lines = [f'{words[0]} "{words[1]}" \\alpha {words[2]} {{a: "b"}}', f"# {words[3]}: {{}}, []"]
        lines += [" ".join(words[i : i + 5]) for i in range(4, 24, 5)]
        cell(notebook, f"answer-{question}")["source"] = "\n".join(lines).splitlines(keepends=True)
    return notebook


def jupyter(notebook: dict) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def compact(notebook: dict) -> str:
    return json.dumps(notebook)


def colab(notebook: dict) -> str:
    """Other tools put the metadata first."""
    order = ("metadata", "id", "cell_type", "source", "outputs", "execution_count")
    cells = [{key: one[key] for key in order if key in one} for one in notebook["cells"]]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}, indent=2)


def conflict(text: bytes, rng: random.Random, at: int) -> bytes:
    lines = text.split(b"\n")
    first, count = rng.randrange(len(lines)), rng.randrange(12)
    ours = lines[first : first + count]
    theirs = [re.sub(rb"R(\d+)w", rb"S\1w", line) for line in ours]
    base = [b"||||||| base", *theirs[:1]] if rng.random() < 0.3 else []
    middle = [b"<<<<<<< HEAD", *ours, *base, b"=======", *theirs, b">>>>>>> branch"]
    return b"\n".join([*lines[:first], *middle, *lines[first + count :]])


def without_a_quote(text: bytes, rng: random.Random, at: int) -> bytes:
    at = text.find(b'"', at)
    return text[:at] + text[at + 1 :]


DAMAGES = {
    "cut off": lambda text, rng, at: text[:at],
    "beginning lost": lambda text, rng, at: text[at:],
    "a byte lost": lambda text, rng, at: text[:at] + text[at + 1 :],
    "a stretch lost": lambda text, rng, at: text[:at] + text[at + rng.randrange(2, 30) :],
    "a quote lost": without_a_quote,
    "NUL bytes": lambda text, rng, at: text[:at] + bytes(n := rng.randrange(1, 60)) + text[at + n :],
    "a control character": lambda text, rng, at: text[:at] + bytes([rng.randrange(1, 32)]) + text[at:],
    "junk": lambda text, rng, at: text[:at] + b" " + rng.randbytes(rng.randrange(1, 30)) + b" " + text[at:],
    "the end of an older file": lambda text, rng, at: text + text[at:],
    "conflict": conflict,
}


def is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def words(text: str, question: str) -> set[str]:
    return set(re.findall(rf"(?<!\w){question}w\d+(?=é)", text.replace("\\u00e9", "é")))


def found(notebook: NotebookNode, question: str) -> set[str]:
    name = f"answer-{question}"
    source = next(c.source for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
    return words(source, question)


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_answer_that_is_in_a_damaged_file_reaches_the_marker(answered, empty, damage):  # noqa: F811
    """Reports of notebooks that no tool opens any more.

    Conflict markers: jupyter/help#67, jupyter/notebook#4889. Control characters in Windows-1252: jupyter/nbviewer#381.
    A lost quote: scipp/scipp#149. A comma too few and one too many: wesm/pydata-book#27. The end of an older, longer
    file: jupyter/help#171. NUL bytes and an empty file: vivek3141/dl-visualization#2.
    """
    missed = []
    for seed in range(8):
        rng = random.Random(f"{damage} {seed}")
        text = rng.choice((jupyter, compact, colab))(answered).encode("utf-8")
        sent = DAMAGES[damage](text, rng, rng.randrange(len(text)))
        left = decode(sent)[0]
        notebook, notes = rebuild(sent, empty)
        assert notes or is_json(sent), "mended without a word"
        missed += [(seed, q) for q in QUESTIONS if not words(left, q) <= found(notebook, q)]
    assert missed == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_answers_are_found_in_any_encoding(answered, empty, encoding, end):  # noqa: F811
    """Python files and notebooks of editors and shells on Windows: jupyter/nbviewer#381, radis/radis#162."""
    text = jupyter(answered).replace("\n", end)
    notebook, _ = rebuild(text.encode(encoding, "replace"), empty)
    assert all(len(found(notebook, question)) == 24 for question in QUESTIONS)
    assert "\r" not in "".join(one.source for one in notebook.cells)


@pytest.mark.parametrize("version", [(3, 0), (4, 0), (4, 1), (4, 2), (4, 3), (4, 4), (4, 5)])
def test_answers_are_found_in_any_version_of_the_format(answered, empty, version):  # noqa: F811
    """Ids that older versions do not have, and the worksheets of version 3: ucbds-infra/otter-grader#701 and #658."""
    text = json.dumps(answered)
    if version[0] == 3:
        text = nbformat.writes(nbformat.convert(nbformat.reads(text, as_version=4), 3), version=3)
    notebook = json.loads(text)
    for one in notebook.get("cells", ()) if version < (4, 5) else ():
        del one["id"]
    if version[0] == 4:
        notebook["nbformat_minor"] = version[1]
    rebuilt, _ = rebuild(json.dumps(notebook).encode(), empty)
    assert all(len(found(rebuilt, question)) == 24 for question in QUESTIONS)


def test_both_versions_of_a_conflict_are_kept_and_it_is_told(answered, empty):  # noqa: F811
    """jupyter/help#67: nine other answers were lost with the one in conflict."""
    text = jupyter(answered).replace(
        '"R3w19é R3w20é', '"mine R3w19é"\n<<<<<<< HEAD\n,"R3w19é R3w20é"\n=======\n,"theirs"\n>>>>>>> x\n,"', 1
    )
    notebook, notes = rebuild(text.encode(), empty)
    source = next(
        c.source for c in notebook.cells if c.get("metadata", {}).get("nbgrader", {}).get("grade_id") == "answer-R3"
    )
    assert "R3w20é" in source and "theirs" in source
    assert any("conflict" in note for note in notes)


@pytest.mark.parametrize(
    "text", ["{" * 200_000, '{"id":[' * 100_000, '"source":' * 200_000, '{"source":"' * 50_000 + " " * 200_000]
)
def test_a_file_made_to_keep_its_reader_busy_is_read_soon(text, empty):  # noqa: F811
    rebuild(text.encode(), empty)
