"""Is a submission marked for what it does, and does a hostile one gain nothing?"""

import csv
import json
import os
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch

from grader import wire
from grader.checks.student import NoAnswerError, StudentError
from grader.examiner import LIMITS, RemoteStudent, examine
from grader.examples import examples, solution, write_examples
from grader.intake import RefusedError, complete, list_entries, read_submission
from grader.sandbox import Host, strongest_level, wrappers
from solution.textures.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
LEVEL = strongest_level() or "process"
needs_namespaces = pytest.mark.skipif(LEVEL != "namespace", reason="bubblewrap and user namespaces are not there")
FEATURES = torch.arange(8.0).reshape(1, 2, 2, 2)


@pytest.fixture(scope="module", params=list(wrappers()) or [None])
def host(request):
    """A host in each of the ways that work here."""
    host = Host(LEVEL, request.param)
    yield host
    host.close()


@pytest.fixture
def ask(host):
    """Ask gram_matrix of a submission whose gram.py has this body."""

    def ask(body: str, seconds: float = 30) -> dict:
        files = solution() | {"textures/gram.py": f"import os, sys, torch\n\ndef gram_matrix(features):\n{body}\n"}
        student = RemoteStudent(host, files, LIMITS, seconds, 60)
        try:
            return student.for_task("1.1").ask("gram_matrix", features=FEATURES)
        finally:
            student.close()

    return ask


def saw(ask, expression: str) -> str:
    """What an expression is in the sandbox, or the name of its exception."""
    body = f"    try:\n        return repr({expression})\n    except BaseException as error:\n"
    return ask(body + "        return type(error).__name__")["gram"]


# --- Marks ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def marks() -> dict[str, dict[str, float]]:
    """Points by part of the six example students."""
    found = {}
    host = Host(LEVEL)
    for student, files in examples().items():
        found[student] = {}
        for check in examine(complete(files), host, seed=3, language="en"):
            found[student][check.part] = found[student].get(check.part, 0) + check.points
    host.close()
    return found


FULL = {"1.1": 10, "1.2": 6, "1.3": 14, "2.1": 16, "2.2": 2, "2.3": 10, "2.4": 12, "2.5": 6, "bonus": 4}


def test_the_solution_has_every_point(marks):
    assert marks["albert"] == FULL


def test_an_untouched_submission_has_none(marks):
    assert marks["david"] == dict.fromkeys(FULL, 0)


def test_a_wrong_task_costs_itself_alone(marks):
    assert marks["béatrice"] == FULL | {"1.1": 0, "2.1": 10, "2.4": 8}


def test_a_file_that_is_not_python_costs_its_own_task_alone(marks):
    assert marks["eve"] == FULL | {"2.4": 0}


def test_code_that_kills_its_process_costs_its_own_tasks_alone(marks):
    assert marks["mallory"] == FULL | {"1.1": 0, "1.2": 0}


# --- Hostile code -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["    os._exit(0)", "    import ctypes; ctypes.string_at(0)", "    os.abort()"])
def test_a_process_that_ends_gives_no_answer(ask, body):
    with pytest.raises(NoAnswerError) as error:
        ask(body)
    assert (error.value.status, error.value.message) == ("error", "crashed")


@pytest.mark.parametrize(
    "body", ["    while True: pass", "    import time; time.sleep(1000)", "    sum(range(1 << 60))"]
)
def test_a_loop_is_ended(ask, body):
    with pytest.raises(NoAnswerError) as error:
        ask(body, seconds=2)
    assert error.value.status == "timeout"


def test_exit_and_interrupt_are_errors_of_the_student(ask):
    for body, kind in (("    sys.exit(0)", "SystemExit"), ("    raise KeyboardInterrupt", "KeyboardInterrupt")):
        with pytest.raises(StudentError) as error:
            ask(body)
        assert error.value.told["kind"] == kind


def test_an_exception_with_a_hostile_text_is_only_text(ask):
    with pytest.raises(StudentError) as error:
        ask("    class E(Exception):\n        def __str__(self): raise SystemExit\n    raise E")
    assert error.value.told["text"] == ""


def test_a_flood_of_output_is_lost(ask):
    answer = ask("    for _ in range(200): print('x' * 1000000); sys.stderr.write('y' * 100000)\n    return features")
    assert torch.equal(answer["gram"], FEATURES)


def test_memory_is_capped(ask):
    assert saw(ask, "len(bytearray(4 << 30))") == "MemoryError"


def test_patched_libraries_deceive_nobody(ask):
    body = "    torch.equal = torch.allclose = torch.Tensor.all = lambda *a, **k: True\n    return features * 0 + 7"
    assert torch.equal(ask(body)["gram"], torch.full_like(FEATURES, 7))


def test_a_tensor_that_lies_arrives_as_it_is(ask):
    body = "    class Liar(torch.Tensor):\n        shape = (1, 2, 2)\n    return features.as_subclass(Liar)"
    answer = ask(body)["gram"]
    assert type(answer) is torch.Tensor
    assert answer.shape == FEATURES.shape


