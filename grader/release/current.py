"""Whether assignment/, which submissions are compared with, is what solution/ and the checks make today."""

import contextlib
import hashlib
from pathlib import Path

from judging.lab import here
from workbench.errors import InputError
from workbench.files import whole_file

from ..places import IGNORED, ROOT, SHARED, typed

LAB, ENGINE = ("solution", "checks", "variants", "assignment"), ("grader", *SHARED, "pyproject.toml", "constraints.txt")


def check_current(root: Path | None = None) -> None:
    """Raise `InputError` where a release would write another assignment/; build/ keeps for which files that was asked.

    What lies in assignment/ besides matters only if it is code.
    """
    root = root or here()
    kept, digest = root / "build" / "released.txt", _digest(root)
    with contextlib.suppress(OSError):
        if kept.read_text(encoding="utf-8") == digest:
            return
    from .assignment import differences

    try:
        found = differences(root)
    except InputError as error:
        raise InputError(f"{error}; nobody is graded") from None
    found = [line for line in found if not line.startswith("not from") or line.endswith(".py")]
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise InputError(
            f"assignment/ is not what solution/ and the checks make ({found[0]}{more}), nobody is graded: "
            f"run `{typed('release')}`, and look at what changes"
        )
    with contextlib.suppress(OSError):  # a place that cannot be written: the next run asks again
        kept.parent.mkdir(exist_ok=True)
        with whole_file(kept) as temporary:
            temporary.write_text(digest, encoding="utf-8")


def _digest(root: Path) -> str:
    """Of all that a release reads, and of what it wrote; of pictures and weights, the names."""
    digest = hashlib.sha256()
    engine = root if (root / "grader").is_dir() else ROOT
    for place in (*(root / name for name in LAB), *(engine / name for name in ENGINE)):
        for path in sorted([place] if place.is_file() else place.rglob("*")):
            if path.is_file() and not IGNORED.intersection(path.parts):
                digest.update(f"{path.as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    given = (path.as_posix() for path in sorted(root.glob("*/*")) if path.is_file())
    digest.update("\0".join(given).encode())
    return digest.hexdigest()
