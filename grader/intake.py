"""What students sent: a folder, a zip or a tar.gz each. Python files are read as text, and nothing is unpacked."""

import hashlib
import os
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from solution.textures.errors import InputError

from .checks.course import course

MAX_FILES, MAX_BYTES, MAX_RATIO = 5000, 300 << 20, 200
MAX_SOURCE = 1 << 20
SUFFIXES = (".tar.gz", ".tgz", ".zip")
LEFTOVERS = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".venv", "venv"}


class RefusedError(Exception):
    """Nothing of this submission can be marked: `status` as in result.json, and the reason."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class Entry:
    """One student's submission, unread."""

    student: str
    path: Path


@dataclass(frozen=True)
class Submission:
    """One student's Python files, as text."""

    files: dict[str, str]
    """By path, "textures/gram.py": only those that students may write, and new ones beside them."""
    sha256: str
    """Of these files, names and contents."""
    notes: list[str] = field(default_factory=list)
    """What was odd about it."""


def list_entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """The submissions in a folder, by student; of two of the same student the later counts, and a line tells.

    Raises:
        InputError: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: give the one that holds a folder or an archive for each student")
    entries: dict[str, Entry] = {}
    remarks = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.stat(follow_symlinks=False).st_mtime, path.name)):
        student = unicodedata.normalize("NFC", path.name)  # macOS takes accents apart
        for suffix in SUFFIXES:
            if path.is_file() and student.lower().endswith(suffix):
                student = student[: -len(suffix)]
                break
        else:
            if not path.is_dir() or path.name.startswith(".") or path.name in LEFTOVERS:
                if not path.name.startswith("."):
                    remarks.append(f"{path.name}: neither a folder nor a zip or tar.gz, left out")
                continue
        if student in entries:
            remarks.append(f"{student}: two submissions; {path.name} is the later and counts")
        entries[student] = Entry(student, path)
    if not entries:
        raise InputError(f"{folder} holds no submission: a folder, .zip or .tar.gz for each student is expected")
    return sorted(entries.values(), key=lambda entry: entry.student), remarks


def read_submission(path: Path) -> Submission:
    """The Python files of a submission, wherever in it the folder textures/ lies.

    Raises:
        RefusedError: the archive is no good, or there is no textures/ in it.
    """
    notes: list[str] = []
    if path.is_dir():
        sources = dict(_from_folder(path, notes))
    elif path.name.lower().endswith(".zip"):
        sources = dict(_from_zip(path, notes))
    else:
        sources = dict(_from_tar(path, notes))
    tasks = {PurePosixPath(task.file).name for task in course().tasks.values()}
    roots: dict[PurePosixPath, int] = {}
    for name in sources:
        place = PurePosixPath(name)
        if place.parent.name == "textures" and place.name in tasks:
            roots[place.parent] = roots.get(place.parent, 0) + 1
    if not roots:
        nested = any(name.lower().endswith(SUFFIXES) for name in sources)
        reason = "there is no textures/ in it with a file of the lab"
        raise RefusedError("no-package", reason + (", but an archive inside the archive" if nested else ""))
    # The folder with the most files of the lab, then the least deep.
    root = min(roots, key=lambda place: (-roots[place], len(place.parts), str(place)))
    if len(roots) > 1:
        notes.append(f"several folders textures/: {root} was taken")
    given = {path.name for path in _given_files()} - tasks
    files = {}
    for name, data in sources.items():
        place = PurePosixPath(name)
        if place.parent == root and place.suffix == ".py" and place.name not in given:
            files[f"textures/{place.name}"] = _decode(data, place.name, notes)
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}\0".encode("utf-8", "surrogateescape"))
    return Submission(files, digest.hexdigest(), notes)


def complete(files: dict[str, str]) -> dict[str, str]:
    """A submission's files on top of the lab's given ones; what it lacks is as students got it."""
    given = {f"textures/{path.name}": path.read_text(encoding="utf-8") for path in _given_files()}
    return given | files


def _given_files() -> list[Path]:
    from .sandbox import ROOT

    return sorted((ROOT / "assignment" / "textures").glob("*.py"))


def _decode(data: bytes, name: str, notes: list[str]) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append(f"{name} is not UTF-8: read as Latin-1")
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wanted(name: str) -> bool:
    """Whether a file may matter: Python in a folder textures/, or an archive, to be told of."""
    place = PurePosixPath(name)
    if LEFTOVERS.intersection(place.parts) or place.name.startswith("._"):
        return False
    return (place.parent.name == "textures" and place.suffix == ".py") or name.lower().endswith(SUFFIXES)


def _from_folder(folder: Path, notes: list[str]) -> Iterator[tuple[str, bytes]]:
    count = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - LEFTOVERS)
        for name in sorted(names):
            count += 1
            if count > MAX_FILES:
                raise RefusedError("bad-archive", f"more than {MAX_FILES} files")
            path = Path(parent, name)
            inside = path.relative_to(folder).as_posix()
            if not _wanted(inside):
                continue
            if not stat.S_ISREG(path.lstat().st_mode):
                notes.append(f"{inside} is a link or no file, left out")
            elif path.lstat().st_size > MAX_SOURCE and path.suffix == ".py":
                raise RefusedError("bad-archive", f"{inside} is larger than 1 MiB")
            else:
                yield inside, path.read_bytes() if path.suffix == ".py" else b""


def _check_name(name: str) -> None:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0][:2]:
        raise RefusedError("bad-archive", f"it has a member outside of itself: '{name[:80]}'")


def _from_zip(path: Path, notes: list[str]) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_size(len(members), sum(member.file_size for member in members), path.stat().st_size)
            for member in members:
                name = member.filename.replace("\\", "/")
                _check_name(name or "/")
                if stat.S_ISLNK(member.external_attr >> 16):
                    raise RefusedError("bad-archive", f"it has a link: '{name[:80]}'")
                if member.flag_bits & 1:
                    raise RefusedError("bad-archive", "it is encrypted")
                if not member.is_dir() and _wanted(name):
                    with archive.open(member) as opened:
                        yield name, _read_source(opened, name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise RefusedError("bad-archive", f"it cannot be opened: {error}") from None
    except Exception as error:  # zlib.error and what other decompressors raise on damaged data
        if isinstance(error, RefusedError):
            raise
        raise RefusedError("bad-archive", f"it is damaged: {error}") from None


def _from_tar(path: Path, notes: list[str]) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            count = size = 0
            for member in archive:
                count, size = count + 1, size + member.size
                _check_size(count, size, path.stat().st_size)
                _check_name(member.name)
                if not (member.isfile() or member.isdir()):
                    raise RefusedError("bad-archive", f"it has a link or a device: '{member.name[:80]}'")
                if member.isfile() and _wanted(member.name):
                    yield member.name, _read_source(archive.extractfile(member), member.name)
    except RefusedError:
        raise
    except Exception as error:
        raise RefusedError("bad-archive", f"it cannot be opened: {error}") from None


def _check_size(count: int, size: int, packed: int) -> None:
    if count > MAX_FILES:
        raise RefusedError("bad-archive", f"more than {MAX_FILES} files")
    if size > MAX_BYTES or size > MAX_RATIO * max(packed, 1 << 14):
        raise RefusedError("bad-archive", f"it would unpack to {size >> 20} MiB")


def _read_source(opened: object, name: str) -> bytes:
    if not name.endswith(".py"):
        return b""
    data = opened.read(MAX_SOURCE + 1)
    if len(data) > MAX_SOURCE:
        raise RefusedError("bad-archive", f"{name} is larger than 1 MiB")
    return data
