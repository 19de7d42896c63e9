"""Is no result lost when a worker, or the whole run, is killed?"""

import csv
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from conftest import grader

from grader.marking.examiner import examine
from grader.marking.grading import Settings, Work, not_graded
from grader.marking.workers import each
from grader.sandbox.host import Host, strongest_level

ROOT = Path(__file__).resolve().parents[1]
LEVEL = strongest_level() or "process"


SOURCE = "def count_parameters(module):\n    return sum(p.numel() for p in {*module.parameters()} if p.requires_grad)\n"


def grade(work: Work, host: Host) -> dict:
    """The points of one quick task."""
    found = examine(work.files, host, seed=0, language="en", parts=["2.2"])
    return {"student": work.student, "score": sum(check.points for check in found.checks)}


def grade_or_die(work: Work, host: Host, deaths: Path) -> dict:
    """Grade; but the first worker that meets béatrice is killed at that moment."""
    if work.student == "béatrice" and not (deaths / "one").exists():
        (deaths / "one").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return grade(work, host)


def test_a_cluster_that_loses_a_worker_loses_no_result(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
    works = [Work(student, student, {"textures/texturenet.py": SOURCE}) for student in ("albert", "béatrice", "chloé")]
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0")
    with cluster:
        address = cluster.scheduler_address.removeprefix("tcp://")
        task = partial(grade_or_die, deaths=tmp_path)
        scores = {found["student"]: found["score"] for found in each(task, works, isolation=LEVEL, cluster=address)}
    assert (tmp_path / "one").exists()
    assert scores == {"albert": 2, "béatrice": 2, "chloé": 2}


def grade_or_fail(work: Work, host: Host) -> dict:
    """Grade; but whoever is called after a signal kills the worker with it, and whoever is called `raises` an error."""
    if work.student.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, work.student))
    if work.student == "raises":
        raise RuntimeError("no\ud800t\x1b[2J today")
    return grade(work, host)


@pytest.mark.slow
def test_who_ends_a_worker_or_the_judging_has_a_row_and_the_others_their_marks():
    works = [
        Work(student, student, {"textures/texturenet.py": SOURCE})
        for student in ("albert", "SIGKILL", "raises", "SIGSEGV", "chloé")
    ]
    failed = partial(not_graded, settings=Settings(0, "en"), isolation=LEVEL)
    found = {
        result["student"]: result for result in each(grade_or_fail, works, isolation=LEVEL, jobs=2, otherwise=failed)
    }
    assert found.keys() == {work.student for work in works}
    assert [found[student]["score"] for student in ("albert", "chloé")] == [2, 2]
    for student in ("SIGKILL", "raises"):
        assert (found[student]["status"], found[student]["score"]) == ("crashed", 0)
        assert "not the student's fault" in found[student]["reason"]
        assert found[student]["reason"].encode() and "\x1b" not in found[student]["reason"]
    with pytest.raises(RuntimeError, match="today"):
        list(each(grade_or_fail, works[2:3], isolation=LEVEL))


def test_words_and_numbers_that_no_file_or_terminal_takes_stop_nobody(tmp_path, monkeypatch, at_once):
    notebook = (ROOT / "assignment" / "tp3.ipynb").read_text(encoding="utf-8")
    body = {
        "honest": "return sum(p.numel() for p in {*module.parameters()} if p.requires_grad)",
        "half a character": r"raise RuntimeError('\ud800')",
        "a screen of its own": r"raise RuntimeError('\x1b[2J\r\n80 of 80 points\u202e')",
        "a very long number": "return 10**400",
        "half an answer": "return sum(p.numel() for p in {*module.parameters()} if p.requires_grad)",
    }
    for student, line in body.items():
        folder = tmp_path / "in" / student
        (folder / "textures").mkdir(parents=True)
        source = f"def count_parameters(module):\n    {line}\n"
        (folder / "textures" / "texturenet.py").write_text(source, encoding="utf-8")
        answer = r"half \ud800 of it" if student == "half an answer" else "an answer"
        (folder / "tp3.ipynb").write_text(notebook.replace("*Your answer", f"{answer} *Your answer"), encoding="utf-8")
    monkeypatch.setattr("grader.marking.grading.each", at_once)
    assert grader("run", tmp_path / "in", "--out", tmp_path / "out", "--isolation", LEVEL).returncode == 0
    rows = {row["étudiant" if "étudiant" in row else "student"]: row for row in table(tmp_path / "out" / "grades.csv")}
    assert rows.keys() == body.keys()
    assert {rows["honest"]["2.2"], rows["half an answer"]["2.2"]} == {"2"}
    for student in body:
        told = (tmp_path / "out" / student / "result.json").read_text(encoding="utf-8")
        messages = [check["message"] for check in json.loads(told)["checks"]]
        assert all(message.isprintable() for message in messages)
    assert rows["a screen of its own"]["2.2"] == rows["a very long number"]["2.2"] == "0"


def run(folder: Path, out: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "grader", "run", folder / "in", "--out", folder / out, "--isolation", LEVEL]
    return subprocess.Popen([*command, "-j", "1"], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def table(path: Path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_run_killed_and_started_again_ends_as_if_nothing_had_happened(tmp_path, monkeypatch, at_once):
    for student in ("a", "b", "c"):
        source = tmp_path / "in" / student / "textures" / "texturenet.py"
        source.parent.mkdir(parents=True)
        source.write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr("grader.marking.grading.each", at_once)
    assert grader("run", tmp_path / "in", "--out", tmp_path / "whole", "--isolation", LEVEL).returncode == 0
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
    assert [row["total"] for row in table(tmp_path / "whole" / "grades.csv")] == ["2", "2", "2"]
    assert (tmp_path / "killed" / "grades.csv").read_bytes() == (tmp_path / "whole" / "grades.csv").read_bytes()
