"""What of a submission matters: the student's code, notebook and report, in whatever form they were sent.

Forms differ: an archive of handin.py, a folder, loose files, copies beside untouched originals. Of several candidates
for one thing that is taken which the student has worked on, and a remark says so. Nothing is run, nothing unpacked.
"""

import hashlib
import io
import json
import re
import tokenize
from collections import defaultdict
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from judging.course import course
from judging.lab import by_lab, here

from ..places import SHARED
from .encodings import WINDOWS, decode
from .given import released, scripts, task_files, with_additions
from .salvage import read_cells, source_of
from .unpacking import Contents, File, RefusedError, readable, unpack

__all__ = ["RefusedError", "Submission", "complete", "read_submission"]

MAX_MODULES, MAX_CODE, MAX_PARTS, MAX_NAME = 200, 4, 6, 255
"""Modules besides the lab's own, megabytes of them, names in a path of theirs, bytes in a name: with the tasks' files
they fit on the wire and in a sandbox."""
COPY = re.compile(
    r"""(?ix) (?: [\ _-]*\(\d+\) | [\ _-]+(copie|copy|copia|kopie)(\ ?\d+|\ ?\(\d+\))? | -Copy\d+ | [\ _-]+v\d+
    | \ \d+ )$"""
)
"""What systems and people put behind the name of a copy: "gram (1)", "tp3-Copy1", "gram - Copie", "gram_v2"."""
PREFIX = re.compile(r"(?i)^(copie de|copy of)[ _-]+")
REPORT = re.compile(r"(?i)report|rapport|compte[ _-]?rendu|\bcr\b|r[ée]ponses|answers")


@dataclass(frozen=True)
class Submission:
    """What of a submission matters."""

    files: dict[str, str]
    """Python by path, "textures/gram.py": what students write, new files beside, and given files with additions.
    Empty: no code of the lab."""
    sha256: str
    """Of these files, the notebook and the report."""
    notes: list[str] = field(default_factory=list)
    """What was odd about it."""
    notebook: bytes | None = None
    report: bytes | None = None
    missing: str = ""
    """Why there are no files, if there are none."""


def read_submission(path: Path, *beside: Path, language: str | None = None) -> Submission:
    """The files of a submission that matter, wherever in it they lie; also those of archives in it.

    Args:
        beside: single files that belong to it too.
        language: of what is to be said of it; the course's when left out.

    Raises:
        RefusedError: the archive is no good.
    """
    found = unpack((path, *beside), language or course().language)
    files = _code(found)
    notebook = _attached(found, f"{course().lab}.ipynb", _answers)
    report = _attached(found, "report.pdf", lambda name, _: bool(REPORT.search(PurePosixPath(name).name)))
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}\0".encode("utf-8", "surrogateescape"))
    for data in (notebook, report):
        digest.update(b"-" if data is None else hashlib.sha256(data).digest())
    missing = "" if files else _missing(found)
    return Submission(files, digest.hexdigest(), found.notes, notebook, report, missing)


def complete(files: dict[str, str]) -> dict[str, str]:
    """A submission's files on top of the lab's given ones; what it lacks is as students got it."""
    return released() | files


# --- Code -------------------------------------------------------------------------------------------------------------


