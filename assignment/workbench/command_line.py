"""How the lab's scripts meet people: arguments, and one line when something is wrong. It starts without PyTorch."""

import argparse
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import TracebackType
from typing import Any, NoReturn

from .errors import InputError
from .installation import mismatch
from .languages import LANGUAGES, language, said
from .terminal import any_terminal

FULL = re.compile("DefaultCPUAllocator|not enough memory|alloc(ate)? memory|MPS backend out of memory|[Oo]ut of memory")
"""What PyTorch says when memory runs out where it has no error of its own for that."""


class _Help(argparse.HelpFormatter):
    """argparse's own help, in the language of the course."""

    def add_usage(self, usage: str | None, actions: Iterable, groups: Iterable, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, said("usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(heading and said(heading))


class Parser(argparse.ArgumentParser):
    """argparse, but a wrong argument is an `InputError`, and cells that run in a notebook get the defaults."""

    def __init__(self, description: str, prog: str | None = None):
        super().__init__(prog, description=said(description), add_help=False, formatter_class=_Help)
        self.add_argument("-h", "--help", action="help", help="show this help message and exit")
        self.add_argument("--lang", choices=LANGUAGES, default=language(), help="language: en or fr")

    def add_argument(  # type: ignore[override]  # help is a must
        self, *names: str, help: str, **words: Any
    ) -> argparse.Action:
        """As ever, but the help is in the language of the course."""
        return super().add_argument(*names, help=said(help), **words)

    def parse_args(self) -> argparse.Namespace:  # type: ignore[override]  # the words are always the same
        """Read the words after the name of the script, whatever it is called; none where cells run in a notebook."""
        return super().parse_args([] if _runs_in_a_kernel() else sys.argv[1:])

    def command(self, script: str, args: argparse.Namespace) -> str:
        """What to type for these arguments, to be kept beside what they make; no folder of this machine is in it.

        It holds in a notebook, too, whose own command line is a kernel's, and where arguments are changed by hand.
        """
        words = ["python", script]
        for action in self._actions:
            value = getattr(args, action.dest, action.default)
            if action.option_strings:
                if value == action.default:
                    continue
                words.append(action.option_strings[-1])
            values = value if isinstance(value, list) else [] if value is True else [value]
            words += [_without_folder(str(one)) for one in values]
        return shlex.join(words)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see --help")


def _without_folder(word: str) -> str:
    """A whole path's last part, of any system's; anything else as it is."""
    for path in (PurePosixPath(word), PureWindowsPath(word)):
        if path.is_absolute():
            return path.name
    return word


def _runs_in_a_kernel() -> bool:
    """Whether IPython runs cells: its command line is not ours. `%run gatys.py pebbles` runs a script, with words."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return False
    script = getattr(sys.modules["__main__"], "__file__", None)
    return script is None or Path(script).name != Path(sys.argv[0]).name


def tell(text: str) -> None:
    """Print a sentence, in the language of the course."""
    print(said(text))


def positive(word: str) -> int:
    """A whole number, at least 1: a type for argparse."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, at least 1, got {word}")
    return int(word)


def seed(word: str) -> int:
    """A whole number that a `torch.Generator` takes: a type for argparse."""
    if not word.isdecimal() or int(word) >= 2**63:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2^63 − 1, got {word}")
    return int(word)


def one_line_errors() -> None:
    """From here on a user's mistake ends the program with one line and exit code 2; an interruption with code 130.

    Python's hook for uncaught errors does it, so in notebooks, which never call it, errors look as they always do.
    """
    any_terminal()
    sys.excepthook = _one_line


def _one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        message, code = "interrupted", 130
    elif isinstance(error, InputError):
        message, code = str(error), 2
    elif isinstance(error, NotImplementedError) and str(error).startswith("TODO "):
        message, code = str(error), 2  # a place that a student has not filled in yet
    elif "torch" in sys.modules and isinstance(error, sys.modules["torch"].OutOfMemoryError):
        message, code = "the GPU's memory is full: use a smaller --size, or --device cpu", 2
    elif isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and FULL.search(str(error))):
        message, code = "the memory is full: use a smaller --size, and close other programs", 2
    else:
        return sys.__excepthook__(kind, error, trace)
    print(f"{Path(sys.argv[0]).name}: {said(message)}", file=sys.stderr)
    sys.exit(code)


if wrong := mismatch():  # before a script imports torchvision
    one_line_errors()
    raise InputError(wrong)
