"""The speeds that the README claims, each as a ratio of two ways measured in turn in one run. Writes speed-DEVICE.md.

python benchmarks/speed.py [--only gatys vgg films] [--device cuda]
"""

import argparse
import multiprocessing
import platform
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "solution"))

from textures.features import FeatureExtractor, RandomFeatures, VGG19Features
from textures.gatys import synthesize
from textures.gram import gram_loss, gram_matrix, relative_weights
from textures.images import load_image
from textures.movies import interpolation_frames
from textures.multiscale import synthesize_multiscale
from textures.speed.inference import FastTextureNet
from textures.texturenet import ConvBlock, TextureNet, load_texturenet
from textures.weights.vgg_weights import VGG19Weights
from torchvision.models import vgg19
from tqdm import tqdm

from workbench.devices import choose_device
from workbench.memory import keep_freed_memory

EXEMPLARS = ("pebbles", "bricks", "cloth", "grass", "bubbles", "rust", "tiles", "wood")


def clock(device: torch.device) -> float:
    """Seconds, when all that was asked of the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def seconds_in_turn(ways: dict[str, Callable[[], object]], device: torch.device, rounds: int) -> dict[str, list[float]]:
    """Every way once to warm up, then all of them in turn, `rounds` times."""
    for way in ways.values():
        way()
    seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = clock(device)
            way()
            seconds[name].append(clock(device) - start)
    return seconds


# --- Gatys: coarse to fine against one scale -------------------------------------------------------------------------


class ReachedError(Exception):
    """The loss aimed at was reached: nothing more to time."""


def seconds_to_reach(aim: float, exemplar: Tensor, extractor: FeatureExtractor, device: torch.device) -> float:
    def stop(image: Tensor, loss: Tensor) -> None:
        if image.shape == exemplar.shape and float(loss) <= aim:
            raise ReachedError

    start = clock(device)
    try:
        synthesize_multiscale(exemplar, extractor, iterations=100, callback=stop)
    except ReachedError:
        return clock(device) - start
    return float("inf")


def gatys(device: torch.device) -> list[str]:
    lines = [
        "## Gatys at 256×256, default extractor",
        "",
        "Time in which the coarse-to-fine path (100 evaluations per scale) reaches the loss that plain L-BFGS from",
        "white noise has after 200 evaluations, over the time of those.",
        "",
        "| exemplar | plain, s | loss | coarse to fine, s | ratio |",
        "|---|---|---|---|---|",
    ]
    extractor = RandomFeatures().to(device)
    ratios = []
    for name in tqdm(EXEMPLARS, desc="gatys"):
        exemplar = load_image(name, 256).to(device)
        synthesize(exemplar, extractor, iterations=3)
        start = clock(device)
        losses = synthesize(exemplar, extractor, iterations=200).losses[:200]
        plain = clock(device) - start
        reached = seconds_to_reach(min(losses), exemplar, extractor, device)
        ratios.append(reached / plain)
        lines.append(f"| {name} | {plain:.2f} | {min(losses):.1e} | {reached:.2f} | {reached / plain:.2f} |")
    lines.append(f"| **worst** | | | | **{max(ratios):.2f}** |")
    return lines


# --- VGG-19: loss and gradient against the bare network --------------------------------------------------------------


def vgg(device: torch.device) -> list[str]:
    bare = vgg19(weights=None).features[:28].to(device).requires_grad_(False)
    state = {name: tensor.cpu() for name, tensor in bare.state_dict().items()}
    indices = sorted({int(name.split(".")[0]) for name in state})
    names = [f"conv{b}_{i}" for b, count in enumerate((2, 2, 4, 4), start=1) for i in range(1, count + 1)]
    pairs = {n: (state[f"{i}.weight"], state[f"{i}.bias"]) for n, i in zip(names, indices, strict=True)}
    exact = VGG19Features(VGG19Weights((0.485, 0.456, 0.406), pairs)).to(device)
    rough = VGG19Features(VGG19Weights((0.485, 0.456, 0.406), pairs)).to(device, torch.bfloat16)
    exemplar = load_image("pebbles", 256).to(device)
    with torch.no_grad():
        targets = {name: gram_matrix(maps) for name, maps in exact(exemplar).items()}
    weights = relative_weights(targets)
    image = torch.rand_like(exemplar).requires_grad_()

    def through_bare() -> None:
        image.grad = None
        bare(image).sum().backward()

    def loss_and_gradient(extractor: FeatureExtractor) -> None:
        image.grad = None
        grams = {name: gram_matrix(maps) for name, maps in extractor(image).items()}
        gram_loss(grams, targets, weights).backward()

    ways = {
        "bare `features[:28]`, forward and backward, float32": through_bare,
        "our loss and gradient, float32": lambda: loss_and_gradient(exact),
        "our loss and gradient, bfloat16": lambda: loss_and_gradient(rough),
    }
    seconds = seconds_in_turn(ways, device, rounds=15)
    base = seconds["bare `features[:28]`, forward and backward, float32"]
    lines = ["## VGG-19 at 256×256: loss and gradient", "", "| | ms, median | ratio, median |", "|---|---|---|"]
    for name, values in seconds.items():
        ratio = median(a / b for a, b in zip(values, base, strict=True))
        lines.append(f"| {name} | {1000 * median(values):.1f} | {ratio:.2f} |")
    if device.type == "cuda":
        lines += [
            "",
            "| L-BFGS with VGG-19, random weights, 100 evaluations | seconds | evaluations per second |",
            "|---|---|---|",
        ]
        for size in (256, 1024):
            for name, extractor in (("float32", exact), ("bfloat16", rough)):
                large = load_image("pebbles", size).to(device)
                synthesize(large, extractor, iterations=5)
                start = clock(device)
                evaluations = len(synthesize(large, extractor, iterations=100).losses)
                taken = clock(device) - start
                lines.append(f"| {size}×{size}, {name} | {taken:.2f} | {evaluations / taken:.1f} |")
    return lines


# --- Films: the fast network against the original's way --------------------------------------------------------------


def wrap_by_concatenation(x: Tensor) -> Tensor:
    x = torch.cat([x[:, :, -1:], x, x[:, :, :1]], dim=2)
    return torch.cat([x[:, :, :, -1:], x, x[:, :, :, :1]], dim=3)


def original_block(block: ConvBlock, x: Tensor) -> Tensor:
    for i in (1, 2, 3):
        conv = getattr(block, f"conv{i}")
        x = F.conv2d(x if i == 3 else wrap_by_concatenation(x), conv.weight, conv.bias)
        x = F.leaky_relu(getattr(block, f"bn{i}")(x), 0.01)
    return x


def original_way(net: TextureNet) -> Callable[[list[Tensor]], Tensor]:
    """As the original computes: NCHW, float32, padding by concatenation, batch norm apart from the convolutions."""
    device = net.last.weight.device

    def forward(noise: list[Tensor]) -> Tensor:
        noise = [z.to(device) for z in noise]
        x = original_block(net.read[-1], noise[-1])
        for k in reversed(range(net.scales - 1)):
            x = torch.cat([net.up[k](x), original_block(net.read[k], noise[k])], dim=1)
            x = original_block(net.join[k], x)
        return net.last(x)

    return forward


ORIGINAL, WRITTEN, FAST = "the original's way", "TextureNet as written", "FastTextureNet"


def film_seconds(way: str, device: torch.device, answer: Connection) -> None:
    """In a new process, as a script is: the seconds of the first film and of the fourth, and the frames."""
    net = load_texturenet("pebbles").to(device)
    if way == ORIGINAL:
        generator = original_way(net)
    elif way == WRITTEN:
        generator = lambda noise: net([z.to(device) for z in noise])  # noqa: E731
    else:
        generator = FastTextureNet(net).to(device)
    seconds = []
    for _ in range(4):
        start = clock(device)
        frames = interpolation_frames(generator, 30, 256)
        seconds.append(clock(device) - start)
    answer.send((seconds[0], seconds[-1], frames.cpu().numpy()))


def films(device: torch.device) -> list[str]:
    """A process for each measurement, for how the C library hands out memory depends on what it did before."""
    context = multiprocessing.get_context("spawn")
    first, fourth, frames = ({way: [] for way in (ORIGINAL, WRITTEN, FAST)} for _ in range(3))
    for _ in tqdm(range(7), desc="films"):
        for way in first:
            ours, theirs = context.Pipe()
            process = context.Process(target=film_seconds, args=(way, device, theirs))
            process.start()
            for store, value in zip((first, fourth, frames), ours.recv(), strict=True):
                store[way].append(value)
            process.join()
    lines = [
        "## A film of 30 frames at 256×256",
        "",
        "The first film of a process, as a script makes it, and the fourth. Medians of 7 processes, in turn.",
        "",
        "| | first, s | times faster | fourth, s | times faster |",
        "|---|---|---|---|---|",
    ]
    for way in first:
        cells = [way]
        for seconds in (first, fourth):
            ratio = median(b / a for a, b in zip(seconds[way], seconds[ORIGINAL], strict=True))
            cells += [f"{median(seconds[way]):.2f}", f"{ratio:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    difference = abs(frames[ORIGINAL][0] - frames[FAST][0]).max()
    return [*lines, "", f"Greatest difference between the frames of the first way and the last: {difference:.1e}."]


SECTIONS = {"gatys": gatys, "vgg": vgg, "films": films}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    device = choose_device(args.device)
    keep_freed_memory()
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = f"{platform.machine()} CPU, {torch.get_num_threads()} threads"
    lines = [f"# Speed on {name}, torch {torch.__version__}", ""]
    for section in args.only:
        lines += [*SECTIONS[section](device), ""]
    text = "\n".join(lines).rstrip() + "\n"
    if list(args.only) == list(SECTIONS):
        (HERE / f"speed-{device.type}.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
