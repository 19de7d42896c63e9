"""Where the time of grading goes: seconds of a right submission, by task and by check.

python benchmarks/checks.py [--rounds 5]     writes benchmarks/checks.md
"""

import argparse
import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from grader.marking import examiner
from grader.proof.variants import solution
from grader.sandbox.host import Host, choose_level
from judging.course import course


class Watched(examiner.RemoteStudent):
    """A student in the sandbox, with a clock: what is asked, and what its process has worked when it is let go."""

    spent: "Clock"

    def ask(self, probe: str, **inputs: object) -> dict[str, object]:
        begun, worked = time.monotonic(), time.process_time()
        try:
            return super().ask(probe, **inputs)
        finally:
            self.spent.add(self._part, "asking", time.monotonic() - begun)
            self.spent.add(self._part, "examiner asks", time.process_time() - worked)
            self.spent.add(self._part, "questions", 1)

    def close(self) -> None:
        if self._socket is not None:
            self.spent.add(self._part, "student's process", self._host.used() or 0.0)
        super().close()


class Clock:
    """A plugin for pytest: seconds by task and kind, and of each check."""

    def __init__(self) -> None:
        self.tasks: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.checks: dict[str, float] = {}

    def add(self, part: str, kind: str, seconds: float) -> None:
        self.tasks[part][kind] += seconds

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> object:
        part, begun, worked = pyfuncitem.obj.check.part, time.monotonic(), time.process_time()
        asked = self.tasks[part]["examiner asks"]
        try:
            return (yield)
        finally:
            self.checks[pyfuncitem.obj.check.id] = time.monotonic() - begun
            self.add(part, "checks", time.monotonic() - begun)
            judged = time.process_time() - worked - (self.tasks[part]["examiner asks"] - asked)
            self.add(part, "judges", judged)


def measured(host: Host, seed: int) -> tuple[Clock, float, float]:
    """One grading: its clock, and seconds that passed and that the examiner worked."""
    Watched.spent, run = Clock(), pytest.main
    examiner.RemoteStudent, known = Watched, examiner.RemoteStudent
    pytest.main = lambda words, plugins: run(words, plugins=[*plugins, Watched.spent])
    begun, worked = time.monotonic(), time.process_time()
    try:
        examiner.examine(solution(), host, seed=seed, language="en")
    finally:
        examiner.RemoteStudent, pytest.main = known, run
    return Watched.spent, time.monotonic() - begun, time.process_time() - worked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    host = Host(choose_level("auto"))
    measured(host, 0)  # imports, and what is worked out once for all students
    rounds = [measured(host, seed) for seed in range(args.rounds)]
    host.close()
    kinds = ("questions", "checks", "student's process", "judges", "examiner asks")
    rows = []
    for part in course().tasks:
        middle = [statistics.median(clock.tasks[part][kind] for clock, _, _ in rounds) for kind in kinds]
        rows.append((part, f"{middle[0]:.0f}", *(f"{value:.2f}" for value in middle[1:])))
    whole = [statistics.median(sum(t[kind] for t in clock.tasks.values()) for clock, _, _ in rounds) for kind in kinds]
    rows.append(("all", f"{whole[0]:.0f}", *(f"{value:.2f}" for value in whole[1:])))
    passed, worked = (statistics.median(one[i] for one in rounds) for i in (1, 2))
    slow = {name: statistics.median(clock.checks[name] for clock, _, _ in rounds) for name in rounds[0][0].checks}
    lines = [
        "# Where the time of grading goes",
        "",
        f"A right submission, by a worker that has graded one before; medians of {args.rounds}, in seconds, on "
        f"{os.cpu_count()} cores with nothing else to do. In all {passed:.2f} pass, of which the examiner works "
        f"{worked:.2f}: what of that is no judging and no asking is pytest's.",
        "",
        "- checks: what passes from their beginning to their end, with the start of the sandbox's process",
        "- student's process: processor time in the sandbox, imports and namespaces too",
        "- judges: processor time of the examiner's in the checks; asking: in sending, receiving and admitting",
        "",
        "| task | questions | checks | student's process | judges | asking |",
        "|---|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "| check | seconds |",
        "|---|---|",
        *(f"| {name} | {value:.2f} |" for name, value in sorted(slow.items(), key=lambda one: -one[1])[:15]),
        "",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
