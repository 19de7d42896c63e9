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

    def statistics(picture: Tensor, periodic: bool) -> dict[str, Tensor]:
        return {name: gram_matrix(maps) for name, maps in extractor(picture, layers, periodic=periodic).items()}

    if init is None:
        shape = (size, size) if isinstance(size, int) else size or exemplar.shape[-2:]
        init = torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(seed))
    pixels = torch.nn.Parameter(init.detach().clone().to(exemplar.device))
    adam = torch.optim.Adam([pixels], lr=learning_rate)
    with torch.no_grad():
        goal = statistics(exemplar, is_seamless(exemplar))
    losses = []
    for _ in range(iterations):
        value = gram_loss(statistics(pixels, True), goal, relative_weights(goal))
        (pixels.grad,) = torch.autograd.grad(value, pixels)
        losses.append(value.detach())
        if callback is not None:
            callback(pixels.detach(), losses[-1])
        adam.step()
    return Synthesis(pixels.detach().clamp(0, 1), torch.stack(losses).tolist())
