"""Where things lie: the engine in this repository, and what belongs to the lab in hand."""

import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from judging.lab import checks_folder, here, one_of

ROOT = Path(__file__).resolve().parents[1]
SHARED = ("judging", "workbench")
"""Packages that students get as they are: the checks' engine, and what all programs stand on."""
IGNORED = {"__pycache__", ".pytest_cache", ".ipynb_checkpoints"}
"""What programs leave behind."""


def variants_folder() -> Path:
    """Where wrong and right ways to write the tasks lie."""
    return one_of("variants", "grader/variants")


def typed(command: str) -> str:
    """A command for the lab in hand, as somebody would type it: "release" → "python -m grader release"."""
    lab = "" if here() == ROOT else f"--lab {os.path.relpath(here())} "
    return f"python -m grader {lab}{command}"


def check_module(name: str) -> ModuleType:
    """A module of the lab's checks: "probes"."""
    return _module(checks_folder() / name)


def reference(module: str) -> ModuleType:
    """A module of the solution: "textures.gram"."""
    return _module(here() / "solution" / module.replace(".", "/"))


def _module(path: Path) -> ModuleType:
    """A module by its place. That of another lab than this repository's has the name of that lab's folder first."""
    above = here() if here() == ROOT else here().parent
    if str(above) not in sys.path:
        sys.path.append(str(above))
    return import_module(".".join(path.relative_to(above).parts))
