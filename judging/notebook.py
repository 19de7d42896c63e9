"""The notebook's side of the checks, and the hand-in's: they run in a process of their own, on the files as saved."""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .course import course, marker, spoken

LAB = Path(__file__).resolve().parents[1]
EMPTY_ANSWER = "*Your answer here · Votre réponse ici*"
"""What stands in the notebook where an answer goes."""
LONGEST = 900
"""Seconds for all checks: each has its own limit, so this is for what comes between them."""


def run_checks(
    part: str | None = None,
    color: str = "no",
    language: str = course().language,
    lab: Path = LAB,
    whole_task: bool = False,
) -> tuple[list[dict], str]:
    """Run pytest on the checks of a task, or on all: the results, as dicts, and what pytest printed.

    Code that nothing stops ends the run: then the results are those before it, and `stopped_at` finds the place.

    Args:
        lab: the folder with checks/ and the code that they look at.
        whole_task: print points out of the task's, not out of those of its public checks, and no sums.

    Raises:
        RuntimeError: there are no results at all.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        results, printed = Path(folder, "results.json"), Path(folder, "printed.txt")
        options = [f"--color={color}", f"--results={results}", f"--lang={language}"]
        command = [sys.executable, "-m", "pytest", *options, str(lab / "checks")]
        command += ["-m", marker(part)] if part else []
        command += ["--whole-task", "-q"] if whole_task else []
        # UTF-8 whatever the console speaks, for what is printed is read here.
        environment = os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1", "MPLBACKEND": "agg"}
        # A file, not a pipe: what students' code has started may hold a pipe open for ever.
        with printed.open("wb") as out, contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                command,
                cwd=lab,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=LONGEST,
            )
        text = printed.read_text(encoding="utf-8", errors="replace")
        if not results.exists():
            raise RuntimeError(f"the checks did not run:\n{text[-2000:]}")
        return json.loads(results.read_text(encoding="utf-8")), text


def stopped_at(printed: str) -> str | None:
    """Where the code was that the fault handler stopped, "gram.py, line 12"; None if nothing was stopped."""
    stack = printed.partition("Timeout (")[2]
    found = re.search(rf'[\\/]{course().package}[\\/](\w+\.py)", line (\d+)', stack)
    return f"{found[1]}, line {found[2]}" if found else None


def check(part: str) -> float | None:
    """Run the public checks of a task, print what they found, and return its points; None of a bonus.

    In the language of LAB_LANG, as figures and scripts are, else of the course.
    Points are those of the task times the share of its public checks that pass; others run when the lab is marked.
    nbgrader takes what a cell returns for points out of those that are due, and of a bonus none are.
    """
    if part not in course().tasks:
        raise ValueError(f"there is no task '{part}': choose from {', '.join(course().tasks)}")
    picture = LAB / "pictures" / f"{marker(part)}.png"
    picture.unlink(missing_ok=True)  # one of an earlier run may not be drawn again
    results, printed = run_checks(part, color="yes", language=spoken(), whole_task=True)
    print(printed)
    if picture.exists() and "IPython" in sys.modules:
        from IPython.display import Image, display

        display(Image(picture))
    got, most = (sum(result[name] for result in results) for name in ("points", "max_points"))
    task = course().tasks[part]
    return None if task.bonus else round(task.points * got / most, 2)
