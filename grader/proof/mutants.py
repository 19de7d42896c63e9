"""Mutation testing of the checks: the student's part of the solution is changed in one place, and a check must see it.

The changes are cosmic-ray's (another operator, another number, …), and each statement left out. What no check sees is
explained, one line each, in variants/survivors.toml.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from tqdm import tqdm

from judging.course import course
from judging.lab import tomllib
from workbench.errors import InputError

from ..marking.examiner import examine
from ..marking.workers import each
from ..places import variants_folder
from ..sandbox.host import Host, choose_level
from .variants import solution


@dataclass(frozen=True)
class Mutant:
    """The solution, changed in one place."""

    file: str
    line: int
    before: str
    after: str
    """The line of code, stripped; empty where a statement is left out."""
    code: str
    """The whole file."""

    def __str__(self) -> str:
        return f"{self.file}: {self.before} → {self.after or '(left out)'}"


@dataclass(frozen=True)
class Survey:
    """What became of all mutants."""

    killed: list[Mutant]
    survived: list[Mutant]
    explained: dict[str, str]

    @property
    def unexplained(self) -> list[Mutant]:
        """Survivors that nobody has accounted for."""
        return [mutant for mutant in self.survived if str(mutant) not in self.explained]

    def text(self) -> str:
        """The score by file, then each survivor and its explanation."""
        lines = []
        for file in dict.fromkeys(mutant.file for mutant in (*self.killed, *self.survived)):
            killed, survived = (sum(mutant.file == file for mutant in some) for some in (self.killed, self.survived))
            lines.append(f"{file:28} {killed} of {killed + survived} mutants killed")
        killed, count = len(self.killed), len(self.killed) + len(self.survived)
        lines.append(f"{'mutation score':28} {killed / max(1, count):.1%}")
        return "\n".join([*lines, *(f"{mutant}: {self.explained.get(str(mutant), '?')}" for mutant in self.survived)])


def survey(*, jobs: int, isolation: str) -> Survey:
    """Run the checks of its tasks on every mutant.

    Raises:
        InputError: cosmic-ray is not installed, or there is no such isolation.
    """
    found = [mutant for file in dict.fromkeys(task.file for task in course().tasks.values()) for mutant in mutate(file)]
    judged = tqdm(
        each(partial(is_killed), found, isolation=choose_level(isolation), jobs=jobs),
        total=len(found),
        desc="mutants",
        unit="mutant",
    )
    killed: list[Mutant] = []
    survived: list[Mutant] = []
    for mutant, dead in judged:
        (killed if dead else survived).append(mutant)
    return Survey(killed, sorted(survived, key=lambda mutant: (mutant.file, mutant.line)), explanations())


def explanations() -> dict[str, str]:
    """Why a mutant survives, by mutant; none in a lab that has not looked at its own yet."""
    path = variants_folder() / "survivors.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []) if path.exists() else []
    return {mutant: entry["because"] for entry in entries for mutant in entry["mutants"]}


def is_killed(mutant: Mutant, host: Host) -> tuple[Mutant, bool]:
    """Whether a check fails on it; one that runs for long does, too."""
    parts = [part for part, task in course().tasks.items() if task.file == mutant.file]
    files = solution() | {mutant.file: mutant.code}
    found = examine(files, host, seed=0, language="en", parts=parts, check_seconds=15, until_failure=True)
    return mutant, any(result.status not in ("passed", "unjudged") for result in found.checks)


def mutate(file: str) -> Iterator[Mutant]:
    """All mutants of the student's part of a file of the solution."""
    code = solution()[file]
    lines = code.split("\n")
    theirs = set(_student_lines(lines))
    seen = set()
    for changed in (*_cosmic_rays(code), *_statements_left_out(code)):
        new = changed.split("\n")
        places = [i for i, (old, now) in enumerate(zip(lines, new, strict=False)) if old != now]
        if places and theirs.issuperset(places) and changed not in seen:
            seen.add(changed)
            after = "" if new[places[0]].strip() == "pass" else new[places[0]].strip()
            yield Mutant(file, places[0] + 1, lines[places[0]].strip(), after, changed)


def _student_lines(lines: list[str]) -> Iterator[int]:
    inside = False
    for i, line in enumerate(lines):
        if line.strip() in ("### BEGIN SOLUTION", "### END SOLUTION"):
            inside = "BEGIN" in line
        elif inside:
            yield i


def _cosmic_rays(code: str) -> Iterator[str]:
    try:
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator, operator_names
    except ImportError:
        raise InputError("cosmic-ray is not installed: pip install '.[staff,mutation]'") from None
    for name in sorted(operator_names()):
        if name.startswith("core/Variable"):  # these want to be told of causes and effects
            continue
        count = 0
        while (changed := mutate_code(code, get_operator(name)(), count)) is not None:
            yield changed
            count += 1


def _statements_left_out(code: str) -> Iterator[str]:
    lines = code.split("\n")
    for node in ast.walk(ast.parse(code)):
        words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # a docstring
        if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Return)) and not words:
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            yield "\n".join([*lines[:first], " " * node.col_offset + "pass", *[""] * (last - first - 1), *lines[last:]])
