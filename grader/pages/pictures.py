"""What a student's page shows of the student's work: pictures as data in the page, and a curve."""

import base64
import io
import math
from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor


def draw(seen: dict[str, dict]) -> dict[str, dict]:
    """Pictures for the page out of what judges have shown, by name; what cannot be shown is left out."""
    pictures = {}
    for name, values in seen.items():
        row = values.get("row", ())
        image = _png(row() if callable(row) else row)
        if image:
            pictures[name] = {"image": image, "curve": _curve(values.get("losses")), "check": values["check"]}
    return pictures


def _png(images: Sequence[object]) -> str:
    """Images side by side, as a data: address; empty if there are none, or one of them is none."""
    shown = [x for x in images if isinstance(x, Tensor) and x.ndim == 4 and x.shape[:2] == (1, 3)]
    if not shown or len(shown) < len(images) or len({x.shape[2] for x in shown}) > 1:
        return ""
    if any(max(x.shape) > 1024 for x in shown):
        return ""
    gap = torch.ones(3, shown[0].shape[2], 4)
    row = torch.cat([part for x in shown for part in (gap, x[0].float().nan_to_num().clamp(0, 1))][1:], dim=2)
    pixels = (row * 255).round().byte().permute(1, 2, 0).numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _curve(losses: object) -> dict:
    """A polyline for a box of 100×40, logarithmic; empty if these are no losses."""
    if not isinstance(losses, list) or not all(isinstance(x, float) and 0 < x < math.inf for x in losses):
        return {}
    if not 2 <= len(losses) <= 10_000:
        return {}
    logs = [math.log10(x) for x in losses]
    low, high = min(logs), max(logs)
    scale = 36 / (high - low) if high > low else 0
    points = " ".join(
        f"{100 * i / (len(logs) - 1):.1f},{2 + scale * (high - value):.1f}" for i, value in enumerate(logs)
    )
    return {"points": points, "first": losses[0], "last": losses[-1], "count": len(losses)}
