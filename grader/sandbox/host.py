"""Where a student's code runs: a host process without network, files or neighbours, and conversations with it."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import torch

from judging.course import course
from judging.lab import checks_folder, here
from workbench.errors import InputError

from ..places import ROOT, typed
from . import wire

ENVIRONMENT = {
    **{"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    "TORCHDYNAMO_DISABLE": "1",  # torch.compile needs a C compiler, and no program can be started in there
}


START_SECONDS = 300
"""For a host to be there: it imports torch, which takes three on a machine that has nothing else to do."""


class HostError(Exception):
    """The host, which runs nobody's code, has ended or says nothing: a fault of the machine, never a student's."""


@dataclass(frozen=True)
class Limits:
    """What one conversation may use."""

    memory: int = 3 << 30
    """Bytes on top of what PyTorch takes."""
    cpu: int = 240
    """Seconds of processor time."""
    disk: int = 64 << 20
    """Bytes in the scratch folder, and of any one file."""


def strongest_level() -> str | None:
    """The strongest level that works here, tried for real; None where not even namespaces are to be had."""
    return "namespace" if wrappers() else None


@cache
def wrappers() -> dict[str, Callable[[list[str]], list[str]]]:
    """The ways that work here to start a program in namespaces of its own, the best first: bubblewrap, unshare(1)."""
    # What the candidate must be able to do in there: make namespaces of its own.
    probe = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x30020000) != 0)"
    found: dict[str, Callable[[list[str]], list[str]]] = {}
    for program, wrapper in (("bwrap", _bubblewrap), ("unshare", _unshare)):
        if sys.platform == "linux" and shutil.which(program) is not None:
            command = [*wrapper([]), sys.executable, "-I", "-c", probe]
            if subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0:
                found[program] = wrapper
    return found


def choose_level(wanted: str) -> str:
    """The level to use for `--isolation wanted`: "auto" takes the strongest, and nothing weak without being asked.

    Raises:
        InputError: it does not work here.
    """
    if wanted in ("process", "none"):
        return wanted
    found = strongest_level()
    if found is None:
        raise InputError(
            "no isolation by namespaces here (Linux has it, with bubblewrap or with user namespaces): install "
            "bubblewrap, or grade submissions that you trust with --isolation process"
        )
    return found


class Host:
    """A process that has imported torch, and starts conversations with students' code in a moment."""

    def __init__(self, level: str, wrapper: str | None = None):
        """`wrapper` is one of `wrappers`; the best when left out."""
        self.level = level
        self._scratch = tempfile.TemporaryDirectory(prefix="lab-") if level != "namespace" else None
        control, inside = socket.socketpair()
        scratch = "/scratch" if self._scratch is None else self._scratch.name
        if self._scratch is not None:
            os.chmod(scratch, 0o711)  # a conversation may be another user's, in a folder of its own
        lab = "/lab" if self._scratch is None else str(_lab_view(Path(scratch)))
        command = [sys.executable, "-I", "-B", _place("candidate.py", level), level, lab, str(inside.fileno())]
        command.append(course().package)
        if level == "namespace":
            command = [*wrappers()[wrapper or next(iter(wrappers()))](_lab_binds()), *command]
        complaints = tempfile.TemporaryFile()  # noqa: SIM115 – closed below, once the host has begun
        self._process = subprocess.Popen(
            command,
            pass_fds=[inside.fileno()],
            env=ENVIRONMENT | dict.fromkeys(("MPLCONFIGDIR", "TMPDIR"), scratch),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
        )
        inside.close()
        self._control = control
        self._talking = self._stopping = False
        try:
            self.user = wire.receive(control, START_SECONDS)["user"]
            """The user that students' code runs as, at level process under root; 0: as this one."""
        except (EOFError, TimeoutError) as error:
            self.close()
            complaints.seek(0)
            said = _reason(complaints.read().decode(errors="replace"))
            if isinstance(error, TimeoutError):  # what libraries say in passing is no reason
                said = f"no answer within {START_SECONDS} seconds; is the machine busy with other things?"
            raise InputError(f"the sandbox does not start (isolation {level}): {said}") from None
        finally:
            complaints.close()
        if self.user is None:
            self.close()
            raise InputError(
                "isolation process would run students' code as root here, for no other user may read this Python or "
                "the lab: run the grader as another user, or install bubblewrap"
            )

    def converse(self, files: dict[str, str], lent: dict[str, list[str]], limits: Limits) -> socket.socket:
        """A fresh process with these files, which says when it is ready for questions; the one before is ended.

        Raises:
            HostError: there is no host any more, or no process could be confined or filled: no code has run yet.
        """
        self.stop()
        self.settle()
        ours, theirs = socket.socketpair()
        scratch = "" if self._scratch is None else tempfile.mkdtemp(dir=self._scratch.name)
        start = {"op": "start", "limits": asdict(limits), "scratch": scratch, "package": course().package}
        try:
            with self._living():
                socket.send_fds(self._control, [b"x"], [theirs.fileno()])
                wire.send(self._control, start)
        except HostError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._talking = True
        text = bytearray(json.dumps(files).encode())
        try:
            ours.settimeout(START_SECONDS)
            with contextlib.suppress(OSError):  # it has ended already, and has said why
                wire.send(ours, {"files": torch.frombuffer(text, dtype=torch.uint8), "lent": lent})
            failed = wire.receive(ours, START_SECONDS)["failed"]
        except (EOFError, OSError, wire.WireError) as error:
            failed = f"it says nothing ({type(error).__name__})"
        if failed:
            ours.close()
            raise HostError(f"the sandbox cannot begin with a submission: {failed}")
        return ours

    def used(self) -> float | None:
        """Processor seconds of the present conversation so far; None where the system does not tell.

        Raises:
            HostError: there is no host any more.
        """
        return self._command({"op": "usage"})["seconds"]

    def stop(self) -> None:
        """End the conversation, and every process that it started; `settle` waits until they are gone."""
        if self._talking:
            with self._living():
                self._control.sendall(b"x")
                wire.send(self._control, {"op": "stop"})
            self._talking, self._stopping = False, True

    def settle(self) -> None:
        """Wait until nothing is left of the conversation that was stopped.

        Raises:
            HostError: there is no host any more, or it cannot end what was started.
        """
        if self._stopping:
            with self._living():
                wire.receive(self._control, 60)
            self._stopping = False
            for folder in Path(self._scratch.name).glob("tmp*") if self._scratch is not None else ():
                shutil.rmtree(folder, ignore_errors=True)
        elif self._process.poll() is not None:
            raise HostError(f"the sandbox's host has ended with code {self._process.returncode}")

    def close(self) -> None:
        """End the host, and the conversation with it."""
        with contextlib.suppress(HostError):
            self.stop()
            self.settle()
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)
        self._process.wait()
        if self._scratch is not None:
            self._scratch.cleanup()

    def _command(self, command: dict) -> dict:
        with self._living():
            self._control.sendall(b"x")
            wire.send(self._control, command)
            return wire.receive(self._control, 60)

    @contextlib.contextmanager
    def _living(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError, wire.WireError) as error:
            code = self._process.poll()
            happened = f"has ended with code {code}" if code is not None else f"says nothing ({type(error).__name__})"
            raise HostError(f"the sandbox's host {happened}") from None


