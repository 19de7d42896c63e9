"""Files that a hostile student hands in as gram.py; test_hostile.py reads them, cell by cell, and imports none."""

# %% an exception in import
raise RuntimeError("no")

# %% exit in import
import sys

sys.exit(0)

# %% os._exit in import
import os

os._exit(0)

# %% a patched isinstance
import builtins

builtins.isinstance = lambda *a: True


def gram_matrix(f):
    return f


# %% patched operators of tensors
import torch

for n in ("__eq__", "__le__", "__sub__", "all", "max", "abs"):
    setattr(torch.Tensor, n, lambda *a, **k: True)


def gram_matrix(f):
    return f


# %% a patched wire
import sys

sys.modules["wire"].send = lambda *a: None


def gram_matrix(f):
    return f


# %% patched probes
import sys
import checks.probes as p

p.gram_matrix = lambda **k: {"gram": "passed", "points": 10}


# %% an object that lies
class L:
    shape = (1, 2, 2)
    dtype = "float32"

    def __float__(self):
        return 1.0

    def __array__(self):
        return [[1]]

    def __eq__(self, o):
        return True

    def __getattr__(self, n):
        return L()


def gram_matrix(f):
    return L()


# %% an object with a pickle inside
class L:
    def __reduce__(self):
        return (print, ("x",))


def gram_matrix(f):
    return [L(), {1: L()}]


# %% NaN
def gram_matrix(f):
    return f.mean((2, 3))[:, :, None] * float("nan") + f.mean((2, 3))[:, None]


# %% a huge tensor
import torch


def gram_matrix(f):
    return torch.zeros(20_000_000)


# %% a tensor of another kind
import torch


def gram_matrix(f):
    return torch.eye(2).to_sparse()


# %% complex numbers
def gram_matrix(f):
    return f.flatten(2).mean(2, keepdim=True).expand(-1, 2, 2) * 1j


# %% a list without end
def gram_matrix(f):
    a = []
    a.append(a)
    return a


# %% an answer given before it is asked
import os, sys

w = sys.modules["wire"]
import socket

for n in range(3, 40):
    try:
        for _ in range(9):
            w.send(socket.socket(fileno=os.dup(n)), {"answers": {"gram": 7}})
    except Exception:
        pass


def gram_matrix(f):
    return f


# %% a signal to everybody
import os, signal

try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass


def gram_matrix(f):
    return f


# %% a signal to the parent
import os, signal

try:
    os.kill(os.getppid(), signal.SIGKILL)
except OSError:
    pass


def gram_matrix(f):
    return f


# %% hooks that wait
import atexit, sys, os, threading

atexit.register(lambda: open("grades.csv", "w"))


class Hook:
    def find_spec(self, *a):
        os._exit(0)


sys.meta_path.insert(0, Hook())
threading.Thread(target=lambda: threading.Event().wait(), daemon=False).start()


def gram_matrix(f):
    return f


# %% files that others read at their start
from pathlib import Path

for n in ("conftest.py", "sitecustomize.py", "x.pth", "pytest.ini", "/lab/conftest.py", "/grader/x.py"):
    try:
        Path(n).write_text("import os; os._exit(0)")
    except OSError:
        pass


def gram_matrix(f):
    return f


# %% threads without end
import threading

for _ in range(100000):
    try:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    except Exception:
        break


def gram_matrix(f):
    return f


# %% files without end
for i in range(100000):
    try:
        open(f"f{i}", "w").close()
    except OSError:
        break


def gram_matrix(f):
    return f


# %% memory in shared pages
import mmap

held = []
try:
    while True:
        held.append(mmap.mmap(-1, 1 << 28))
        held[-1].write(bytes(1 << 28))
except (OSError, MemoryError):
    pass


def gram_matrix(f):
    return f


# %% frames of the caller
import sys


def gram_matrix(f):
    frame = sys._getframe()
    while frame:
        for v in list(frame.f_locals.values()):
            if isinstance(v, dict) and "GRAM" in v:
                return v["GRAM"]
        frame = frame.f_back
    return f
