"""How far right and wrong optimisers get in the checks of task 1.3, and how far from them the limits are.

python benchmarks/optimisers.py > benchmarks/optimisers.md
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from grader.checks import test_1_3_synthesize as checks
from grader.checks.probes import NARROW
from grader.checks.texture import texture_distance
from judging.plugin import Lab
from solution.textures import images
from solution.textures.features import RandomFeatures
from solution.textures.gram import gram_loss, gram_matrix, relative_weights

LAB = Lab("grader.checks")
MATCHES, LOSS = 100, checks.LONG["iterations"]
"""Evaluations, in synthesis_matches and in synthesis_loss."""
WOLFE = {"history_size": 50, "line_search_fn": "strong_wolfe", "tolerance_grad": 0, "tolerance_change": 0}
OURS = "L-BFGS, as in the solution"
KINDS = {
    OURS: WOLFE,
    "a history of 10": WOLFE | {"history_size": 10},
    "a history of 100": WOLFE | {"history_size": 100},
    "a step of 0.1": WOLFE | {"lr": 0.1},
    "no line search": WOLFE | {"line_search_fn": None},
    "no line search, a step of 0.1": WOLFE | {"line_search_fn": None, "lr": 0.1},
    "wrong: Adam, 0.02": 0.02,
    "wrong: Adam, 0.05": 0.05,
    "wrong: Adam, 0.1": 0.1,
    "wrong: Adam, 0.2": 0.2,
}


def end_of(exemplar: Tensor, layers: list[str] | None, kind: str, seed: int, evaluations: int) -> Tensor:
    """The image, clamped, that an optimiser ends with."""
    extractor, settings = RandomFeatures(**NARROW), KINDS[kind]
    with torch.no_grad():
        maps = extractor(exemplar, layers, periodic=images.is_seamless(exemplar))
        targets = {name: gram_matrix(own) for name, own in maps.items()}
    weights = relative_weights(targets)
    image = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()

    def closure() -> Tensor:
        optimizer.zero_grad()
        grams = {name: gram_matrix(own) for name, own in extractor(image, layers).items()}
        loss = gram_loss(grams, targets, weights)
        loss.backward()
        return loss

    if isinstance(settings, float):
        optimizer = torch.optim.Adam([image], lr=settings)
        for _ in range(evaluations):
            optimizer.step(closure)
    else:
        optimizer = torch.optim.LBFGS([image], max_iter=evaluations, max_eval=evaluations, **settings)
        optimizer.step(closure)
    return image.detach().clamp(0, 1)


def nearness(exemplar: Tensor, kind: str, seed: int) -> float:
    """How many times nearer than noise to the texture, as synthesis_matches measures it."""
    noise = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(0))
    image = end_of(exemplar, None, kind, seed, MATCHES)
    start, end = (texture_distance(x, exemplar, LAB) for x in (noise, image))
    return start / end


def loss(exemplar: Tensor, kind: str, seed: int) -> float:
    """The loss, as synthesis_loss measures it."""
    image = end_of(exemplar, checks.COARSE, kind, seed, LOSS)
    return float(checks.loss_of(image, exemplar, LAB, layers=checks.COARSE))


def table(measure: Callable[[str, int], float], seeds: int) -> None:
    print("| | least | median | most |\n|---|---|---|---|")
    for kind in KINDS:
        values = sorted(measure(kind, seed) for seed in range(seeds))
        print(f"| {kind} | {values[0]:.3g} | {values[len(values) // 2]:.3g} | {values[-1]:.3g} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    args = parser.parse_args()
    torch.set_num_threads(1)
    grass, leopard = (checks.exemplar_of(name, LAB) for name in ("grass", "leopard"))
    print(f"# Optimisers\n\nAt 32×32 pixels, {args.seeds} seeds.\n")
    print(
        f"## synthesis_matches\n\nGrass, {MATCHES} evaluations: times nearer than noise. Asked for: {checks.FALLS}.\n"
    )
    table(partial(nearness, grass), args.seeds)
    ours = loss(leopard, OURS, checks.LONG["seed"])
    print(f"\n## synthesis_loss\n\nLeopard, {LOSS} evaluations: times our loss. Asked for: {checks.NOT_MORE}.\n")
    table(lambda kind, seed: loss(leopard, kind, seed) / ours, args.seeds)


if __name__ == "__main__":
    main()
