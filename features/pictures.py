"""The pictures that the learned descriptor is trained on, from the lab's exemplars and from nothing. No network here.

All are (3, SIDE, SIDE), RGB. A texture in [0, 1], and beside it an image that is not it, and may pass [0, 1]: noise, a
damaged copy, another texture. What the optimiser makes on its way is added by make_features.py.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from textures.images import load_image, resize
from textures.multiscale import spectrum_noise
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import IterableDataset, get_worker_info

SIDE = 128
HELD_OUT = ("pebbles", "glass", "studs", "marble")
"""Exemplars to judge with, which the training never sees."""


class Pictures:
    """Textures and images that are none, drawn from one source of randomness."""

    def __init__(self, names: list[str], seed: int):
        """`names` of exemplars, of which those held out are left out."""
        self.generator, self.rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
        self.exemplars = []
        for name in names:
            if name not in HELD_OUT:
                whole = load_image(name)
                self.exemplars.append([resize(whole, (side, side)) for side in (512, 384, 256, 192, SIDE)])

    def texture(self) -> Tensor:
        """A texture of any kind, often a mixture of two."""
        first = self._plain()
        if self.rng.random() > 0.2:
            return first
        share = self._cloud(2.0)[0]
        share = torch.sigmoid(share * 20) if self.rng.random() < 0.5 else torch.full_like(share, self.rng.random())
        return first * share + self._plain() * (1 - share)

    def pair(self) -> tuple[Tensor, Tensor]:
        """An image that is not the texture, and the texture."""
        texture = self.texture()
        return self._other(texture), texture

    def exemplar(self) -> Tensor:
        """A whole exemplar at the side SIDE: it goes on at its opposite border."""
        return self.exemplars[self.rng.integers(len(self.exemplars))][-1][0]

    def recoloured(self, picture: Tensor) -> Tensor:
        """Other colours: channels in another order, mixed, stretched or inverted, another gamma."""
        mixing = torch.eye(3)[torch.randperm(3, generator=self.generator)] + 0.25 * self._randn(3, 3)
        centre = picture.mean(dim=(1, 2), keepdim=True)
        contrast = float(np.exp(self.rng.normal(0, 0.3))) * (1 if self.rng.random() < 0.8 else -1)
        shift = 0.12 * self._randn(3, 1, 1)
        mixed = torch.einsum("ij,jhw->ihw", mixing, picture - centre) * contrast + centre + shift
        return mixed.clamp(0, 1) ** float(np.exp(self.rng.normal(0, 0.25)))

    def _plain(self) -> Tensor:
        kind = self.rng.random()
        if kind < 0.55:
            picture = self._piece()
        elif kind < 0.85:
            picture = self._dead_leaves()
        else:
            cloud = self._cloud(self.rng.uniform(0.3, 2.2))
            if self.rng.random() < 0.5:  # level lines: contours without leaves
                cloud = torch.sin(cloud * self.rng.uniform(5, 60))
            picture = (0.5 + cloud * self.rng.uniform(0.1, 0.35) / (cloud.std() + 1e-6)).clamp(0, 1)
        return self.recoloured(picture) if self.rng.random() < 0.6 else picture

    def _piece(self) -> Tensor:
        """Of an exemplar, at any scale, turned or mirrored."""
        sizes = self.exemplars[self.rng.integers(len(self.exemplars))]
        picture = sizes[self.rng.choice(5, p=(0.1, 0.1, 0.3, 0.2, 0.3))]
        shifts = tuple(int(shift) for shift in self.rng.integers(picture.shape[-1], size=2))
        picture = picture.roll(shifts, dims=(2, 3))
        if self.rng.random() < 0.3:
            angle, side = self.rng.uniform(0, 2 * math.pi), picture.shape[-1]
            turn = torch.tensor([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]])
            tiled = picture.repeat(1, 1, 2, 2)[..., : side + SIDE, : side + SIDE]
            grid = F.affine_grid(turn[None].float() * SIDE / tiled.shape[-1], [1, 3, SIDE, SIDE], align_corners=False)
            picture = F.grid_sample(tiled, grid, mode="bicubic", padding_mode="reflection", align_corners=False)
        picture = picture[0, :, :SIDE, :SIDE].rot90(int(self.rng.integers(4)), dims=(1, 2))
        return (picture.flip(2) if self.rng.random() < 0.5 else picture).clamp(0, 1)

    def _dead_leaves(self) -> Tensor:
        """Discs, ellipses and rectangles that hide one another (Baradad et al. 2021), on a torus, some with grain."""
        rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
        palette = self.rng.random((self.rng.integers(2, 9), 3)).astype(np.float32)
        smallest, power = self.rng.uniform(1.5, 8), self.rng.uniform(1.0, 2.5)
        picture = np.broadcast_to(palette[0][:, None, None], (3, SIDE, SIDE)).copy()
        kind, grain, light = self.rng.integers(3), self.rng.random() < 0.5, self.rng.normal(0, 0.02, 2)
        for _ in range(int(self.rng.integers(60, 500))):
            radius = min(smallest * self.rng.pareto(power) + smallest, 40)
            y, x = self.rng.uniform(0, SIDE, 2)
            dy, dx = (rows - y + SIDE / 2) % SIDE - SIDE / 2, (columns - x + SIDE / 2) % SIDE - SIDE / 2
            angle, flat = self.rng.uniform(0, math.pi), self.rng.uniform(0.4, 1)
            u = (math.cos(angle) * dx + math.sin(angle) * dy) / radius
            v = (math.cos(angle) * dy - math.sin(angle) * dx) / (radius * flat)
            inside = (np.hypot(u, v) if kind < 2 else np.maximum(abs(u), abs(v))) < 1
            colour = palette[self.rng.integers(len(palette))] + self.rng.normal(0, 0.05, 3)
            shading = light[0] * dx + light[1] * dy if kind else np.zeros_like(dx)
            if grain:
                shading = shading + self.rng.uniform(0, 0.15) * np.sin(self.rng.uniform(2, 20) * u + v)
            picture = np.where(inside, colour[:, None, None].astype(np.float32) + shading, picture)
        return torch.from_numpy(picture).float().clamp(0, 1)

    def _cloud(self, slope: float) -> Tensor:
        """Noise of the power spectrum |f|^(−2·slope), on a torus, with standard deviation 0.1."""
        fy, fx = torch.fft.fftfreq(SIDE), torch.fft.rfftfreq(SIDE)
        stretch = float(np.exp(self.rng.normal(0, 0.5)))
        amplitude = (fy[:, None] ** 2 * stretch + fx**2 / stretch + 1e-4) ** (-slope / 2)
        cloud = torch.fft.irfft2(torch.fft.rfft2(self._randn(3, SIDE, SIDE)) * amplitude, s=(SIDE, SIDE))
        cloud = torch.einsum("ij,jhw->ihw", self._randn(3, 3), cloud)
        return 0.1 * (cloud - cloud.mean()) / (cloud.std() + 1e-6)

    def _other(self, texture: Tensor) -> Tensor:
        kind, strength = self.rng.random(), self.rng.random()
        if kind < 0.35:
            noise = spectrum_noise(texture[None], (SIDE, SIDE), self.generator)[0]
            return noise if strength < 0.4 else noise * strength + texture * (1 - strength)
        if kind < 0.5:
            return texture + 0.15 * strength * self._randn(3, SIDE, SIDE)
        if kind < 0.65:  # rainbow specks
            where = (torch.rand(1, SIDE, SIDE, generator=self.generator) < 0.2 * strength).float()
            return texture + where * 0.4 * self._randn(3, SIDE, SIDE)
        if kind < 0.75:
            small = F.avg_pool2d(texture[None], 2 ** int(self.rng.integers(1, 4)))
            return F.interpolate(small, size=(SIDE, SIDE), mode="bicubic")[0]
        if kind < 0.85:
            return self.recoloured(texture)
        if kind < 0.9:
            return torch.rand(3, SIDE, SIDE, generator=self.generator)
        return self._plain()

    def _randn(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.generator)


class Stream(IterableDataset):
    """Pairs without end, drawn by the processes of a DataLoader, each from a seed of its own."""

    def __init__(self, names: list[str], seed: int):
        self.names, self.seed = names, seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        torch.set_num_threads(1)
        worker = get_worker_info()
        pictures = Pictures(self.names, self.seed + 1_000_003 * (1 + (worker.id if worker else 0)))
        while True:
            yield pictures.pair()
