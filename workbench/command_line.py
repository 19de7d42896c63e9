"""How the scripts of the lab meet people: arguments, a bar while they work, one line when something is wrong."""

import argparse
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from .errors import InputError
from .installation import mismatch
from .languages import LANGUAGES, language, said
from .pixels import to_pixels
from .terminal import any_terminal, bar

FULL = re.compile("DefaultCPUAllocator|not enough memory|alloc(ate)? memory|MPS backend out of memory|[Oo]ut of memory")
"""What PyTorch says when memory runs out where it has no error of its own for that."""


class _Help(argparse.HelpFormatter):
    """argparse's own help, in the language of the course."""

    def add_usage(self, usage: str | None, actions: list, groups: list, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, said("usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(heading and said(heading))


class Parser(argparse.ArgumentParser):
    """argparse, but a wrong argument is an `InputError`, and cells that run in a notebook get the defaults."""

    def __init__(self, description: str, prog: str | None = None):
        super().__init__(prog, description=said(description), add_help=False, formatter_class=_Help)
        self.add_argument("-h", "--help", action="help", help="show this help message and exit")
        self.add_argument("--lang", choices=LANGUAGES, default=language(), help="language: en or fr")

    def add_argument(self, *names: str, help: str, **words: object) -> argparse.Action:
        """As ever, but the help is in the language of the course."""
        return super().add_argument(*names, help=said(help), **words)

    def parse_args(self) -> argparse.Namespace:
        """Read the words after the name of the script, whatever it is called; none where cells run in a notebook."""
        return super().parse_args([] if _runs_in_a_kernel() else sys.argv[1:])

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see --help")


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


def draw(picture: Tensor | Figure) -> None:
    """Show (1, 3, H, W), (3, H, W) or a figure below the cell that runs; at a command line nothing."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    if isinstance(picture, Figure):
        data = io.BytesIO()
        picture.savefig(data, dpi=100)
        shown = Image.open(data)
    else:
        shown = Image.fromarray(to_pixels(picture if picture.dim() == 4 else picture[None])[0])
    ipython.display.display(shown)


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
    elif isinstance(error, torch.OutOfMemoryError):
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


class BestSoFar:
    """A callback for the syntheses: at each size a bar with the loss and the time left; keeps the best image."""

    def __init__(self, iterations: int, label: str, stop_if_asked: Callable[[], None]):
        """`stop_if_asked` is of `interruption.between_steps`."""
        self.image: Tensor | None = None
        """(1, 3, H, W), the image of the least loss at the present size; None before the first evaluation."""
        self.losses: list[Tensor] = []
        """The losses at the present size."""
        self._least: Tensor | None = None
        self._iterations, self._label, self._stop_if_asked = iterations, label, stop_if_asked
        self._bar: tqdm | None = None

    def __call__(self, image: Tensor, loss: Tensor) -> None:
        if self.image is None or self.image.shape != image.shape:
            self.close()
            height, width = image.shape[-2:]
            label = f"{self._label} {width}×{height}"
            self._bar = bar(label, self._iterations, "evaluations")
            self.image, self._least, self.losses = image.clone(), loss, []
        self.losses.append(loss)
        # torch.where, not if: the comparison stays on the GPU, and nothing waits for it.
        self.image = torch.where(loss < self._least, image, self.image)
        self._least = torch.minimum(loss, self._least)
        if self._bar.update():  # true when the bar was redrawn: only then is the number worth fetching
            self._bar.set_postfix(loss=f"{float(loss):.2e}", refresh=False)
        self._stop_if_asked()

    def close(self) -> None:
        """Leave the bar as it stands, with the least loss."""
        if self._bar is not None:
            self._bar.set_postfix(loss=f"{float(self._least):.2e}")
            self._bar.close()
