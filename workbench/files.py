"""Finding the lab's folders and writing files whole or not at all. Knows nothing of what is in them."""

import errno
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError, unknown

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
"""What a disk says that takes no more: nobody's mistake, and nothing that another way to write would mend."""


def lab_folder(name: str) -> Path:
    """The lab's folder images/, models/, …: the nearest one above this package (also where it does not exist yet)."""
    above = Path(__file__).resolve().parents[1:3]
    return next((parent / name for parent in above if (parent / name).is_dir()), above[0] / name)


def find_file(name: str | os.PathLike, kind: str, known: Mapping[str, Path]) -> Path:
    """The file that `name` stands for: a path, or the name of one of the `known` ones, of that `kind`.

    Raises:
        InputError: there is no such file and no such name (the nearest name is suggested), or it is a folder.
    """
    path = Path(name)
    if path.is_file():
        return path
    if str(name) in known:  # also where a folder has that name, such as the one that the samples are written to
        return known[str(name)]
    if path.is_dir():
        raise InputError(f"{path} is a folder: give a file, or one of these names: {', '.join(known)}")
    if path.suffix or path.name != str(name):
        raise InputError(f"no {kind} file {path}: check the path, or choose from: {', '.join(known)}")
    raise unknown(kind, str(name), known)


LFS_POINTER, WEB_PAGE = "a pointer of Git LFS", "a web page"


def stand_in(head: bytes) -> str:
    """What a file that begins so holds in the place of what it should: `LFS_POINTER`, `WEB_PAGE`, or "" for neither."""
    if head.lstrip().startswith(b"version https://git-lfs"):
        return LFS_POINTER
    page = rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?(<!doctype html|<html)"
    return WEB_PAGE if re.match(page, head, re.IGNORECASE | re.DOTALL) else ""


def check_downloaded(path: Path) -> None:
    """Raise `InputError` if what lies there is not the file but what stands for it until it is fetched."""
    with path.open("rb") as file:
        found = stand_in(file.read(500))
    if found == LFS_POINTER:
        raise InputError(f"{path} is a pointer of Git LFS, not the file itself: run `git lfs pull`, or download it")
    if found == WEB_PAGE:
        raise InputError(f"{path} is a web page, not the file itself: download it again")


def check_writable(path: str | os.PathLike, suffixes: Collection[str] = ()) -> Path:
    """Fail before long work, not after it: raise `InputError` unless a file with such a suffix can be written there."""
    path = Path(path)
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder; give the name of a file in it")
    if suffixes and path.suffix.lower() not in suffixes:
        raise InputError(f"cannot write '{path}': its name must end in {', '.join(suffixes)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from None
    return path


@contextmanager
def whole_file(path: str | os.PathLike, suffixes: Collection[str] = ()) -> Iterator[Path]:
    """A temporary file beside `path`, with its suffix, that takes its place only when the block ends well.

    Raises:
        InputError: as `check_writable` does, or the disk is full: then what was there before stays.
    """
    path = check_writable(path, suffixes)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; the result gets the rights any new file would have.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise InputError(f"cannot write {path}: {error.strerror}; make room, or choose another place") from None
    finally:
        temporary.unlink(missing_ok=True)
