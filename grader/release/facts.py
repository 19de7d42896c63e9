"""What texts state that the code decides: how many parameters its networks have, and how its functions are called.

A number is checked against the code. A name is missed by its absence: what the last release had as a task's function,
and the solution has no more, must stand nowhere, neither as a word of a hint nor as code of a variant or a test.
"""

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import ModuleType

from torch import nn

from judging.course import Course
from workbench.errors import InputError

from ..places import SHARED

FOLDERS = ("solution", "grader", *SHARED, "tests", "expected", "models", "features", "benchmarks", "web")
"""Where names of tasks' functions may stand; assignment/ is made from the first two."""
LEAST, LEAST_IN_CODE = 1_000, 100_000
"""Smaller ones are not looked at: many things are counted in hundreds, and code has thresholds, most of them round."""
PROSE = re.compile(r"(?<![\w.,])\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?![\d,.]*\d)")
DIGITS = re.compile(r"(?<![\w.])\d[\d_]{4,}(?![\w.]*\w)")


def numbers(root: Path, course: Course) -> Collection[int]:
    """The numbers of parameters of the tasks' networks, as wholes and in parts, and of values in their images.

    Raises:
        InputError: the solution cannot be imported.
    """
    found: set[int] = set()
    for file in dict.fromkeys(task.file for task in course.tasks.values()):
        module = _import(root / "solution" / file)
        for name in (name for task in course.tasks.values() if task.file == file for name in task.names):
            thing = getattr(module, name)
            size = inspect.signature(thing).parameters.get("size")
            if size is not None and isinstance(size.default, int):
                found.add(3 * size.default**2)
            if inspect.isclass(thing) and issubclass(thing, nn.Module) and _takes_nothing(thing):
                found |= set(_counts(thing()))
    return found


def _counts(network: nn.Module) -> Iterator[int]:
    """Parameters of a network, of each of its parts, and the sum rounded to thousands."""
    for part in network.modules():
        yield sum(one.numel() for one in part.parameters())
    yield round(sum(one.numel() for one in network.parameters()), -3)


def _takes_nothing(thing: Callable) -> bool:
    required = [one for one in inspect.signature(thing).parameters.values() if one.default is one.empty]
    return not [one for one in required if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]


def _import(path: Path) -> ModuleType:
    """A module of a solution's package, which need not be the one that is running."""
    package = "_package_of_the_release"
    spec = importlib.util.spec_from_file_location(
        package, path.parent / "__init__.py", submodule_search_locations=[str(path.parent)]
    )
    assert spec is not None and spec.loader is not None  # of a .py file there is always one
    sys.modules[package] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(sys.modules[package])
        return importlib.import_module(f"{package}.{path.stem}")
    except Exception as error:
        raise InputError(
            f"{path.parent.parent.name}/{path.parent.name}/{path.name} cannot be imported: {error}"
        ) from None
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]


def check_numbers(text: str, name: str, known: Collection[int]) -> None:
    """Raise `InputError`, with the line, where prose – or code, if `name` is of Python – states another number.

    Powers of ten are nobody's count.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        stated = [(int(re.sub(r"\D", "", one)), LEAST) for one in PROSE.findall(line)]
        if name.endswith(".py"):
            values = [int(one.replace("_", "")) for one in DIGITS.findall(line)]
            stated += [(value, LEAST_IN_CODE) for value in values if value % 1000]
        for value, least in stated:
            if value >= least and value not in known and str(value).strip("0") != "1":
                raise InputError(
                    f"{name}:{number}: {value:,} is stated, and the code makes no such number; it makes "
                    f"{', '.join(f'{one:,}' for one in sorted(known)[:-6:-1])}, …"
                )


def check_gone(root: Path, course: Course, before: Course | None) -> None:
    """Raise `InputError` where a function that was a task's, and is gone, is still named; with all places."""
    gone = {name for task in before.tasks.values() for name in task.names} if before else set()
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted(root.glob(f"solution/{course.package}/**/*.py"))
    )
    gone -= {name for task in course.tasks.values() for name in task.names}
    gone -= set(re.findall(r"(?m)^(?:def|class) (\w+)", code))  # it may be given now
    for name in sorted(gone):
        word, places = re.compile(rf"\b{re.escape(name)}\b"), {}
        for path in _texts(root):
            lines = [i for i, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1) if word.search(line)]
            if lines:
                places[path.relative_to(root).as_posix()] = ",".join(map(str, lines))
        if places:
            where = "; ".join(f"{file}:{lines}" for file, lines in places.items())
            raise InputError(f"{name} is not in solution/{course.package}/ any more, and is named in {where}")


def _texts(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".toml", ".html") and "__pycache__" not in path.parts:
                yield path
    yield from sorted(root.glob("*.md"))


def check_variants(texts: dict[str, str], course: Course, checks: Collection[str], hints: Collection[str]) -> None:
    """Raise `InputError`, with file and line, where a cell of grader/variants/ names what is not there."""
    for name, text in texts.items():
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.startswith("# %% "):
                continue
            about = dict(re.findall(r'\b(part|check|hint)="([^"]*)"', line))
            if about.get("part") not in course.tasks:
                raise InputError(f"{name}:{number}: task {about.get('part')} is named, and no task of course.toml")
            if "check" in about and about["check"] not in checks:
                raise InputError(f"{name}:{number}: there is no check '{about['check']}'")
            for hint in about.get("hint", "").split():
                if hint not in hints:
                    raise InputError(f"{name}:{number}: there is no hint '{hint}' in messages.toml")
