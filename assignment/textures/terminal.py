"""Words on any terminal: what a console cannot show is written in letters that it can."""

import codecs
import sys
import unicodedata

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


codecs.register_error(_plainly.__name__, _plainly)
