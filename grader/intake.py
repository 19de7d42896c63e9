"""What students sent: a folder, a zip or a tar.gz each. Python files are read as text, and nothing is unpacked."""

import hashlib
import os
import re
import stat
import tarfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from solution.textures.errors import InputError

from .checks.course import course

MAX_FILES, MAX_BYTES, MAX_RATIO = 5000, 300 << 20, 200
MAX_SOURCE, MAX_ATTACHED = 1 << 20, 64 << 20
SUFFIXES = (".tar.gz", ".tgz", ".zip")
ATTACHED = (".ipynb", ".pdf")
LEFTOVERS = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".venv", "venv"}
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)(_.*)?")
"""What Moodle's "download all submissions" names a student's folder, or each of their files."""


class RefusedError(Exception):
    """Nothing of this submission can be marked: `status` as in result.json, and the reason."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, _readable(reason)


@dataclass(frozen=True)
class Entry:
    """One student's submission, unread."""

    student: str
    path: Path


@dataclass(frozen=True)
class Submission:
    """What of a submission matters."""

    files: dict[str, str]
    """Python by path, "textures/gram.py": only what students may write, and new files beside. Empty: no textures/."""
    sha256: str
    """Of these files, the notebook and the report."""
    notes: list[str] = field(default_factory=list)
    """What was odd about it."""
    notebook: bytes | None = None
    report: bytes | None = None
    missing: str = ""
    """Why there are no files, if there are none."""


def list_entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """The submissions in a folder, by student; of two of the same student the later counts, and a line tells.

    Raises:
        InputError: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: give the one that holds a folder or an archive for each student")
    entries: dict[str, Entry] = {}
    remarks = []
    try:
        paths = sorted(folder.iterdir(), key=_age)
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror}") from None
    for path in paths:
        if path.name.startswith("."):
            continue
        student = _readable(unicodedata.normalize("NFC", path.name))  # macOS takes accents apart
        for suffix in SUFFIXES:
            if path.is_file() and student.lower().endswith(suffix):
                student = student[: -len(suffix)]
                break
        else:
            if not path.is_dir() or path.name in LEFTOVERS:
                remarks.append(f"{student}: neither a folder nor a zip or tar.gz, left out")
                continue
        if moodle := MOODLE.fullmatch(student):
            if moodle["kind"] == "onlinetext":
                remarks.append(f"{student}: text typed into Moodle, left out")
                continue
            student = f"{moodle['name']}_{moodle['number']}"
        if student in entries:
            remarks.append(f"{student}: two submissions; {_readable(path.name)} is the later and counts")
        entries[student] = Entry(student, path)
    if not entries:
        raise InputError(f"{folder} holds no submission: a folder, .zip or .tar.gz for each student is expected")
    return sorted(entries.values(), key=lambda entry: entry.student), remarks


def read_submission(path: Path) -> Submission:
    """The files of a submission that matter, wherever in it they lie; also of an archive in a folder, as Moodle has it.

    Raises:
        RefusedError: the archive is no good.
    """
    notes: list[str] = []
    sources = _sources(path, notes)
    if path.is_dir() and not _roots(sources):
        archives = sorted((path / name for name in sources if name.lower().endswith(SUFFIXES)), key=_age)
        if archives:
            if len(archives) > 1:
                notes.append(f"several archives: {archives[-1].name} is the latest and was taken")
            sources |= _sources(archives[-1], notes)
    tasks = {PurePosixPath(task.file).name for task in course().tasks.values()}
    roots = _roots(sources)
    # The folder with the most files of the lab, then the least deep.
    root = min(roots, key=lambda place: (-roots[place], len(place.parts), str(place)), default=None)
    missing = ""
    if root is None:
        nested = any(name.lower().endswith(SUFFIXES) for name in sources) and not path.is_dir()
        missing = "there is no textures/ in it with a file of the lab"
        missing += ", but an archive inside the archive" if nested else ""
    elif len(roots) > 1:
        notes.append(f"several folders textures/: {root} was taken")
    given = {path.name for path in _given_files()} - tasks
    files = {}
    for name, data in sources.items():
        place = PurePosixPath(name)
        if root is not None and place.parent == root and place.suffix == ".py" and place.name not in given:
            files[f"textures/{_readable(place.name)}"] = _decode(data, place.name, notes)
    notebook = _attached(sources, f"{course().lab}.ipynb", notes)
    report = _attached(sources, "report.pdf", notes)
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}\0".encode("utf-8", "surrogateescape"))
    for data in (notebook, report):
        digest.update(b"-" if data is None else hashlib.sha256(data).digest())
    return Submission(files, digest.hexdigest(), [_readable(note) for note in notes], notebook, report, missing)


def _sources(path: Path, notes: list[str]) -> dict[str, bytes]:
    """By name, the files that may matter; archives inside are named, not read."""
    if path.is_dir():
        try:
            return dict(_from_folder(path, notes))
        except OSError as error:
            raise RefusedError("bad-archive", f"{Path(error.filename).name} cannot be read: {error.strerror}") from None
    return dict(_from_zip(path, notes) if path.name.lower().endswith(".zip") else _from_tar(path, notes))


def _roots(sources: dict[str, bytes]) -> dict[PurePosixPath, int]:
    """The folders textures/, each with how many of the lab's files it has."""
    tasks = {PurePosixPath(task.file).name for task in course().tasks.values()}
    places = [PurePosixPath(name) for name in sources]
    return Counter(place.parent for place in places if place.parent.name == "textures" and place.name in tasks)


