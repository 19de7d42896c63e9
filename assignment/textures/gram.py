"""Gram matrices: what Gatys et al. 2015 call the texture of an image. Nothing here knows any network."""

import torch
from torch import Tensor


def gram_matrix(features: Tensor) -> Tensor:
    """Mean over the positions p of the products of channels (Gatys et al. 2015, eq. 1, divided by h·w):

        G_ij = 1/(h·w) Σ_p F_i(p) F_j(p)

    The division is a departure from the paper: it lets images of different sizes be compared.

    Args:
        features: feature maps F, (B, C, h, w), any floating-point unit.

    Returns:
        (B, C, C), symmetric, in the square of that unit.
    """
    # TODO 1.1: from the feature maps of each image, return its Gram matrix.
    raise NotImplementedError("TODO 1.1: gram_matrix is not written yet")


def gram_loss(
    grams: dict[str, Tensor], targets: dict[str, Tensor], weights: dict[str, Tensor | float] | None = None
) -> Tensor:
    """Weighted squared distance between two sets of Gram matrices (Gatys et al. 2015, eq. 4 and 5):

        L = Σ_l w_l ‖G_l − T_l‖²_F        (a sum over the entries i, j), then the mean over the batch

    Args:
        grams: G_l by layer name, each (B, C_l, C_l).
        targets: T_l for the same names, each (1, C_l, C_l) or (B, C_l, C_l).
        weights: w_l for the same names; 1 for every layer when left out.

    Returns:
        A scalar, differentiable with respect to `grams`.
    """
    # TODO 1.2: return the sum over the layers, averaged over the batch.
    raise NotImplementedError("TODO 1.2: gram_loss is not written yet")


def relative_weights(targets: dict[str, Tensor]) -> dict[str, Tensor | float]:
    """w_l = 1 / (L ‖T_l‖²_F) over the L layers, so that `gram_loss` is a mean relative error: 0 equal, 1 for G = 0.

    A departure from the paper, whose w_l / (4 C² M²) leaves the layers orders of magnitude apart.
    """
    norms = {name: (torch.linalg.matrix_norm(target) ** 2).mean() for name, target in targets.items()}
    return {name: 1 / (len(norms) * norm.clamp_min(1e-12)) for name, norm in norms.items()}
