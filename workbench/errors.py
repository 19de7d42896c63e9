"""The one kind of error that a user of the lab should ever read. Not for mistakes of the program itself."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """A mistake of the user, told in one line: the thing, the value and the way out."""


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """The error for a name that does not exist: suggests the nearest one, else lists what there is."""
    known = list(known)
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    way_out = f"did you mean '{near[0]}'?" if near else "choose from: " + (", ".join(known) or "(none)")
    return InputError(f"unknown {kind} '{name}': {way_out}")
