"""How far an image is from a texture, as a judge sees it: without a Gram matrix, and without the student's code."""

import torch
from torch import Tensor
from torch.nn import functional as F

from judging.check import expect, expect_tensor, same

from .probes import NARROW

Lab = object  # the lab's given modules: lab.features, lab.images, …


def narrow(lab: Lab) -> object:
    """The extractor of the probes. It is everybody's: who changes it makes one of their own."""
    return lab.once(_draw)


def _draw(lab: Lab) -> object:
    return lab.features.RandomFeatures(**NARROW)


def texture_distance(
    image: Tensor,
    exemplar: Tensor,
    lab: Lab,
    layers: list | None = None,
    periodic: bool = True,
    relative: bool = True,
    seamless: bool | None = None,
) -> float:
    """Mean relative squared difference of the energies of random mixtures of channels, over the default layers.

    The energy of the mixture v · F is vᵀ G v: equal for every v if, and only if, the Gram matrices are equal.

    Args:
        image, exemplar: (1, 3, H, W), RGB in [0, 1], 28 pixels at least.
        periodic: whether the image goes on at its opposite border.
        seamless: whether the exemplar does; as `is_seamless` says when left out.
        relative: each layer to its own energies; else all to those of all, which the strongest layer decides.
    """
    extractor = narrow(lab)
    seamless = lab.images.is_seamless(exemplar) if seamless is None else seamless
    generator = torch.Generator().manual_seed(1)
    differences, energies = [], []
    with torch.no_grad():
        here = extractor(image.float(), layers, periodic=periodic)
        there = extractor(exemplar.float(), layers, periodic=seamless)
        for name, maps in there.items():
            mixtures = torch.randn(48, maps.shape[1], 1, 1, generator=generator)
            want = F.conv2d(maps, mixtures).square().mean(dim=(2, 3))
            got = F.conv2d(here[name], mixtures).square().mean(dim=(2, 3))
            differences.append(float((got - want).square().sum()))
            energies.append(float(want.square().sum()))
    if not relative:
        return sum(differences) / sum(energies)
    return sum(d / e for d, e in zip(differences, energies, strict=True)) / len(energies)


def expect_synthesis(
    answer: dict,
    exemplar: Tensor,
    lab: Lab,
    *,
    size: tuple[int, int] | None = None,
    layers: list | None = None,
    start: Tensor | None = None,
    beyond_flat: bool = False,
) -> Tensor:
    """The image of a synthesis, if it is nearer to the texture than `start` (noise), and not the exemplar in disguise.

    With `beyond_flat` it must be nearer than an image of the exemplar's mean colour, and than its pixels in another
    order, too, which are no work.

    Its form is judged once, by test_synthesis_result, and forgiven here: no batch, bytes, values beyond the range; and
    so is an optimiser that had to be stopped.
    """
    own_size = tuple(exemplar.shape[-2:])
    size = size or own_size
    image = answer["image"]
    if isinstance(image, Tensor) and image.dim() == 3:
        image = image[None]
    if isinstance(image, Tensor):
        expect(image.isfinite().all(), "not_finite", "synthesis_not_finite", name="image")
    image = expect_tensor(image, (1, 3, *size), "image", {(1, 3, *own_size): "synthesis_size"}).float()
    image = (image / 255 if image.max() > BYTES_FROM else image).clamp(0, 1)
    equations = lab.once(equations_of, layers and tuple(layers))
    copied = is_copy(image, exemplar, equations) or same_pixels(image, exemplar)
    expect(not copied, "image_is_copy", "synthesis_copies")
    if start is None:
        start = torch.rand(image.shape, generator=torch.Generator().manual_seed(0))
    flat = exemplar.mean(dim=(2, 3), keepdim=True).expand_as(exemplar)
    starts = (start, flat, shuffled(exemplar)) if beyond_flat else (start,)
    before = min(texture_distance(x, exemplar, lab, layers) for x in starts)
    after = texture_distance(image, exemplar, lab, layers)
    hint = why_still(answer, image) or ("synthesis_slow" if after < before else None)
    expect(after < 0.95 * before, "texture_no_nearer", hint, start=before, end=after)
    return image


def why_still(answer: dict, image: Tensor) -> str | None:
    """The hint for an image that is the first whose features were computed."""
    losses, first = answer["losses"], answer["start"]
    if isinstance(losses, list) and losses[:1] == [0]:
        return "synthesis_targets"
    moved = isinstance(first, Tensor) and (first.shape != image.shape or not same(image, first.clamp(0, 1), 1e-3))
    return None if moved else "synthesis_stands_still"


BYTES_FROM = 10
"""An image with larger values than this is one of bytes; without a clamp, values stay far below."""


WHOLE, SHARE, REGULAR, FEW = 0.4, 0.02, 0.7, 2000
"""The likeness as a whole and the share of copied patches that make a copy, the likeness of an exemplar to itself from
which on nobody can tell, and how many equations are few: benchmarks/copies.py has how far syntheses and disguises are
from these limits."""