def test_an_object_is_only_the_name_of_its_type(ask):
    assert ask("    return object()")["gram"] == "<object>"


@pytest.mark.parametrize("frame", ["b'\\xff' * 8", "b'\\0\\0\\0\\5\\0\\0\\0\\0{{{{{'", "b'\\0\\0\\0\\2\\0\\0\\0\\0[]'"])
def test_a_forged_frame_is_no_answer(ask, frame):
    body = f"    for fd in range(3, 64):\n        try: os.write(fd, {frame})\n        except OSError: pass\n"
    body += "    os._exit(0)"
    with pytest.raises(NoAnswerError):
        ask(body)


@needs_namespaces
def test_nothing_of_staff_can_be_read(ask):
    search = (
        "sum(any(word in open(os.path.join(d, f), errors='ignore').read() for word in ('BEGIN SOLUTION', 'hidden=T')) "
        "for top in ('/root', '/home', '/lab', '/tmp', '/scratch') "
        "for d, _, fs in os.walk(top) for f in fs if f.endswith(('.py', '.md')) and 'site-packages' not in d "
        "and 'lib/python' not in d and d != '/scratch/home/textures')"
    )
    assert saw(ask, search) == "0"


@needs_namespaces
@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("__import__('socket').socket()", "PermissionError"),
        ("os.fork()", "PermissionError"),
        ("__import__('subprocess').run(['true'])", "PermissionError"),
        ("os.listdir('/proc')", "[]"),
        ("open('/lab/textures/gram.py', 'a')", "OSError"),
        ("os.mkdir('/mine')", "OSError"),
        ("open('/dev/mine', 'w')", "OSError"),
        ("open('/scratch/large', 'wb').write(bytes(80 << 20))", "OSError"),
        ("__import__('ctypes').CDLL(None).ptrace(16, 1, 0, 0)", "-1"),
        ("__import__('ctypes').CDLL(None).umount2(b'/proc', 2)", "-1"),
        ("sorted(set(os.environ) - {'PATH', 'LANG', 'HOME', 'TMPDIR', 'PWD', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', "
         "'MPLBACKEND', 'MPLCONFIGDIR', 'KMP_DUPLICATE_LIB_OK', 'KMP_INIT_AT_FORK', 'TORCHINDUCTOR_CACHE_DIR'})", "[]"),
        ("os.getpid()", "1"),
    ],
)  # fmt: skip
def test_what_the_sandbox_refuses(ask, expression, found):
    assert saw(ask, expression) == found


@needs_namespaces
def test_one_submission_leaves_nothing_for_the_next(ask):
    for place in ("/scratch/note", "/dev/shm/note", "/scratch/home/note"):
        saw(ask, f"open({place!r}, 'w').write('x')")
        assert saw(ask, f"os.path.exists({place!r})") == "False"
    saw(ask, "setattr(torch, 'left_behind', 1)")
    assert saw(ask, "hasattr(torch, 'left_behind')") == "False"


@needs_namespaces
def test_what_a_submission_started_ends_with_it(host, ask):
    def descendants() -> int:
        parents = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
        found = {host._process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return len(found)

    before = descendants()
    ask(
        "    import threading, time\n    threading.Thread(target=time.sleep, args=(1000,)).start()\n    return features"
    )
    assert descendants() == before


# --- The wire ---------------------------------------------------------------------------------------------------------


def test_data_comes_back_as_it_was_sent():
    here, there = socket.socketpair()
    message = {"a": [FEATURES, None, 1.5, {"b": "é"}], "c": float("inf"), "d": torch.zeros(0, 3, dtype=torch.float64)}
    wire.send(here, message)
    found = wire.receive(there, 5)
    assert torch.equal(found["a"][0], FEATURES)
    assert found["a"][1:] == [None, 1.5, {"b": "é"}]
    assert found["c"] == float("inf")
    assert found["d"].shape == (0, 3)
    here.close()
    with there, pytest.raises(EOFError):
        wire.receive(there, 5)


# --- Intake -----------------------------------------------------------------------------------------------------------


def write_zip(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_the_package_is_found_at_any_depth_among_leftovers(tmp_path):
    gram = "\ufeffx = 1\r\ny = 'é'\r\n"
    members = {
        "a/b/tp3/textures/gram.py": gram,
        "a/b/tp3/textures/mine.py": "z = 1",
        "a/b/tp3/textures/features.py": "# the lab's own file, changed",
        "__MACOSX/a/b/tp3/textures/._gram.py": b"\0\1",
        "a/.ipynb_checkpoints/textures/gram.py": "old",
    }
    found = read_submission(write_zip(tmp_path / "s.zip", members))
    assert found.files == {"textures/gram.py": "x = 1\ny = 'é'\n", "textures/mine.py": "z = 1"}
    assert "BEGIN" not in complete(found.files)["textures/features.py"]


def test_latin_1_is_read_and_told(tmp_path):
    found = read_submission(write_zip(tmp_path / "s.zip", {"textures/gram.py": "# é".encode("latin-1")}))
    assert found.files["textures/gram.py"] == "# é"
    assert found.notes == ["gram.py is not UTF-8: read as Latin-1"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"../textures/gram.py": "x"}, "outside of itself"),
        ({"/textures/gram.py": "x"}, "outside of itself"),
        ({"C:/textures/gram.py": "x"}, "outside of itself"),
        ({"textures/gram.py": "x", "bomb": bytes(80 << 20)}, "would unpack to"),
        ({"textures/gram.py": "#" * (2 << 20)}, "larger than 1 MiB|would unpack"),
        ({f"f{i}": "" for i in range(5001)}, "more than 5000 files"),
        ({"readme.txt": "x"}, "there is no textures/ in it"),
        ({"inner.zip": "x"}, "an archive inside the archive"),
    ],
)
def test_a_bad_archive_is_refused_with_its_reason(tmp_path, members, reason):
    with pytest.raises(RefusedError, match=reason):
        read_submission(write_zip(tmp_path / "s.zip", members))


