"""The candidate's side of the sandbox: a host that has imported torch once, and forks a child for each conversation.

The host reads commands from a control socket that no child ever holds. A child gets a socket of its own, moves into
namespaces of its own (Linux), writes the submission into a scratch folder that dies with it, and answers probes. It
runs code that nobody has read: whatever it sends is data, and the examiner judges it.
"""

import builtins
import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # type: ignore[import-not-found]  # beside this file

try:
    import pyseccomp  # here, once: it searches long for libseccomp
except (ImportError, RuntimeError, OSError):
    pyseccomp = None

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x08000000, 0x10000000, 0x20000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
CAPABILITY_VERSION_3 = 0x20080522
FORBIDDEN = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    *("execve", "execveat", "fork", "vfork", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot"),
    *(
        "socket",
        "socketpair",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "io_uring_setup",
        "keyctl",
        "add_key",
        "request_key",
    ),
    # Memory that no limit of a process counts.
    *("memfd_create", "memfd_secret", "shmget", "msgget", "mq_open", "semget", "landlock_create_ruleset"),
    *("open_by_handle_at", "move_mount", "open_tree", "fsopen", "fsmount", "init_module", "kexec_load", "reboot"),
    # By these one process tells another that it is or was there, through what both may only read.
    *("flock", "mincore", "cachestat", "fadvise64", "readahead", "inotify_init", "inotify_init1", "fanotify_init"),
    *("openat2", "syslog"),
)
RECENT = {
    **{"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "clone3": 435},
    **{"openat2": 437, "pidfd_getfd": 438, "process_madvise": 440, "landlock_create_ruleset": 444},
    **{"memfd_secret": 447, "cachestat": 451},
}
"""Numbers of calls that a libseccomp of before them does not know by name; they are the same on every processor."""
FILE_COMMANDS = (*range(5, 64), *range(1024, 1030))
"""Of fcntl, to the same end: locks, leases, notices. Allowed are 0 to 4, F_DUPFD to F_SETFL, and F_DUPFD_CLOEXEC, 1030;
beyond it are hints that a file keeps when its reader is gone."""
CODE = ("checks", "judging", "workbench")
"""What of the lab is neither the student's nor pictures and weights."""
THREADS = 64
"""Of one submission; also its processes, at level process under root."""


def serve(control: socket.socket, level: str, lab: Path, user: int) -> None:
    """Fork a child for every `start`; end it, with all that it started, at `stop`, or when nobody commands any more.

    Args:
        user: the children's, where it is not this one: of `spare_user`.
    """
    if level == "namespace":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # no child may look into this process
    if sys.platform == "linux":  # who loses its parent becomes a child of this process, and is found
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = 0
    while True:
        try:
            command, fds = _receive_with_fd(control)
        except EOFError:
            if child:
                _end(child, level)
            return
        if command["op"] == "start":
            child = os.fork()
            if child == 0:
                control.close()
                _exit_after(converse, socket.socket(fileno=fds[0]), command, level, lab, user)
            os.close(fds[0])
        elif command["op"] == "usage":
            wire.send(control, {"seconds": _used()})
        elif child:
            _end(child, level)
            child = 0
            wire.send(control, {"stopped": True})


def spare_user(level: str, lab: Path) -> int | None:
    """A user of nobody's, for root at level process to give students' code to; 0: no need; None: there is none.

    That user must be able to read Python and the lab, for root's files may be closed to all others.
    """
    if level != "process" or os.geteuid() != 0:
        return 0
    user = 61000 + os.getpid() % 4000  # another one for each host, so that hosts cannot signal one another's
    reading = os.fork()
    if reading == 0:
        _exit_after(_read_as, user, [sys.prefix, sys.base_prefix, os.__file__, *map(str, lab.glob("*/__init__.py"))])
    return user if os.waitpid(reading, 0)[1] == 0 else None


def _read_as(user: int, paths: list[str]) -> None:
    _become(user)
    for path in paths:
        if not os.access(path, os.R_OK):
            raise PermissionError(path)


def _become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _end(child: int, level: str) -> None:
    """End a child and what it started; without Linux only what has not left the child's session."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM if level == "namespace" else signal.SIGKILL)
    os.waitpid(child, 0)
    if level != "namespace":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    # What was left has become this process's own: killed until there is none, for it may start more meanwhile.
    while True:
        for pid in _descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _descendants() -> dict[int, float]:
    """What this process has started, and what that has started: processor seconds by pid. Empty without /proc."""
    found: dict[int, tuple[int, float]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found[int(folder.name)] = int(words[1]), sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")
    inside = {os.getpid()}
    while more := {pid for pid, (parent, _) in found.items() if parent in inside} - inside:
        inside |= more
    return {pid: found[pid][1] for pid in inside - {os.getpid()}}


def _used() -> float | None:
    """Processor seconds of the present conversation; None where the system does not tell."""
    return sum(_descendants().values()) if Path("/proc/self/stat").exists() else None


def _receive_with_fd(control: socket.socket) -> tuple[dict, list[int]]:
    data, fds, _, _ = socket.recv_fds(control, 1, 1)
    if not data:
        raise EOFError
    return wire.receive(control), fds


def _exit_after(function: Callable, *arguments: object) -> None:
    try:
        function(*arguments)
    except BaseException:  # of a child that could not even begin; the examiner sees its socket close
        os._exit(1)
    os._exit(0)


def converse(sock: socket.socket, start: dict, level: str, lab: Path, user: int) -> None:
    """Confine this process, unpack the submission, answer probes until the examiner hangs up."""
    try:
        work, lent = _begin(sock, start, level, lab, user)
    except BaseException as error:  # of the machine: none of the submission's code has run yet
        wire.send(sock, {"failed": f"{type(error).__name__}: {error}"})
        return
    wire.send(sock, {"failed": ""})
    for name in [name for name in sys.modules if name.split(".")[0] == start["package"]]:
        del sys.modules[name]
    sys.path[:] = [str(work), *sys.path[1:]]  # the folder of this file gives way to the submission's
    answers = {}
    try:
        _lend(start["package"], lent, _Asking(sock))
    except BaseException as error:
        answers = _error(error, work)
    wire.send(sock, {"ready": True})
    while True:
        try:
            question = wire.receive(sock)
        except EOFError:
            return
        try:
            reply = answers or {"answers": _answer(question["probe"], question["inputs"])}
        except BaseException as error:  # also SystemExit and KeyboardInterrupt: they are the student's
            reply = _error(error, work)
        try:
            wire.send(sock, reply)
        except (TypeError, ValueError, RuntimeError, wire.WireError) as error:
            wire.send(sock, _error(error, work))


def _begin(sock: socket.socket, start: dict, level: str, lab: Path, user: int) -> tuple[Path, dict[str, list[str]]]:
    """Confine this process and unpack the submission: its folder, and what is lent to it."""
    limits, mapped = start["limits"], _mapped()
    os.setsid()
    if level == "namespace":
        _enter_namespaces(sock, limits)
    work = Path("/scratch/home") if level == "namespace" else Path(start["scratch"])
    # Only now: no process that outlives this one has ever held a submission.
    given = wire.receive(sock)
    for name, text in json.loads(given["files"].numpy().tobytes()).items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    for path in lab.iterdir():
        if path.name not in (*CODE, start["package"]):  # pictures and weights
            (work / path.name).symlink_to(path)
    os.chdir(work)
    if user:
        for path in (work, *work.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)
        resource.setrlimit(resource.RLIMIT_NPROC, (THREADS, THREADS))
        _become(user)
    os.environ.update(HOME=str(work), TMPDIR=str(work), MPLBACKEND="agg", MPLCONFIGDIR=str(work))
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    if level != "none":
        _limit(limits, mapped)
    if level == "namespace":
        _filter_calls()
    return work, given["lent"]


def _enter_namespaces(sock: socket.socket, limits: dict) -> None:
    """Processes, mounts and privileges of its own; a scratch folder in memory; no view of other processes."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the maps below are not this process's to write
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"1000 {user} 1"), ("gid_map", f"1000 {group} 1")):
        Path("/proc/self", name).write_text(text)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    proc = os.open("/proc", os.O_RDONLY)  # as seen from out here: it is about to be covered
    inside = os.fork()
    if inside:
        # This process is out of reach of the student's, which is process 1 of its namespace: killed, it takes along
        # all that it started.
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        signal.signal(signal.SIGTERM, lambda *_: os.kill(inside, signal.SIGKILL))
        sock.close()
        # RLIMIT_NPROC would count all processes of the user who grades, and none of root's.
        while os.waitpid(inside, os.WNOHANG) == (0, 0):
            if _threads(inside, proc) > THREADS:
                os.kill(inside, signal.SIGKILL)
            signal.sigtimedwait({signal.SIGCHLD}, 0.2)  # at its end this goes on at once
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.close(proc)
    os.setsid()  # out of the watcher's group: a signal to all of one's own group does not reach it
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # and should it end all the same, so does this
    for place, options in (
        ("/scratch", f"size={limits['disk']},nr_inodes=2000"),
        ("/proc", "size=4k"),
        ("/dev/shm", "size=4k"),
    ):
        if libc.mount(b"tmpfs", place.encode(), b"tmpfs", 6, options.encode()):  # no set-uid, no devices
            raise OSError(ctypes.get_errno(), f"mount {place}")
    # The rights that came with the namespace have served: without them, what is mounted stays mounted.
    if libc.capset((ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capset")


def _threads(pid: int, proc: int) -> int:
    try:
        with open(os.open(f"{pid}/status", os.O_RDONLY, dir_fd=proc), encoding="utf-8", errors="replace") as lines:
            return int(next(line for line in lines if line.startswith("Threads:")).split()[1])
    except (OSError, StopIteration):  # it has just ended
        return 0


def _mapped() -> int:
    """Bytes of address space in use: PyTorch, mostly. 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _limit(limits: dict, mapped: int) -> None:
    for name, value in (
        # Address space on top of PyTorch's stands for memory: no limit of a process counts what it shares with itself.
        ("RLIMIT_AS", mapped + limits["memory"] if mapped else resource.RLIM_INFINITY),
        ("RLIMIT_DATA", limits["memory"]),
        ("RLIMIT_CPU", limits["cpu"]),
        ("RLIMIT_FSIZE", limits["disk"]),
        ("RLIMIT_NOFILE", 256),
        ("RLIMIT_CORE", 0),
    ):
        resource.setrlimit(getattr(resource, name), (value, value))


def _filter_calls() -> None:
    """Forbid what no texture needs: new programs and processes, the network, other processes' memory, mounts."""
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if pyseccomp is None:  # the namespaces stand alone
        return
    filters = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse = pyseccomp.ERRNO(1)

    def forbid(name: str, *arguments: pyseccomp.Arg, by: int = refuse) -> None:
        filters.add_rule(by, RECENT.get(name, name), *arguments)

    for name in FORBIDDEN:
        forbid(name)
    # Threads, but no processes; clone3 hides its flags in memory, so that libc must fall back to clone.
    thread = 0x10000
    forbid("clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, thread, 0))
    forbid("clone3", by=pyseccomp.ERRNO(38))
    whole = 0xFFFFFFFF  # what the kernel looks at of a word that says what to do
    for command in FILE_COMMANDS:
        forbid("fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    forbid("fcntl", pyseccomp.Arg(1, pyseccomp.GT, 1030))  # also 1 << 32 and more, which means what its lower half does
    forbid("preadv2", pyseccomp.Arg(5, pyseccomp.MASKED_EQ, 8, 8))  # RWF_NOWAIT: whether a page is in memory
    for advice in (20, 21):  # MADV_COLD, MADV_PAGEOUT: that it be no more
        forbid("madvise", pyseccomp.Arg(2, pyseccomp.MASKED_EQ, whole, advice))
    filters.load()


class _Asking:
    """The examiner, asked from within an answer: one question at a time, whichever thread asks."""

    def __init__(self, sock: socket.socket):
        self._socket, self._turn = sock, threading.Lock()

    def __call__(self, question: dict) -> dict:
        with self._turn:
            wire.send(self._socket, question)
            reply = wire.receive(self._socket)
        if "raised" in reply:
            kind, text = reply["raised"]
            known = getattr(builtins, kind, None)
            raise (known if isinstance(known, type) and issubclass(known, Exception) else RuntimeError)(text)
        return reply


def _lend(package: str, lent: Mapping[str, list[str]], ask: _Asking) -> None:
    """Put right functions in the place of the student's, for the tasks that the present one builds upon.

    They are not here: whoever calls one sends the examiner the arguments, and gets the value, and later the gradients.

    Args:
        lent: by module of that package, the names of functions.
    """
    for module, names in lent.items():
        own = importlib.import_module(f"{package}.{module}")
        for name in names:
            setattr(own, name, _right(package, module, name, ask))


def _right(package: str, module: str, name: str, ask: _Asking) -> Callable:
    def right(*arguments: object, **settings: object) -> object:
        tensors: list[Tensor] = []
        layout: list = []
        plan = _taken_apart([arguments, settings], tensors)
        keep = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
        found = _Remote.apply(f"{module}.{name}", plan, layout, keep, ask, *tensors)
        return _put_together(layout[0], iter(found))

    right.__name__ = right.__qualname__ = name
    right.__module__ = f"{package}.{module}"
    return right


class _Remote(torch.autograd.Function):
    """A function that is computed by the examiner, and so is its gradient."""

    @staticmethod
    def forward(
        name: str, plan: object, layout: list, keep: bool, ask: _Asking, *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        found: list[Tensor] = []
        reply = ask({"call": name, "arguments": _put_together(plan, iter(tensors)), "keep": keep})
        layout.extend([_taken_apart(reply["value"], found), reply["number"]])
        return tuple(found)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: tuple) -> None:
        ctx.number, ctx.ask = inputs[2][1], inputs[4]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return (*[None] * 5, *ctx.ask({"back": ctx.number, "gradients": gradients})["value"])


def _taken_apart(value: object, tensors: list[Tensor]) -> object:
    """A value with a `Tensor` (the class) in the place of each tensor, which is added to `tensors`.

    Any mapping becomes a dict, all else that can be gone through a list: that is how they travel.
    """
    if isinstance(value, Tensor):
        tensors.append(value)
        return Tensor
    if isinstance(value, Mapping):
        return {key: _taken_apart(item, tensors) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return [_taken_apart(item, tensors) for item in value]
    return value


def _put_together(plan: object, tensors: Iterator[Tensor]) -> object:
    if plan is Tensor:
        return next(tensors)
    if isinstance(plan, dict):
        return {key: _put_together(item, tensors) for key, item in plan.items()}
    if isinstance(plan, list):
        return [_put_together(item, tensors) for item in plan]
    return plan


def _answer(probe: str, inputs: dict) -> dict:
    from checks import probes  # type: ignore[import-not-found]  # of the lab in hand

    from judging.student import Student

    return Student(probes).ask(probe, **inputs)


def _error(error: BaseException, work: Path) -> dict:
    from judging.student import describe

    return {"error": describe(error, work)}


def main() -> None:
    level, lab = sys.argv[1], Path(sys.argv[2])
    torch.set_num_threads(1)
    sys.path.insert(0, str(lab))
    # What students' code will import is imported now, once: the given package and all that it uses.
    for name in ("checks.probes", "judging.student"):
        importlib.import_module(name)
    for package in ("workbench", sys.argv[4]):
        for path in sorted((lab / package).rglob("[a-z]*.py")):
            importlib.import_module(".".join(path.relative_to(lab).with_suffix("").parts))
    sys.path.remove(str(lab))
    warm_up = getattr(sys.modules["checks.probes"], "warm_up", None)
    if warm_up is not None:  # what a library does at its first use alone is done once
        warm_up()
    control = socket.socket(fileno=int(sys.argv[3]))
    user = spare_user(level, lab)
    wire.send(control, {"user": user})
    if user is None:
        return
    serve(control, level, lab, user)


if __name__ == "__main__":
    main()
