"""Synthesis from coarse to fine: the same method as gatys.py, run on small images first. Quicker."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .errors import InputError
from .features import FeatureExtractor
from .gatys import Synthesis, synthesize
from .images import resize


def spectrum_noise(exemplar: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Gaussian noise with the mean, the covariance of the colours and the power spectrum of the exemplar.

    It is white noise convolved with the exemplar e: x = m + (e − m)/√(h·w) ∗ W, on the torus, with the same W for the
    three colours (Galerne, Gousseau and Morel 2011, Random Phase Textures, sec. III: "ADSN").

    Args:
        exemplar: e, (1, 3, h, w), RGB in [0, 1].
        size: (H, W) of the noise.
        generator: source of randomness, on the CPU.

    Returns:
        (1, 3, H, W) on the exemplar's device; values may pass [0, 1].
    """
    spot = exemplar[..., : size[0], : size[1]]
    mean = spot.mean(dim=(2, 3), keepdim=True)
    spot = (spot - mean) / (spot.shape[-2] * spot.shape[-1]) ** 0.5
    white = torch.randn(1, 1, *size, generator=generator).to(exemplar.device)
    return mean + torch.fft.irfft2(torch.fft.rfft2(spot, s=size) * torch.fft.rfft2(white), s=size)


def synthesize_multiscale(
    exemplar: Tensor,
    extractor: FeatureExtractor,
    layers: Sequence[str] | None = None,
    *,
    size: tuple[int, int] | int | None = None,
    iterations: int = 200,
    scales: int | None = None,
    init: Tensor | None = None,
    seed: int = 0,
    callback: Callable[[Tensor, Tensor], None] | None = None,
    method: Callable[..., Synthesis] = synthesize,
) -> Synthesis:
    """`method` at 1/2^(scales−1) of the size, then at twice that from the result enlarged, and so on to the full size.

    Each enlargement starts from noise of the exemplar's spectrum in the octave that is new.

    Args and errors: those of `synthesize`, with `iterations` per scale, `init` where the coarsest scale starts
    ((1, 3, H, W) at full size; `spectrum_noise` of the exemplar when left out), and `scales`: as many as keep the
    shorter side of exemplar and image above 64 pixels when left out.

    Returns:
        `Synthesis` at full size, with the losses of the last scale.
    """
    full = tuple(exemplar.shape[-2:]) if size is None else (size, size) if isinstance(size, int) else size
    if scales is None:
        scales = max(1, int(math.log2(min(*full, *exemplar.shape[-2:]) / 64)) + 1)
    if not 1 <= scales <= math.log2(min(*full, *exemplar.shape[-2:])):
        raise InputError(f"scales must be at least 1, and not so many that no pixel is left, got {scales}: try 3")
    names = [extractor.check_layers(layers)]
    for _ in range(scales - 1):
        # What coarser layers than these would match gets lost again at full size, where nothing asks for it.
        names.append(extractor.layers_of_half(names[-1]) or names[-1])
    generator = torch.Generator().manual_seed(seed)
    for step in reversed(range(scales)):
        small = exemplar if step == 0 else resize(exemplar, tuple(n >> step for n in exemplar.shape[-2:]))
        target = tuple(n >> step for n in full)
        if init is None:
            init = spectrum_noise(small, target, generator)
        elif step == scales - 1:
            init = resize(init, target)
        else:
            init = _enlarge(init, spectrum_noise(small, target, generator))
        result = method(small, extractor, names[step], size=target, iterations=iterations, init=init, callback=callback)
        init = result.image
    return result


def _enlarge(image: Tensor, noise: Tensor) -> Tensor:
    """The image in the size of `noise`, with the noise in the octave that it does not have.

    Without it the synthesis starts blurred and stays poor: patch distances up to twice as large, on wood and grass.
    """
    small, large = image.shape[-2:], noise.shape[-2:]
    return _stretch(image, large) + noise - _stretch(_stretch(noise, small), large)


def _stretch(image: Tensor, size: torch.Size) -> Tensor:
    """Bicubic, without aliasing: as `resize`, but noise may pass [0, 1]."""
    return F.interpolate(image, size=size, mode="bicubic", antialias=True, align_corners=False)