def test_links_and_damage_are_refused(tmp_path):
    with tarfile.open(tmp_path / "s.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("textures/gram.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(RefusedError, match="a link or a device"):
        read_submission(tmp_path / "s.tar.gz")
    whole = write_zip(tmp_path / "w.zip", {"textures/gram.py": "x = 1\n" * 1000}).read_bytes()
    for damaged in (whole[:100], whole[: len(whole) // 2], b"", b"not an archive"):
        (tmp_path / "d.zip").write_bytes(damaged)
        with pytest.raises(RefusedError):
            read_submission(tmp_path / "d.zip")
    folder = tmp_path / "f" / "textures"
    folder.mkdir(parents=True)
    (folder / "gram.py").symlink_to("/etc/passwd")
    (folder / "noise.py").write_text("x = 1", encoding="utf-8")
    found = read_submission(tmp_path / "f")
    assert set(found.files) == {"textures/noise.py"}
    assert found.notes == ["textures/gram.py is a link or no file, left out"]


def test_the_later_of_two_submissions_counts(tmp_path):
    early = write_zip(tmp_path / "zoé.zip", {"textures/gram.py": "a"})
    (tmp_path / "zoé").mkdir()
    os.utime(early, (1, 1))
    (tmp_path / ".DS_Store").write_bytes(b"")
    entries, remarks = list_entries(tmp_path)
    assert [(entry.student, entry.path.name) for entry in entries] == [("zoé", "zoé")]
    assert remarks == ["zoé: two submissions; zoé is the later and counts"]
    with pytest.raises(InputError, match="holds no submission"):
        list_entries(tmp_path / "zoé")


# --- The command ------------------------------------------------------------------------------------------------------


def grader(*words: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "grader", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")


def test_a_class_is_graded_and_only_what_changed_is_graded_again(tmp_path):
    write_examples(tmp_path / "in")
    for student in ("albert.zip", "chloé.zip"):
        (tmp_path / "in" / student).unlink()
    (tmp_path / "in" / "=cmd.zip").write_bytes(b"not an archive")
    (tmp_path / "in" / "<b>x").mkdir()
    words = ("run", tmp_path / "in", "--out", tmp_path / "out", "--isolation", "auto" if LEVEL != "process" else LEVEL)
    done = grader(*words)
    assert done.returncode == 0, done.stderr
    assert "graded 6\n" in done.stdout
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: (row["total"], row["status"]) for name, row in rows.items()} == {
        "béatrice": ("60", "graded"),
        "david": ("0", "graded"),
        "eve": ("68", "graded"),
        "mallory": ("64", "graded"),
        "<b>x": ("0", "no-package"),
        "'=cmd": ("0", "bad-archive"),
    }
    result = json.loads((tmp_path / "out" / "béatrice" / "result.json").read_text(encoding="utf-8"))
    assert result["isolation"] == LEVEL
    assert {check["hint_id"] for check in result["checks"] if check["part"] == "1.1"} == {"gram_not_divided", None}
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page
    before = (tmp_path / "out" / "grades.csv").read_bytes()
    assert "graded 0 of 6" in grader(*words).stdout
    (tmp_path / "in" / "david" / "tp3" / "textures" / "noise.py").write_text("", encoding="utf-8")
    (tmp_path / "out" / "eve" / "result.json").write_text("{", encoding="utf-8")  # as after a kill
    assert "graded 2 of 6" in grader(*words).stdout
    assert (tmp_path / "out" / "grades.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("run", "nowhere", "--out", "x"), "nowhere is no folder"),
        (("run", "images", "--out", "x"), "images holds no submission"),
        (("run", "solution", "--out", "/proc/x"), "cannot write /proc/x"),
        (("run", "solution", "--out", "x", "-j", "0"), "-j must be at least 1"),
        (("check", "nowhere.zip"), "there is no nowhere.zip"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(words, complaint):
    done = grader(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(f"grader: {complaint}")
    assert done.stderr.count("\n") == 1
