"""What students sent is read in a process of its own, which may take so much memory and time and no more."""

import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar

from workbench.errors import InputError
from workbench.files import NO_ROOM

Found = TypeVar("Found")

SECONDS, MEMORY = 60.0, 1 << 30
"""For one submission: its code, notebook and report at their largest take a tenth of it."""


class ApartError(Exception):
    """It took more than it may, or it failed; the text says which."""


def apart(function: Callable[..., Found], *arguments: object, seconds: float = SECONDS, memory: int = MEMORY) -> Found:
    """function(*arguments) in a process of its own; what it returns must be what JSON can hold.

    Elsewhere than on Linux it runs here: such processes are not to be had while PyTorch is loaded.

    Args:
        seconds: that may pass.
        memory: bytes on top of what this process has.

    Raises:
        ApartError: "time", "memory", or the exception that ended it.
        InputError: it raised one, or the disk is full; that is no matter of what was read.
    """
    if sys.platform != "linux":
        return function(*arguments)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _run(function, arguments, theirs, memory)
    os.close(theirs)
    try:
        said = json.loads(_all_of(ours, seconds) or b'{"failed": "memory"}')
    except TimeoutError:
        raise ApartError("time") from None
    finally:
        os.close(ours)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if "stopped" in said:
        raise InputError(said["stopped"])
    if "failed" in said:
        raise ApartError(said["failed"])
    return said["value"]


def _run(function: Callable, arguments: tuple, pipe: int, memory: int) -> None:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            most = int(file.read().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        try:
            said = json.dumps({"value": function(*arguments)})
        except MemoryError:
            said = json.dumps({"failed": "memory"})
        except (InputError, OSError) as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                error = InputError(f"{error.filename or tempfile.gettempdir()}: {error.strerror}; make room")
            said = json.dumps({"stopped": str(error)} if isinstance(error, InputError) else _failed(error))
        except Exception as error:
            said = json.dumps(_failed(error))
        with open(pipe, "wb") as file:
            file.write(said.encode())
    finally:  # whatever happens, nothing of the first process is done twice
        os._exit(0)


def _failed(error: Exception) -> dict:
    return {"failed": f"{type(error).__name__}: {error}"[:200]}


def _all_of(pipe: int, seconds: float) -> bytes:
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    while select.select([pipe], [], [], max(end - time.monotonic(), 0))[0]:
        part = os.read(pipe, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
    raise TimeoutError
