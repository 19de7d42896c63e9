"""Whether a verdict still stands: a check runs again when something that decides its verdict has changed.

What decides are the student's files, the check and what it judges with, the way to ask, seed and level. Words do not:
they are said anew.
"""

import ast
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from types import ModuleType

from judging.check import Check
from judging.course import course
from judging.lab import by_lab, checks_folder, here
from judging.messages import catalogue
from judging.summary import Result, worded
from workbench.errors import InputError

from ..intake.given import works_alone
from ..places import ROOT, SHARED, check_module

ASKING = ("sandbox", "intake/given.py", "marking/examiner.py", "places.py")
"""Of grader/: how students' code is asked, what it is lent, and which answers are let in."""


@by_lab
def all_checks() -> dict[str, Check]:
    """The checks by name, in the order in which they run."""
    return {check.id: check for module in _modules() for check in _checks_of(module)}


def verdict_keys(files: Mapping[str, str], seed: int, level: str) -> dict[str, str]:
    """For each check, a key of all that decides its verdict on these files."""
    digest = hashlib.sha256(f"{_shared()} {seed} {level}".encode())
    for name in sorted(files):
        for text in (name, files[name]):
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest())
    common = digest.hexdigest()
    return {name: _hash(common, own) for name, own in _judges().items()}


def still_known(result: dict | None, keys: Mapping[str, str], language: str) -> list[Result]:
    """The verdicts of an earlier result that these keys confirm, in words of today."""
    found = []
    names = {field.name for field in fields(Result)}
    for check in result["checks"] if result else ():
        if check.get("key") == keys.get(check["id"], ""):
            verdict = Result(**{name: value for name, value in check.items() if name in names})
            try:
                found.append(worded(verdict, all_checks()[verdict.id].sentence, language))
            except (LookupError, ValueError):  # a message that is no more, or needs to know more
                continue
    return found


def to_run(files: Mapping[str, str], known: Collection[Result]) -> set[str]:
    """The names of the checks whose verdict is not known; all of a task that may have to be judged as a whole."""
    checks, names = all_checks().values(), {one.id for one in known}
    stale = {check.part for check in checks if check.id not in names}
    whole = {part for part in stale if not works_alone(files, course().tasks[part].file)}
    return {check.id for check in checks if check.id not in names or check.part in whole}


def as_json(verdicts: Collection[Result], keys: Mapping[str, str]) -> list[dict]:
    """Verdicts as result.json holds them. What a broken check did not judge has no key: it is tried again."""
    return [vars(one) | {"key": "" if one.status == "unjudged" else keys[one.id]} for one in verdicts]


@by_lab
def checks_version() -> str:
    """Of all that decides verdicts and of their words."""
    words = repr(catalogue())
    return _hash(_shared(), *_judges().values(), words, *(str(check.sentence) for check in all_checks().values()))


@by_lab
def _modules() -> tuple[ModuleType, ...]:
    """The files of the checks.

    Raises:
        InputError: one of them cannot be imported.
    """
    names = sorted(path.stem for path in checks_folder().glob("test_*.py"))
    try:
        return tuple(check_module(name) for name in names)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"the checks are broken, nobody is graded: {reason}; see {checks_folder()}") from None


def _checks_of(module: ModuleType) -> list[Check]:
    return [value.check for value in vars(module).values() if hasattr(value, "check")]


@by_lab
def _judges() -> dict[str, str]:
    """For each check, a digest of its own code and of what its file holds besides other checks."""
    return {
        name: digest
        for module in _modules()
        for name, digest in digests(
            Path(module.__file__).read_text(encoding="utf-8"), [check.id for check in _checks_of(module)]
        ).items()
    }


def digests(source: str, checks: Collection[str]) -> dict[str, str]:
    """Of each of the checks in a file, without its sentence, together with all in the file that is no check."""
    tree = ast.parse(source)
    judges = {f"test_{name}": name for name in checks}
    shared = [ast.dump(node) for node in tree.body if getattr(node, "name", "") not in judges]
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in judges:
            node.body = node.body[1:]  # the sentence comes first
            found[judges[node.name]] = _hash(*shared, ast.dump(node))
    return found


@by_lab
def _shared() -> str:
    """A digest of what all checks use."""
    engine = [path for path in checks_folder().glob("*.py") if not path.name.startswith("test_")]
    folders = [here() / "solution" / course().package, *(here() / name for name in (*course().folders, "expected"))]
    folders += [ROOT / name for name in SHARED] + [ROOT / "grader" / name for name in ASKING]
    paths = [path for place in folders for path in ([place] if place.is_file() else place.rglob("*"))]
    parts = [repr(course().tasks)]
    for path in sorted([*engine, *(path for path in paths if path.suffix in (".py", ".png", ".safetensors"))]):
        parts += [_name(path), hashlib.sha256(path.read_bytes()).hexdigest()]
    return _hash(*parts)


def _name(path: Path) -> str:
    """A path that is the same wherever lab and engine lie."""
    above = here() if path.is_relative_to(here()) else ROOT
    return path.relative_to(above).as_posix()


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
