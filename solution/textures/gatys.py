"""Texture synthesis by optimising pixels (Gatys et al. 2015). Coarse to fine lives next door, in multiscale.py."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .features import FeatureExtractor
from .gram import gram_loss, gram_matrix, relative_weights
from .images import is_seamless


class Synthesis(NamedTuple):
    """What a synthesis returns."""

    image: Tensor
    """(1, 3, H, W), RGB in [0, 1]."""
    losses: list[float]
    """The loss at every evaluation, in order."""


def synthesize(
    exemplar: Tensor,
    extractor: FeatureExtractor,
    layers: Sequence[str] | None = None,
    *,
    size: tuple[int, int] | int | None = None,
    iterations: int = 200,
    init: Tensor | None = None,
    seed: int = 0,
    callback: Callable[[Tensor, Tensor], None] | None = None,
) -> Synthesis:
    """Change the pixels of an image x until its Gram matrices are those of the exemplar e (Gatys et al. 2015, sec. 3):

        x* = argmin_x  Σ_l w_l ‖G_l(x) − G_l(e)‖²_F        with w = relative_weights(G(e))

    by L-BFGS, starting from white noise, uniform on [0, 1).

    Args:
        exemplar: e, (1, 3, h, w), RGB in [0, 1]; is not changed.
        extractor: its feature maps give the Gram matrices; its parameters are not changed. Maps of x are periodic,
            those of e if it `is_seamless`.
        layers: names of the layers l; `extractor.default_layers` when left out.
        size: (H, W) of the image made, or one number for a square; the exemplar's size when left out.
        iterations: how many times loss and gradient are evaluated, at most (the last line search may add a few).
        init: (1, 3, H, W), an image to start from in place of noise; is not changed.
        seed: of the noise.
        callback: called after each evaluation as callback(image, loss), with x (1, 3, H, W) and a scalar tensor.

    Returns:
        `Synthesis`: the image, clamped to [0, 1], and the losses.

    Raises:
        ValueError: a layer is unknown, or the image is too small for it.
    """
    # TODO 1.3: Gram matrices of the exemplar, an image of noise, a closure for L-BFGS; return a Synthesis.
    ### BEGIN SOLUTION
    with torch.no_grad():
        # The image made goes on at its opposite border; an exemplar does only if it was drawn to.
        features = extractor(exemplar, layers, periodic=is_seamless(exemplar))
        targets = {name: gram_matrix(maps) for name, maps in features.items()}
    weights = relative_weights(targets)

    if init is None:
        height, width = exemplar.shape[-2:] if size is None else (size, size) if isinstance(size, int) else size
        generator = torch.Generator().manual_seed(seed)
        init = torch.rand(1, 3, height, width, generator=generator)
    image = init.detach().clone().to(exemplar.device).requires_grad_()

    # The tolerances are off: they are absolute, and a relative loss passes below them long before the end.
    optimizer = torch.optim.LBFGS(
        [image],
        max_iter=iterations,
        max_eval=iterations,
        history_size=50,
        line_search_fn="strong_wolfe",
        tolerance_grad=0,
        tolerance_change=0,
    )
    losses = []

    def closure() -> Tensor:
        optimizer.zero_grad()
        grams = {name: gram_matrix(maps) for name, maps in extractor(image, layers).items()}
        loss = gram_loss(grams, targets, weights)
        loss.backward()
        losses.append(loss.detach())
        if callback is not None:
            callback(image.detach(), losses[-1])
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), torch.stack(losses).tolist())
    ### END SOLUTION