CHATTER = re.compile(r"Fontconfig |.*Warning: |libEGL |Gtk-")
"""What libraries say in passing, and go on."""


def _reason(complaints: str) -> str:
    """The line of a program's complaints that says why it ended: its last error, not what else it mentions."""
    lines = [line.strip()[:200] for line in complaints.splitlines() if line.strip() and not CHATTER.match(line.strip())]
    telling = [line for line in lines if re.match(r"(bwrap|unshare|mount|umount|sandbox|\w*(Error|Exception))\b", line)]
    return (telling or lines or ["it says nothing"])[-1]


def _place(name: str, level: str) -> str:
    return f"/grader/{name}" if level == "namespace" else str(Path(__file__).with_name(name))


def _lab() -> dict[str, Path]:
    """What the candidate may read of the lab, by its place there: what students have, and the probes."""
    package, checks = course().package, checks_folder()
    if not (here() / "assignment" / package).is_dir():
        raise InputError(f"there is no assignment/{package} yet: run `{typed('release')}`")
    return {
        package: here() / "assignment" / package,
        **{name: here() / name for name in course().folders},
        "workbench": ROOT / "workbench",
        **{f"judging/{name}": ROOT / "judging" / name for name in ("__init__.py", "student.py")},
        **{f"checks/{name}": checks / name for name in ("__init__.py", "probes.py")},
    }


