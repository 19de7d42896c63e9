"""Writing frames as a film. Knows nothing of what they show."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

try:
    import av
except ImportError:  # hosts of notebooks have all the rest
    av = None  # type: ignore[assignment]  # `_encode` is then never called

from workbench.errors import InputError
from workbench.files import whole_file

from ..images import to_pixels

CODECS = {
    ".mp4": {"libx264": {"crf": "18"}, "libopenh264": {"b:v": "8M"}, "mpeg4": {"b:v": "8M"}},
    ".webm": {"libvpx-vp9": {"crf": "24", "b:v": "0"}, "libvpx": {"crf": "10", "b:v": "4M"}},
    ".gif": {},
}
"""By suffix the encoders that may write it, the best first, and their settings: not every FFmpeg has all of them."""


def save_movie(frames: Tensor, path: str | os.PathLike, fps: int = 12, bounce: bool = True) -> None:
    """Write a film, in the format of the suffix: .mp4 (H.264), .webm (VP9) or .gif.

    Args:
        frames: (N, 3, H, W), RGB in [0, 1]; H and W even.
        path: the file.
        fps: frames per second.
        bounce: play forth and back, so that it loops without a jump: 2N − 2 frames.

    Raises:
        InputError: the suffix is unknown or has no encoder here (or there is no PyAV), there are no frames, H or W is
            odd, or the place cannot be written.
    """
    if frames.dim() != 4 or not len(frames) or frames.shape[2] % 2 or frames.shape[3] % 2:
        raise InputError(f"a film needs frames (N, 3, H, W) with H and W even, got {tuple(frames.shape)}")
    if fps < 1:
        raise InputError(f"fps must be at least 1, got {fps}")
    pixels = to_pixels(frames)
    if bounce:
        pixels = np.concatenate([pixels, pixels[-2:0:-1]])
    with whole_file(path, CODECS) as temporary:
        if temporary.suffix.lower() == ".gif":  # Pillow writes it, for its palette is the better one
            pictures = [Image.fromarray(frame).quantize(dither=Image.Dither.FLOYDSTEINBERG) for frame in pixels]
            pictures[0].save(temporary, save_all=True, append_images=pictures[1:], duration=round(1000 / fps), loop=0)
        else:
            _encode(pixels, temporary, fps, *_encoder(temporary.suffix.lower()))


def _encoder(suffix: str) -> tuple[str, dict[str, str]]:
    if av is None:
        raise InputError(f"PyAV, which writes {suffix}, is not installed here: choose .gif, or pip install av")
    for name, options in CODECS[suffix].items():
        try:
            av.Codec(name, "w")
        except ValueError:  # UnknownCodecError: this FFmpeg was built without it
            continue
        return name, options
    raise InputError(f"the FFmpeg that is installed here writes no {suffix}: choose .gif, or pip install av again")


def _encode(pixels: np.ndarray, path: Path, fps: int, codec: str, options: dict[str, str]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(fps), options=options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = pixels.shape[1:3]
        stream.pix_fmt = "yuv420p"  # what browsers and phones play
        for frame in pixels:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
