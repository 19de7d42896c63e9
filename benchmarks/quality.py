"""How good the trained generators are: python benchmarks/quality.py [NAME …]

Writes models/README.md, with a table for all models, and the pictures gallery.jpg, films.png and film.webp beside it.
Figures of models that have not changed since are kept. The judges, and the L-BFGS textures to compare with, are those
of descriptors.py, which says where their weights come from.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from descriptors import EFFICIENTNET, JUDGED_LAYERS, judge, relative, teacher
from descriptors import WORK as TEXTURES
from descriptors import row as lbfgs
from efficientnet import EfficientNetStages
from matplotlib.figure import Figure
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "solution"))

from textures.features import load_extractor
from textures.gram import gram_loss, gram_matrix, relative_weights
from textures.images import is_seamless, load_image, to_pixels
from textures.movies import MODES, displacement_frames
from textures.noise import interpolate_noise, redresse, sample_noise
from textures.speed.inference import FastTextureNet
from textures.texturenet import load_texturenet
from textures.weights.model_files import find_model, model_names

MODELS = ROOT / "models"
SAMPLES, LAMBDAS = 8, 11
REGULAR = ("checkerboard", "cloth", "tiles")
PATCH = 24


class FilmJudge:
    """The embedded features' relative Gram loss to an exemplar."""

    def __init__(self, exemplar: Tensor):
        self.extractor = load_extractor(device="cpu")
        with torch.no_grad():
            features = self.extractor(exemplar, periodic=is_seamless(exemplar))
            self.targets = {name: gram_matrix(maps) for name, maps in features.items()}
        self.weights = relative_weights(self.targets)

    @torch.no_grad()
    def loss(self, images: Tensor) -> float:
        """The mean over the images."""
        losses = []
        for image in images.clamp(0, 1).split(1):
            grams = {name: gram_matrix(maps) for name, maps in self.extractor(image).items()}
            losses.append(float(gram_loss(grams, self.targets, self.weights)))
        return sum(losses) / len(losses)


def samples(net: FastTextureNet, size: int) -> Tensor:
    generator = torch.Generator().manual_seed(size)
    return torch.cat([net(sample_noise(1, size, generator=generator)) for _ in range(SAMPLES)])


def copies(images: Tensor, exemplar: Tensor) -> float:
    """The share of patches that are near copies of a place in the exemplar: correlation above 0.9 with the nearest.

    Patches have 24×24 pixels, without their mean colours; those of an independent texture of the same kind, such as the
    exemplar's other half, give what chance does.
    """
    places = F.unfold(exemplar, PATCH, stride=2)[0].T
    places = F.normalize(places - places.mean(dim=1, keepdim=True), dim=1)
    count = near = 0
    for image in images.split(1):
        own = F.unfold(image, PATCH, stride=PATCH)[0].T
        own = F.normalize(own - own.mean(dim=1, keepdim=True), dim=1)
        near += int(((own @ places.T).max(dim=1).values > 0.9).sum())
        count += len(own)
    return near / count