def is_copy(image: Tensor, exemplar: Tensor, equations: int) -> bool:
    """Whether an image is made of the exemplar's own pixels: as a whole, or piece by piece.

    Both measures look at fine detail only, for a texture's large patches of light and dark may meet by chance. Of a
    regular pattern, which is its own copy at many places, nobody can tell; nor of an exemplar that was drawn anew, bent
    or turned by an odd angle.

    Args:
        equations: that the image was made to fulfil: numbers in its Gram matrices. Where they are as many as its values
            they determine it, and nobody can tell; where they are many, larger pieces come out right by themselves.
    """
    if self_likeness(exemplar) > REGULAR or equations >= image.numel():
        return False
    side = 5 if equations < FEW else 9
    return whole_likeness(image, exemplar) > WHOLE or copied_share(image, exemplar, side) > SHARE


def equations_of(lab: Lab, layers: tuple[str, ...] | None) -> int:
    """The numbers in the Gram matrices of the probes' extractor."""
    with torch.no_grad():
        channels = [maps.shape[1] for maps in narrow(lab)(torch.zeros(1, 3, 32, 32), layers).values()]
    return sum(count * (count + 1) // 2 for count in channels)


def same_pixels(image: Tensor, exemplar: Tensor) -> bool:
    """Whether an image has the very values of the exemplar's pixels, wherever they are.

    Syntheses of a layer of colours alone come within 0.003 of them in the mean, over all sixteen exemplars.
    """
    if image.shape != exemplar.shape:
        return False
    ours, theirs = (some.float().flatten(2).sort(dim=2).values for some in (image, exemplar))
    return float((ours - theirs).abs().mean()) < 3e-4


def shuffled(exemplar: Tensor) -> Tensor:
    """The exemplar's pixels in another order."""
    order = torch.randperm(exemplar[0, 0].numel(), generator=torch.Generator().manual_seed(0))
    return exemplar.flatten(2)[..., order].reshape(exemplar.shape)


def whole_likeness(image: Tensor, exemplar: Tensor) -> float:
    """Greatest correlation over all displacements, mirror images and turns; of the corners, where sizes differ.

    It sees through noise, and knows a negative for what it is.
    """
    height, width = (min(a, b) for a, b in zip(image.shape[-2:], exemplar.shape[-2:], strict=True))
    image, exemplar = image[..., :height, :width], exemplar[..., :height, :width]
    views = [view for view in _turned(exemplar) if view.shape == image.shape]
    return max(float(_correlations(_detail(image), _detail(view)).abs().max()) for view in views)


def self_likeness(exemplar: Tensor, beyond: int = 4) -> float:
    """Greatest correlation of an image with itself, displaced by more than so many pixels in one direction or both."""
    detail = _detail(exemplar)
    likeness = _correlations(detail, detail)
    rows, columns = (torch.minimum(torch.arange(n), n - torch.arange(n)) for n in likeness.shape[-2:])
    return float(likeness[0][(rows[:, None] > beyond) | (columns[None, :] > beyond)].max())


def copied_share(image: Tensor, exemplar: Tensor, side: int = 5, alike: float = 0.9) -> float:
    """Which share of the patches of an image are near copies of some place of the exemplar, mirrored or turned or not.

    It sees through cutting and shuffling.

    Args:
        side: of a patch, in pixels.
        alike: the correlation of two patches from which on they count as copies.
    """
    patches = _patches(image, side, stride=2)
    best = torch.zeros(len(patches))
    for view in _turned(F.pad(exemplar, (0, side - 1, 0, side - 1), mode="circular")):
        best = torch.maximum(best, (patches @ _patches(view, side, stride=1).T).abs().amax(dim=1))
    return float((best > alike).float().mean())


def _turned(image: Tensor) -> list[Tensor]:
    """The eight mirror images and quarter turns."""
    views = [image, image.flip(2), image.flip(3), image.flip(2, 3)]
    return views + [view.transpose(2, 3) for view in views]


def _patches(image: Tensor, side: int, stride: int) -> Tensor:
    """The differences of neighbours in each patch, as a row of norm 1."""
    down, right = image.diff(dim=2)[..., :-1], image.diff(dim=3)[..., :-1, :]
    rows = F.unfold(torch.cat([down, right], dim=1), side - 1, stride=stride)[0].T
    return F.normalize(rows, dim=1, eps=1e-6)


def _detail(image: Tensor) -> Tensor:
    """Differences of neighbours, so that brightness and contrast of a disguise do not count."""
    return torch.cat([image - image.roll(1, 2), image - image.roll(1, 3)], dim=1)


def _correlations(a: Tensor, b: Tensor) -> Tensor:
    """(1, H, W), the correlation coefficients of a and b at all circular displacements."""
    spectrum = (torch.fft.rfft2(a) * torch.fft.rfft2(b).conj()).sum(dim=1)
    return torch.fft.irfft2(spectrum, s=a.shape[-2:]) / (a.norm() * b.norm()).clamp_min(1e-12)
