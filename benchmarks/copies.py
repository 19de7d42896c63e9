"""How far honest syntheses, and disguises of the exemplar, are from what the grader calls a copy: benchmarks/copies.md.

python benchmarks/copies.py > benchmarks/copies.md
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from grader.checks.probes import NARROW
from grader.checks.texture import FEW, REGULAR, SHARE, WHOLE, copied_share, is_copy, self_likeness, whole_likeness
from solution.textures.features import RandomFeatures
from solution.textures.gatys import synthesize
from solution.textures.images import image_names, load_image

FEWER = 10
"""Seeds of what no check asks for."""
SETTINGS = (
    ("all layers, 120 evaluations", NARROW, 32, None, 120, 50),
    ("all layers, 10 evaluations", NARROW, 32, None, 10, 50),
    ("two layers, 120 evaluations", NARROW, 32, ["color1", "relu2_2"], 120, 50),
    ("colours alone, 25 evaluations", NARROW, 32, ["color1"], 25, 50),
    ("28×28", NARROW, 28, None, 120, FEWER),
    ("48×48", NARROW, 48, None, 120, FEWER),
    ("64×64", NARROW, 64, None, 120, FEWER),
    ("a rich extractor of one scale, 48×48", {"scales": 1}, 48, None, 120, FEWER),
    ("a rich extractor of two scales, 64×64", {"scales": 2}, 64, None, 120, FEWER),
)
"""Title, extractor, size, layers, evaluations, seeds; the first four are what checks ask for."""
COVERED = (("", NARROW, 32), ("64×64, as with a rich extractor: ", {"scales": 2}, 64))
"""Where disguises are tried."""

ABOUT = """\
The extractor is that of the checks, with few channels, unless a rich one is named: `RandomFeatures` with its own 96
channels and as many numbers in its Gram matrices as images of that size nearly have values. There larger pieces count
(9 pixels for 5), and small ones pass. Where the numbers are as many as the values, they determine the image, and nobody
is accused.
"""


def equations(extractor: RandomFeatures, layers: list[str] | None = None) -> int:
    """How many numbers its Gram matrices have."""
    with torch.no_grad():
        channels = [maps.shape[1] for maps in extractor(torch.zeros(1, 3, 32, 32), layers).values()]
    return sum(count * (count + 1) // 2 for count in channels)


def disguises(exemplar: Tensor, seed: int) -> Iterator[tuple[str, Tensor]]:
    """The exemplar's own pixels, rearranged or covered."""
    generator = torch.Generator().manual_seed(seed)
    side = exemplar.shape[-1]

    def bands(dim: int) -> Tensor:
        """Four of them, each rolled along itself."""
        shifts = torch.randint(1, side, (4,), generator=generator).tolist()
        parts = exemplar.split(side // 4, dim)
        return torch.cat([part.roll(shift, 5 - dim) for part, shift in zip(parts, shifts, strict=True)], dim)

    def tiles(size: int) -> Tensor:
        columns = F.unfold(exemplar, size, stride=size)
        order = torch.randperm(columns.shape[-1], generator=generator)
        return F.fold(columns[..., order], exemplar.shape[-2:], size, stride=size)

    def quilted(size: int) -> Tensor:
        """Patches of any places, laid over one another by half and blended (as of Efros and Freeman 2001)."""
        places = torch.randint(0, side, ((2 * side // size) ** 2, 2), generator=generator).tolist()
        window = torch.hann_window(size).clamp_min(1e-2)
        patches = [exemplar.roll((-y, -x), (2, 3))[..., :size, :size] for y, x in places]
        columns = torch.stack([(window[:, None] * window * patch).flatten() for patch in patches], dim=1)[None]
        weights = (window[:, None] * window).flatten()[:, None].expand(-1, len(patches))[None]
        wide = (side + size // 2,) * 2
        sums = [F.fold(part, wide, size, stride=size // 2) for part in (columns, weights)]
        return (sums[0] / sums[1])[..., :side, :side]

    noise = torch.rand(exemplar.shape, generator=generator)
    yield "rows of bands, rolled", bands(2)
    yield "columns of bands, rolled", bands(3)
    yield "tiles of 16, shuffled", tiles(16)
    yield "tiles of 8, shuffled", tiles(8)
    yield "mirrored and rolled", exemplar.flip(3).roll((5, 9), (2, 3))
    yield "a quarter turn", exemplar.transpose(2, 3).flip(2)
    yield "half of it, half noise", torch.cat([exemplar[..., : side // 2], noise[..., side // 2 :]], dim=3)
    yield "less contrast", 0.5 * exemplar + 0.2
    yield "with its mirror image", 0.6 * exemplar + 0.4 * exemplar.flip(3)
    yield "with itself, rolled", 0.7 * exemplar + 0.3 * exemplar.roll((7, 11), (2, 3))
    yield "under a little noise", (exemplar + 0.02 * (noise - 0.5)).clamp(0, 1)
    yield "patches of 16, quilted", quilted(16)
    yield "patches of 8, quilted", quilted(8)
    yield "a quarter of it, four times", exemplar[..., : side // 2, : side // 2].repeat(1, 1, 2, 2)
    yield "between its pixels", (exemplar + exemplar.roll(1, 3)) / 2
    yield "other colours", exemplar[:, [1, 2, 0]]
    yield "inverted", 1 - exemplar
    yield "darker in gamma", exemplar**2
    yield (
        "enlarged by an eighth",
        F.interpolate(exemplar[..., : side - side // 9, : side - side // 9], (side, side), mode="bilinear"),
    )
    yield (
        "its left half twice, mirrored",
        torch.cat([exemplar[..., : side // 2], exemplar[..., : side // 2].flip(3)], 3),
    )


def judged(image: Tensor, exemplar: Tensor, count: int) -> tuple[float, float, bool]:
    """Likeness, copied share, and whether that is called a copy."""
    share = copied_share(image, exemplar, 5 if count < FEW else 9)
    return whole_likeness(image, exemplar), share, is_copy(image, exemplar, count)


def row(title: str, found: dict[str, list[tuple[float, float, bool]]], nearest: Callable) -> str:
    """A line of the table, for what was found of each exemplar."""
    whole, shares, copies = zip(*chain(*found.values()), strict=True)
    numbers = f"{min(whole):.2f} | {max(whole):.2f} | {min(shares):.3f} | {max(shares):.3f}"
    worst = nearest(found, key=lambda name: nearest(max(w / WHOLE, s / SHARE) for w, s, _ in found[name]))
    return f"| {title} | {numbers} | {sum(copies)} of {len(copies)} | {worst} |"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_num_threads(1)
    regular = [name for name in image_names() if self_likeness(load_image(name, 32)) > REGULAR]
    others = [name for name in image_names() if name not in regular]
    print("# Copies\n")
    print(
        f"A synthesis is called a copy where its likeness as a whole is above {WHOLE}, or its share of copied patches"
    )
    print(
        f"above {SHARE}. Here: 32×32 pixels unless said, {SETTINGS[0][-1]} or {FEWER} seeds of each synthesis, three of"
    )
    print(
        f"each disguise. Of {', '.join(regular)}, which are their own copies at many places, nobody can tell, and they"
    )
    print(f"are left out: {len(others)} exemplars are there.\n")
    print(ABOUT)
    print(
        "| honest synthesis | likeness, least | greatest | copied share, least | greatest | called a copy | nearest |"
    )
    print("|---|---|---|---|---|---|---|")
    for title, words, size, layers, iterations, seeds in SETTINGS:
        found: dict[str, list[tuple[float, float, bool]]] = {}
        extractor = RandomFeatures(**words)
        count = equations(extractor, layers)
        for name in tqdm(others, title):
            exemplar = load_image(name, size)
            made = (synthesize(exemplar, extractor, layers, iterations=iterations, seed=seed) for seed in range(seeds))
            found[name] = [judged(one.image, exemplar, count) for one in made]
        print(row(title, found, max), flush=True)
    print("\n| disguise | likeness, least | greatest | copied share, least | greatest | called a copy | nearest |")
    print("|---|---|---|---|---|---|---|")
    for prefix, words, size in COVERED:
        count = equations(RandomFeatures(**words))
        hidden: dict[str, dict[str, list[tuple[float, float, bool]]]] = {}
        for name in others:
            exemplar = load_image(name, size)
            for title, image in chain(*(disguises(exemplar, seed) for seed in range(3))):
                hidden.setdefault(title, {}).setdefault(name, []).append(judged(image, exemplar, count))
        for title, found in hidden.items():
            print(row(prefix + title, found, min), flush=True)


if __name__ == "__main__":
    main()
