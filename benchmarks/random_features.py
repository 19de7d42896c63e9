"""Which random features are the best default? Writes random_features.md and a contact sheet of results.

Every candidate synthesises every exemplar at 256×256, coarse to fine, with the same number of evaluations. Judged by
the patch distance to the exemplar, relative to the distance between the two halves of the exemplar, and by eye.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "solution"))

from patch_distance import patch_distance
from textures.features import RandomFeatures
from textures.images import load_image, save_image
from textures.multiscale import synthesize_multiscale
from tqdm import tqdm

EXEMPLARS = ("pebbles", "bricks", "cloth", "grass", "bubbles", "rust", "tiles", "wood")
ITERATIONS = 100
DEFAULT = "48, 96 filters (the default)"


def with_mean(features: RandomFeatures) -> RandomFeatures:
    """The first filters see the mean colour too, as in a first trial of this lab."""
    filters = torch.randn(features.filters1.shape, generator=torch.Generator().manual_seed(1))
    features.filters1 = filters / filters.flatten(1).norm(dim=1)[:, None, None, None]
    return features


def every_layer(**options: object) -> RandomFeatures:
    features = RandomFeatures(**options)
    features.default_layers = features.layer_names
    return features


CANDIDATES: dict[str, Callable[[], RandomFeatures]] = {
    "first trial: 64, 128 filters with mean, no colours": lambda: with_mean(every_layer(widths=(64, 128), colors=0)),
    "48, 96 filters, no colours": lambda: RandomFeatures(colors=0),
    "one layer of 96 filters 7×7": lambda: every_layer(widths=(96,), kernels=(7,)),
    "24, 48 filters": lambda: RandomFeatures(widths=(24, 48)),
    "32, 64 filters": lambda: RandomFeatures(widths=(32, 64)),
    DEFAULT: RandomFeatures,
    "48, 96 filters, relu1 too": lambda: every_layer(),
    "48, 96 filters, 3 scales": lambda: RandomFeatures(scales=3),
    "64, 128 filters": lambda: RandomFeatures(widths=(64, 128)),
    "24, 48, 64 filters, three layers, 3 scales": lambda: RandomFeatures(3, (24, 48, 64), (5, 3, 3)),
}


def main() -> None:
    rows = {name: [] for name in CANDIDATES}
    seconds = {name: [] for name in CANDIDATES}
    exemplars = {name: load_image(name, 256) for name in EXEMPLARS}
    pictures = [list(exemplars.values())]
    bar = tqdm(total=len(CANDIDATES) * len(EXEMPLARS))
    for name, make in CANDIDATES.items():
        pictures.append([])
        for exemplar in exemplars.values():
            start = time.perf_counter()
            image = synthesize_multiscale(exemplar, make(), iterations=ITERATIONS).image
            seconds[name].append(time.perf_counter() - start)
            own = patch_distance(exemplar[..., :128], exemplar[..., 128:])
            rows[name].append(patch_distance(image, exemplar) / own)
            pictures[-1].append(image)
            bar.update()
    bar.close()
    lines = [
        f"# Random features: patch distance to the exemplar after 3 × {ITERATIONS} evaluations, 256×256",
        "",
        "1 is the distance between the two halves of the exemplar. Seconds are relative to the default, median.",
        "Made by `python benchmarks/random_features.py`. The contact sheet: a row per candidate, exemplars first.",
        "",
        f"| candidate | {' | '.join(EXEMPLARS)} | mean | time |",
        "|---" * (len(EXEMPLARS) + 3) + "|",
    ]
    default = seconds[DEFAULT]
    for name, values in rows.items():
        ratio = median(a / b for a, b in zip(seconds[name], default, strict=True))
        numbers = " | ".join(f"{value:.2f}" for value in values)
        lines.append(f"| {name} | {numbers} | {mean(values):.2f} | {ratio:.1f}× |")
    (HERE / "random_features.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sheet = torch.cat([torch.cat(row, dim=3) for row in pictures], dim=2)
    save_image(sheet, HERE / "random_features.jpg")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
