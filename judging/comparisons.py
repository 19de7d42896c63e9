"""What a student's work looks like beside what was expected: pictures for pytest's folder and for the notebook."""

from pathlib import Path
from typing import TypeGuard

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from .course import marker
from .messages import say

SIDE, GAP, TITLE = 340, 10, 26
"""Pixels: each picture is as large, with so much around it, and a title of that height above it."""


def comparisons(shown: dict[str, dict], folder: Path, language: str) -> list[Path]:
    """Write a picture "yours · expected" for all that judges have shown with an expected one; the files."""
    written = []
    for values in shown.values():
        pictures = [picture for picture in (values.get("image"), values.get("expected")) if _is_image(picture)]
        if len(pictures) == 2:
            path = folder / f"{marker(values['part'])}.png"
            path.parent.mkdir(exist_ok=True)
            _side_by_side(pictures, [say("page", title, language) for title in ("yours", "expected")]).save(path)
            written.append(path)
    return written


def _is_image(value: object) -> TypeGuard[Tensor]:
    return isinstance(value, Tensor) and value.dim() == 4 and value.shape[1] == 3 and bool(value.isfinite().all())


def _side_by_side(pictures: list[Tensor], titles: list[str]) -> Image.Image:
    sheet = Image.new("RGB", (GAP + len(pictures) * (SIDE + GAP), TITLE + SIDE + GAP), "white")
    write, font = ImageDraw.Draw(sheet), ImageFont.load_default(17)  # knows few accents
    for number, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        left = GAP + number * (SIDE + GAP)
        write.text((left + SIDE / 2, TITLE / 2), title, "black", font, anchor="mm")
        enlarged = Image.fromarray((picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())
        scale = SIDE / max(enlarged.size)
        enlarged = enlarged.resize([max(1, round(scale * side)) for side in enlarged.size], Image.Resampling.NEAREST)
        sheet.paste(enlarged, (left + (SIDE - enlarged.width) // 2, TITLE + (SIDE - enlarged.height) // 2))
    return sheet
