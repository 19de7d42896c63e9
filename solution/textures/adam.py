"""Adam on the pixels, to be compared with the L-BFGS of gatys.py (question R3). The loss is the same."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .features import FeatureExtractor
from .gatys import Synthesis
from .gram import gram_loss, gram_matrix, relative_weights
from .images import is_seamless


def synthesize_adam(
    exemplar: Tensor,
    extractor: FeatureExtractor,
    layers: Sequence[str] | None = None,
    *,
    size: tuple[int, int] | int | None = None,
    iterations: int = 200,
    init: Tensor | None = None,
    seed: int = 0,
    callback: Callable[[Tensor, Tensor], None] | None = None,
    learning_rate: float = 0.02,
) -> Synthesis:
    """What `synthesize` does, by Adam (Kingma and Ba 2015); same arguments, and `learning_rate` in units of [0, 1]."""
    with torch.no_grad():
        features = extractor(exemplar, layers, periodic=is_seamless(exemplar))
        targets = {name: gram_matrix(maps) for name, maps in features.items()}
    weights = relative_weights(targets)
    if init is None:
        height, width = exemplar.shape[-2:] if size is None else (size, size) if isinstance(size, int) else size
        init = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
    image = init.detach().clone().to(exemplar.device).requires_grad_()
    optimizer = torch.optim.Adam([image], lr=learning_rate)
    losses = []
    for _ in range(iterations):
        optimizer.zero_grad()
        grams = {name: gram_matrix(maps) for name, maps in extractor(image, layers).items()}
        loss = gram_loss(grams, targets, weights)
        loss.backward()
        losses.append(loss.detach())
        if callback is not None:
            callback(image.detach(), losses[-1])
        optimizer.step()
    return Synthesis(image.detach().clamp(0, 1), torch.stack(losses).tolist())
