"""How fast a generator learns, and what each part of textures/recipe.py brings. Writes training.md.

python benchmarks/training.py [--fresh]
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import torch
from patch_distance import patch_distance
from torch import Tensor
from torchvision.utils import make_grid
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "solution"))

from textures.features import FeatureExtractor, RandomFeatures
from textures.gram import gram_loss, gram_matrix, relative_weights
from textures.images import is_seamless, load_image, save_image
from textures.noise import sample_noise
from textures.recipe import WhitenedFeatures, plan, settle
from textures.texturenet import TextureNet
from textures.training import training_step

CACHE = HERE.parent / "build" / "training"
RACERS = ("pebbles", "bricks")
SIZE, STEPS, RATE = 128, 3000, 0.02


def new_net() -> TextureNet:
    torch.manual_seed(0)
    return TextureNet().to(memory_format=torch.channels_last)


def gram_targets(extractor: FeatureExtractor, exemplar: Tensor) -> dict[str, Tensor]:
    with torch.no_grad():
        features = extractor(exemplar, periodic=is_seamless(exemplar))
    return {name: gram_matrix(maps) for name, maps in features.items()}


class Judge:
    """The plain relative Gram loss of the embedded features, which the original minimises and we do not."""

    def __init__(self, exemplar: Tensor):
        self.extractor = RandomFeatures()
        self.targets = gram_targets(self.extractor, exemplar)

    @torch.no_grad()
    def loss(self, images: Tensor) -> float:
        grams = {name: gram_matrix(maps) for name, maps in self.extractor(images).items()}
        return float(gram_loss(grams, self.targets, relative_weights(self.targets)))

    @torch.no_grad()
    def of_net(self, net: TextureNet) -> tuple[float, float]:
        """Of four images of 256×256 in training mode: as they are displayed, and as they come out."""
        kept = {name: value.clone() for name, value in net.state_dict().items()}
        images = net.train()(sample_noise(4, 256, generator=torch.Generator().manual_seed(7)))
        net.load_state_dict(kept)  # the look has moved the running statistics
        return self.loss(images.clamp(0, 1)), self.loss(images)


# --- The race ---------------------------------------------------------------------------------------------------------


class UnitGradient(torch.autograd.Function):
    """The identity, whose gradient has the L1 norm 1."""

    @staticmethod
    def forward(ctx, maps: Tensor) -> Tensor:
        return maps.clone()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return gradient / gradient.abs().sum().clamp_min(1e-30)


def original(exemplar: Tensor, batch: int = 10) -> Iterator[TextureNet]:
    """The lab's first training: one image at a time, gradients added up over 10, Adam at 0.1, × 0.8 every 300 steps."""
    net, extractor = new_net(), RandomFeatures()
    targets = gram_targets(extractor, exemplar)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 300, 0.8)
    generator = torch.Generator().manual_seed(0)
    while True:
        optimizer.zero_grad()
        for _ in range(batch):
            features = extractor(net(sample_noise(1, SIZE, generator=generator)))
            grams = {name: gram_matrix(UnitGradient.apply(maps)) for name, maps in features.items()}
            (gram_loss(grams, targets) / batch).backward()
        optimizer.step()
        schedule.step()
        yield net


def ours(exemplar: Tensor) -> Iterator[TextureNet]:
    net, extractor = new_net(), WhitenedFeatures(RandomFeatures(), exemplar)
    yield from train(net, extractor, exemplar, plan(STEPS, 4), RATE)


def train(
    net: TextureNet, extractor: FeatureExtractor, exemplar: Tensor, planned: list[tuple[int, float]], rate: float
) -> Iterator[TextureNet]:
    targets = gram_targets(extractor, exemplar)
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    generator = torch.Generator().manual_seed(0)
    for images, share in planned:
        optimizer.param_groups[0]["lr"] = rate * share
        noise = sample_noise(images, SIZE, generator=generator)
        training_step(
            net, extractor, targets, [z.contiguous(memory_format=torch.channels_last) for z in noise], optimizer
        )
        yield net


def timed(steps: Iterator[TextureNet], count: int) -> tuple[TextureNet, float]:
    """The net after `count` more steps, and the seconds of processor time that they took: others may be at work."""
    start = time.process_time()
    for _ in range(count):
        net = next(steps)
    return net, time.process_time() - start


def race(name: str) -> dict:
    """Seconds of 300 steps of the original, of ours to the same losses, and the losses."""
    exemplar = load_image(name, 256)
    judge = Judge(exemplar)
    theirs, mine = original(exemplar), ours(exemplar)
    net, seconds = timed(theirs, 300)
    goals = judge.of_net(net)
    reached, passed, steps = [None, None], 0.0, 0
    while None in reached and steps < STEPS:
        net, more = timed(mine, 20)
        passed, steps = passed + more, steps + 20
        for i, loss in enumerate(judge.of_net(net)):
            if reached[i] is None and loss <= goals[i]:
                reached[i] = (passed, steps)
    return {"seconds": seconds, "goals": goals, "reached": reached}


# --- The parts --------------------------------------------------------------------------------------------------------

IMAGES = 700
"""That each way may use: some fifth of the default training's."""


class Clipped(WhitenedFeatures):
    """Only the clipping."""

    def __init__(self, extractor: FeatureExtractor, exemplar: Tensor):
        super().__init__(extractor, exemplar)
        for name, basis in self.named_buffers():
            if name.startswith("basis_"):
                basis.copy_(torch.eye(len(basis))[:, :, None, None])


