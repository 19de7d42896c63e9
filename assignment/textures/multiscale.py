"""Synthesis from coarse to fine: the same method as gatys.py, run on small images first. Quicker."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from workbench.errors import InputError

from .features import FeatureExtractor
from .gatys import Synthesis, synthesize
from .images import is_seamless, resize
from .speed.pyramid import enlarge, halve


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


def halves(
    exemplar: Tensor,
    extractor: FeatureExtractor,
    layers: Sequence[str] | None,
    size: tuple[int, int],
    scales: int | None = None,
) -> tuple[list[Tensor], list[list[str]]]:
    """What a synthesis from coarse to fine takes at each scale, the finest first: the exemplar, and names of layers.

    Args and errors: those of `synthesize_multiscale`, with `size` that of the image made, (H, W).
    """
    shorter = min(*size, *exemplar.shape[-2:])
    if scales is None:
        scales = max(1, int(math.log2(shorter / 64)) + 1)
    if not 1 <= scales <= math.log2(shorter):
        raise InputError(f"scales must be at least 1, and not so many that no pixel is left, got {scales}: try 3")
    smaller, names, periodic = [exemplar], [extractor.check_layers(layers)], is_seamless(exemplar)
    for _ in range(scales - 1):
        smaller.append(halve(smaller[-1], periodic))
        # What coarser layers than these would match gets lost again at full size, where nothing asks for it.
        names.append(extractor.layers_of_half(names[-1]) or names[-1])
    return smaller, names


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

    The smaller images are halves, as the random features make them, of the exemplar and of the image to come: what has
    been matched stays matched when `enlarge` adds noise of the exemplar's spectrum in the octave that is new.

    Args and errors: those of `synthesize`, with `iterations` per scale, `init` where the coarsest scale starts
    ((1, 3, H, W) at full size; `spectrum_noise` of the exemplar when left out), and `scales`: as many as keep the
    shorter side of exemplar and image above 64 pixels when left out.

    Returns:
        `Synthesis` at full size, with the losses of the last scale.
    """
    height, width = exemplar.shape[-2:] if size is None else (size, size) if isinstance(size, int) else size
    smaller, names = halves(exemplar, extractor, layers, (height, width), scales)
    scales = len(smaller)
    generator = torch.Generator().manual_seed(seed)
    for step in reversed(range(scales)):
        target = -(-height >> step), -(-width >> step)  # rounded up, as `halve` does
        if init is None:
            init = spectrum_noise(smaller[step], target, generator)
        elif step < scales - 1:
            noise = spectrum_noise(smaller[step], (2 * init.shape[-2], 2 * init.shape[-1]), generator)
            init = enlarge(init, noise)[..., : target[0], : target[1]]
        else:
            init = resize(init, target)
        result = method(
            smaller[step], extractor, names[step], size=target, iterations=iterations, init=init, callback=callback
        )
        init = result.image
    return result
