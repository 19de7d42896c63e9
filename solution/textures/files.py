"""Finding the lab's folders and writing files whole or not at all. Knows nothing of what is in them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError


def lab_folder(name: str) -> Path:
    """The lab's folder images/ or models/: the nearest one above this package (also where it does not exist yet)."""
    above = Path(__file__).resolve().parents[1:3]
    return next((parent / name for parent in above if (parent / name).is_dir()), above[0] / name)


def check_writable(path: str | os.PathLike) -> Path:
    """Fail before long work, not after it: raise `InputError` unless a file can be written at `path`."""
    path = Path(path)
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder; give a file name such as {path / 'result.png'}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another place with -o") from None
    return path


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary file beside `path`, with its suffix, that takes its place only when the block ends well."""
    path = check_writable(path)
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
    finally:
        temporary.unlink(missing_ok=True)