def variety(images: Tensor) -> float:
    """How different samples are from each other: 1 when as much as images without any relation, 0 when all the same."""
    spread = images.std(dim=(2, 3)).square().sum(dim=1).mean() * 2
    first, second = images[: len(images) // 2], images[len(images) // 2 :]
    return float((first - second).square().sum(dim=1).mean() / spread)


def film_losses(net: FastTextureNet, judge: FilmJudge, straighten: bool) -> list[float]:
    """The mean loss of 4 films at each λ."""
    losses = []
    for lam in torch.linspace(0, 1, LAMBDAS).tolist():
        generator = torch.Generator().manual_seed(0)
        frames = []
        for _ in range(4):
            z0, z1 = (sample_noise(1, 256, generator=generator) for _ in range(2))
            noise = interpolate_noise(z0, z1, lam)
            frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
        losses.append(judge.loss(torch.cat(frames)))
    return losses


def sag(losses: list[float]) -> float:
    """The middle's loss over that of the ends."""
    return losses[len(losses) // 2] / ((losses[0] + losses[-1]) / 2)


def defects(net: FastTextureNet, mode: str) -> tuple[float, float]:
    """Differences between each frame and the one before, moved: their mean and the worst, mean of two films.

    Inside the square; relative to the spread of the texture: 0 when all moves as one piece, 1.4 when the frames have
    nothing in common.
    """
    films = []
    for seed in range(2):
        frames = displacement_frames(net, 33, size=256, mode=mode, step=1, seed=seed)  # over a pixel of the coarsest
        found = []
        for i in range(1, len(frames)):
            inner = slice(i + 35, i + 65)  # far from the square's border
            before = frames[i - 1].roll((1, 1), dims=(1, 2))
            found.append(((frames[i] - before)[:, inner, inner].square().mean() / frames[i].var()).sqrt())
        films.append(torch.stack(found))
    jumps = torch.stack(films)
    return float(jumps.mean()), float(jumps.amax(dim=1).mean())


@torch.no_grad()
def measure(name: str, efficientnet: EfficientNetStages) -> dict:
    """All figures of a model, and its L-BFGS texture's."""
    card = json.loads((MODELS / f"{name}.json").read_text(encoding="utf-8"))
    exemplar = load_image(name, card["exemplar_size"])
    net = FastTextureNet(load_texturenet(name))
    small, large = samples(net, 256), samples(net, 512)
    outside = float(((small < -0.1) | (small > 1.1)).float().mean())
    small, large = small.clamp(0, 1), large.clamp(0, 1)

    def mean(images: Tensor) -> dict[str, float]:
        found = [judge(image, exemplar, efficientnet) for image in images.split(1)]
        return {kind: sum(one[kind] for one in found) / len(found) for kind in found[0]}

    halves = [part.contiguous() for part in exemplar.split(exemplar.shape[-1] // 2, dim=-1)]
    apart = relative(*(teacher()(half, JUDGED_LAYERS, periodic=False) for half in halves))
    by_lbfgs = lbfgs(name, "learned", 256, efficientnet)
    films = FilmJudge(exemplar)
    found = {
        "weights": digest(name),
        "seconds": card["seconds"],
        "device": card["device"],
        "small": mean(small),
        "large": mean(large),
        "halves": apart,
        "lbfgs": {kind: by_lbfgs[kind] for kind in ("teacher", "patches")},
        "outside": outside,
        "variety": variety(small),
        "copies": copies(small, exemplar),
        "copies_chance": copies(halves[1], halves[0]),
        "plain": film_losses(net, films, straighten=False),
        "straight": film_losses(net, films, straighten=True),
    }
    return found | {f"defects_{mode}": defects(net, mode) for mode in MODES}


def digest(name: str) -> str:
    return hashlib.sha256(find_model(name).read_bytes()).hexdigest()


def cache(name: str, kind: str) -> Path:
    return ROOT / "build" / "quality" / f"{name}.{kind}"


PAGE = """\
# The trained generators

Each is a `TextureNet` of 116,835 parameters, with a card (`.json`) that says how it was made. `make models` trains
those that are missing; `python benchmarks/quality.py` measures them and writes this page. Trained on {device}.
Why a generator learns so fast: [benchmarks/training.md](../benchmarks/training.md).

![exemplar, L-BFGS, a sample of 256×256 and one of 512×512, for each model](gallery.jpg)

Means over {samples} samples of each size.

- **VGG**: mean over {layers} of ‖G − T‖²/‖T‖², of the Gram
  matrices of the VGG-16 that taught the learned descriptor; in brackets that of one half of the exemplar against the
  other, and that of the L-BFGS texture.
- **Patches**: sliced Wasserstein distance of multi-scale patches to the exemplar, over the distance between the
  exemplar's two halves; in brackets that of the L-BFGS texture.
- **EfficientNet**: as VGG, in three stages of EfficientNet-lite0, which nothing was trained on.
- **Outside**: share of the numbers that leave [−0.1, 1.1], and are clipped when they are shown.
- **Variety**: mean squared difference of two samples, over that of unrelated images.
- **Copies**: share of 24×24 patches that correlate by more than 0.9 with some place of the exemplar; in brackets one
  half of the exemplar against the other. This is question R4.

| model | training | VGG 256 | VGG 512 | patches 256 | patches 512 | EfficientNet | outside | variety | copies |
|---|---|---|---|---|---|---|---|---|---|
{quality}

The median over the irregular textures: VGG {vgg:.2g}, {over:.2f} of the distance between the exemplar's halves; patches
{patches:.2f}.

What is still ugly: blobs. Some channels of a generator that learns with batch norm are quiet but for a few spots; these
show, as smooth islands that belong to no texture, above all in `water`, `marble`, `gravel` and `wood`. The loss hardly
sees them, for they are rare. The recipe has a layer of its own against them now, `spikes`, with which bricks have none
([benchmarks/generators.md](../benchmarks/generators.md)); the models here are older. `checkerboard` is a model of the
recipe before, with random features; it tears.

The generator knows where it stands modulo 32 pixels, and nothing beyond: `cloth` has that period, `tiles` has it at 192
pixels and is trained at that size. Of other periods nothing in the noise tells where the pattern stands.

## Films

The texture loss between two noises, with and without `redresse` (mean of 4 films), and its middle over its ends. How
much a film sags depends on the texture: `studs` and `checkerboard` most; where the middle has the smaller loss, the
noise is calmer there, and so is the texture. With `redresse` all middles are like their ends. Then
the defects of the displacement film, one pixel per frame: the root mean square difference between a frame and the one
before, moved by the displacement, inside the square, over the texture's spread: the mean of 32 frames / the worst of
them. Frames with nothing in common have 1.4. The naive film draws its coarse scales anew each time that it moves; the
aligned one lets them rest, and then jerk; the subpixel one spreads these jerks over all frames.

![texture loss against λ, for each model](films.png)

| model | middle/ends | with redresse | naive | aligned | subpixel |
|---|---|---|---|---|---|
{films}
"""


def report(rows: dict[str, dict]) -> str:
    """The page models/README.md."""
    quality, films = [], []
    for name, row in rows.items():
        small, large, made = row["small"], row["large"], row["lbfgs"]
        cells = [
            name,
            f"{row['seconds']} s" if row["seconds"] < 90 else f"{row['seconds'] / 60:.0f} min",
            f"{small['teacher']:.2g} ({row['halves']:.2g}; {made['teacher']:.2g})",
            f"{large['teacher']:.2g}",
            f"{small['patches']:.2f} ({made['patches']:.2f})",
            f"{large['patches']:.2f}",
            f"{small['efficientnet']:.2g}",
            f"{100 * row['outside']:.3f} %",
            f"{row['variety']:.2f}",
            f"{row['copies']:.3f} ({row['copies_chance']:.3f})",
        ]
        quality.append(f"| {' | '.join(cells)} |")
        films.append(film_line(name, film_values(row)))
    films.append(film_line("**median**", np.median([film_values(row) for row in rows.values()], axis=0)))
    irregular = [row for name, row in rows.items() if name not in REGULAR]
    return PAGE.format(
        samples=SAMPLES,
        layers=", ".join(f"`{name}`" for name in JUDGED_LAYERS),
        device=", ".join(sorted({row["device"] for row in rows.values()})),
        quality="\n".join(quality),
        films="\n".join(films),
        vgg=np.median([row["small"]["teacher"] for row in irregular]),
        over=np.median([row["small"]["teacher"] / row["halves"] for row in irregular]),
        patches=np.median([row["small"]["patches"] for row in irregular]),
    )


def film_values(row: dict) -> list[float]:
    """Sag without redresse and with it, then mean and worst defect of each mode."""
    return [sag(row["plain"]), sag(row["straight"]), *(value for mode in MODES for value in row[f"defects_{mode}"])]


def film_line(name: str, values: Sequence[float]) -> str:
    return "| {} | {:.2f} | {:.2f} | {:.2f} / {:.2f} | {:.2f} / {:.2f} | {:.2f} / {:.2f} |".format(name, *values)


def gallery(names: list[str]) -> Image.Image:
    """Two models in a line: exemplar, L-BFGS, 256×256 and 512×512 samples, at half size."""
    side, gap = 128, 6
    width, height = 3 * side + 2 * side + 5 * gap, 2 * side + 16 + gap
    page = Image.new("RGB", (2 * width, (len(names) + 1) // 2 * height), "white")
    for i, name in enumerate(names):
        net = FastTextureNet(load_texturenet(name))
        left, top = i % 2 * width, i // 2 * height
        pictures = [load_image(name, 256), None, samples_one(net, 256), samples_one(net, 512)]
        lbfgs = TEXTURES / f"{name}-learned-256.png"
        ImageDraw.Draw(page).text((left + 2, top + 2), name, fill="black")
        x = left
        for picture in pictures:
            shown = Image.open(lbfgs) if picture is None else Image.fromarray(to_pixels(picture)[0])
            shown = shown.resize((shown.width // 2, shown.height // 2), Image.Resampling.LANCZOS)
            page.paste(shown, (x, top + 16))
            x += shown.width + gap
    return page


def samples_one(net: FastTextureNet, size: int) -> Tensor:
    return net(sample_noise(1, size, generator=torch.Generator().manual_seed(1))).clamp(0, 1)


def film(name: str, frames: int = 24, side: int = 192) -> list[Image.Image]:
    """There and back between two noises, without redresse at the left, with it at the right."""
    net, generator = FastTextureNet(load_texturenet(name)), torch.Generator().manual_seed(3)
    z0, z1 = (sample_noise(1, side, generator=generator) for _ in range(2))
    pictures = []
    for lam in torch.linspace(0, 1, frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        pair = [net(noise), torch.ones(1, 3, side, 8), net([redresse(z, lam) for z in noise])]
        pictures.append(Image.fromarray(to_pixels(torch.cat(pair, dim=3))[0]))
    return pictures + pictures[-2:0:-1]


def films_plot(rows: dict[str, dict]) -> Figure:
    columns = 4
    lines = -(-len(rows) // columns)
    figure = Figure(figsize=(3 * columns, 2.1 * lines), layout="constrained")
    places = figure.subplots(lines, columns, squeeze=False).flatten()
    for axes in places[len(rows) :]:
        axes.set_axis_off()
    lambdas = torch.linspace(0, 1, LAMBDAS)
    for axes, (name, row) in zip(places, rows.items(), strict=False):
        axes.plot(lambdas, row["plain"], color="tab:red", label="linear")
        axes.plot(lambdas, row["straight"], color="tab:green", label="with redresse")
        axes.set_ylim(bottom=0)
        axes.set_title(name, fontsize=9)
        axes.tick_params(labelsize=7)
    places[0].legend(fontsize=7)
    figure.supxlabel("λ")
    figure.supylabel("relative texture loss")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="models; all when left out")
    args = parser.parse_args()
    cache("any", "json").parent.mkdir(parents=True, exist_ok=True)
    TEXTURES.mkdir(parents=True, exist_ok=True)
    efficientnet = EfficientNetStages(EFFICIENTNET)
    rows = {}
    for name in tqdm(args.names or model_names(), unit="model"):
        kept = cache(name, "json")
        found = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        if found.get("weights") != digest(name):
            found = measure(name, efficientnet)
            kept.write_text(json.dumps(found), encoding="utf-8")
        rows[name] = found
    (MODELS / "README.md").write_text(report(rows), encoding="utf-8")
    gallery(list(rows)).save(MODELS / "gallery.jpg", quality=88)
    films_plot(rows).savefig(MODELS / "films.png", dpi=90)
    first, *others = film("studs")
    first.save(MODELS / "film.webp", save_all=True, append_images=others, duration=80, loop=0, quality=60, method=6)
    print((MODELS / "README.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
