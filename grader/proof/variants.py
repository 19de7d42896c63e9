"""Wrong code that students really write, and right code in other styles: grader/variants/, read."""

import ast
from dataclasses import dataclass

import jupytext

from judging.course import course
from judging.lab import by_lab, here
from workbench.errors import InputError

from ..places import variants_folder

CHANGE = "CHANGE = "
"""A cell that begins like this holds a dict: what stands in the solution, and what stands there, once, instead."""
KINDS = ("slip", "idea", "lazy")
"""What a mistake may cost: at most a third of its task, more than half of it, all of it."""


@dataclass(frozen=True)
class Variant:
    """One way to write a task."""

    title: str
    part: str
    file: str
    """The student's file that it changes, "textures/gram.py"."""
    code: str
    """Put at the end of the solution's file, where it takes names over; or changes to that file."""
    check: str | None
    """What must fail; None if the code is right."""
    hint: str | None
    """What must be said then: one of these words, and no other hint, for no other is true of it."""
    kind: str | None = None
    """One of `KINDS`, if its price is fixed."""

    @property
    def hints(self) -> set[str]:
        """The hints that are true of it."""
        return set((self.hint or "").split())

    def files(self) -> dict[str, str]:
        """The whole submission: the solution, but for this.

        Raises:
            InputError: what it changes is not there.
        """
        files = solution()
        code = files[self.file]
        if not self.code.startswith(CHANGE):
            return files | {self.file: f"{code}\n\n{self.code}\n"}
        for old, new in ast.literal_eval(self.code.removeprefix(CHANGE)).items():
            if old not in code:
                raise InputError(f'"{self.title}" changes "{old}", which is not in {self.file}')
            code = code.replace(old, new, 1)
        return files | {self.file: code}


def solution() -> dict[str, str]:
    """The students' files with every place filled in, by path; the caller's to change."""
    return dict(_solution())


@by_lab
def _solution() -> dict[str, str]:
    above = here() / "solution"
    paths = sorted((above / course().package).rglob("*.py"))
    return {path.relative_to(above).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def read_variants() -> list[Variant]:
    """All of grader/variants/, in the order of the tasks.

    Raises:
        InputError: a cell without a task, or of a task that is not in that file.
    """
    tasks, found = course().tasks, []
    for path in sorted(variants_folder().glob("*.py")):
        before = ""
        for i, cell in enumerate(jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells):
            about = cell.metadata
            if i == 0:  # the file's docstring, and what all its cells share
                before = cell.source + "\n\n\n"
                continue
            title = about.get("title", cell.source.partition("\n")[0])
            part = about.get("part")
            if part not in tasks or tasks[part].file != f"{course().package}/{path.name}":
                raise InputError(f'{path.name}: "{title}" needs part="…", a task of that file, got {part}')
            code = cell.source if cell.source.startswith(CHANGE) else before + cell.source
            check, hint, kind = about.get("check"), about.get("hint"), about.get("kind")
            if kind not in (None, *KINDS):
                raise InputError(f'{path.name}: "{title}" is of no kind that has a price: {kind}')
            found.append(Variant(title, part, tasks[part].file, code, check, hint, kind))
    return sorted(found, key=lambda variant: list(tasks).index(variant.part))
