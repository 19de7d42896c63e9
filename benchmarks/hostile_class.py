"""A class of honest students with one of each attack among them: are the honest marks what they are alone?

    python benchmarks/hostile_class.py --students 60 -j 2

Pinned to one core (Linux), so that whoever keeps it busy would be felt. Writes hostile_class.md beside this file.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
HONEST = ("textures/gram.py", "textures/noise.py")
"""What everybody has written: tasks 1.1, 1.2 and 2.4; attackers have something else in the first."""


def attacks() -> dict[str, str]:
    """The files of tests/attacks.py by title, and some that keep the processor or the memory for themselves."""
    import jupytext

    cells = jupytext.reads((ROOT / "tests" / "attacks.py").read_text(encoding="utf-8"), "py:percent").cells
    head = "import os, sys, threading, time, torch\n\ndef gram_matrix(f):\n"
    busy = "    threads = [threading.Thread(target=lambda: all(iter(lambda: 1, 0)), daemon=True) for _ in range(60)]\n"
    busy += "    for thread in threads: thread.start()\n"
    return {cell.metadata["title"]: cell.source for cell in cells if "title" in cell.metadata} | {
        "a loop": head + "    while True: pass",
        "sixty busy threads": head + busy + "    return f",
        "three GiB, kept": head + "    global kept\n    kept = bytearray(2900 << 20)\n    return f",
        "a killer": head + "    os.kill(0, 9); os.kill(-1, 9)",
        "deaf": head
        + "    import signal\n    [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]\n    while True: pass",
        "a full scratch folder": head + "    open('x', 'wb').write(bytes(63 << 20))\n    return f",
        "half a character": head + "    raise RuntimeError('\\ud800')",
        "150,000 by 6": head + "    return torch.ones(150_000, 6)",
        "depth": head + "    a = []\n    for _ in range(10_000): a = [a]\n    return a",
    }


def write(folder: Path, name: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        place = folder / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def grade(folder: Path, jobs: int) -> tuple[dict[str, dict], float]:
    """Results by student, and the seconds it took."""
    from grader.results.stored import read_results

    words = ["-m", "grader", "run", folder, "--out", folder.parent / f"{folder.name}-out", "-j", jobs, "--lang", "en"]
    start = time.monotonic()
    subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, check=True)
    return read_results(folder.parent / f"{folder.name}-out"), time.monotonic() - start


def marks(result: dict) -> dict[str, float]:
    """Points by task."""
    found: dict[str, float] = {}
    for check in result["checks"]:
        found[check["part"]] = found.get(check["part"], 0) + check["points"]
    return {part: points for part, points in found.items() if points}


def main() -> None:
    from grader.intake.given import released
    from grader.proof.variants import solution

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=60, help="of the class, attackers among them")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    honest = dict(released()) | {name: solution()[name] for name in HONEST}
    hostile = list(attacks().items())
    with tempfile.TemporaryDirectory() as place:
        write(Path(place) / "one", "ada", honest)
        alone = marks(grade(Path(place) / "one", 1)[0]["ada"])
        # Spread among the others, who stand before and behind them.
        count = min(len(hostile), args.students * 8 // 15)
        places = {i * args.students // count: hostile[i * len(hostile) // count] for i in range(count)}
        titles = {f"student{i:02}": title for i, (title, _) in places.items()}
        for i in range(args.students):
            own = {HONEST[0]: places[i][1]} if i in places else {}
            write(Path(place) / "class", f"student{i:02}", honest | own)
        found, seconds = grade(Path(place) / "class", args.jobs)
    wrong = {name: marks(result) for name, result in found.items() if name not in titles and marks(result) != alone}
    gained = {titles[name]: marks(found[name]) for name in titles if set(marks(found[name])) - {"2.4"}}
    harmed = {titles[name]: marks(found[name]) for name in titles if marks(found[name]).get("2.4") != alone["2.4"]}
    lines = [
        "# A class of honest students with one of each attack among them",
        "",
        f"`python benchmarks/hostile_class.py --students {args.students} -j {args.jobs}`, all pinned to one core.",
        "",
        "| | |",
        "|---|---|",
        f"| students | {len(found)} |",
        f"| attackers | {len(titles)} of {len(hostile)} attacks |",
        f"| honest mark, graded alone | {sum(alone.values()):g} |",
        f"| honest students with another mark in the class | {len(wrong)} of {len(found) - len(titles)} |",
        f"| attackers with a point in the task attacked | {len(gained)} |",
        f"| attackers who have lost points in another task of theirs | {len(harmed)} |",
        f"| seconds for the class | {seconds:.0f} |",
        "",
        *(f"- {title}: {some}" for group in (wrong, gained, harmed) for title, some in group.items()),
    ]
    text = "\n".join(lines).rstrip() + "\n"
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    assert len(found) == args.students
    assert not wrong, "a neighbour was harmed"
    assert not gained, "an attacker has gained"


if __name__ == "__main__":
    main()
