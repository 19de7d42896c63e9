"""A texture without end: any window of the plane, always with the same texture at the same place."""

from functools import lru_cache

import torch
from torch import Tensor

from .inference import FastTextureNet

BLOCK = 32  # side of the squares that the plane is cut into: a pixel of the coarsest scale
MARGIN = 128
"""How far a pixel of the texture sees, in pixels: (halo + 2)·2^k of FastTextureNet at the coarsest scale."""


class EndlessTexture:
    """Windows of a plane of texture: the noise of each square of 32×32 pixels has a seed of its own."""

    def __init__(self, net: FastTextureNet, seed: int):
        self._net, self._seed = net, seed
        self._block = lru_cache(maxsize=4096)(self._draw)
        self._known: tuple[int, int, Tensor] | None = None

    def view(self, x: int, y: int, size: int) -> Tensor:
        """The window whose upper left corner is at column x and row y: (1, 3, size, size), RGB.

        Moving it by d pixels moves the texture by d: what was there is the same, to rounding.
        """
        left, top = x // BLOCK * BLOCK, y // BLOCK * BLOCK
        if self._known is None or self._known[:2] != (left, top) or self._known[2].shape[-1] < size + BLOCK:
            side = -(-size // BLOCK) * BLOCK + BLOCK + 2 * MARGIN
            noise = self._noise(left - MARGIN, top - MARGIN, side)
            beyond = [(MARGIN >> k) - halo - 2 for k, halo in enumerate(self._net.halo)]
            cut = [z[..., n : z.shape[2] - n, n : z.shape[3] - n] for z, n in zip(noise, beyond, strict=True)]
            self._known = left, top, self._net.inside(cut)
        i, j = y - top, x - left
        return self._known[2][..., i : i + size, j : j + size]

    def _noise(self, left: int, top: int, side: int) -> list[Tensor]:
        """The noise of a window whose corner and side are multiples of 32; as `sample_noise` gives it."""
        columns = range(left // BLOCK, (left + side) // BLOCK)
        rows = range(top // BLOCK, (top + side) // BLOCK)
        squares = [[self._block(column, row) for column in columns] for row in rows]
        return [
            torch.cat([torch.cat([square[k] for square in line], dim=3) for line in squares], dim=2)
            for k in range(self._net.scales)
        ]

    def _draw(self, column: int, row: int) -> list[Tensor]:
        # Large odd numbers keep the seeds of neighbours apart.
        seed = (self._seed * 0x9E3779B1 + column * 0x85EBCA6B + row * 0xC2B2AE35) % 2**63
        generator = torch.Generator().manual_seed(seed)
        shape = (1, self._net.in_channels)
        return [torch.rand(*shape, BLOCK >> k, BLOCK >> k, generator=generator) for k in range(self._net.scales)]