def _lab_binds() -> list[str]:
    """Paths of this repository, each with its place in the sandbox."""
    pairs = [(path, f"/lab/{name}") for name, path in _lab().items()]
    pairs += [(Path(__file__).with_name(name), f"/grader/{name}") for name in ("candidate.py", "wire.py")]
    return [str(word) for pair in pairs for word in pair]


def _system_binds() -> tuple[list[str], list[str]]:
    """Folders of the system and of Python, each with its place, and links, each with what it points to."""
    binds, links = [], []
    for folder in ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(folder)
        if path.is_symlink():
            links += [os.readlink(path), folder]
        elif path.is_dir():
            binds += [folder, folder]
    if Path("/etc/ld.so.cache").exists():
        binds += ["/etc/ld.so.cache", "/etc/ld.so.cache"]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not Path(prefix).is_relative_to("/usr"):
            binds += [prefix, prefix]
    return binds, links


def _lab_view(folder: Path) -> Path:
    """The same as links, where there are no mounts. Files are copied: the folder that they lie in may be closed."""
    lab = folder / "lab"
    for name, path in _lab().items():
        (lab / name).parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            (lab / name).symlink_to(path)
        else:
            shutil.copyfile(path, lab / name)
    return lab


def _bubblewrap(binds: list[str]) -> list[str]:
    """bubblewrap with the system and Python to read, and nothing else: no network, no home, no other process."""
    words = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
    words += ["--die-with-parent", "--new-session"]
    system, links = _system_binds()
    for pairs, option in ((links, "--symlink"), ([*system, *binds], "--ro-bind")):
        for source, target in zip(pairs[::2], pairs[1::2], strict=True):
            words += [option, source, target]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/scratch", "--chdir", "/"]
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/"]


# The same by hand, for unshare(1): a root in memory, folders bound into it for reading, the old root let go.
_ENTER = """
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=/mnt
mount -t tmpfs -o size=16m,mode=755 sandbox $root
while [ "$1" != -- ]; do ln -s "$1" "$root$2"; shift 2; done; shift
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$(dirname "$root$2")"; : > "$root$2"; fi
    mount --bind "$1" "$root$2"
    mount -o remount,bind,ro,nosuid,nodev "$root$2"
    shift 2
done; shift
mkdir $root/proc $root/scratch $root/dev $root/dev/shm $root/old
mount -t proc proc $root/proc
mount -t tmpfs -o size=16m scratch $root/scratch
for device in null zero full random urandom; do
    : > $root/dev/$device
    mount --bind /dev/$device $root/dev/$device
done
cd $root
pivot_root . old
umount -l /old
rmdir /old
unset PWD OLDPWD
mount -o remount,ro /
exec "$@"
"""


def _unshare(binds: list[str]) -> list[str]:
    """util-linux's unshare with the same to read, for machines without bubblewrap."""
    words = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup"]
    words += ["--fork", "--kill-child", "/bin/sh", "-c", _ENTER, "sandbox"]
    system, links = _system_binds()
    return [*words, *links, "--", *system, *binds, "--"]
