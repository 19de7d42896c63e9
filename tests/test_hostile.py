"""Does hostile code gain nothing, and spoil nothing for others?"""

import contextlib
import inspect
import os
import runpy
import signal
import socket
import threading
from pathlib import Path

import jupytext
import pytest
import torch
from conftest import processes_below

from grader.intake.given import works_alone
from grader.marking.examiner import LIMITS, RemoteStudent, examine
from grader.proof.variants import solution
from grader.sandbox import wire
from grader.sandbox.candidate import FORBIDDEN, RECENT
from grader.sandbox.host import Host, HostError, _reason, strongest_level, wrappers
from judging.course import course
from judging.student import NoAnswerError, StudentError

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


# --- One call: what it sees and what becomes of it -------------------------------------------------------------------


@pytest.mark.parametrize("body", ["    os._exit(0)", "    import ctypes; ctypes.string_at(0)", "    os.abort()"])
def test_a_process_that_ends_gives_no_answer(ask, body):
    with pytest.raises(NoAnswerError) as error:
        ask(body)
    assert (error.value.status, error.value.message) == ("error", "crashed")


@pytest.mark.parametrize(
    "body", ["    while True: pass", "    import time; time.sleep(1000)", "    sum(range(1 << 60))"]
)
def test_a_loop_is_ended(ask, body):
    """One that ends the grading of a whole class: ucbds-infra/otter-grader#813."""
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


@pytest.mark.parametrize(
    "frame",
    [
        "b'\\0\\0\\0\\12\\0\\0\\0\\0{\"dict\":3}'",
        "b'\\xff' * 8",
        "b'\\0\\0\\0\\5\\0\\0\\0\\0{{{{{'",
        "b'\\0\\0\\0\\2\\0\\0\\0\\0[]'",
    ],
)
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


FCNTL = 72 if os.uname().machine == "x86_64" else 25
"""The number of that call."""


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
         "'MPLBACKEND', 'MPLCONFIGDIR', 'TORCHDYNAMO_DISABLE', 'KMP_DUPLICATE_LIB_OK', 'KMP_INIT_AT_FORK', "
         "'TORCHINDUCTOR_CACHE_DIR'})", "[]"),
        ("os.getpid()", "1"),
        ("__import__('fcntl').flock(open('/lab/textures/gram.py'), 1)", "PermissionError"),
        ("__import__('fcntl').lockf(open('/lab/textures/gram.py'), 5)", "PermissionError"),
        ("os.posix_fadvise(open('/lab/textures/gram.py').fileno(), 0, 0, 4)", "PermissionError"),
        ("__import__('ctypes').CDLL(None).inotify_init1(0)", "-1"),
        ("os.memfd_create('x')", "PermissionError"),
        ("__import__('socket').socketpair()", "PermissionError"),  # its buffers are memory, too
        ("__import__('ctypes').CDLL(None).semget(0, 32000, 0o1600)", "-1"),
        ("__import__('ctypes').CDLL(None).syscall(444, 0, 0, 1)", "-1"),  # Landlock's rules
        ("__import__('ctypes').CDLL(None).klogctl(3, b' ' * 99, 99)", "-1"),
        ("__import__('ctypes').CDLL(None).sethostname(b'x', 1)", "-1"),
        ("os.setxattr('/lab/textures/gram.py', 'user.x', b'x')", "OSError"),
        ("os.utime('/lab/textures/gram.py')", "OSError"),
        # What one process leaves in the kernel for the next, through files that both may only read.
        ("__import__('fcntl').fcntl(open('/lab/textures/gram.py'), 1036, bytes([3] + [0] * 7))", "PermissionError"),
        ("__import__('fcntl').fcntl(os.open('/lab/textures', os.O_RDONLY), 1026, 1)", "PermissionError"),
        ("__import__('fcntl').fcntl(open('/lab/textures/gram.py'), 1025)", "PermissionError"),
        (f"__import__('ctypes').CDLL(None).syscall({FCNTL}, 0, __import__('ctypes').c_long((1 << 32) + 6), b' ' * 99)",
         "-1"),
        ("os.preadv(os.open('/lab/textures/gram.py', 0), [bytearray(9)], 0, os.RWF_NOWAIT)", "PermissionError"),
        ("os.preadv(os.open('/lab/textures/gram.py', 0), [bytearray(9)], 0)", "9"),
        ("__import__('mmap').mmap(-1, 4096).madvise(21)", "PermissionError"),
        ("__import__('ctypes').CDLL(None).syscall(437, -100, b'/lab', bytes(24), 24)", "-1"),  # openat2
        ("__import__('ctypes').CDLL(None).shmget(7, 4096, 0o1666)", "-1"),
        ("os.nice(-5)", "PermissionError"),
        ("os.kill(2, 0)", "ProcessLookupError"),
        ("open('/proc/self/mem', 'r+b')", "FileNotFoundError"),
        ("os.chroot('/scratch')", "PermissionError"),
        ("__import__('resource').setrlimit(9, (1 << 40, 1 << 40))", "ValueError"),
        ("os.mknod('/scratch/null', 0o20666, 259)", "PermissionError"),
    ],
)  # fmt: skip
def test_what_the_sandbox_refuses(ask, expression, found):
    assert saw(ask, expression) == found


