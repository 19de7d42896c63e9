"""Does a cluster started as README says grade, and is one that is not right told of in a line?"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.marking import cluster
from grader.results.tables import fold
from judging.lab import using
from workbench.errors import InputError

distributed, dask = pytest.importorskip("distributed"), pytest.importorskip("dask")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def start():
    """Start a `python -m dask …` of README in a folder, and return its process once its log has some words."""
    processes = []

    def started(kind: str, port: int, folder: Path, until: str) -> subprocess.Popen:
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        words = shlex.split(re.search(rf"(?m)^ *python -m dask {kind}\b.*", readme)[0], comments=True)
        words = [word.replace("HOST:8786", f"127.0.0.1:{port}") for word in words[1:]]
        words += ["--port", str(port)] if kind == "scheduler" else ["--nworkers", "1"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [sys.executable, *words, "--no-dashboard"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, encoding="utf-8")
        processes.append(process)
        for line in process.stderr:
            if until in line:
                return process
        raise AssertionError(f"{command} ended")

    yield started
    for process in reversed(processes):
        process.terminate()
        process.communicate()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def complaint(address: str) -> str:
    with pytest.raises(InputError) as error:
        list(cluster.on_cluster(fold, ["A"], address, None))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.slow
def test_a_cluster_as_readme_says_works_and_one_that_is_gone_is_told(start, port, monkeypatch, tmp_path):
    scheduler = start("scheduler", port, ROOT, "Scheduler at")
    start("worker", port, ROOT, "Registered to")
    found = cluster.on_cluster(fold, ["A", "B", "C"], f"127.0.0.1:{port}", None)
    assert set(found) == {"a", "b", "c"}
    with monkeypatch.context() as patched:
        patched.setattr("grader.marking.verdicts.checks_version", lambda: "another")
        assert "the scheduler has another version of the checks" in complaint(f"127.0.0.1:{port}")
    (tmp_path / "quick").write_text("read", encoding="utf-8")
    os.mkfifo(tmp_path / "never")
    found = cluster.on_cluster(Path.read_text, [tmp_path / "quick", tmp_path / "never"], f"127.0.0.1:{port}", None)
    assert next(found) == "read"
    scheduler.kill()
    with pytest.raises(InputError, match=r"the dask scheduler at .* is gone"):
        next(found)
    assert "no dask scheduler answers" in complaint(f"127.0.0.1:{port}")


@pytest.mark.slow
@pytest.mark.parametrize("side", ["scheduler", "worker"])
def test_a_side_without_the_repository_is_named(start, port, tmp_path, side):
    """Reported as dask/distributed#5419, dask/distributed#1396."""
    start("scheduler", port, tmp_path if side == "scheduler" else ROOT, "Scheduler at")
    start("worker", port, tmp_path if side == "worker" else ROOT, "Registered to")
    told = complaint(f"127.0.0.1:{port}")
    assert re.match(rf"(the )?{side}\b.* cannot grade: .*; start it by .* in this repository's folder", told)


@pytest.mark.slow
def test_a_second_lab_is_graded_where_its_folder_is_found(start, port, tmp_path):
    lab = tmp_path / "second_lab"
    shutil.copytree(ROOT / "tests" / "second_lab", lab, ignore=shutil.ignore_patterns("assignment", "__pycache__"))
    shutil.copytree(lab / "solution" / "transport", tmp_path / "in" / "ada" / "transport")
    grader = [sys.executable, "-m", "grader", "--lab", lab]
    subprocess.run([*grader, "release"], cwd=ROOT, check=True)
    start("scheduler", port, ROOT, "Scheduler at")
    start("worker", port, ROOT, "Registered to")
    words = ["run", tmp_path / "in", "--out", tmp_path / "out", "--executor", f"dask://127.0.0.1:{port}"]
    done = subprocess.run([*grader, *words], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "ada" / "result.json").read_text(encoding="utf-8"))["score"] == 20
    with using(lab):
        assert set(cluster.on_cluster(fold, ["A", "B"], f"127.0.0.1:{port}", None)) == {"a", "b"}
        lab.rename(tmp_path / "elsewhere")
        assert complaint(f"127.0.0.1:{port}") == (
            f"the scheduler finds no lab in {lab}: a folder of --lab must lie at that path there, too"
        )


def test_a_scheduler_without_workers_is_told(monkeypatch):
    monkeypatch.setattr(cluster, "WORKERS", 0.1)
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", processes=True) as empty:
        address = empty.scheduler_address.removeprefix("tcp://")
        assert f"has no workers: start `python -m dask worker {address}` in this repository" in complaint(address)


def told(item: object, happened: str) -> str:
    return f"{item}: {happened}"


def test_what_kills_every_worker_has_a_row_of_its_own(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as local,
    ):
        address = local.scheduler_address.removeprefix("tcp://")
        assert list(cluster.on_cluster(os._exit, [1], address, told)) == [
            "1: every worker that graded it was killed, as when memory runs out"
        ]
