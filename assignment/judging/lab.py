"""Which lab is in hand, and where its things lie: several may have their turn in one process."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["by_lab", "checks_folder", "here", "one_of", "tomllib", "using"]

ABOVE = Path(__file__).resolve().parents[1]


def here() -> Path:
    """The folder of the lab in hand: the one in `using`, else that of GRADER_LAB, else the one above this package."""
    return _here.get() or Path(os.environ.get("GRADER_LAB") or ABOVE)


@contextmanager
def using(folder: Path) -> Iterator[None]:
    """In this block the lab in hand is the one in that folder, for this thread alone."""
    token = _here.set(folder.resolve())
    try:
        yield
    finally:
        _here.reset(token)


_here: ContextVar[Path | None] = ContextVar("lab", default=None)


def by_lab(function: Callable) -> Callable:
    """As `cache`, for what is another thing in another lab."""
    kept = cache(lambda lab, *words: function(*words))

    @wraps(function)
    def look_up(*words: object) -> object:
        return kept(here(), *words)

    look_up.cache_clear = kept.cache_clear  # type: ignore[attr-defined]  # as functions of `cache` have it
    return look_up


def one_of(*places: str) -> Path:
    """The first of these places in the lab's folder that is there, else the last."""
    paths = [here() / place for place in places]
    return next((path for path in paths if path.exists()), paths[-1])


def checks_folder() -> Path:
    """Where the checks of the lab in hand lie."""
    return one_of("checks", "grader/checks")
