"""What level `process` stops and what it does not, as root and as an ordinary user.

Root may keep Python to itself (a Python below /root): then this level is refused, and the tests run once more in a
container of bubblewrap's that shows Python to all.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from grader.marking.examiner import LIMITS, RemoteStudent, examine
from grader.places import ROOT
from grader.proof.variants import solution
from grader.sandbox.host import Host
from judging.student import NoAnswerError, StudentError
from workbench.errors import InputError

FEATURES = torch.arange(8.0).reshape(1, 2, 2, 2)


def closed() -> list[Path]:
    """The outermost folders on the way to Python and to this repository that only root may enter."""
    found = []
    for place in (Path(sys.executable).resolve(), Path(sys.prefix).resolve(), ROOT):
        barred = [folder for folder in reversed(place.parents) if folder.stat().st_mode & 0o5 != 0o5]
        found += barred[:1]
    return sorted(set(found))


CLOSED = closed() if os.geteuid() == 0 else []
needs_open = pytest.mark.skipif(bool(CLOSED), reason="run by test_the_rest_in_a_container")
ours_alone = pytest.mark.skipif(not CLOSED or shutil.which("bwrap") is None, reason="Python is open to all here")


@ours_alone
def test_root_is_refused_where_students_code_would_be_root():
    with pytest.raises(InputError, match="would run students' code as root"):
        Host("process")


@ours_alone
@pytest.mark.parametrize("user", [[], ["--unshare-user", "--uid", "1234", "--gid", "1234"]], ids=["root", "user"])
def test_the_rest_in_a_container(user, tmp_path):
    words = ["bwrap", "--dev-bind", "/", "/"]
    for folder in CLOSED:
        words += ["--perms", "0755", "--tmpfs", str(folder)]
    for place in {sys.base_prefix, sys.prefix, str(ROOT)}:
        for parent in reversed(Path(place).parents):
            if any(folder in parent.parents for folder in CLOSED):
                words += ["--perms", "0755", "--dir", str(parent)]
        if any(Path(place).is_relative_to(folder) for folder in CLOSED):
            words += ["--bind", place, place]
    tmp_path.chmod(0o755)
    words += ["--setenv", "TMPDIR", "/tmp", *user, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "passed" in done.stdout


@pytest.fixture(scope="module")
def host():
    host = Host("process")
    yield host
    host.close()


def ask(host: Host, body: str, seconds: float = 8) -> object:
    source = f"import os, sys, signal, time, torch\n\ndef gram_matrix(features):\n{body}\n"
    student = RemoteStudent(host, solution() | {"textures/gram.py": source}, LIMITS, seconds)
    try:
        return student.for_task("1.1").ask("gram_matrix", features=FEATURES)["gram"]
    finally:
        student.close()


def left(host: Host) -> list[str]:
    """What still runs below the host, or as its students' user, once it says that all have ended."""
    host.settle()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            owner = folder.stat().st_uid
        except (OSError, ValueError):
            continue
        if parent == host._process.pid or (host.user and owner == host.user):
            found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found


@needs_open
def test_roots_students_are_nobody(host):
    user = int(ask(host, "    return float(os.geteuid())"))
    assert user == (host.user if os.geteuid() == 0 else os.geteuid())
    assert user != 0


@needs_open
def test_files_of_this_user_are_not_kept_from_it_but_memory_is_limited(host, tmp_path):
    tmp_path.chmod(0o755)
    secret = tmp_path / "secret"
    secret.write_text("42", encoding="utf-8")
    for folder in list(tmp_path.parents)[:3]:
        if folder.stat().st_uid == os.geteuid() and folder != Path("/tmp"):
            folder.chmod(0o755)
    assert ask(host, f"    return open({str(secret)!r}).read()") == "42"  # as SECURITY.md says
    with pytest.raises(StudentError) as error:
        ask(host, "    return str(len(bytearray(4 << 30)))")
    assert error.value.told["kind"] == "MemoryError"


SURVIVORS = {
    "a child": "    if os.fork() == 0:\n        while True: pass",
    "a session of its own": "    if os.fork() == 0:\n        os.setsid()\n        while True: time.sleep(1)",
    "a daemon of a daemon": (
        "    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n            os.setsid()\n"
        "            signal.signal(signal.SIGTERM, signal.SIG_IGN)\n            while True: time.sleep(1)\n"
        "        os._exit(0)"
    ),
    "many": "    for _ in range(30):\n        try:\n            if os.fork() == 0:\n                os.setsid()\n"
    "                while True: time.sleep(1)\n        except OSError: break",
    "another program": "    import subprocess\n    subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    "a killer of its group": "    if os.fork() == 0:\n        os.setsid()\n        while True: time.sleep(1)\n"
    "    os.kill(0, signal.SIGKILL)",
    "a thread that waits": "    import threading\n    threading.Thread(target=time.sleep, args=(1000,)).start()",
}


@needs_open
@pytest.mark.parametrize("body", SURVIVORS.values(), ids=SURVIVORS)
def test_nothing_lives_on_when_its_submission_is_done(host, body):
    try:
        ask(host, f"{body}\n    return features")
    except NoAnswerError as error:
        assert error.message in ("crashed", "timed_out")  # the latter, where a survivor keeps the line open
    assert left(host) == []


@needs_open
def test_who_ends_the_host_is_no_longer_graded_on(host):
    """At this level an ordinary user's code can reach the host; what is found from then on is nobody's."""
    from grader.sandbox.host import HostError

    other = Host("process")
    if other.user:
        body = "    try: os.kill(os.getppid(), signal.SIGKILL)\n    except PermissionError: return features"
        source = f"import os, signal\n\ndef gram_matrix(features):\n{body}\n"
        assert examine(solution() | {"textures/gram.py": source}, other, seed=0, language="en", parts=["2.2"]).checks
    else:
        source = "import os, signal\n\ndef gram_matrix(features):\n    os.kill(os.getppid(), signal.SIGKILL)\n"
        with pytest.raises(HostError):
            examine(solution() | {"textures/gram.py": source}, other, seed=0, language="en", parts=["1.1", "2.2"])
    other.close()
