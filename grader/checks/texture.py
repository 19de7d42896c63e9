"""How far an image is from a texture, as a judge sees it: without a Gram matrix, and without the student's code."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .check import WrongError, expect, expect_tensor

Lab = object  # the lab's given modules: lab.features, lab.images, …


def texture_distance(image: Tensor, exemplar: Tensor, lab: Lab, layers: list | None = None) -> float:
    """Mean relative squared difference of the energies of random mixtures of channels, over the default layers.

    The energy of the mixture v · F is vᵀ G v: equal for every v if, and only if, the Gram matrices are equal.

    Args:
        image, exemplar: (1, 3, H, W), RGB in [0, 1].
    """
    extractor = lab.features.RandomFeatures()
    generator = torch.Generator().manual_seed(1)
    total, count = 0.0, 0
    with torch.no_grad():
        here = extractor(image.float(), layers)
        there = extractor(exemplar.float(), layers, periodic=lab.images.is_seamless(exemplar))
        for name, maps in there.items():
            mixtures = torch.randn(48, maps.shape[1], 1, 1, generator=generator)
            want = F.conv2d(maps, mixtures).square().mean(dim=(2, 3))
            got = F.conv2d(here[name], mixtures).square().mean(dim=(2, 3))
            total += float((got - want).square().sum() / want.square().sum())
            count += 1
    return total / count


def expect_synthesis(answer: dict, exemplar: Tensor, size: tuple[int, int] | None = None) -> Tensor:
    """The image of a synthesis, if it has the right shape and range, and is not the exemplar in disguise."""
    own_size = tuple(exemplar.shape[-2:])
    size = size or own_size
    expect(answer["enough"] is False, "too_many_evaluations", "synthesis_iterations", got=answer["evaluations"])
    if isinstance(answer["image"], Tensor) and not answer["image"].isfinite().all():
        raise WrongError("not_finite", "synthesis_not_finite", name="image")
    image = expect_tensor(answer["image"], (1, 3, *size), "image", {(1, 3, *own_size): "synthesis_size"}).float()
    low, high = image.min().item(), image.max().item()
    expect(low >= -1e-4 and high <= 1 + 1e-4, "image_range", "image_not_clamped", low=low, high=high)
    expect(not is_copy(image, exemplar), "image_is_copy", "synthesis_copies")
    return image


def is_copy(image: Tensor, exemplar: Tensor) -> bool:
    """Whether image and exemplar go together, point by point, at some displacement (mirror images and turns too)."""
    size = exemplar.shape[-2:]
    if image.shape[-2:] != size:
        image = image[..., : size[0], : size[1]]
        exemplar = exemplar[..., : image.shape[-2], : image.shape[-1]]
    turned = [exemplar, exemplar.flip(2), exemplar.flip(3), exemplar.flip(2, 3)]
    if exemplar.shape[2] == exemplar.shape[3]:
        turned += [view.transpose(2, 3) for view in turned]
    # A copy shares the fine detail; a texture's large patches of light and dark may meet by chance.
    detail = _detail(image)
    return any(_correlation(detail, _detail(view)) > 0.4 for view in turned)


def _detail(image: Tensor) -> Tensor:
    """Differences of neighbours, so that brightness and contrast of a disguise do not count."""
    return torch.cat([image - image.roll(1, 2), image - image.roll(1, 3)], dim=1)


def _correlation(a: Tensor, b: Tensor) -> float:
    """Greatest correlation coefficient of a and b over all circular displacements."""
    spectrum = (torch.fft.rfft2(a) * torch.fft.rfft2(b).conj()).sum(dim=1)
    return float(torch.fft.irfft2(spectrum, s=a.shape[-2:]).max() / (a.norm() * b.norm()).clamp_min(1e-12))
