"""What the tests share: seeded randomness, small exemplars and a way to run the lab's scripts as people do."""

import contextlib
import copy
import importlib
import io
import os
import runpy
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import torch
from textures.features import RandomFeatures
from textures.images import load_image

from grader.__main__ import main
from grader.sandbox.host import Host, strongest_level
from judging.course import course, marker
from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
if "PYTEST_XDIST_WORKER" in os.environ:  # one of several at once: a core for each
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    torch.set_num_threads(1)
os.environ.setdefault("LAB_LANG", "en")  # the course is French; what the tests quote is as the code says it


def pytest_configure(config: pytest.Config) -> None:
    for part in course().tasks:
        config.addinivalue_line("markers", f"{marker(part)}: a check of the grader's, imported by a test")


LONG = ("nbgrader", "workers", "scripts", "grading", "selfcheck", "exports", "site", "assignment", "hostile", "apart")
"""Files that take longest: they come first, so that no processor is without work at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def processes_below(first: int) -> dict[int, int]:
    """A process and all that it started, and what those started: pid → parent."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):  # it has just ended
            continue
    found = {first}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {pid: parents.get(pid, 0) for pid in found}


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Host]:
    """A host for all tests that do no harm to it: to start one takes seconds."""
    host = Host(strongest_level() or "process")
    yield host
    host.close()


@pytest.fixture(scope="session")
def at_once(sandbox) -> Callable:
    """Stands in the place of `workers.each`: in this process, with that host."""
    return lambda task, items, **_: (task(item, sandbox) for item in items)


def grader(*words: object, folder: Path = ROOT) -> subprocess.CompletedProcess:
    """`python -m grader WORDS` in this process, which is quicker; at home in `folder`."""
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(word) for word in words])
    finally:
        os.chdir(before)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def pebbles() -> torch.Tensor:
    """(1, 3, 64, 64)."""
    return load_image("pebbles", 64)


@pytest.fixture(scope="session")
def extractor() -> RandomFeatures:
    """A small and quick one."""
    return RandomFeatures(scales=2, widths=(8, 16), colors=8)


@pytest.fixture
def run_script(tmp_path):
    """Run `python solution/NAME.py WORDS` in an empty folder, and return its exit code and what it said."""

    def run(name: str, *words: object, **variables: str) -> subprocess.CompletedProcess:
        command = [sys.executable, ROOT / "solution" / f"{name}.py", *map(str, words)]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **variables}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")

    return run


@pytest.fixture
def run_here(tmp_path, monkeypatch):
    """The same in this process, which is quicker: nothing is caught."""

    def run(name: str, *words: object) -> None:
        script = ROOT / "solution" / f"{name}.py"
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [str(script), *map(str, words)])
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # the script sets its own
        runpy.run_path(str(script), run_name="__main__")

    return run


@pytest.fixture
def complaint(run_here):
    """The one line with which a script refuses its input."""

    def complain(name: str, *words: str) -> str:
        with pytest.raises(InputError) as error:
            run_here(name, *words)
        assert "\n" not in str(error.value)
        return str(error.value)

    return complain


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = next(
            (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
        )
        if program is None:
            pytest.skip("there is no Chromium here")
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def serve():
    """Start `python -m WORDS` as a server, where {port} stands for a free port; its address once it answers."""
    processes = []

    def start(*words: str, folder: Path) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", *(word.format(port=port) for word in words)]
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        log = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        processes.append(process)
        address = f"http://127.0.0.1:{port}"
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return address
            except OSError:
                continue
        raise AssertionError(f"{command} ended with code {process.returncode}")

    yield start
    for process in processes:
        process.terminate()
        process.wait()


@pytest.fixture
def quick(monkeypatch):
    """What judges load and draw again and again is loaded and drawn once."""
    for name in ("textures", "solution.textures"):
        images, features = (importlib.import_module(f"{name}.{room}") for room in ("images", "features"))
        draw = cache(features.RandomFeatures)
        monkeypatch.setattr(features, "RandomFeatures", lambda draw=draw, **settings: copy.deepcopy(draw(**settings)))
        monkeypatch.setattr(images, "load_image", cache(images.load_image))
