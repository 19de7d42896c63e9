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
    raise NotImplementedError("TODO 2.5: interpolation_frames is not written yet")


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
    raise NotImplementedError("TODO bonus: displacement_frames is not written yet")
