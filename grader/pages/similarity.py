"""Whose code is alike, for a person to look at: a list of pairs and both sides of each. No verdict, and nothing is run.

Code is compared as Moss does (Schleimer, Wilkerson, Aiken: Winnowing, 2003): by its runs of some tokens, in which names
of one's own are all the same, and layout and comments are none. All runs are kept, as a class is small. Two things are
of a lab's own. What students were given counts for nothing. And what many write alike – there are few ways to count
parameters – counts little: a run weighs the logarithm of how rare it is in the class, and nothing if a quarter has it.
"""

import builtins
import json
import keyword
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from judging.lab import by_lab
from workbench.files import whole_file

from ..intake.given import released
from .template import page

RUN = 12
"""Tokens; a line or two."""
SHOWN = 12
"""Pairs in the list."""
LARGE = 300_000
"""Characters of a submission that are compared; a lab's are a tenth."""
CODE = "code.json"
"""What of a submission is compared, kept beside its result: text by path."""
STARTS = ("def", "class", "@", "import", "from")
"""What begins a piece of a file, at the head of a line."""
TOKEN = re.compile(
    r"""(?P<string>[rRbBfFuU]{0,2}(?:'''(?:\\.|[^\\])*?(?:'''|\Z)|\"""(?:\\.|[^\\])*?(?:\"""|\Z)
    |'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?))
    |(?P<comment>\#[^\n]*)|(?P<number>\d[\w.]*|\.\d[\w]*)|(?P<name>\w+)|(?P<sign>\S)""",
    re.VERBOSE | re.DOTALL,
)
"""Python's tokens, also in a file that is not quite Python."""


@dataclass(frozen=True)
class Pair:
    """Two submissions, by how much of their code is the same."""

    students: tuple[str, str]
    share: float
    """Of what is their own, weighed by how rare it is in the class: 0 to 1."""
    lines: int
    """Of the first, that lie in rare runs which both have."""


@dataclass(frozen=True)
class Alike:
    """What a class's page says of pairs."""

    pairs: list[Pair]
    """The most alike."""
    compared: int
    """How many pairs there are."""
    usual: float
    """The share of the pair in the middle."""


def tokens(text: str) -> Iterator[list[tuple[str, int]]]:
    """The tokens of Python source, each with its line from 1 on, in pieces that may stand in any order.

    A piece is a function, or what lies between. What can be renamed is "v", what is text is "s".
    """
    piece: list[tuple[str, int]] = []
    line, at, before = 1, 0, ("", "")
    for match in TOKEN.finditer(text):
        between = text[at : match.start()]
        line, at = line + between.count("\n"), match.start()
        kind, word = match.lastgroup, match[0]
        if kind == "comment":
            continue
        if word in STARTS and not text[text.rfind("\n", 0, at) + 1 : at].strip():
            yield piece
            piece = []
        if kind == "string":
            word = "s"
        elif kind == "name" and not keyword.iskeyword(word):
            of_another = before[1] == "." and before[0] != "self"  # x.sqrt() is PyTorch's word, self.size is one's own
            used = text[match.end() : match.end() + 1] in ("(", ".")  # a function or a module, and no variable
            word = word if of_another or (used and before[1] != "." and word in _shared_names()) else "v"
        piece.append((word, line))
        before = (before[1], match[0])
    yield piece


@by_lab
def _shared_names() -> frozenset[str]:
    """Names that nobody chooses: Python's, and those of the lab's functions and imports."""
    text = "\n".join(released().values())
    imported = " ".join(re.findall(r"(?m)^\s*(?:from .* )?import (.+)$", text))
    return frozenset(re.findall(r"\w+", imported)) | {*re.findall(r"\b(?:def|class) (\w+)", text), *dir(builtins)}


def _runs(code: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str, int, int]]:
    """The runs of tokens of some files: each with its file, its first line and its last."""
    for name, text in code.items():
        for found in tokens(text):
            for i in range(len(found) - RUN + 1):
                part = found[i : i + RUN]
                yield tuple(word for word, _ in part), name, part[0][1], part[-1][1]


@by_lab
def _given() -> frozenset[tuple[str, ...]]:
    return frozenset(run for run, *_ in _runs(released()))


