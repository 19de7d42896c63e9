"""Does SECURITY.md name tests that there are, for each of its promises?"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_each_promise_has_a_test_that_there_is():
    there = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"(?m)^def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    rows = [
        line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ") and "| test |" not in line
    ]
    assert len(rows) > 10
    for promise, tests in rows:
        named = re.findall(r"test_\w+", tests)
        assert named, promise
        assert set(named) <= there, promise


def test_the_page_names_every_level_and_the_limits_as_they_are():
    from grader.sandbox import LEVELS
    from grader.sandbox.candidate import THREADS
    from grader.sandbox.host import Limits

    for level in LEVELS:
        assert f"## `{level}`" in PAGE
    limits = Limits()
    told = f"Memory ({limits.memory >> 30} GiB), processor time, disk ({limits.disk >> 20} MiB)"
    assert f"{told}, files and threads ({THREADS})" in PAGE


def test_the_readme_leads_there():
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
