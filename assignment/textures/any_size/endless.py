"""A texture without end: any window of the plane, always with the same texture at the same place."""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from ..speed.inference import FastTextureNet

BLOCK = 32  # side of the squares that the plane is cut into: a pixel of the coarsest scale
MARGIN = 128
"""How far a pixel of the texture sees, in pixels: (halo + 2)·2^k of FastTextureNet at the coarsest scale."""


class EndlessTexture:
    """Windows of a plane of texture: the noise of each square of 32×32 pixels has a seed of its own.

    Args:
        net: the generator.
        seed: of the plane.
        period: (H, W), multiples of 32, after which it repeats; never when left out.
    """

    def __init__(self, net: FastTextureNet, seed: int, period: tuple[int, int] | None = None):
        self._net, self._seed, self._period = net, seed, period
        self._block = lru_cache(maxsize=1024)(self._draw)
        self._known: tuple[int, int, Tensor] | None = None

    def view(self, x: int, y: int, size: int) -> Tensor:
        """The window whose upper left corner is at column x and row y: (1, 3, size, size), RGB.

        Moving it by d pixels moves the texture by d: what was there is the same, to rounding.
        """
        left, top = x // BLOCK * BLOCK, y // BLOCK * BLOCK
        if self._known is None or self._known[:2] != (left, top) or self._known[2].shape[-1] < size + BLOCK:
            side = -(-size // BLOCK) * BLOCK + BLOCK
            self._known = left, top, self.tile(left, top, side, side)
        i, j = y - top, x - left
        return self._known[2][..., i : i + size, j : j + size]

    def tile(self, left: int, top: int, height: int, width: int) -> Tensor:
        """A window whose corner and sides are multiples of 32: (1, 3, height, width), RGB."""
        noise = self.noise(left - MARGIN, top - MARGIN, height + 2 * MARGIN, width + 2 * MARGIN)
        beyond = [(MARGIN >> k) - halo - 2 for k, halo in enumerate(self._net.halo)]
        cut = [z[..., n : z.shape[2] - n, n : z.shape[3] - n] for z, n in zip(noise, beyond, strict=True)]
        return self._net.inside(cut)

    def noise(self, left: int, top: int, height: int, width: int) -> list[Tensor]:
        """The noise of such a window, as `sample_noise` gives it; `net(noise)` of a whole period is the texture."""
        columns: Sequence[int] = range(left // BLOCK, (left + width) // BLOCK)
        rows: Sequence[int] = range(top // BLOCK, (top + height) // BLOCK)
        if self._period is not None:
            rows = [row % (self._period[0] // BLOCK) for row in rows]
            columns = [column % (self._period[1] // BLOCK) for column in columns]
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
