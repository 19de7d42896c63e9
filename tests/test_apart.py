"""Does what students sent cost the first process nothing but a row, whatever is in it?"""

import csv
import io
import os
import re
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.intake import submission as intake
from grader.intake.apart import ApartError, apart
from grader.intake.given import task_files
from grader.intake.unpacking import MAX_SOURCE
from grader.marking.examiner import LIMITS
from grader.results.tables import read_cell, write_table
from grader.sandbox import wire

ROOT = Path(__file__).resolve().parents[1]
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it runs in this process")


def test_what_comes_back_is_what_was_returned():
    assert apart(lambda a, b: {"a": a, "b": [b, None, "é\udcff"]}, 1, 2.5) == {"a": 1, "b": [2.5, None, "é\udcff"]}


def fails() -> None:
    raise KeyError("no\nname")


FAILURES = {
    "an exception": (fails, r"KeyError: 'no\\nname'"),
    "memory": (lambda: len(bytearray(4 << 30)), "memory"),
    "much memory, little by little": (lambda: [bytes(1 << 20) for _ in range(4000)], "memory"),
    "a signal": (lambda: os.kill(os.getpid(), signal.SIGKILL), "memory"),
    "an end": (lambda: os._exit(3), "memory"),
    "a loop": (lambda: all(iter(lambda: 1, 0)), "time"),
    "no JSON": (lambda: object(), "TypeError"),
    "depth": (lambda: (lambda f: f(f))(lambda f: f(f)), "RecursionError"),
}


@linux
@pytest.mark.parametrize(("function", "reason"), FAILURES.values(), ids=FAILURES)
def test_what_goes_wrong_is_told(function, reason):
    with pytest.raises(ApartError, match=reason):
        apart(function, seconds=2 if reason == "time" else 60, memory=1 << 30)


def bomb(path: Path) -> None:
    """A tar of some kilobytes whose member has a name of half a gigabyte."""
    info = tarfile.TarInfo("a")
    info.size = 1 << 29
    info.type = tarfile.XHDTYPE
    with tarfile.open(path, "w:gz", compresslevel=9) as archive:
        archive.addfile(info, io.BytesIO(b"536870912 path=" + b"x" * ((1 << 29) - 15)))


@pytest.fixture
def deep(tmp_path):
    """A place for a folder so deep that Python's own way to remove it runs out of depth."""
    yield tmp_path / "in" / "deep"
    subprocess.run(["rm", "-rf", tmp_path / "in" / "deep"], check=True)


def test_a_class_of_odd_ones_has_a_row_for_each(tmp_path, deep):
    folder = tmp_path / "in"
    deep.mkdir(parents=True)
    here = os.open(deep, os.O_RDONLY)
    for _ in range(1400):  # a path that has no name of its own, for it is too long
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    long = "\u0958" * 80  # of two letters, where accents are taken apart: then its folder cannot be made
    for name in (
        *("grades.csv", "Class.HTML", "result.json", "similar", "=1-1", "'=1-1", "-", "straße", "STRASSE", "Straßen"),
        *("\x1b[2Jscreen", "line\nfeed", "\u202eturned", "\u200b=1", long),
    ):
        (folder / name / "textures").mkdir(parents=True)
        (folder / name / "textures" / "notes.txt").write_text("x", encoding="utf-8")
    if sys.platform == "linux":
        bomb(folder / "bomb.tar.gz")
    with zipfile.ZipFile(folder / "names.zip", "w") as archive:
        archive.writestr("a/" * 20000 + "notes.txt", "x")
    words = [sys.executable, "-m", "grader", "run", folder, "--out", tmp_path / "out", "--lang", "en"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {read_cell(row["student"]): row for row in csv.DictReader(file, delimiter=";")}
    (short,) = (row for row in rows if row.startswith("\u0915\u093c"))
    assert len(short.encode()) < 210
    expected = {"deep", "grades_csv", "Class_HTML", "result.json", "=1-1", "'=1-1", "-", "straße", "names"}
    expected |= {"_similar", "STRASSE", "Straßen", "\ufffd[2Jscreen", "line feed", "\ufffdturned", "\ufffd=1", short}
    assert rows.keys() == expected | ({"bomb"} if sys.platform == "linux" else set())
    assert {row["status"] for row in rows.values()} == {"no-package", "bad-archive"}
    assert (tmp_path / "out" / "class.html").is_file()
    assert all((tmp_path / "out" / student / "feedback.html").is_file() for student in rows)
    assert not re.search("[\x1b\u202e]", done.stdout + done.stderr)


@pytest.mark.parametrize("style", ["en", "fr"])
def test_cells_of_tables_can_be_told_apart_and_read_back(tmp_path, style):
    texts = [
        "=1+1",
        "'=1+1",
        "''=1+1",
        "'",
        "a",
        "+",
        "@x",
        "-1",
        "\tx",
        "\r=1",
        "\n=1",
        " =1",
        "\xa0+1",
        "\u200b=1",
        "\ufeff@x",
        "＝1",
        "－1",
        "＠x",
        "'＝1",
        "=cmd|' /C calc'!A0",
        "%0A=1",
        "'a",
        "a'",
        "é",
        "1;2",
        '"',
    ]
    write_table(tmp_path / "t.csv", [[text] for text in texts], style)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [row[0] for row in csv.reader(file, delimiter=";" if style == "fr" else ",")]
    assert len(set(cells)) == len(texts)
    assert not any(re.match(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠]|\t", cell) for cell in cells)
    assert [read_cell(cell) for cell in cells] == texts


def test_all_code_that_is_taken_fits_on_the_wire():
    """As JSON a character may take six bytes; the files of tasks come on top of the modules."""
    most = intake.MAX_CODE * (1 << 20) + len(task_files()) * MAX_SOURCE
    assert 6 * most < wire.MAX_BODY
    assert most <= LIMITS.disk