def _attached(sources: dict[str, bytes], wanted: str, notes: list[str]) -> bytes | None:
    """The notebook or the report: by its name, else the only file of its kind; the least deep of several."""
    suffix = PurePosixPath(wanted).suffix
    places = sorted((len(PurePosixPath(name).parts), name) for name in sources if name.lower().endswith(suffix))
    named = [name for _, name in places if PurePosixPath(name).name.lower() == wanted]
    found = named or [name for _, name in places]
    if not found:
        return None
    if not named and len(found) > 1:
        notes.append(f"no {wanted}, but {len(found)} other {suffix} files: none was taken")
        return None
    if len(found) > 1 or not named:
        notes.append(f"{found[0]} was taken for {wanted}")
    return sources[found[0]]


def _readable(text: str) -> str:
    """Without the traces of file names that are no UTF-8, which nothing could write."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _age(path: Path) -> tuple[float, str]:
    return path.stat(follow_symlinks=False).st_mtime, path.name


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
    """Whether a file may matter: Python in a folder textures/, a notebook, a PDF, or an archive, to be told of."""
    place = PurePosixPath(name)
    if LEFTOVERS.intersection(place.parts) or place.name.startswith("._"):
        return False
    return (place.parent.name == "textures" and place.suffix == ".py") or name.lower().endswith((*SUFFIXES, *ATTACHED))


def _check_length(name: str, length: int) -> None:
    most = MAX_ATTACHED if name.lower().endswith(ATTACHED) else MAX_SOURCE
    if length > most:
        raise RefusedError("bad-archive", f"{name} is larger than {most >> 20} MiB")


def _raise(error: OSError) -> None:
    raise error


def _from_folder(folder: Path, notes: list[str]) -> Iterator[tuple[str, bytes]]:
    count = 0
    for parent, folders, names in os.walk(folder, onerror=_raise):
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
            elif name.lower().endswith(SUFFIXES):
                yield inside, b""
            else:
                _check_length(inside, path.lstat().st_size)
                yield inside, path.read_bytes()


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
    if name.lower().endswith(SUFFIXES):
        return b""
    data = opened.read(MAX_ATTACHED + 1)
    _check_length(name, len(data))
    return data
