"""Draws the exemplar textures of the lab: 512 x 512, seamless, the same pictures on every run.

python images/make_images.py [NAME ...] [-o FOLDER]
"""

import argparse
import difflib
import os
import sys
import tempfile
import time
from pathlib import Path

import materials
import numpy as np
from PIL import Image

# One seed per picture: none depends on which others are drawn, or in which order.
SEEDS = {
    "pebbles": 11,
    "cobbles": 31,
    "bricks": 13,
    "marble": 14,
    "wood": 44,
    "cloth": 16,
    "checkerboard": 32,
    "tiles": 33,
    "bubbles": 19,
    "studs": 289,
    "rust": 21,
    "grass": 22,
    "gravel": 35,
    "glass": 36,
    "water": 37,
    "leopard": 38,
}
NAMES = tuple(SEEDS)


def draw(name: str) -> np.ndarray:
    """The picture of that name, (512, 512, 3), 8-bit sRGB. Raises KeyError for a name not in NAMES."""
    return getattr(materials, name)(np.random.default_rng(SEEDS[name]))


def save_png(picture: np.ndarray, path: Path) -> None:
    """Write a PNG file whole or not at all."""
    handle, temporary = tempfile.mkstemp(suffix=".png", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            Image.fromarray(picture).save(file, format="PNG", optimize=True)
        os.chmod(temporary, 0o644)  # mkstemp lets nobody else read
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def unknown_name(name: str) -> str:
    """One line for a name that no picture has."""
    nearest = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
    advice = f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(NAMES)}"
    return f"no picture is called {name!r}: {advice}"


def show_progress(done: int, total: int, name: str, started: float) -> None:
    """A bar with the time left, rewritten in place on a terminal, absent in a log."""
    if sys.stderr.isatty():
        left = f"{(time.monotonic() - started) * (total - done) / done:3.0f} s left" if done else ""
        bar = "#" * done + "." * (total - done)
        print(f"\r[{bar}] {name:<12} {left:<12}", end="", file=sys.stderr, flush=True)


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Draw the exemplar textures of the lab.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(NAMES)}")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(__file__).parent,
        metavar="FOLDER",
        help="where to write the PNG files (default: beside this script)",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Draw and write the chosen pictures; exit code 2 for a wrong name or folder, 130 when interrupted."""
    options = parse_arguments(arguments)
    names = list(dict.fromkeys(options.names)) or list(NAMES)
    for name in names:
        if name not in SEEDS:
            print(unknown_name(name), file=sys.stderr)
            return 2
    started = time.monotonic()
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        for done, name in enumerate(names):
            show_progress(done, len(names), name, started)
            save_png(draw(name), options.output / f"{name}.png")
        show_progress(len(names), len(names), "done\n", started)
    except OSError as error:
        print(f"cannot write to {options.output}: {error.strerror}: try another -o FOLDER", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped: the pictures drawn so far are complete", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
