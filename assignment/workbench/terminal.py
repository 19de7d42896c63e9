"""Words and bars on any terminal: what a console cannot show is written in letters that it can."""

import codecs
import sys
import unicodedata
from collections.abc import Iterable

from tqdm import tqdm

from .languages import language, said

PLAIN = {"×": "x", "·": "-", "…": "...", "→": "->", "−": "-", "–": "-", "—": "-", "λ": "lambda", "Σ": "sum", "‖": "||"}
PLAIN |= {"≥": ">=", "≤": "<=", "✓": "ok", "✗": "no", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "œ": "oe"}
PLAIN |= {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "█": "#"}


def any_terminal() -> None:
    """From here on nothing that is printed fails for a character: Windows' consoles and redirects have few of them."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # notebooks have streams of their own, which show everything
            stream.reconfigure(errors=_plainly.__name__)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """An error handler of `str.encode`: letters without their accents, signs in words; "?" where there is nothing."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = []
    for letter in error.object[error.start : error.end]:
        base = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        letters.append(PLAIN.get(letter) or base or "?")
    return "".join(letters), error.end


def bar(label: str, total: int, unit: str, things: Iterable | None = None, done: int = 0) -> tqdm:
    """A bar with the time left, in the language of the course; things of whose `total` some are done already."""
    return tqdm(
        things,
        desc=said(label) + (" : " if language() == "fr" else ": "),
        total=total,
        initial=done,
        dynamic_ncols=True,
        bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} " + said(unit) + " [{elapsed}<{remaining}{postfix}]",
    )


codecs.register_error(_plainly.__name__, _plainly)
