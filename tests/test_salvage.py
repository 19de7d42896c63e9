"""Does every answer that is in a damaged notebook reach the marker? Damages of ten kinds, at any place; other forms.

python tests/test_salvage.py prints a table: answers found out of ten, by a strict reader and by ours.
"""

import html
import io
import json
import random
import re
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from test_repair import cell, empty  # noqa: F401  (a fixture)

from grader.exports.marked_notebook import empty_notebook
from grader.intake.encodings import decode
from grader.intake.repair import rebuild
from grader.intake.unpacking import unpack
from grader.release import assignment as release
from grader.release.notebook import as_text, student_notebook

QUESTIONS = [f"R{k}" for k in range(1, 11)]


@pytest.fixture(scope="module")
def answered() -> dict:
    return with_answers()


def with_answers() -> dict:
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


def sources(notebook: dict) -> list[str]:
    return ["".join(one["source"]) for one in notebook["cells"]]


def as_page(notebook: dict) -> str:
    return HTMLExporter().from_notebook_node(nbformat.reads(compact(notebook), as_version=4))[0]


def as_text_of(form: str):
    return lambda notebook: jupytext.writes(nbformat.reads(compact(notebook), as_version=4), fmt=form)


def zipped(notebook: dict) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr("work/tp3.ipynb", compact(notebook))
    return file.getvalue()


def again(text: str, times: int) -> str:
    """Saved as UTF-8 and opened as Windows-1252, some times."""
    for _ in range(times):
        text = text.encode("utf-8").decode("cp1252", "replace")
    return text


FORMS = {
    "printed by Python": lambda n: str(n),
    "in single quotes": lambda n: re.sub(r'(?m)^(\s*)"(.*?)"(:|,?$)', r"\1'\2'\3", jupyter(n)),
    "in a word processor's quotes": lambda n: re.sub(r'(?<!\\)"(.*?)(?<!\\)"', "“\\1”", jupyter(n)),
    "a text in JSON": lambda n: json.dumps(jupyter(n)),
    "a server's answer": lambda n: json.dumps({"type": "notebook", "content": n}),
    "a server's answer, as a text": lambda n: json.dumps({"type": "notebook", "content": compact(n)}),
    "cells that are only texts": lambda n: json.dumps({"cells": sources(n), "nbformat": 4}),
    "cells in a dictionary": lambda n: json.dumps(n | {"cells": dict(enumerate(n["cells"]))}),
    "cells in worksheets of cells": lambda n: json.dumps({"cells": [{"cells": n["cells"]}]}),
    "a cell in each line": lambda n: "\n".join(json.dumps(one) for one in n["cells"]),
    "the cells twice, empty the second time": lambda n: jupyter(n).rstrip()[:-1] + ', "cells": []}',
    "commas too many": lambda n: re.sub(r'(?m)([\]}"])(\n\s*[\]}])', r"\1,\2", jupyter(n)),
    "comments": lambda n: jupyter(n).replace(" {\n", " { // a cell\n"),
    "a mark in the middle": lambda n: jupyter(n).replace("R5w", "\ufeffR5w", 1).replace("R6w0", "\ufeffR6w0"),
    "halves of characters": lambda n: compact(n).replace("w5\\u00e9", "w5\\u00e9\\ud83d"),
    "no metadata": lambda n: json.dumps({"cells": [{"source": one} for one in sources(n)]}),
    "accents written twice": lambda n: again(jupyter(n), 1),
    "accents written three times": lambda n: again(jupyter(n), 2),
    "accents written twice, as escapes": lambda n: json.dumps(json.loads(again(jupyter(n), 1))),
    "a page of nbconvert": as_page,
    "a page that shows the JSON": lambda n: f"<html><body><pre>{html.escape(jupyter(n))}</pre></body></html>",
    "escaped for a page": lambda n: html.escape(jupyter(n)),
    "py:percent": as_text_of("py:percent"),
    "md": as_text_of("md"),
    "md:myst": as_text_of("md:myst"),
    "an archive": zipped,
}


