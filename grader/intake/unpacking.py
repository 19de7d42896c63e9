"""What is in a folder or an archive that a student sent: bytes by name. Nothing is written, nothing is run.

Only what may matter is read – Python, notebooks, PDF, archives inside – and all else is passed over, however large.
"""

import io
import lzma
import os
import stat
import tarfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from judging.messages import say

from .platforms import packed

MAX_FILES, MAX_MEMBERS, MAX_READ, MAX_UNPACKED = 5000, 200_000, 300 << 20, 4 << 30
MAX_SOURCE, MAX_ATTACHED, MAX_DEPTH, MAX_FOLDERS = 1 << 20, 64 << 20, 3, 40
ZIP, TAR = (".zip",), (".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar")
SUFFIXES = (*ZIP, *TAR)
"""Of archives that are read."""
FOREIGN = (".rar", ".7z", ".tar.zst", ".zst", ".lzma", ".lz", ".dmg", ".iso", ".gz", ".xz", ".bz2")
"""Of archives that are told of."""
ATTACHED = (".ipynb", ".pdf")
LEFTOVERS = {
    *("__MACOSX", ".ipynb_checkpoints", "__pycache__", ".pytest_cache", ".git", ".idea", ".vscode"),
    *(".venv", "venv", "env", ".env", "site-packages", "dist-packages", "node_modules", "$RECYCLE.BIN"),
}
MAGIC = {
    b"PK\3\4": "zip",
    b"PK\5\6": "zip",
    b"\x1f\x8b": "tar",
    b"\xfd7zXZ\0": "tar",
    b"BZh": "tar",
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"%PDF": "PDF",
    b"<!DOCTYPE": "HTML",
    b"<html": "HTML",
}
"""How files of a kind begin, whatever they are called."""
ARCHIVES = tuple(magic for magic, kind in MAGIC.items() if kind in ("zip", "tar"))


class RefusedError(Exception):
    """Nothing of this submission can be marked: `status` as in result.json, and the reason."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, readable(reason)


@dataclass(frozen=True)
class File:
    """A file that may matter."""

    data: bytes
    changed: float
    """When, in seconds as `time.time` counts them; as good as whoever packed it knew."""


@dataclass
class Contents:
    """What was found, and what is to be said of it in the language of the course."""

    language: str
    files: dict[str, File] = field(default_factory=dict)
    """By path with forward slashes; what an archive inside holds lies below that archive's name."""
    others: Counter[str] = field(default_factory=Counter)
    """Kinds of files that were passed over, by suffix."""
    notes: list[str] = field(default_factory=list)
    read: int = 0
    members: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    """What was passed over without being looked at, by the name of the message that tells of it."""
    alike: dict[tuple, list[str]] = field(default_factory=dict)
    """Files of which the same is said, by what is said."""

    def note(self, message: str, **values: object) -> None:
        line = self.say(message, **values)
        if line not in self.notes:
            self.notes.append(line)

    def note_of(self, name: str, message: str, **values: object) -> None:
        """A note about a file; what is said of several alike is said once."""
        names = self.alike.setdefault((message, *values.values()), [])
        if names:
            self.notes.remove(self.say(message, names=", ".join(names), **values))
        names += [name] if name not in names else []
        self.note(message, names=", ".join(names), **values)

    def refuse(self, message: str, **values: object) -> RefusedError:
        return RefusedError("bad-archive", self.say(message, **values))

    def say(self, message: str, **values: object) -> str:
        return readable(" ".join(say("intake", message, self.language, **values).split()))


def unpack(paths: Sequence[Path], language: str) -> Contents:
    """The files of folders, archives and single files that may matter, and those of archives inside.

    Raises:
        RefusedError: one cannot be opened, or is so large that it must be a mistake or a trap.
    """
    found = Contents(language)
    for path in paths:
        try:
            if path.is_dir():
                _from_folder(path, found)
                continue
            with path.open("rb") as file:
                known = packed(path.name)
                name = (known.file if known else "") or path.name
                if name.lower().endswith((*SUFFIXES, *FOREIGN)):
                    _from_archive(file, name, "", found, 0)
                elif _matters(name, found):
                    _keep(name, file, path.stat().st_size, path.stat().st_mtime, found, 0)
        except OSError as error:
            name = Path(error.filename).name if error.filename else path.name
            raise found.refuse("unreadable", name=name, why=error.strerror) from None
    for message, count in found.passed.items():
        found.note(message, count=count)
    return found


