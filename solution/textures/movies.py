"""Films: the textures along a path between two noises, or under a square of noise that moves."""

import torch
from torch import Tensor, nn

from workbench.errors import InputError, unknown

from .noise import interpolate_noise, redresse, sample_noise
from .pictures.video_files import save_movie

__all__ = ["displacement_frames", "interpolation_frames", "save_movie"]

PATCH = 100  # side of the moving square of noise, in pixels of the finest scale
MODES = ("naive", "aligned", "subpixel")


@torch.no_grad()
def interpolation_frames(
    net: nn.Module, n_frames: int, size: int = 256, straighten: bool = True, seed: int = 0
) -> Tensor:
    """The film between two noises z0 and z1: frame i shows the texture of λ = i/(n_frames − 1).

    Args:
        net: a trained generator, in eval mode: called as net(noise) → (1, 3, size, size).
        n_frames: N, at least 2, so that the first frame is net(z0) and the last net(z1).
        size: height and width in pixels, a multiple of 32.
        straighten: pass every scale of the interpolated noise through `redresse`.
        seed: of the generator that draws z0, then z1, by `sample_noise`.

    Returns:
        (N, 3, size, size), RGB.
    """
    # TODO 2.5: draw the two noises, and make a frame for every λ.
    ### BEGIN SOLUTION
    generator = torch.Generator().manual_seed(seed)
    z0, z1 = (sample_noise(1, size, generator=generator) for _ in range(2))
    frames = []
    for i in range(n_frames):
        lam = i / (n_frames - 1)
        noise = interpolate_noise(z0, z1, lam)
        if straighten:
            noise = [redresse(z, lam) for z in noise]
        frames.append(net(noise))
    return torch.cat(frames)
    ### END SOLUTION


@torch.no_grad()
def displacement_frames(
    net: nn.Module, n_frames: int, size: int = 512, mode: str = "naive", step: int = 4, seed: int = 0
) -> Tensor:
    """The film of a square of noise, 100×100 at the finest scale, that moves on the diagonal over a fixed background.

    The square starts in the upper left corner. Its noise is another than the background's, which shows where it has
    been. In frame i it has moved, with the noise in it, by d = i·step pixels down and to the right, on the torus; at
    scale k it covers the pixels whose centres lie in it. Modes:

        naive      both are drawn at the finest scale alone; scale k is that one subsampled, z[0][..., ::2^k, ::2^k]
        aligned    each scale has a noise of its own, moved by the whole number of its pixels nearest to d/2^k
        subpixel   each scale has a noise of its own, moved by exactly d/2^k: interpolated, then `redresse`

    Args:
        net: a trained generator, in eval mode.
        n_frames: N.
        size: height and width in pixels, a multiple of 32, more than 100.
        mode: one of the three above.
        step: displacement from one frame to the next, in pixels of the finest scale.
        seed: of the noises.

    Returns:
        (N, 3, size, size), RGB.

    Raises:
        ValueError: an unknown mode, a size that is too small or no multiple of 32.
    """
    if mode not in MODES:
        raise unknown("mode", mode, MODES)
    if size <= PATCH:
        raise InputError(f"a film of a square of {PATCH} pixels must be larger than that, got size {size}: try 256")
    # TODO bonus: make the frames of the three modes.
    ### BEGIN SOLUTION
    generator = torch.Generator().manual_seed(seed)
    background, moving = (sample_noise(1, size, generator=generator) for _ in range(2))
    frames = []
    for i in range(n_frames):
        d = i * step
        if mode == "naive":
            finest = _overlay(background[0], torch.roll(moving[0], (d, d), dims=(2, 3)), d, 0)
            noise = [finest[..., :: 2**k, :: 2**k] for k in range(len(background))]
        else:
            noise = []
            for k, (fixed, patch) in enumerate(zip(background, moving, strict=True)):
                shift = d / 2**k if mode == "subpixel" else round(d / 2**k)
                noise.append(_overlay(fixed, _move(patch, shift), d, k))
        frames.append(net(noise))
    return torch.cat(frames)


def _move(z: Tensor, shift: float) -> Tensor:
    """Uniform noise moved by `shift` of its pixels down and to the right, on the torus; its law stays uniform."""
    whole = int(shift // 1)
    part = shift - whole
    for dim in (2, 3):
        z = torch.roll(z, whole, dims=dim)
        z = redresse((1 - part) * z + part * torch.roll(z, 1, dims=dim), part)
    return z


def _overlay(fixed: Tensor, patch: Tensor, d: int, k: int) -> Tensor:
    """Scale k of the noise: `patch` where the square stands after a displacement d, `fixed` elsewhere."""
    side = fixed.shape[-1]
    inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH
    return torch.where(inside[:, None] & inside, patch, fixed)
    ### END SOLUTION
