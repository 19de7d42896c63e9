"""How far two textures are apart, by a measure that no optimiser of the lab sees: nothing here uses a network."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


@torch.no_grad()
def patch_distance(
    image: Tensor, exemplar: Tensor, levels: int = 4, side: int = 7, projections: int = 128, seed: int = 0
) -> float:
    """Sliced Wasserstein distance between the patches of two images, mean over the levels of a Laplacian pyramid.

    At each level, the patches (side × side × 3 numbers) are projected on random directions; along each direction the
    distance W₁ between the two sets of numbers is the mean difference of their quantiles (Rabin et al. 2011).

    Args:
        image, exemplar: (1, 3, H, W), RGB in [0, 1]; the sizes may differ.
        levels: of the pyramid, each half as large as the one before.
        side: of the patches, in pixels.
        projections: random directions per level.
        seed: of the directions.

    Returns:
        The distance, in units of the exemplar's standard deviation (by colour and level): 0 for the same texture.
    """
    generator = torch.Generator().manual_seed(seed)
    quantiles = (torch.arange(4096) + 0.5) / 4096
    distances = []
    for maps, target in zip(_laplacian(image, levels), _laplacian(exemplar, levels), strict=True):
        spread = target.std(dim=(2, 3), keepdim=True) + 1e-3
        directions = torch.randn(projections, 3, side, side, generator=generator)
        directions /= directions.flatten(1).norm(dim=1)[:, None, None, None]
        rows = []
        for picture in (maps, target):
            values = F.conv2d(picture / spread, directions).flatten(2)[0]
            values = torch.from_numpy(np.sort(values.numpy(), axis=1))  # fifty times quicker than torch's
            rows.append(values[:, (quantiles * values.shape[1]).long()])
        distances.append((rows[0] - rows[1]).abs().mean())
    return float(torch.stack(distances).mean())


def _laplacian(image: Tensor, levels: int) -> list[Tensor]:
    """What each halving of the image loses, finest first, and last what is left."""
    pyramid = []
    for _ in range(levels - 1):
        small = F.interpolate(image, scale_factor=0.5, mode="bicubic", antialias=True)
        pyramid.append(image - F.interpolate(small, size=image.shape[-2:], mode="bicubic"))
        image = small
    return [*pyramid, image]