class Class:
    """The code of a class, by student."""

    def __init__(self, code: Mapping[str, Mapping[str, str]]) -> None:
        self.code = code
        self._runs = {student: {run for run, *_ in _runs(files)} - _given() for student, files in code.items()}
        owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for student, runs in self._runs.items():
            for run in runs:
                owners[run].append(student)
        self._owners = owners

    def weight(self, run: tuple[str, ...]) -> float:
        """How much a run says: nothing if it was given or a quarter of the class has it."""
        owners = len(self._owners.get(run, ()))
        return math.log((len(self.code) + 1) / owners) if 0 < owners <= max(len(self.code) // 4, 2) else 0.0

    def pairs(self, teams: Mapping[str, tuple[str, ...]] | None = None) -> list[Pair]:
        """All pairs that share something, the most alike first; none of one team."""
        shared: dict[tuple[str, str], float] = defaultdict(float)
        own: dict[str, float] = defaultdict(float)
        for run, owners in self._owners.items():
            if weight := self.weight(run):  # of others there would be very many pairs
                for student in owners:
                    own[student] += weight
                for pair in combinations(sorted(owners), 2):
                    shared[pair] += weight
        found = [
            Pair((a, b), 2 * weight / (own[a] + own[b]), 0)
            for (a, b), weight in shared.items()
            if b not in (teams or {}).get(a, ())
        ]
        return sorted(found, key=lambda pair: (-pair.share, pair.students))

    def side(self, student: str, other: str) -> list[dict]:
        """A student's files for a page: lines, each with how alike it is – "", "common", "same" – and where to look.

        "same" is what few in the class have, "common" what many do; `there` is the file and line of the other's.
        """
        places: dict[tuple[str, ...], tuple[str, int]] = {}
        for run, name, first, _ in _runs(self.code[other]):
            places.setdefault(run, (name, first))
        marked: dict[tuple[str, int], tuple[str, tuple[str, int]]] = {}
        for run, name, first, last in _runs(self.code[student]):
            if run in places and run in self._owners:
                kind = "same" if self.weight(run) else "common"
                for line in range(first, last + 1):
                    if marked.get((name, line), ("",))[0] != "same":
                        marked[name, line] = kind, places[run]
        files = []
        for name, text in self.code[student].items():
            lines = []
            for number, words in enumerate(text.split("\n"), 1):
                kind, there = marked.get((name, number), ("", None))
                lines.append({"number": number, "text": words, "kind": kind if words.strip() else "", "there": there})
            files.append({"name": name, "lines": lines})
        return files


def keep_code(files: Mapping[str, str], folder: Path) -> None:
    """Keep beside a result what of a submission is to be compared: what is not as it was given."""
    own, size = {}, 0
    for name, text in files.items():
        size += len(text)
        if released().get(name) != text and size <= LARGE:
            own[name] = text
    with whole_file(folder / CODE) as temporary:
        temporary.write_text(json.dumps(own), encoding="utf-8")


def write_pages(results: Path, graded: list[dict], language: str) -> Alike:
    """RESULTS/similar/1.html, …: both sides of the pairs that are most alike; what there is to say of them."""
    code = {}
    for result in graded:
        try:
            kept = json.loads((results / result["student"] / CODE).read_text(encoding="utf-8"))
        except (OSError, ValueError):  # nothing was kept: of a submission without code, or by an older version
            continue
        if kept:
            code[result["student"]] = kept
    teams = {result["student"]: tuple(result.get("team", ())) for result in graded}
    compared = Class({student: files for student, files in code.items() if student == min((student, *teams[student]))})
    pairs, count = compared.pairs(teams), math.comb(len(compared.code), 2)
    shares = [pair.share for pair in pairs] + [0.0] * (count - len(pairs))
    folder = results / "similar"
    if folder.is_dir():
        for old in folder.glob("*.html"):
            old.unlink()
    found = []
    for number, pair in enumerate(pairs[:SHOWN], 1):
        folder.mkdir(exist_ok=True)
        a, b = pair.students
        sides = [compared.side(a, b), compared.side(b, a)]
        lines = sum(line["kind"] == "same" for file in sides[0] for line in file["lines"])
        found.append(Pair(pair.students, pair.share, lines))
        with whole_file(folder / f"{number}.html") as temporary:
            text = page("similar.html", language, pair=found[-1], sides=list(zip(pair.students, sides, strict=True)))
            temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return Alike(found, count, shares[count // 2] if shares else 0.0)
