"""Synthesis of pictures larger than memory: coarse to fine, as in multiscale.py, and at each scale tile by tile."""

import math
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from workbench.errors import InputError

from ..features import FeatureExtractor
from ..gatys import Synthesis, synthesize
from ..images import to_pixels
from ..multiscale import halves, spectrum_noise
from ..speed.pyramid import enlarge

TILE = 384
"""Side in pixels, at most, of what is made at a time, and stays."""
CONTEXT = 64
"""Pixels around a tile that are seen with it: more than a position of the coarsest layers sees to each side."""


class TileFeatures(FeatureExtractor):
    """An extractor for a window of a larger picture, of which only a part is being made.

    It sees an image x that is being made as v + s·(x − v), with v the window as it was: the Gram matrices are those of
    the tile among its neighbours, and where the share s of x rises from 0 to 1, one goes over into the other without
    a seam. An exemplar is seen as it is.
    """

    window: Tensor
    share: Tensor

    def __init__(self, extractor: FeatureExtractor, window: Tensor, share: Tensor):
        """`window` is v, (1, 3, h, w), RGB in [0, 1]; `share` is s, (h, w), in [0, 1]."""
        super().__init__()
        self.extractor, self.layer_names, self.default_layers = extractor, extractor.layer_names, ()
        self.register_buffer("window", window)
        self.register_buffer("share", share)

    def _maps(self, image: Tensor, wanted: Collection[str], periodic: bool) -> Iterator[tuple[str, Tensor]]:
        if image.requires_grad:
            image, periodic = torch.lerp(self.window, image, self.share), False
        yield from self.extractor(image, list(wanted), periodic=periodic).items()


def synthesize_tiles(
    exemplar: Tensor,
    extractor: FeatureExtractor,
    layers: Sequence[str] | None = None,
    *,
    side: int,
    iterations: int = 200,
    scales: int | None = None,
    seed: int = 0,
    callback: Callable[[Tensor, Tensor], None] | None = None,
    method: Callable[..., Synthesis] = synthesize,
) -> Iterator[np.ndarray]:
    """A square picture of any side: `method` on one tile after the other, at each scale, until its window has the Gram
    matrices of the exemplar.

    What earlier tiles have made stays, and around its tile some of the rest is made, too, and then once more with its
    own tile. So no border of a tile is ever made without what lies beyond it. The picture goes on at its opposite
    border. It is kept in a temporary file, three bytes for each pixel; all else is of the size of a window.

    Args: those of `synthesize_multiscale`, with `side` that of the picture; `iterations` are for each tile.

    Yields:
        (h, h, 3), bytes, RGB: the picture as it stands, at the start of each scale and after each tile; the same array
        as long as the scale lasts. The last one has the side that was asked for.

    Raises:
        ValueError: as `synthesize_multiscale`, and if the loss leaves the finite.
    """
    smaller, names = halves(exemplar, extractor, layers, (side, side), scales)
    generator = torch.Generator().manual_seed(seed)
    picture = None
    for step in reversed(range(len(smaller))):
        picture = _enlarged(picture, smaller[step], -(-side >> step), generator)
        yield picture
        for rows, columns, share in _windows(len(picture)):
            place = np.ix_(rows, columns)
            window, share = _tensor(picture[place]).to(exemplar), share.to(exemplar)
            # The only window of a small picture goes on at its opposite border, as all images do.
            features = extractor if len(rows) == len(picture) else TileFeatures(extractor, window, share)
            made = method(
                smaller[step],
                features,
                names[step],
                size=tuple(window.shape[-2:]),
                iterations=iterations,
                init=window,
                callback=callback,
            )
            if not (made.image.isfinite().all() and math.isfinite(made.losses[-1])):
                raise InputError("the loss is not finite: try other layers")
            picture[place] = to_pixels(torch.lerp(window, made.image, share))[0]
            yield picture


def count_tiles(exemplar: Tensor, extractor: FeatureExtractor, side: int, scales: int | None = None) -> int:
    """How many times `synthesize_tiles` calls its method; `Raises` as it does."""
    levels = len(halves(exemplar, extractor, None, (side, side), scales)[0])
    return sum((len(_borders(-(-side >> step))) - 1) ** 2 for step in range(levels))


def _borders(side: int) -> list[int]:
    """Where tiles begin and end in each direction; one tile if one window holds the picture."""
    count = 1 if side <= TILE + 2 * CONTEXT else -(-side // TILE)
    return [side * i // count for i in range(count + 1)]


def _windows(side: int) -> Iterator[tuple[np.ndarray, np.ndarray, Tensor]]:
    """For each tile the rows and the columns of its window, and what share of each pixel is to be made, (h, w)."""
    borders = _borders(side)
    count = len(borders) - 1
    if count == 1:
        yield np.arange(side), np.arange(side), torch.ones(side, side)
        return
    spans = [np.arange(borders[i] - CONTEXT, borders[i + 1] + CONTEXT) % side for i in range(count)]
    shares = [_share(len(span), i > 0, i == count - 1) for i, span in enumerate(spans)]
    for i in range(count):
        for j in range(count):
            yield spans[i], spans[j], torch.outer(shares[i], shares[j])


def _share(length: int, before: bool, behind: bool) -> Tensor:
    """Along a window: 0 in neighbours that are made, before or behind, and at its other ends; between them it is 1."""
    places = torch.arange(1, length + 1)
    inside = torch.minimum(places - CONTEXT * before, length + 1 - places - CONTEXT * behind)
    return (1 - torch.cos(math.pi / CONTEXT * inside.clamp(0, CONTEXT))) / 2


def _enlarged(picture: np.ndarray | None, exemplar: Tensor, side: int, generator: torch.Generator) -> np.ndarray:
    """A picture of that side to start from: what the one of half its side says, and noise like the exemplar's."""
    with tempfile.TemporaryFile() as file:
        large = np.memmap(file, np.uint8, "w+", shape=(side, side, 3))
    large[:] = to_pixels(exemplar.mean(dim=(2, 3), keepdim=True))
    for rows, columns, share in _windows(side):
        shape = len(rows), len(columns)
        if picture is None:
            piece = spectrum_noise(exemplar, shape, generator)
        else:
            # Enlarging takes its image for periodic: only what is far from the border is right.
            around = [np.arange(span[0] // 2 - 16, span[0] // 2 + len(span) // 2 + 17) for span in (rows, columns)]
            image = _tensor(picture[np.ix_(*(span % len(picture) for span in around))]).to(exemplar)
            piece = enlarge(image, spectrum_noise(exemplar, (2 * len(around[0]), 2 * len(around[1])), generator))
            top, left = 32 + rows[0] % 2, 32 + columns[0] % 2
            piece = piece[..., top : top + shape[0], left : left + shape[1]]
        place = np.ix_(rows, columns)
        large[place] = to_pixels(torch.lerp(_tensor(large[place]).to(piece), piece, share.to(piece)))[0]
    return large


def _tensor(pixels: np.ndarray) -> Tensor:
    """(h, w, 3) bytes → (1, 3, h, w), float32 in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float() / 255