def as_sent(data: str | bytes) -> bytes | None:
    """The notebook of a hand-in whose tp3.ipynb is this."""
    with TemporaryDirectory() as folder:
        data = data if isinstance(data, bytes) else data.encode("utf-8")
        Path(folder, "tp3.ipynb").write_bytes(data)
        return next((one.data for one in unpack([Path(folder)], "en").files.values()), None)


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


@pytest.mark.parametrize("form", FORMS)
def test_every_answer_reaches_the_marker_in_whatever_form_the_file_is(answered, empty, form):  # noqa: F811
    """Reports of files that are called notebooks.

    A web page, saved from a browser: rasbt/python-machine-learning-book#81, fastai/courses#198. Commas too many:
    interpretml/DiCE#425. Accents written twice, as they are and as escapes: cweber12/kelp-compare#83,
    remykarem/python2jupyter#6. What is no JSON at all: google/prog-edu-assistant#29.
    """
    notebook, _ = rebuild(as_sent(FORMS[form](answered)), empty)
    assert [question for question in QUESTIONS if len(found(notebook, question)) < 24] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "a pointer of Git LFS"),
        ("<!DOCTYPE html><html><body>Please sign in</body></html>", "a web page"),
    ],
)
def test_what_stands_for_a_notebook_is_named(empty, content, words):  # noqa: F811
    assert f"what is called the notebook is {words}" in rebuild(content.encode(), empty)[1]


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
    "text",
    [
        *("{" * 200_000, '{"id":[' * 100_000, '"source":' * 200_000, '{"source":"' * 50_000 + " " * 200_000),
        *(
            "<html>" + "<a b='" * 50_000,
            "<html>" + "<!--" * 50_000,
            "' " * 100_000,
            "# %%\n" * 50_000,
            "---\n" * 50_000,
        ),
    ],
)
def test_a_file_made_to_keep_its_reader_busy_is_read_soon(text, empty):  # noqa: F811
    rebuild(text.encode(), empty)


def strict(data: bytes) -> dict[str, set[str]]:
    """What a reader that knows no mercy finds, by question."""
    try:
        cells = nbformat.reads(data.decode("utf-8"), as_version=4).cells
        return {q: found(nbformat.from_dict({"cells": cells}), q) for q in QUESTIONS}
    except Exception:  # whatever libraries raise: nobody's notebook is read
        return {}


def main() -> None:
    notebook = with_answers()
    with TemporaryDirectory() as folder:
        source = Path(folder, "tp3.ipynb")
        source.write_text(as_text(release.build_notebook()), encoding="utf-8")
        nothing = empty_notebook(source)
    print("| damage or form | in the file | nbformat | here |\n|---|---|---|---|")

    def row(name: str, files: list[bytes], there: list[int] | None = None) -> None:
        theirs = [sum(len(words) == 24 for words in strict(data).values()) for data in files]
        ours = [sum(len(found(rebuild(as_sent(d), nothing)[0], q)) == 24 for q in QUESTIONS) for d in files]
        numbers = (sum(counts) / len(counts) for counts in (there or [10] * len(files), theirs, ours))
        print(f"| {name} | {' | '.join(f'{n:.1f}' for n in numbers)} |")

    for name, damage in DAMAGES.items():
        files = []
        for seed in range(8):
            rng = random.Random(f"{name} {seed}")
            text = rng.choice((jupyter, compact, colab))(notebook).encode("utf-8")
            files.append(damage(text, rng, rng.randrange(len(text))))
        row(name, files, [sum(len(words(decode(data)[0], q)) == 24 for q in QUESTIONS) for data in files])
    for name, form in FORMS.items():
        data = form(notebook)
        row(name, [data if isinstance(data, bytes) else data.encode("utf-8")])


if __name__ == "__main__":
    main()
