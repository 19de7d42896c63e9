"""How far right and wrong optimisers get in the checks of task 1.3, and how far from them the limits are.

python benchmarks/optimisers.py grass leopard > benchmarks/optimisers.md
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from solution.textures.features import RandomFeatures
from solution.textures.gram import gram_loss, gram_matrix, relative_weights
from solution.textures.images import is_seamless, load_image

EVALUATIONS = 120
WOLFE = {"history_size": 50, "line_search_fn": "strong_wolfe", "tolerance_grad": 0, "tolerance_change": 0}
KINDS = {
    "L-BFGS, as in the solution": WOLFE,
    "a history of 10": WOLFE | {"history_size": 10},
    "a step of 0.1": WOLFE | {"lr": 0.1},
    "no line search": WOLFE | {"line_search_fn": None},
    "no line search, a step of 0.1": WOLFE | {"line_search_fn": None, "lr": 0.1},
    "wrong: equal weights": WOLFE,
    "wrong: Adam, 0.02": 0.02,
    "wrong: Adam, 0.05": 0.05,
    "wrong: Adam, 0.1": 0.1,
    "wrong: Adam, 0.2": 0.2,
}


def objective(exemplar: Tensor, equal: bool) -> Callable[[Tensor], Tensor]:
    extractor = RandomFeatures(scales=3)
    with torch.no_grad():
        maps = extractor(exemplar, periodic=is_seamless(exemplar))
        targets = {name: gram_matrix(own) for name, own in maps.items()}
    weights = None if equal else relative_weights(targets)
    return lambda x: gram_loss({n: gram_matrix(own) for n, own in extractor(x).items()}, targets, weights)


def end_of(exemplar: Tensor, kind: str, seed: int) -> float:
    """The loss of the image, clamped, that an optimiser ends with."""
    image = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()
    loss_of, settings = objective(exemplar, "equal" in kind), KINDS[kind]

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(image)
        loss.backward()
        return loss

    if isinstance(settings, float):
        optimizer = torch.optim.Adam([image], lr=settings)
        for _ in range(EVALUATIONS):
            optimizer.step(closure)
    else:
        optimizer = torch.optim.LBFGS([image], max_iter=EVALUATIONS, max_eval=EVALUATIONS, **settings)
        optimizer.step(closure)
    with torch.no_grad():
        return float(objective(exemplar, False)(image.clamp(0, 1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print("# Optimisers\n")
    print(f"The loss after {EVALUATIONS} evaluations at 32×32 pixels, in multiples of the solution's; by seed.\n")
    print("|  | " + " | ".join(args.names) + " |")
    print("|---|" + "---|" * len(args.names))
    exemplars = [load_image(name, 32) for name in args.names]
    ours = [[end_of(exemplar, next(iter(KINDS)), seed) for seed in range(args.seeds)] for exemplar in exemplars]
    for kind in KINDS:
        cells = [
            ", ".join(f"{end_of(exemplar, kind, seed) / end:.3g}" for seed, end in enumerate(ends))
            for exemplar, ends in zip(exemplars, ours, strict=True)
        ]
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
