"""What the tests share: seeded randomness, small exemplars and a way to run the lab's scripts as people do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from textures.features import RandomFeatures
from textures.images import load_image

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def pebbles() -> torch.Tensor:
    """(1, 3, 64, 64)."""
    return load_image("pebbles", 64)


@pytest.fixture(scope="session")
def extractor() -> RandomFeatures:
    """A small and quick one."""
    return RandomFeatures(scales=2, widths=(8, 16), colors=8)


@pytest.fixture
def run_script(tmp_path):
    """Run `python solution/NAME.py WORDS` in an empty folder, with a terminal's bar on stderr, and return what it said."""

    def run(name: str, *words: object, **variables: str) -> subprocess.CompletedProcess:
        command = [sys.executable, ROOT / "solution" / f"{name}.py", *map(str, words)]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **variables}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")

    return run


@pytest.fixture
def complaint(run_script):
    """The one line with which a script refuses its input; fails on a traceback, another exit code or files left."""

    def complain(name: str, *words: object, **variables: str) -> str:
        done = run_script(name, *words, **variables)
        assert done.returncode == 2, done.stderr
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith(f"{name}.py: ")
        return lines[0]

    return complain
