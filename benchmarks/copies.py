"""How far honest syntheses, and disguises of the exemplar, are from what the grader calls a copy: benchmarks/copies.md.

python benchmarks/copies.py --seeds 3 > benchmarks/copies.md
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from grader.checks.texture import copied_share, whole_likeness
from solution.textures.features import RandomFeatures
from solution.textures.gatys import synthesize
from solution.textures.images import image_names, load_image

SETTINGS = (("all layers, 120 evaluations", None, 120), ("two layers, 10 evaluations", ["color2", "relu2_2"], 10))


def honest(exemplar: Tensor, seed: int) -> Iterator[tuple[str, Tensor]]:
    """Syntheses from noise, as the checks ask for them."""
    for title, layers, iterations in SETTINGS:
        extractor = RandomFeatures(scales=3)
        yield title, synthesize(exemplar, extractor, layers, iterations=iterations, seed=seed).image


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", type=int, default=32)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print("# Copies\n")
    print(
        "A synthesis is called a copy where its likeness as a whole is above 0.4, or its share of copied patches above"
    )
    print(f"0.12. {args.size}×{args.size} pixels, all exemplars, {args.seeds} seeds.\n")
    print("| image | likeness, least | greatest | copied share, least | greatest | called a copy | worst exemplar |")
    print("|---|---|---|---|---|---|---|")
    found: dict[str, list[tuple[float, float, str]]] = {}
    for name in tqdm(image_names()):
        exemplar = load_image(name, args.size)
        for seed in range(args.seeds):
            for title, image in (*honest(exemplar, seed), *disguises(exemplar, seed)):
                row = (whole_likeness(image, exemplar), copied_share(image, exemplar), name)
                found.setdefault(title, []).append(row)
    for title, rows in found.items():
        whole, shares, _ = zip(*rows, strict=True)
        copies = sum(w > 0.4 or share > 0.12 for w, share, _ in rows)
        is_honest = title in [title for title, _, _ in SETTINGS]
        worst = (max if is_honest else min)(rows, key=lambda row: max(row[0] / 0.4, row[1] / 0.12))
        numbers = f"{min(whole):.2f} | {max(whole):.2f} | {min(shares):.2f} | {max(shares):.2f}"
        print(f"| {title} | {numbers} | {copies} of {len(rows)} | {worst[2]} |", flush=True)


if __name__ == "__main__":
    main()
