"""What a script shows: a bar with the loss while it works, and pictures below the cell where it runs in a notebook."""

import io
import sys
from collections.abc import Callable

import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from .pixels import to_pixels
from .terminal import bar


def draw(picture: Tensor | Figure) -> None:
    """Show (1, 3, H, W), (3, H, W) or a figure below the cell that runs; at a command line nothing."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    if isinstance(picture, Figure):
        data = io.BytesIO()
        picture.savefig(data, dpi=100)
        shown: Image.Image = Image.open(data)
    else:
        shown = Image.fromarray(to_pixels(picture if picture.dim() == 4 else picture[None])[0])
    ipython.display.display(shown)


class BestSoFar:
    """A callback for the syntheses: at each size a bar with the loss and the time left; keeps the best image."""

    def __init__(self, iterations: int, label: str, stop_if_asked: Callable[[], None]):
        """`stop_if_asked` is of `interruption.between_steps`."""
        self.image: Tensor | None = None
        """(1, 3, H, W), the image of the least loss at the present size; None before the first evaluation."""
        self.losses: list[Tensor] = []
        """The losses at the present size."""
        self._least: Tensor | None = None
        self._iterations, self._label, self._stop_if_asked = iterations, label, stop_if_asked
        self._bar: tqdm | None = None

    def __call__(self, image: Tensor, loss: Tensor) -> None:
        if self.image is None or self._least is None or self.image.shape != image.shape:
            self.close()
            height, width = image.shape[-2:]
            label = f"{self._label} {width}×{height}"
            self._bar = bar(label, self._iterations, "evaluations")
            self.image, self._least, self.losses = image.clone(), loss, []
        self.losses.append(loss)
        # torch.where, not if: the comparison stays on the GPU, and nothing waits for it.
        self.image = torch.where(loss < self._least, image, self.image)
        self._least = torch.minimum(loss, self._least)
        if self._bar is not None and self._bar.update():  # redrawn: only then is the number worth fetching
            self._bar.set_postfix(loss=f"{float(loss):.2e}", refresh=False)
        self._stop_if_asked()

    def close(self) -> None:
        """Leave the bar as it stands, with the least loss."""
        if self._bar is not None and self._least is not None:
            self._bar.set_postfix(loss=f"{float(self._least):.2e}")
            self._bar.close()
