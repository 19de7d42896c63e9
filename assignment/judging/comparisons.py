"""What a student's work looks like beside what was expected: pictures for pytest's folder and for the notebook."""

from pathlib import Path
from typing import TypeGuard

from torch import Tensor

from .course import marker
from .messages import say


def comparisons(shown: dict[str, dict], folder: Path, language: str) -> list[Path]:
    """Write a picture "yours · expected" for all that judges have shown with an expected one; the files."""
    written = []
    for values in shown.values():
        pictures = [picture for picture in (values.get("image"), values.get("expected")) if _is_image(picture)]
        if len(pictures) == 2:
            from matplotlib.figure import Figure  # here: half a second, which runs without pictures need not wait

            figure = Figure(figsize=(7, 3.8), layout="constrained")
            for axes, picture, title in zip(figure.subplots(1, 2), pictures, ("yours", "expected"), strict=True):
                axes.imshow(picture[0].clamp(0, 1).permute(1, 2, 0).numpy(), interpolation="nearest")
                axes.set_title(say("page", title, language))
                axes.set_axis_off()
            path = folder / f"{marker(values['part'])}.png"
            path.parent.mkdir(exist_ok=True)
            figure.savefig(path, dpi=100)
            written.append(path)
    return written


def _is_image(value: object) -> TypeGuard[Tensor]:
    return isinstance(value, Tensor) and value.dim() == 4 and value.shape[1] == 3 and bool(value.isfinite().all())