def readable(text: str) -> str:
    """Without the traces of file names that are no UTF-8, which nothing could write."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _from_folder(folder: Path, found: Contents) -> None:
    for path in walk(folder):
        inside = path.relative_to(folder).as_posix().replace("\\", "/")  # as some archives are unpacked
        _count(found)
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode):
            found.passed["links"] += 1
        elif _matters(inside, found):
            with path.open("rb") as file:
                _keep(inside, file, state.st_size, state.st_mtime, found, 0)


def walk(folder: Path) -> Iterator[Path]:
    """What is in a folder and those below that is no folder, in a fixed order; links are not followed.

    Folders that nobody writes into are passed over, and so is what lies deeper than anybody would look for it.

    Raises:
        OSError: one cannot be read.
    """
    waiting = [(folder, 0)]
    while waiting:
        parent, depth = waiting.pop()
        with os.scandir(parent) as entries:
            here = sorted(entries, key=lambda entry: entry.name)
        yield from (Path(entry.path) for entry in here if not entry.is_dir(follow_symlinks=False))
        if depth < MAX_FOLDERS:
            below = [entry for entry in here if entry.is_dir(follow_symlinks=False) and entry.name not in LEFTOVERS]
            waiting += [(Path(entry.path), depth + 1) for entry in reversed(below)]


def _from_archive(file: io.IOBase, name: str, prefix: str, found: Contents, depth: int) -> None:
    """An archive by what it is, not by what it is called."""
    start = file.read(9)
    file.seek(0)
    kind = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "")
    short = PurePosixPath(name).name
    if not start:
        raise found.refuse("archive_empty", name=short)
    if kind not in ("zip", "tar", "") or (not kind and short.lower().endswith(FOREIGN)):
        raise found.refuse("archive_kind", name=short, kind=kind or PurePosixPath(short).suffix)
    if kind in ("zip", "tar") and not short.lower().endswith(ZIP if kind == "zip" else TAR):
        found.note("archive_named", name=short, kind=kind)
    (_from_tar if kind == "tar" or short.lower().endswith(".tar") else _from_zip)(file, short, prefix, found, depth)


def _why(error: Exception) -> str:
    """What a library says of an archive; where a damaged number led it astray, it speaks of itself."""
    telling = (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        tarfile.TarError,
        EOFError,
        OSError,
        zlib.error,
        lzma.LZMAError,
    )
    return str(error) if isinstance(error, telling) and str(error) else "what is in it is not as it should be"


NO_END = "File is not a zip file"
"""What zipfile says where the end of an archive is missing, which has its table of contents."""


def _from_zip(file: io.IOBase, name: str, prefix: str, found: Contents, depth: int) -> None:
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # of its own kinds, and of all that damaged numbers lead to
        file.seek(0)
        if file.read(4) == b"PK\3\4" and str(error) == NO_END:
            raise found.refuse("archive_cut", name=name) from None
        raise found.refuse("archive_damaged", name=name, why=_why(error)) from None
    with archive:
        members = archive.infolist()
        if members and not any(member.flag_bits & 1 == 0 for member in members if not member.is_dir()):
            raise found.refuse("archive_encrypted", name=name)
        for member in members:
            inside = member.filename.replace("\\", "/")
            _count(found)
            _check_name(inside or "/", found)
            if stat.S_ISLNK(member.external_attr >> 16):
                found.passed["links"] += 1
            elif not member.is_dir() and _matters(inside, found):
                try:
                    changed = time.mktime((*member.date_time, 0, 0, -1))
                except (ValueError, OverflowError):
                    changed = 0.0
                try:
                    with archive.open(member) as opened:
                        _keep(prefix + inside, opened, member.file_size, changed, found, depth)
                except RefusedError:
                    raise
                except Exception as error:  # what decompressors raise on damaged data, and unknown compressions
                    found.note("member_damaged", name=inside[-80:], why=_why(error))


def _from_tar(file: io.IOBase, name: str, prefix: str, found: Contents, depth: int) -> None:
    unpacked = 0
    try:
        with tarfile.open(fileobj=file, mode="r:*") as archive:
            for member in archive:
                _count(found)
                _check_name(member.name, found)
                unpacked += member.size
                if unpacked > MAX_UNPACKED:
                    raise found.refuse("archive_large", name=name, size=unpacked >> 20)
                if not (member.isfile() or member.isdir()):
                    found.passed["links"] += 1
                elif member.isfile() and _matters(member.name, found):
                    with archive.extractfile(member) or io.BytesIO() as opened:
                        _keep(prefix + member.name, opened, member.size, member.mtime, found, depth)
    except RefusedError:
        raise
    except Exception as error:  # tarfile's, zlib's, lzma's, …
        if not any(inside.startswith(prefix) for inside in found.files):
            raise found.refuse("archive_damaged", name=name, why=_why(error)) from None
        found.note("archive_broken_off", name=name, why=_why(error))


def _count(found: Contents) -> None:
    found.members += 1
    if found.members > MAX_MEMBERS:
        raise found.refuse("too_many", most=MAX_MEMBERS)


def _check_name(name: str, found: Contents) -> None:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in name[:2]:
        raise found.refuse("outside", name=name[:80])


def _matters(name: str, found: Contents) -> bool:
    """Whether a file may matter: Python, a notebook, a PDF, an archive; of all others the kinds are counted."""
    place = PurePosixPath(name)
    if LEFTOVERS.intersection(place.parts[:-1]) or place.name.startswith("._") or place.name == ".DS_Store":
        return False
    if name.lower().endswith((".py", *ATTACHED, *SUFFIXES, *FOREIGN)):
        return True
    found.others[place.suffix.lower() or place.name[:20]] += 1
    return False


def _keep(name: str, file: IO[bytes], size: int, changed: float, found: Contents, depth: int) -> None:
    """Read a file, as much as is sensible; of an archive, what it holds."""
    short = name[-80:]
    archive = name.lower().endswith((*SUFFIXES, *FOREIGN))
    most = MAX_ATTACHED if archive or name.lower().endswith(ATTACHED) else MAX_SOURCE
    data = file.read(most + 1) if size <= most else b""
    if size > most or len(data) > most:
        found.note("member_large", name=short, size=most >> 20)
        return
    found.read += len(data)
    if found.read > MAX_READ:
        raise found.refuse("archive_large", name=short, size=found.read >> 20)
    if not archive and not data.startswith(ARCHIVES):
        if len(found.files) >= MAX_FILES:
            raise found.refuse("too_many", most=MAX_FILES)
        found.files[name] = File(data, changed)
    elif depth >= MAX_DEPTH:
        found.note("archives_in_archives", name=short)
    else:
        try:
            before = len(found.files)
            _from_archive(io.BytesIO(data), name, f"{name}/", found, depth + 1)
            if len(found.files) > before:
                found.note("inner_read", name=short)
        except RefusedError as error:  # the rest of the submission stands
            found.note("inner_archive", name=short, why=error.reason)
