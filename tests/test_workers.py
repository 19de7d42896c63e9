"""Is no result lost when a worker, or the whole run, is killed?"""

import csv
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from grader.marking import Settings, Work, grade
from grader.sandbox import Host, strongest_level
from grader.workers import each

ROOT = Path(__file__).resolve().parents[1]
LEVEL = strongest_level() or "process"


def grade_or_die(work: Work, host: Host, deaths: Path) -> dict:
    """Grade; but the first worker that meets béatrice is killed at that moment."""
    if work.student == "béatrice" and not (deaths / "one").exists():
        (deaths / "one").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return grade(work, host, Settings(0, "en"))


def test_a_cluster_that_loses_a_worker_loses_no_result(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
    source = {"textures/texturenet.py": "def count_parameters(module):\n    return 16\n"}
    works = [Work(student, student, source) for student in ("albert", "béatrice", "chloé")]
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster:
        address = cluster.scheduler_address.removeprefix("tcp://")
        task = partial(grade_or_die, deaths=tmp_path)
        scores = {found["student"]: found["score"] for found in each(task, works, isolation=LEVEL, cluster=address)}
    assert (tmp_path / "one").exists()
    assert scores == {"albert": 1, "béatrice": 1, "chloé": 1}


def run(folder: Path, out: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "grader", "run", folder / "in", "--out", folder / out, "--isolation", LEVEL]
    return subprocess.Popen([*command, "-j", "1"], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def table(path: Path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_run_killed_and_started_again_ends_as_if_nothing_had_happened(tmp_path):
    for student in ("a", "b", "c"):
        source = tmp_path / "in" / student / "textures" / "texturenet.py"
        source.parent.mkdir(parents=True)
        source.write_text("def count_parameters(module):\n    return 16\n", encoding="utf-8")
    undisturbed = run(tmp_path, "whole")
    undisturbed.communicate()
    assert undisturbed.returncode == 0
    killed = run(tmp_path, "killed")
    said = b""
    while b"1/3" not in said and killed.poll() is None:  # the bar tells that one result is there
        said += killed.stderr.read(1)
    killed.kill()
    killed.communicate()
    for path in (tmp_path / "killed").glob("*/result.json"):
        assert path.read_text(encoding="utf-8").endswith("}")
    last = run(tmp_path, "killed")
    last.communicate()
    assert last.returncode == 0
    assert [row["total"] for row in table(tmp_path / "whole" / "grades.csv")] == ["1", "1", "1"]
    assert (tmp_path / "killed" / "grades.csv").read_bytes() == (tmp_path / "whole" / "grades.csv").read_bytes()
