"""The notebook's side of the checks, and the hand-in's: they run in a process of their own, on the files as saved."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .check import marker
from .course import course

HERE = Path(__file__).resolve().parent
EMPTY_ANSWER = "*Your answer here · Votre réponse ici*"
"""What stands in the notebook where an answer goes."""


def run_checks(
    part: str | None = None, color: str = "no", language: str = course().language, lab: Path = HERE.parent
) -> tuple[list[dict], str]:
    """Run pytest on the checks of a task, or on all: the results, as dicts, and what pytest printed.

    Args:
        lab: the folder with checks/ and the textures/ that they look at.
    """
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.json")
        options = [f"--color={color}", f"--results={results}", f"--lang={language}"]
        command = [sys.executable, "-m", "pytest", *options, str(lab / HERE.name)]
        command += ["-m", marker(part)] if part else []
        # UTF-8 whatever the console speaks, for what is printed is read here.
        environment = os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1", "MPLBACKEND": "agg"}
        done = subprocess.run(
            command,
            cwd=lab,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        if not results.exists():
            raise RuntimeError(f"the checks did not run:\n{done.stdout[-2000:]}")
        return json.loads(results.read_text(encoding="utf-8")), done.stdout


def check(part: str) -> float:
    """Run the public checks of a task, print what they found, and return its points.

    Points are those of the task times the share of its public checks that pass; others run when the lab is marked.
    """
    results, printed = run_checks(part, color="yes")
    print(printed)
    got, most = (sum(result[name] for result in results) for name in ("points", "max_points"))
    return round(course().tasks[part].points * got / most, 2)
