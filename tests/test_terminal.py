"""What the programs print, on consoles that have few characters."""

import io
import subprocess
import sys

import pytest
import torch
from conftest import ROOT
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure

from workbench.showing import draw
from workbench.terminal import any_terminal

WORDS = "été · 64×64 … λ → 1 ≥ 0 ✓ œuvre 漢"


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "latin-1", "utf-8"])
def test_nothing_that_is_printed_fails_for_a_character(monkeypatch, encoding):
    """Python's 'charmap' codec can't encode: covode/bible-fetch#9 (cp437), radis/radis#162 (cp1252)."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    any_terminal()
    print(WORDS, end="", flush=True)
    shown = stream.buffer.getvalue().decode(encoding)
    assert shown == {"ascii": "ete - 64x64 ... lambda -> 1 >= 0 ok oeuvre ?", "utf-8": WORDS}.get(encoding, shown)
    assert shown.startswith("ete" if encoding == "ascii" else "été") and "64" in shown


@pytest.mark.parametrize("encoding", ["ascii", "cp437"])
def test_a_script_that_meets_such_a_console_does_its_work(run_script, tmp_path, encoding):
    """The bar says 32×32, which cp437 does not have."""
    words = ("pebbles", "--size", 32, "--iterations", 2, "--layers", "relu1_1", "pool1", "-o", "λ.png")
    done = subprocess.run(
        [sys.executable, ROOT / "solution" / "gatys.py", *map(str, words)],
        cwd=tmp_path,
        env={"PYTHONIOENCODING": encoding, "LAB_LANG": "en", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["λ.png"]
    assert b"32" in done.stderr and done.stdout.startswith(b"wrote ")


def test_pictures_are_drawn_where_cells_run_and_nowhere_else():
    figure = Figure(figsize=(1, 1))
    pictures = (torch.rand(1, 3, 8, 8), torch.rand(3, 8, 8), figure)
    with capture_output() as seen:
        for picture in pictures:
            draw(picture)
    assert seen.outputs == []
    InteractiveShell.instance()
    try:
        with capture_output() as seen:
            for picture in pictures:
                draw(picture)
    finally:
        InteractiveShell.clear_instance()
    assert ["image/png" in output.data for output in seen.outputs] == [True] * 3
