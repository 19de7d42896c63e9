"""The noise that a Texture Network reads: a pyramid of uniform noises, and how to walk from one to another."""

import torch
from torch import Tensor

from workbench.errors import InputError


def sample_noise(
    batch: int,
    size: int | tuple[int, int],
    scales: int = 6,
    channels: int = 3,
    generator: torch.Generator | None = None,
) -> list[Tensor]:
    """Independent noises, uniform on [0, 1), one per scale (Ulyanov et al. 2016, sec. 3.2).

    Args:
        batch: B.
        size: (H, W) of the finest scale in pixels, or one number for a square; multiples of 2^(scales−1).
        scales: length of the pyramid.
        channels: C, noise channels per scale.
        generator: source of randomness (it fixes the device too); PyTorch's own when left out.

    Returns:
        z with z[k] of shape (B, C, H/2^k, W/2^k): z[0] is the finest.

    Raises:
        ValueError: a size that the pyramid cannot halve often enough.
    """
    height, width = (size, size) if isinstance(size, int) else size
    multiple = 2 ** (scales - 1)
    for pixels in (height, width):
        if pixels < multiple or pixels % multiple:
            near = max(multiple, round(pixels / multiple) * multiple)
            raise InputError(f"size must be a multiple of {multiple}, got {pixels}: try {near}")
    device = generator.device if generator is not None else None
    return [
        torch.rand(batch, channels, height >> k, width >> k, generator=generator, device=device) for k in range(scales)
    ]


def interpolate_noise(z0: list[Tensor], z1: list[Tensor], lam: float) -> list[Tensor]:
    """The noise on the way from z0 (λ = 0) to z1 (λ = 1), scale by scale: (1 − λ) z0[k] + λ z1[k].

    Args:
        z0, z1: two noise pyramids of the same shapes (B, C, H/2^k, W/2^k); are not changed.
        lam: λ in [0, 1].

    Returns:
        A pyramid of the same shapes.
    """
    # TODO 2.4: mix the two noises at every scale.
    raise NotImplementedError("TODO 2.4: interpolate_noise is not written yet")


def redresse(z: Tensor, lam: float) -> Tensor:
    """Straighten the noise that `interpolate_noise` makes: F of every value. With λ' = min(λ, 1 − λ),

        F(t) = t² / (2 λ' (1 − λ'))          for t ≤ λ'
        F(t) = (t − λ'/2) / (1 − λ')         for λ' ≤ t ≤ 1 − λ'
        F(t) = 1 − F(1 − t)                  for t ≥ 1 − λ'

    and F is the identity in the limit λ' → 0. What F is, question R9 asks.

    Args:
        z: one scale of an interpolated noise, any shape, values in [0, 1]; is not changed.
        lam: λ in [0, 1], the one used to interpolate.

    Returns:
        F(z), of the shape of z.
    """
    # TODO 2.4: return F(z); mind λ > 1/2, and both ends.
    raise NotImplementedError("TODO 2.4: redresse is not written yet")
