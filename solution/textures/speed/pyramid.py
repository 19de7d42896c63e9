"""An image at half its size, and back: the pyramid of the random features and of the coarse-to-fine synthesis."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def blur_filter() -> Tensor:
    """The binomial filter (1, 4, 6, 4, 1)/16 in both directions, for each of the three colours: (3, 1, 5, 5)."""
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    return torch.outer(taps, taps).expand(3, 1, 5, 5).clone()


def wrap(maps: Tensor, pixels: int) -> Tensor:
    """(B, C, h, w) → (B, C, h + 2·pixels, w + 2·pixels): what lies beyond a border is what lies at the opposite one."""
    return F.pad(maps, (pixels,) * 4, mode="circular")


def halve(image: Tensor, periodic: bool = True, blur: Tensor | None = None) -> Tensor:
    """Blur the image and keep every other pixel (Burt and Adelson 1983, The Laplacian Pyramid, sec. "REDUCE").

    Args:
        image: (B, 3, H, W), at least 3 pixels a side.
        periodic: whether it goes on at its opposite border; else it is mirrored there.
        blur: `blur_filter()`, where it is ready on the image's device.

    Returns:
        (B, 3, ⌈H/2⌉, ⌈W/2⌉), in the unit of the image.
    """
    border = wrap(image, 2) if periodic else F.pad(image, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(border, blur_filter().to(image) if blur is None else blur, stride=2, groups=3)


def enlarge(image: Tensor, noise: Tensor) -> Tensor:
    """Of all periodic images whose half is `image`, the one nearest to `noise`:

        x = n + Aᵀ (A Aᵀ)⁻¹ (y − A n)        with A = halve, y = image, n = noise

    A is a product with cos⁴(ω/2) in each direction of the frequencies ω, and then the mean of the four frequencies that
    every other pixel cannot tell apart; so A Aᵀ is diagonal there.

    Args:
        image: y, (B, 3, h, w).
        noise: n, (B, 3, 2h, 2w); gives x the octave that y does not have.

    Returns:
        x, (B, 3, 2h, 2w); values may pass the range of the image.
    """
    small, large = image.shape[-2:], noise.shape[-2:]
    rows, columns = (torch.cos(math.pi / n * torch.arange(n, device=image.device)) ** 4 for n in large)
    response = torch.outer(rows, columns)
    power = response.square().reshape(2, small[0], 2, small[1]).sum(dim=(0, 2)) / 4
    missing = torch.fft.fft2(image - halve(noise)) / power
    return noise + torch.fft.ifft2(response * missing.repeat(1, 1, 2, 2)).real
