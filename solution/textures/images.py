"""Pictures in and out: files on disk ↔ float tensors (1, 3, H, W), RGB in [0, 1]."""

import os
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional as F

from workbench.errors import InputError
from workbench.files import check_downloaded, find_file, lab_folder, whole_file
from workbench.pixels import to_pixels

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


def image_names() -> list[str]:
    """The exemplars of the lab, in alphabetical order: the file names in images/ without their suffix."""
    return list(_pictures())


def _pictures() -> dict[str, Path]:
    """The exemplars' files by name."""
    return {path.stem: path for path in sorted(lab_folder("images").glob("*")) if path.suffix.lower() in SUFFIXES}


def find_image(name: str | os.PathLike) -> Path:
    """The file of an exemplar: `name` is a path, or the name of a picture in images/.

    Raises:
        InputError: there is no such file and no such name (the nearest name is suggested), or it is a folder.
    """
    return find_file(name, "image", _pictures())


def resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Bicubic, without aliasing when it shrinks: (B, 3, h, w) → (B, 3, H, W) for size = (H, W), kept in [0, 1]."""
    return F.interpolate(image, size=size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def load_image(path: str | os.PathLike, size: int | None = None) -> Tensor:
    """Read any picture that Pillow can: every mode, 8 or 16 bit; rotated as its orientation tag says; alpha on white.

    Args:
        path: a file, or the name of an exemplar in images/.
        size: wished length of the shorter side in pixels; the picture's own size when left out.

    Returns:
        (1, 3, H, W), float32, RGB in [0, 1].

    Raises:
        InputError: no such picture, or the file is none or is damaged.
    """
    path = find_image(path)
    check_downloaded(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata in perfectly good photographs
            with Image.open(path) as picture:
                pixels = _rgb(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError:
        raise InputError(f"{path} {_what_else(path)}: use a PNG or JPEG file") from None
    except Image.DecompressionBombError:
        raise InputError(f"the picture {path} has more than 178 million pixels: make it smaller first") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"cannot read the picture {path} ({error}): is it complete?") from None
    if not np.isfinite(pixels).all():
        raise InputError(f"{path} has pixels that are not numbers (NaN or infinite): save it as PNG")
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()
    if size is not None:
        if size < 1:
            raise InputError(f"size must be at least 1 pixel, got {size}")
        height, width = image.shape[-2:]
        short = min(height, width)
        image = resize(image, (round(height * size / short), round(width * size / short)))
    return image


def _what_else(path: Path) -> str:
    """What a file is that Pillow cannot read, whatever its name says."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"):
        return "is a HEIC photograph, as telephones take them, which cannot be read"
    return "is not a picture that can be read"


def _rgb(picture: Image.Image) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1] of a picture of any mode."""
    if picture.mode.startswith(("I", "F")):  # one channel of 16 bit, 32 bit or float: Pillow would clip it to 8 bit
        grey = np.asarray(picture, dtype=np.float32)
        if not np.isfinite(grey).all():
            return grey[..., None]
        white = 65535.0 if ";16" in picture.mode else next((top for top in (1.0, 255.0) if grey.max() <= top), 65535.0)
        return np.repeat(np.clip(grey / white, 0, 1)[..., None], 3, axis=2)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture.convert("RGB"), dtype=np.float32) / 255


def check_texture(image: Tensor) -> Tensor:
    """The image itself; raise `InputError` if it is constant, for then there is no texture to be made."""
    if float(image.std(dim=(2, 3)).max()) < 1e-3:
        raise InputError("the picture is all of one colour: it has no texture; choose another")
    return image


def is_seamless(image: Tensor) -> bool:
    """Whether the image goes on at its opposite border, as the exemplars of images/ do and photographs do not.

    True if the pixels of (B, 3, H, W) change no more from the last row to the first, and from the last column to the
    first, than between some two neighbouring rows, or columns, inside (with a margin of a quarter).
    """
    for dim, other in ((2, 3), (3, 2)):
        inside = image.diff(dim=dim).abs().mean(dim=(0, 1, other))
        across = (image.narrow(dim, 0, 1) - image.narrow(dim, -1, 1)).abs().mean()
        if across > 1.25 * inside.max():
            return False
    return True


def save_image(image: Tensor, path: str | os.PathLike) -> None:
    """Write (1, 3, H, W) or (3, H, W), RGB in [0, 1], as a picture in the format of the suffix (.png, .jpg, …).

    Raises:
        InputError: the suffix is unknown, or the place cannot be written; then nothing is left there.
    """
    pixels = to_pixels(image if image.dim() == 4 else image[None])
    with whole_file(path, SUFFIXES) as temporary:
        Image.fromarray(pixels[0]).save(temporary)
