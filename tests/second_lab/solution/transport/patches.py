"""Clouds of points out of images, directions to look along, and an exemplar. All given."""

import torch
from torch import Tensor


def patches(image: Tensor, side: int = 3) -> Tensor:
    """All patches of an image that is continued periodically: (1, C, H, W) → (H·W, C·side²)."""
    wrapped = torch.nn.functional.pad(image, (0, side - 1, 0, side - 1), mode="circular")
    return torch.nn.functional.unfold(wrapped, side)[0].T


def directions(count: int, dimension: int, seed: int) -> Tensor:
    """Unit vectors drawn uniformly: (count, dimension)."""
    drawn = torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))
    return drawn / drawn.norm(dim=1, keepdim=True)


def stripes(size: int = 24) -> Tensor:
    """An exemplar: soft stripes on the diagonal, (1, 1, size, size), in [0, 1]; `size` a multiple of 8."""
    place = torch.arange(size)
    return (0.5 + 0.5 * torch.sin(2 * torch.pi * (place[:, None] + place) / 8))[None, None]
