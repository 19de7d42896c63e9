"""Figures that go into a report. Only pictures of results, no computing."""

import os
from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from workbench.files import whole_file
from workbench.languages import said

from ..images import to_pixels


def synthesis_panel(exemplar: Tensor, image: Tensor, losses: Sequence[float]) -> Figure:
    """Exemplar, result and loss curve side by side.

    Args:
        exemplar, image: (1, 3, H, W), RGB in [0, 1].
        losses: at every evaluation at the size of the result; 1 means that the Gram matrices are as far away as zero.
    """
    figure = Figure(figsize=(12, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for axes, picture, title in ((left, exemplar, "exemplar"), (middle, image, "synthesis")):
        axes.imshow(to_pixels(picture)[0])
        axes.set_title(said(title))
        axes.set_axis_off()
    right.semilogy(range(1, len(losses) + 1), losses, color="tab:blue")
    right.set(
        title=said("loss at full size"),
        xlabel=said("evaluations of loss and gradient"),
        ylabel=said("relative loss, log scale"),
    )
    right.grid(alpha=0.3)
    return figure


def save_figure(figure: Figure, path: str | os.PathLike) -> None:
    """Write a figure as a picture, whole or not at all."""
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=120)