def test_calls_are_forbidden_by_number_where_libseccomp_may_be_older_than_they_are():
    pyseccomp = pytest.importorskip("pyseccomp")
    numbers = {name: pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) for name in (*FORBIDDEN, *RECENT)}
    assert {name: number for name, number in numbers.items() if number >= 424} == {
        name: number for name, number in RECENT.items() if numbers[name] != -1
    }


@needs_namespaces
def test_one_submission_leaves_nothing_for_the_next(ask):
    for place in ("/scratch/note", "/dev/shm/note", "/scratch/home/note"):
        saw(ask, f"open({place!r}, 'w').write('x')")
        assert saw(ask, f"os.path.exists({place!r})") == "False"
    saw(ask, "setattr(torch, 'left_behind', 1)")
    assert saw(ask, "hasattr(torch, 'left_behind')") == "False"


def started(host) -> set[int]:
    """The processes below the host's first one, once it says that all that were to end have ended."""
    host.settle()
    return set(processes_below(host._process.pid))


SURVIVORS = {
    "a thread that waits": "    import threading, time\n    threading.Thread(target=time.sleep, args=(1000,)).start()",
    "a thread that works": "    import threading\n    threading.Thread(target=lambda: all(iter(lambda: 1, 0))).start()",
    "killer of its group": "    os.kill(0, 9)",
    "killer of its group by another name": "    os.killpg(os.getpgid(0), 9)",
    "killer of the group that it came from": "    os.kill(-os.getpgrp(), 9); os.kill(0, 15); os.kill(-1, 9)",
    "one who will not hear of its parent's end": (
        "    import ctypes, time\n    ctypes.CDLL(None).prctl(1, 0)\n    os.kill(0, 9)\n    while True: time.sleep(1)"
    ),
    "leader of a new session": "    import time\n    os.setsid()\n    os.kill(0, 9)\n    time.sleep(1000)",
    "deaf": "    import signal\n    [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]\n    while True: pass",
}


@needs_namespaces
@pytest.mark.parametrize("body", SURVIVORS.values(), ids=SURVIVORS)
def test_what_a_submission_started_ends_with_it(host, ask, body):
    before = started(host)
    with contextlib.suppress(NoAnswerError, StudentError):
        ask(f"{body}\n    return features", seconds=2)
    assert started(host) == before


@needs_namespaces
def test_threads_are_numbered(ask):
    count = (
        "    import threading, time\n    begun = 0\n    threading.stack_size(32768)\n    try:\n"
        "        while begun < 5000:\n            threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
        "            begun += 1\n    except RuntimeError: pass\n    time.sleep(1)\n    return float(begun)"
    )
    assert ask(count.replace("5000", "40"))["gram"] == 40
    with pytest.raises(NoAnswerError) as error:
        ask(count)
    assert error.value.message == "crashed"


@pytest.mark.parametrize(
    ("complaints", "reason"),
    [
        ("", "it says nothing"),
        ("Fontconfig error: No writable cache directories\n", "it says nothing"),
        ("bwrap: No permissions\nFontconfig error: x\n", "bwrap: No permissions"),
        (
            "x.py:3: UserWarning: old\nTraceback\n  a\nImportError: libfoo.so\nFontconfig error: x",
            "ImportError: libfoo.so",
        ),
        (
            "python: error while loading shared libraries\nFontconfig error: x",
            "python: error while loading shared libraries",
        ),
    ],
)
def test_why_a_sandbox_does_not_start_is_what_ended_it(complaints, reason):
    assert _reason(complaints) == reason


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