def _code(found: Contents) -> dict[str, str]:
    """The student's Python by its place in the lab."""
    roots: dict[PurePosixPath, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, file in found.files.items():
        place = PurePosixPath(name)
        task_file = _task_file(place, file)
        if task_file:
            roots[place.parent][task_file].append(name)
    if not roots:
        return {}
    order = sorted(roots, key=lambda root: _preference(root, roots[root], found))
    root = order[0]
    if not _is_package(root):
        found.note("loose_files", package=course().package, names=", ".join(sorted(roots[root])))
    if len(order) > 1:
        chosen, *others = ["./" if place == PurePosixPath() else str(place) for place in order]
        found.note("several_folders", taken=chosen, others=", ".join(others[:3]))
    files: dict[str, str] = {}
    taken: set[str] = set()
    for task_file in task_files():
        candidates = sorted(
            (name for place in order for name in roots[place].get(task_file, ())),
            key=lambda name: (
                not _written(task_file, found.files[name]),
                order.index(PurePosixPath(name).parent),
                PurePosixPath(name).name != task_file,
                -found.files[name].changed,
                name,
            ),
        )
        taken.update(candidates)
        if not candidates:
            continue
        chosen = candidates[0]
        same_root = [name for name in candidates[1:] if PurePosixPath(name).parent == root]
        if PurePosixPath(chosen).name != task_file or PurePosixPath(chosen).parent != root or same_root:
            found.note("taken_for", taken=chosen, wanted=f"{course().package}/{task_file}")
        files[f"{course().package}/{task_file}"] = _decoded(found.files[chosen].data, task_file, found)
    return files | _modules(root, taken, found)


def _is_package(root: PurePosixPath) -> bool:
    return _plain(root.name) == course().package


def _plain(stem: str) -> str:
    """A name without case and without what marks a copy."""
    before = None
    while before != stem:
        before, stem = stem, COPY.sub("", PREFIX.sub("", stem)).strip()
    return stem.lower()


def _task_file(place: PurePosixPath, file: File) -> str:
    """Which of the files that students fill in this is, or a copy of; "" if none."""
    name = f"{_plain(place.stem)}.py"
    if place.suffix.lower() != ".py" or name not in task_files():
        return ""
    if _is_package(place.parent) and place.name == name:
        return name
    # Elsewhere, and under another name, it must also look like it: a script of the lab has the name of a module.
    text = decode(file.data)[0]
    defined = rf"(?m)^(?:def|class)\s+(?:{'|'.join(task_files()[name])})\b"
    return name if re.search(defined, text) or name not in scripts() else ""


def _preference(root: PurePosixPath, held: dict[str, list[str]], found: Contents) -> tuple:
    """Of several folders the one with the most tasks written; then the one with the right name, the least deep, …"""
    written = sum(max(_written(name, found.files[one]) for one in ones) for name, ones in held.items())
    latest = max(found.files[one].changed for ones in held.values() for one in ones)
    return (
        -written,
        root.name != course().package,
        not _is_package(root),
        -len(held),
        len(root.parts),
        -latest,
        str(root),
    )


def _written(task_file: str, file: File) -> int:
    """How many of a file's tasks the student has written; 0 of a file as it was given, in this release or another."""
    text = decode(file.data)[0]
    if _lines(text) == _lines(released().get(f"{course().package}/{task_file}", "")):
        return 0
    tasks = [part for part, task in course().tasks.items() if PurePosixPath(task.file).name == task_file]
    left = sum(bool(re.search(rf"raise NotImplementedError\(.TODO {re.escape(part)}:", text)) for part in tasks)
    return len(tasks) - left


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _modules(root: PurePosixPath, taken: set[str], found: Contents) -> dict[str, str]:
    """What else the student's code may import: beside the tasks' files, in folders below, and beside the package."""
    files: dict[str, str] = {}
    size = 0
    top = root.parent if _is_package(root) else root
    for name in sorted(set(found.files) - taken, key=lambda name: (len(PurePosixPath(name).parts), name)):
        place = PurePosixPath(name)
        if place.suffix.lower() != ".py" or not place.is_relative_to(top):
            continue
        outside = place.relative_to(top)
        # A module among loose files may have stood in the package or beside it: it is put into both places.
        wanted = []
        if place.is_relative_to(root) and (_is_package(root) or place.name not in scripts()):
            wanted.append(f"{course().package}/{place.relative_to(root).as_posix()}")
        if not (wanted and _is_package(root)) and not _is_the_labs(outside):
            wanted.append(outside.as_posix())
        for target in map(readable, wanted):
            if not _fits(target, released().keys() | files.keys()):
                found.note("no_module", name=target[:60])
                continue
            if len(files) >= MAX_MODULES:
                found.note("too_many_modules", most=MAX_MODULES)
                return files
            text = _decoded(found.files[name].data, place.name, found)
            size += len(text)
            if size > MAX_CODE << 20:
                found.note("too_much_code", most=MAX_CODE)
                return files
            if target not in released():
                files[target] = text
            elif (merged := _merged(target, text, found)) is not None:
                files[target] = merged
    return files


def _fits(name: str, others: Set[str]) -> bool:
    """Whether a file can be written beside the others: archives hold names that no file system does."""
    parts = PurePosixPath(name).parts
    folders = {"/".join(parts[:n]) for n in range(1, len(parts))}
    return len(parts) <= MAX_PARTS and max(len(part.encode()) for part in parts) <= MAX_NAME and not folders & others


def _is_the_labs(place: PurePosixPath) -> bool:
    """Whether a file beside the package is one of the lab's, or of another copy of it: no module of the student's."""
    folders = {_plain(part) for part in place.parts[:-1]}
    given = len(place.parts) == 1 and (place.name in scripts() or f"{course().package}/{place.name}" in released())
    return given or bool(folders & {"checks", "tests", course().package, *SHARED, *course().folders})


def _merged(name: str, text: str, found: Contents) -> str | None:
    """A given file with what the student added to it; None where nothing was."""
    given = released()[name]
    if _lines(text) == _lines(given):
        return None
    try:
        merged, added, changed = with_additions(given, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found.note("given_unreadable", name=name)
        return None
    if added:
        found.note("given_additions", name=name, names=", ".join(added))
    if changed:
        found.note("given_changed", name=name, names=", ".join(changed))
    return merged if added else None


def _decoded(data: bytes, name: str, found: Contents) -> str:
    """Python source as text, whatever editor saved it; a note where it was not UTF-8."""
    text, encoding = decode(data, _declared(data))
    if encoding != "utf-8":
        found.note_of(name, "not_utf8", encoding=encoding)
    # What was decoded is UTF-8 from here on: a declaration of another encoding would be untrue.
    return re.sub(r"\A((?:#.*\n)?#.*?coding[:=][ \t]*)[-\w.]+", r"\1utf-8", text, count=1)


def _declared(data: bytes) -> str:
    """The encoding that Python source names in a comment."""
    try:
        named = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except (SyntaxError, ValueError):
        return WINDOWS
    return WINDOWS if named.startswith("utf-8") else named


# --- Notebook and report ----------------------------------------------------------------------------------------------


def _attached(found: Contents, wanted: str, worked_on: Callable[[str, bytes], int]) -> bytes | None:
    """The notebook or the report; of several that on which the student has worked, then the one with its name."""
    suffix = PurePosixPath(wanted).suffix
    names = [name for name in found.files if name.lower().endswith(suffix)]

    def order(name: str) -> tuple:
        place, file = PurePosixPath(name), found.files[name]
        exact = (place.name.lower() != wanted, f"{_plain(place.stem)}{suffix}" != wanted)
        worked = -worked_on(name, file.data)
        first = (worked, *exact) if suffix == ".ipynb" else (*exact, worked)
        return *first, len(place.parts), -file.changed, name

    names.sort(key=order)
    if not names:
        return None
    if len(names) > 1 or PurePosixPath(names[0]).name.lower() != wanted:
        others = ", ".join(PurePosixPath(name).name for name in names[1:4])
        found.note("attached_of_several" if others else "taken_for", taken=names[0], wanted=wanted, others=others)
    return found.files[names[0]].data


def _answers(name: str, data: bytes) -> int:
    """How many cells of a notebook are not as students got them; a damaged one counts for what can be told."""
    cells, mended = read_cells(data)
    sources = {source_of(cell).strip() for cell in cells}
    return len(sources - _given_cells() - {""}) or (bool(mended) and len(data) > 2)


@by_lab
def _given_cells() -> frozenset[str]:
    path = here() / "assignment" / f"{course().lab}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return frozenset("".join(cell["source"]).strip() for cell in cells)


def _missing(found: Contents) -> str:
    """Why there is no code: what was found instead, and what to do."""
    kinds: dict[str, list[str]] = {}
    for name in found.files:
        kinds.setdefault(PurePosixPath(name).suffix.lower(), []).append(PurePosixPath(name).name)
    seen = [name for names in kinds.values() for name in names[:2]] + [f"*{kind}" for kind in found.others]
    return found.say("no_code" if seen else "empty", package=course().package, found=", ".join(seen[:6]))
