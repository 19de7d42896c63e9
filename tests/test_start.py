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