NO_FRAMES = {
    "nothing": b"",
    "a word": b'"dict"',
    "half of it": b'{"dict": {"x": 1}',
    "something behind it": b'{"dict": {}} {}',
    "no text": b'{"dict": {"\xff": 1}}',
    "a list": b"[1]",
    "a lone tensor": b'{"tensor": ["float32", [0]]}',
    **{f"a dict that is {text}": b'{"dict": %s}' % text.encode() for text in ("[]", "3", '"a"', "null", "NaN")},
    "a dict inside that is a list": b'{"dict": {"x": {"dict": [["a", 1]]}}}',
    "a dict inside that is none": b'{"dict": {"x": {"y": 1}}}',
    **{
        f"a tensor that is {text}": b'{"dict": {"x": {"tensor": %s}}}' % text.encode()
        for text in (
            "null",
            "3",
            '"ab"',
            "[]",
            '["float32"]',
            '["float32", null]',
            '["float32", 3]',
            '["float32", "ab"]',
        )
    },
    "a tensor that is a dict": b'{"dict": {"x": {"tensor": {"float32": 1, "b": 2}}}}',
    "a type that is a list": b'{"dict": {"x": {"tensor": [["float32"], [0]]}}}',
    "a type that is rare": b'{"dict": {"x": {"tensor": ["quint8", [0]]}}}',
    **{
        f"a side of {side}": b'{"dict": {"x": {"tensor": ["float32", [0, %s]]}}}' % side.encode()
        for side in ("NaN", "Infinity", "-1", "true", "1.0", '"1"', "[1]", "9" * 18, "9" * 5000)
    },
    "a tensor without its bytes": b'{"dict": {"x": {"tensor": ["float64", [1]]}}}',
    "lists without end": b"[" * 400_000 + b"]" * 400_000,
    "dicts without end": b'{"dict":{"x":' * 50_000 + b"1" + b"}}" * 50_000,
    "a tensor, and again something else": b'{"dict": {"x": {"tensor": ["float32", [0]], "tensor": 3}}}',
}


@pytest.mark.parametrize("head", NO_FRAMES.values(), ids=NO_FRAMES)
def test_what_is_no_frame_is_told_as_such(head):
    here, there = socket.socketpair()
    data = wire.SIZES.pack(len(head), 0) + head
    sending = threading.Thread(target=here.sendall, args=(data,))
    sending.start()
    with pytest.raises(wire.WireError):
        wire.receive(there, 30)
    sending.join()
    here.close()
    there.close()


def test_of_what_is_said_twice_the_last_counts():
    here, there = socket.socketpair()
    head = b'{"dict": {"x": {"tensor": ["float32", [1]]}, "x": 1, "y": NaN, "z": %s}}' % (b"9" * 5000)
    here.sendall(wire.SIZES.pack(len(head), 0) + head)
    found = wire.receive(there, 5)
    assert (found["x"], str(found["y"]), found["z"]) == (1, "nan", float("inf"))
    here.close()
    there.close()


# --- Whole files: the attacker gains no point, and costs nobody one -------------------------------------------------


ATTACKS = {
    cell.metadata["title"]: cell.source
    for cell in jupytext.reads(Path(__file__).with_name("attacks.py").read_text(encoding="utf-8"), "py:percent").cells
    if "title" in cell.metadata
}


WAYS = [
    pytest.param(wrapper, marks=pytest.mark.slow) if i else wrapper for i, wrapper in enumerate(wrappers() or [None])
]


@pytest.fixture(scope="module", params=WAYS)
def innocent(request):
    """A host of its own, in each of the ways, and what the checks of another task say before any attack."""
    host = Host(LEVEL, request.param)
    before = points(examine(solution(), host, seed=0, language="en", parts=["2.2", "2.4"]).checks)
    yield host, before
    host.close()


def points(checks: list) -> dict[str, float]:
    found = {}
    for check in checks:
        found[check.part] = found.get(check.part, 0) + check.points
    return found


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_gains_nothing_and_harms_nobody(innocent, attack):
    host, before = innocent
    assert before == {"2.2": 2, "2.4": 12}
    files = solution() | {"textures/gram.py": attack}
    processes = started(host)
    found = examine(files, host, seed=0, language="en", parts=["1.1", "2.2", "2.4"], check_seconds=5).checks
    assert points(found) == before | {"1.1": 0}
    assert started(host) == processes
    after = examine(solution(), host, seed=0, language="en", parts=["1.1", "2.2", "2.4"]).checks
    assert points(after) == before | {"1.1": 10}


def test_an_endless_import_costs_its_own_task():
    """A loop without end costs all questions, and says nothing: ucbds-infra/otter-grader#469."""
    host = Host(LEVEL)
    files = solution() | {"textures/noise.py": "while True: pass"}
    found = examine(files, host, seed=0, language="en", parts=["2.4", "2.5"], check_seconds=3).checks
    host.close()
    assert points(found) == {"2.4": 0, "2.5": 6}
    assert {check.status for check in found if check.part == "2.4"} == {"timeout"}
    assert "no answer within 3 seconds" in {check.message for check in found}


