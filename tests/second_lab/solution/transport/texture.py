"""A texture by sliced optimal transport: its patches are to be distributed as the exemplar's (Heitz et al. 2021)."""

import torch
from torch import Tensor

from .patches import directions, patches
from .sliced import sliced_distance


def synthesize(exemplar: Tensor, iterations: int = 60, seed: int = 0) -> Tensor:
    """Adam on the pixels, from uniform noise; each iteration looks along 16 directions of its own.

    Args:
        exemplar: (1, C, H, W), in [0, 1].
        iterations: steps of Adam, with a learning rate of 0.05.
        seed: of the noise; iteration k looks along directions(16, D, seed + k).

    Returns:
        An image of the exemplar's shape, without a graph.
    """
    # TODO 2.1: noise, an optimiser, and at each step the sliced distance of all patches.
    ### BEGIN SOLUTION
    image = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()
    target = patches(exemplar)
    optimizer = torch.optim.Adam([image], lr=0.05)
    for step in range(iterations):
        optimizer.zero_grad()
        sliced_distance(patches(image), target, directions(16, target.shape[1], seed + step)).backward()
        optimizer.step()
    return image.detach()
    ### END SOLUTION