def one_cycle(batch: int) -> list[tuple[int, float]]:
    """Equal batches; the rate rises for a tenth of the steps, then falls to zero as half a cosine."""
    steps = IMAGES // batch
    parts = [step / steps for step in range(steps)]
    return [(batch, max(d, 1e-3) / 0.1 if d < 0.1 else 0.5 + 0.5 * math.cos(math.pi * (d - 0.1) / 0.9)) for d in parts]


def growing() -> list[tuple[int, float]]:
    return plan(round(IMAGES / 1.3), 4)


PARTS: dict[str, tuple[Callable[[Tensor], FeatureExtractor], Callable[[], list[tuple[int, float]]]]] = {
    "first trial: Gram loss, batches of 4, one cycle": (lambda x: RandomFeatures(), lambda: one_cycle(4)),
    "the plan (1 image, then 4; late fall)": (lambda x: RandomFeatures(), growing),
    "the plan, clipping": (lambda x: Clipped(RandomFeatures(), x), growing),
    "the plan, whitening": (lambda x: WhitenedFeatures(RandomFeatures(), x, slope=1), growing),
    "whitening, clipping, batches of 4, one cycle": (
        lambda x: WhitenedFeatures(RandomFeatures(), x),
        lambda: one_cycle(4),
    ),
    "the plan, whitening, clipping (the recipe)": (lambda x: WhitenedFeatures(RandomFeatures(), x), growing),
}


def part(name: str, way: str) -> dict:
    """Seconds, loss and patch distance in eval mode, of six samples of 256×256."""
    exemplar = load_image(name, 256)
    make_extractor, make_plan = PARTS[way]
    planned, generator = make_plan(), torch.Generator().manual_seed(1)
    net, seconds = timed(train(new_net(), make_extractor(exemplar), exemplar, planned, RATE), len(planned))
    settle(net, [sample_noise(4, 256, generator=generator) for _ in range(8)])
    with torch.no_grad():
        images = net.eval()(sample_noise(6, 256, generator=generator))
    outside = float(((images < 0) | (images > 1)).float().mean())
    images = images.clamp(0, 1)
    save_image(make_grid(images[:3], nrow=3, padding=0), CACHE / f"{name}_{list(PARTS).index(way)}.png")
    halves = patch_distance(exemplar[..., :128], exemplar[..., 128:])
    return {
        "seconds": seconds,
        "loss": Judge(exemplar).loss(images),
        "patches": sum(patch_distance(x, exemplar) for x in images.split(1)) / len(images) / halves,
        "outside": outside,
    }


# --- The page ---------------------------------------------------------------------------------------------------------

PAGE = """\
# Training a generator: how fast, and why

Made by `python benchmarks/training.py`, {threads} CPU threads.

## Against the original's scheme

The first lab trained with one image at a time, gradients added up over 10 images and normalised layer by layer, Adam at
0.1 × 0.8 every 300 steps. Here both see the same features and images of {size}×{size}; it had 256×256, which would
quadruple its time. Loss: the plain relative Gram loss of four images of 256×256, which the original minimises; ours
minimises another one. Seconds of processor time, without the looks in between; one after the other in one run.

| exemplar | loss after 300 steps, displayed (as it comes out) | original | ours to the same | ratio |
|---|---|---|---|---|
{races}

## The parts

The first trial gave flat pebbles with coloured specks. Flat, because the features of a layer resemble each other: most
of a Gram matrix is its first few eigenvectors, mean colour and contrast, and the shapes are in the small eigenvalues,
which the loss hardly sees. Specks, because rare colours far outside of [0, 1] are a cheap way to large second moments,
and the clipping of the display leaves white, black and neon spots. `WhitenedFeatures` makes all directions count the
same and clips before it looks. Small batches give more steps for the same work; only the end needs larger ones, so
that eval mode looks like training mode.

The same {images} images of {size}×{size} of pebbles for each. Patches: sliced Wasserstein distance to the exemplar,
over that of its halves. Outside: share of the numbers outside of [0, 1] before clipping. Time: of the processor.

| way | loss | patches | outside | time |
|---|---|---|---|---|
{parts}
"""


def cached(key: str, make: Callable[[], dict]) -> dict:
    """What an earlier, interrupted run has found, or new figures."""
    path = CACHE / f"{key}.json"
    if not path.exists():
        path.write_text(json.dumps(make()), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def ratio(result: dict, which: int = 0) -> float:
    reached = result["reached"][which]
    return result["seconds"] / reached[0] if reached else math.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs have found")
    args = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    if args.fresh:
        for path in CACHE.glob("*.json"):
            path.unlink()
    races, parts = [], []
    results = {name: cached(f"race_{name}", lambda name=name: race(name)) for name in tqdm(RACERS, desc="race")}
    for name, row in results.items():
        shown, raw = row["goals"]
        seconds = " / ".join(f"{r[0]:.0f} s ({r[1]} steps)" if r else "not reached" for r in row["reached"])
        ratios = " / ".join(f"{ratio(row, i):.1f}×" for i in (0, 1))
        races.append(f"| {name} | {shown:.3f} ({raw:.3f}) | {row['seconds']:.0f} s | {seconds} | {ratios} |")
    middle = [median(ratio(row, i) for row in results.values()) for i in (0, 1)]
    races.append(f"| **median** | | | | {middle[0]:.1f}× / {middle[1]:.1f}× |")
    for i, way in enumerate(tqdm(PARTS, desc="parts")):
        row = cached(f"part_{i}", lambda way=way: part("pebbles", way))
        values = f"{row['loss']:.3f} | {row['patches']:.2f} | {row['outside']:.1%} | {row['seconds']:.0f} s"
        parts.append(f"| {way} | {values} |")
    page = PAGE.format(
        threads=torch.get_num_threads(), size=SIZE, images=IMAGES, races="\n".join(races), parts="\n".join(parts)
    )
    (HERE / "training.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
