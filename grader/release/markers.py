"""nbgrader's markers in a text: are they whole, paired and spelt right? nbgrader itself cannot say on which line."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from workbench.errors import InputError

KINDS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
MARKERS = tuple(f"{edge} {kind}" for kind in KINDS for edge in ("BEGIN", "END"))


@dataclass(frozen=True)
class Region:
    """The lines between a BEGIN and its END; numbers count from 1 and include both."""

    kind: str
    begin: int
    end: int


def regions(text: str, name: str, first_line: int = 1) -> list[Region]:
    """The marked regions of a text, in order.

    Raises:
        InputError: unbalanced, nested or misspelt markers, with `name` and line; the text begins at `first_line`.
    """
    found: list[Region] = []
    open_kind, open_line = None, 0
    for number, line in enumerate(text.split("\n"), start=first_line):
        comment = re.fullmatch(r"\s*(?:#+|<!--)\s*([A-Za-z]+(?: [A-Za-z]+){0,2})\s*(?:-->)?\s*", line)
        if comment is None:
            continue
        near = get_close_matches(comment[1].upper(), MARKERS, n=1, cutoff=0.8)
        if not near:
            continue
        if comment[1] != near[0] or (line.lstrip().startswith("#") and not re.match(r"\s*### [BE]", line)):
            raise InputError(f"{name}:{number}: misspelt marker '{line.strip()}': write '### {near[0]}'")
        edge, kind = near[0].split(" ", 1)
        if edge == "BEGIN":
            if open_kind is not None:
                raise InputError(
                    f"{name}:{number}: BEGIN {kind} inside the region that begins on line {open_line}: "
                    f"end that one first, with ### END {open_kind}"
                )
            open_kind, open_line = kind, number
        elif kind != open_kind:
            before = f"line {open_line} begins {open_kind}" if open_kind else "nothing has begun"
            raise InputError(f"{name}:{number}: END {kind}, but {before}: mend one of them")
        else:
            found.append(Region(kind, open_line, number))
            open_kind = None
    if open_kind is not None:
        raise InputError(f"{name}:{open_line}: BEGIN {open_kind} without an end: add ### END {open_kind}")
    return found
