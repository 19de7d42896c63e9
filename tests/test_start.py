"""Does what has no use for PyTorch start without it? To import it takes seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    "code",
    [
        "import grader.__main__ as command; command.main(['diff', 'here', 'there'])",
        "import grader.__main__ as command; command.main(['run', 'nowhere'])",
        "import grader.results.written, grader.exports.platform_tables, grader.exports.mail",
        "import judging.notebook, judging.summary, workbench.command_line",
        "sys.path.insert(0, 'grader/release/scripts'); import handin",
    ],
)
def test_words_tables_and_the_hand_in_start_without_pytorch(code):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; assert 'torch' not in sys.modules"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr


def test_training_steps_are_pytorchs_own_and_do_not_wait_for_its_compiler():
    code = """
import sys; sys.path.insert(0, "solution")
import torch
from textures.features import RandomFeatures
from textures.gram import gram_matrix
from grader.checks import probes
maps = RandomFeatures(**probes.NARROW)(torch.rand(1, 3, 64, 64))
targets = {name: gram_matrix(features) for name, features in maps.items()}
noises = [[torch.rand(1, 3, side, side) for side in (64, 32)] for _ in range(3)]
settings = [(targets, noises, 0.05, adam) for adam in (False, True)]
plain = [probes.training_steps(*setting) for setting in settings]
assert "torch._dynamo" not in sys.modules
probes.plain = lambda kind: kind
for ours, (*setting, adam) in zip(plain, settings):
    theirs = probes.training_steps(*setting, adam)
    assert ours["used"] == theirs["used"] == 3 and ours["losses"][2] != ours["losses"][0]
    assert torch.equal(ours["parameters"], theirs["parameters"]) and ours["losses"] == theirs["losses"]
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr


def test_a_synthesis_does_not_wait_for_pytorchs_compiler():
    code = """
import sys; sys.path.insert(0, "solution")
import torch
from textures.features import RandomFeatures
from textures.gatys import synthesize
extractor = RandomFeatures(scales=1, widths=(4, 4), colors=2)
losses = synthesize(torch.full((1, 3, 32, 32), 0.3), extractor, iterations=20).losses
assert losses[-1] < losses[0]
assert "torch._dynamo" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
