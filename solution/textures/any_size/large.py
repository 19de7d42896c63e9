"""Samples larger than memory: made tile by tile, and written as they come."""

import os
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from workbench.errors import InputError
from workbench.files import whole_file

from ..images import to_pixels
from ..speed.inference import FastTextureNet
from .endless import BLOCK, EndlessTexture

TILE = 512  # pixels; what is computed twice, around each, is a tenth


def sample_strips(net: FastTextureNet, height: int, width: int, seed: int) -> Iterator[np.ndarray]:
    """One sample, from top to bottom: bytes (h, width, 3), h up to 512, RGB.

    It is what `net` makes of one large noise, to rounding, and goes on at its opposite border: a pixel of a Texture
    Network sees 128 pixels around it and no more, and the noise is drawn in squares, each of a seed of its own.

    Raises:
        InputError: a side that is no multiple of 32.
    """
    for pixels in (height, width):
        if pixels < BLOCK or pixels % BLOCK:
            near = max(BLOCK, round(pixels / BLOCK) * BLOCK)
            raise InputError(f"size must be a multiple of {BLOCK}, got {pixels}: try {near}")
    return _strips(EndlessTexture(net, seed, (height, width)), height, width)


def _strips(texture: EndlessTexture, height: int, width: int) -> Iterator[np.ndarray]:
    for top in range(0, height, TILE):
        rows = min(TILE, height - top)
        tiles = (texture.tile(left, top, rows, min(TILE, width - left)) for left in range(0, width, TILE))
        yield np.concatenate([to_pixels(tile)[0] for tile in tiles], axis=1)


def write_png(strips: Iterator[np.ndarray], height: int, width: int, path: str | os.PathLike) -> None:
    """A PNG of (h, width, 3) bytes that come from top to bottom (W3C, Portable Network Graphics, sec. 5 and 9).

    Raises:
        InputError: the place cannot be written, or is none for a PNG; then nothing is left there.
    """

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    with whole_file(path, [".png"]) as temporary, temporary.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
        pack = zlib.compressobj(6)
        for strip in strips:
            # Filter 1: what is written of a pixel is its difference to the one at its left.
            lines = np.ones((len(strip), 1 + 3 * width), np.uint8)
            lines[:, 1:] = np.diff(strip, axis=1, prepend=np.zeros_like(strip[:, :1])).reshape(-1, 3 * width)
            if data := pack.compress(lines.tobytes()):
                file.write(chunk(b"IDAT", data))
        file.write(chunk(b"IDAT", pack.flush()) + chunk(b"IEND", b""))