@needs_namespaces
@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_a_host_that_ends_is_nobodys_mistake(moment):
    """Nothing is found on a host that has ended: not a crash, not a mark."""
    host = Host(LEVEL)
    os.kill(host._process.pid, signal.SIGKILL) if moment == "before" else None
    student = RemoteStudent(host, solution()).for_task("2.2")
    if moment == "meanwhile":
        assert student.ask("count_parameters", kind="linear")["count"] == 16
        os.kill(host._process.pid, signal.SIGKILL)
        assert student._socket.recv(1) == b""  # all that it had started ends with it, but not at once
    with pytest.raises(NoAnswerError):
        student.ask("count_parameters", kind="linear")
    assert student.failure is not None
    student.close()
    with pytest.raises(HostError):
        examine(solution(), host, seed=0, language="en", parts=["2.2"])
    host.close()


LARGE = {
    "a long file": {"textures/tables.py": "x = 1\n" * 170_000},
    "letters that take six bytes each": {"textures/tables.py": "# " + "é" * 300_000},
    "many files": {f"textures/t{i}.py": "y = 2\n" * 40_000 for i in range(30)},
    "a file of a task": {"textures/noise.py": solution()["textures/noise.py"] + "# é\n" * 200_000},
    "half a character": {"textures/tables.py": "x = '\udcff'\n"},
}


@pytest.mark.parametrize("more", LARGE.values(), ids=LARGE)
def test_large_files_are_graded_like_small_ones(one_host, more):
    found = examine(solution() | more, one_host, seed=0, language="en", parts=["2.2", "2.4"])
    assert points(found.checks) == {"2.2": 2, "2.4": 12}


UNFIT = {
    "more than the disk holds": {"textures/tables.py": "#" * (LIMITS.disk + 1)},
    "more files than there is room for": {f"textures/a{i}/b.py": "" for i in range(1500)},
    "a name that no file can have": {f"textures/{'a' * 300}.py": ""},
    "a file below a file": {"textures/gram.py/below.py": ""},
}


@needs_namespaces
@pytest.mark.parametrize("more", UNFIT.values(), ids=UNFIT)
def test_what_cannot_begin_in_the_sandbox_is_nobodys_mistake(one_host, more):
    """No code has run, so none has failed."""
    with pytest.raises(HostError, match="cannot begin"):
        examine(solution() | more, one_host, seed=0, language="en", parts=["2.2"])
    assert points(examine(solution(), one_host, seed=0, language="en", parts=["2.2"]).checks) == {"2.2": 2}


# --- The exemplar rearranged ------------------------------------------------------------------------------------------

COPIES = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "copies.py"))
REARRANGED = [title for title, _ in COPIES["disguises"](torch.rand(1, 3, 32, 32), 0)]


def forged(made: str) -> dict[str, str]:
    """A synthesis with noise, targets, losses and all as it should be, but with `made` for what L-BFGS would find."""
    instead = f"""
    closure()
    side = min(exemplar.shape[-2:]) // 16 * 16
    made = {made}
    rows, columns = (-(-a // b) for a, b in zip(image.shape[-2:], made.shape[-2:]))
    image.data = made.repeat(1, 1, rows, columns)[..., : image.shape[-2], : image.shape[-1]].clone()
    for _ in range(max(iterations - 1, 1)):
        closure()
"""
    files = solution()
    before, descent, after = files["textures/gatys.py"].partition("\n    optimizer.step(closure)\n")
    assert descent
    forger = "from collections.abc import Iterator\nfrom torch.nn import functional as F\n\n\n"
    forger += inspect.getsource(COPIES["disguises"])
    return files | {"textures/gatys.py": f"{before}{instead}{after}\n\n{forger}"}


@pytest.fixture(scope="module")
def standing_still(one_host):
    """The points of a synthesis that gives back the image it starts from."""
    found = points(examine(forged("image.data"), one_host, seed=0, language="en", parts=["1.3"]).checks)["1.3"]
    assert found < 0.25 * course().tasks["1.3"].points
    return found


@pytest.mark.parametrize(
    "title", [pytest.param(title, marks=[] if "quilted" in title else pytest.mark.slow) for title in REARRANGED]
)
def test_a_synthesis_that_rearranges_the_exemplar_earns_nothing_by_it(one_host, standing_still, title):
    files = forged(f"dict(disguises(exemplar[..., :side, :side], seed))[{title!r}]")
    found = examine(files, one_host, seed=0, language="en", parts=["1.3"]).checks
    assert {check.status for check in found} == {"passed", "failed"}
    assert points(found)["1.3"] <= standing_still


# --- A task stands on its own -----------------------------------------------------------------------------------------


SABOTAGE = {
    "an exception": "raise RuntimeError",
    "no Python": "def def",
    "NUL bytes": "\0\0",
    "another encoding": "\ufffed\0e\0f\0",
    "an end": "import os; os._exit(0)",
    "no gradients": "import torch\ntorch.set_grad_enabled(False)",
    "doubles": "import torch\ntorch.set_default_dtype(torch.float64)",
    "another device": "import torch\ntorch.set_default_device('meta')",
    "a module that is not there": "import cupy",
    "patched PyTorch": "import torch\ntorch.Tensor.square = torch.cat = torch.stack = lambda *a, **k: 1 / 0",
    "a patched neighbour": "import textures.images as i\nfrom . import features, movies\nmovies.torch = None",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')\nwarnings.warn('now')",
    "little depth": "import sys\nsys.setrecursionlimit(40)",
    "another folder": "import os, shutil\nos.chdir('/')\nshutil.rmtree('/scratch/home/textures', ignore_errors=True)",
    "another order of seeds": "import torch\ntorch.Generator = None\ntorch.rand = torch.randn",
    "a decorator": "import torch, functools\n@torch.set_grad_enabled\ndef off(): pass",
    "a default value": "import torch\ndef f(x=torch.set_default_dtype(torch.float64)): pass",
    "in the body of a class": "import torch\nclass A:\n    torch.set_default_dtype(torch.float64)",
    "a given function that was changed": "def sample_noise(*a, **k): return []",
}


@pytest.fixture(scope="module")
def one_host():
    host = Host(LEVEL)
    yield host
    host.close()


QUICK = ("NUL bytes", "an end", "no gradients")


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, id=name, marks=[] if name in QUICK else pytest.mark.slow) for name, line in SABOTAGE.items()],
)
def test_what_a_file_does_costs_its_own_task_only(one_host, line):
    files = solution()
    files["textures/noise.py"] += f"\n\n{line}\n"
    found = examine(files, one_host, seed=0, language="en", parts=["2.5", "2.2"], check_seconds=5)
    assert points(found.checks) == {"2.5": 6, "2.2": 2}


@pytest.mark.parametrize("text", SABOTAGE.values(), ids=SABOTAGE)
def test_files_that_do_more_than_define_are_known(text):
    files = solution()
    assert works_alone(files, "textures/movies.py")
    files["textures/noise.py"] += f"\n\n{text}\n"
    assert works_alone(files, "textures/noise.py")
    assert not works_alone(files, "textures/movies.py")


@pytest.mark.parametrize(
    "text",
    [
        "EPS = 1e-6",
        "import math\nimport numpy as np\nfrom torch import nn",
        "from .gram import gram_matrix",
        "def halve(x, by=2): return x / by",
        "class Mixer:\n    by = 2\n    def __call__(self, x): return x",
        "if __name__ == '__main__':\n    print(redresse(1, 2))",
        "'words'",
        "async def f(): pass",
    ],
)
def test_files_that_only_define_are_known(text):
    files = solution()
    files["textures/noise.py"] += f"\n\n{text}\n"
    assert works_alone(files, "textures/movies.py")


def test_a_task_that_is_wrong_by_itself_is_judged_without_other_files_where_these_may_harm_it(one_host, monkeypatch):
    files = solution() | {"textures/movies.py": "def interpolation_frames(*a, **k): return None\n"}
    asked = []
    plain = RemoteStudent.ask
    monkeypatch.setattr(
        RemoteStudent, "ask", lambda self, probe, **inputs: (asked.append(probe), plain(self, probe, **inputs))[1]
    )
    found = examine(files, one_host, seed=0, language="en", parts=["2.5"])
    once = len(asked) / 2  # with the student's own functions below it, and with right ones
    assert (found.alone, points(found.checks)) == ([], {"2.5": 0})
    files["textures/noise.py"] += "\nimport torch\ntorch.manual_seed(0)\n"
    assert examine(files, one_host, seed=0, language="en", parts=["2.5"]).alone == []
    assert len(asked) == (2 + 3) * once


def test_modules_named_as_libraries_harm_nobody():
    host = Host(LEVEL)
    files = solution() | {"textures/torch.py": "raise SystemExit", "textures/numpy.py": "raise SystemExit"}
    assert points(examine(files, host, seed=0, language="en", parts=["1.1"]).checks) == {"1.1": 10}
    host.close()
