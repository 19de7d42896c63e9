"""What students may expect to see, made by the reference solution: python expected/make_expected.py

Writes beside itself the naive film that question R10 is about, ready-made for those who skip the bonus, results
good and poor for the handout, and pictures that the checks put beside a student's: of a right program, and of the wrong
ones that people write.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "solution")]

import torch
from textures.features import RandomFeatures, load_extractor
from textures.gatys import synthesize
from textures.images import load_image, save_image
from textures.movies import displacement_frames, save_movie
from textures.multiscale import synthesize_multiscale
from textures.noise import sample_noise
from textures.speed.inference import FastTextureNet
from textures.texturenet import ConvBlock, TextureNet, load_texturenet
from textures.training import train_texturenet
from torch import Tensor
from torch.nn import functional as F

from grader.checks.probes import NARROW

NOISE = 64  # pixels; small pictures, for there is one for each mistake


def naive_film() -> None:
    """The naive displacement of the studs: small, for its defects are coarse."""
    net = FastTextureNet(load_texturenet("studs"))
    save_movie(displacement_frames(net, 24, size=256, mode="naive"), HERE / "naive_film.mp4")


def _noise_first(net: TextureNet, noise: list[Tensor]) -> Tensor:
    x = net.read[-1](noise[-1])
    for k in reversed(range(net.scales - 1)):
        x = net.join[k](torch.cat([net.read[k](noise[k]), net.up[k](x)], dim=1))
    return net.last(x)


def _activation_first(block: ConvBlock, x: Tensor) -> Tensor:
    for conv, norm in ((block.conv1, block.bn1), (block.conv2, block.bn2), (block.conv3, block.bn3)):
        x = norm(F.leaky_relu(conv(x), 0.01))
    return x


def _one_norm(block: ConvBlock, x: Tensor) -> Tensor:
    for conv in (block.conv1, block.conv2, block.conv3):
        x = F.leaky_relu(block.bn1(conv(x)), 0.01)
    return x


def _no_norm(block: ConvBlock, x: Tensor) -> Tensor:
    for conv in (block.conv1, block.conv2, block.conv3):
        x = F.leaky_relu(conv(x), 0.01)
    return x


def _relu(block: ConvBlock, x: Tensor) -> Tensor:
    for conv, norm in ((block.conv1, block.bn1), (block.conv2, block.bn2), (block.conv3, block.bn3)):
        x = F.relu(norm(conv(x)))
    return x


def _last_activation(block: ConvBlock, x: Tensor) -> Tensor:
    for conv, norm in ((block.conv1, block.bn1), (block.conv2, block.bn2)):
        x = F.leaky_relu(norm(conv(x)), 0.01)
    return block.bn3(block.conv3(x))


WRONG = {
    "texturenet_order": (TextureNet, _noise_first),
    "convblock_activation_first": (ConvBlock, _activation_first),
    "convblock_one_norm": (ConvBlock, _one_norm),
    "convblock_no_norm": (ConvBlock, _no_norm),
    "convblock_relu": (ConvBlock, _relu),
    "convblock_last_activation": (ConvBlock, _last_activation),
}
"""By hint the mistakes in a generator that its number of parameters does not show."""


@torch.no_grad()
def generator_pictures() -> dict[str, Tensor]:
    """What the generator of the pebbles makes of a noise that everybody can draw: right, and with each mistake."""
    net, generator = load_texturenet("pebbles"), torch.Generator().manual_seed(0)
    noise = [torch.rand(1, 3, NOISE >> k, NOISE >> k, generator=generator) for k in range(6)]
    pictures = {"right": net(noise)}
    for hint, (kind, wrong) in WRONG.items():
        right, kind.forward = kind.forward, wrong
        pictures[hint] = net(noise)
        kind.forward = right
    return pictures


def synthesis_picture() -> Tensor:
    """What 100 evaluations make of the grass, as a check of task 1.3 asks for it."""
    return synthesize(load_image("grass", 32), RandomFeatures(**NARROW), iterations=100).image


def results() -> Tensor:
    """Side by side at 256×256: exemplar, synthesis, a poor one, a trained generator, one after 200 steps at size 64."""
    exemplar, extractor = load_image("pebbles", 256), load_extractor()
    good = synthesize_multiscale(exemplar, extractor, iterations=150).image
    poor = synthesize(exemplar, extractor, extractor.default_layers[:2], iterations=30).image
    noise = sample_noise(1, 256, generator=torch.Generator().manual_seed(0))
    young, _ = train_texturenet(exemplar, load_extractor(), steps=200, size=64)
    with torch.no_grad():
        trained, begun = (net(noise).clamp(0, 1) for net in (load_texturenet("pebbles"), young.cpu().eval()))
    return side_by_side([exemplar, good, poor, trained, begun])


def side_by_side(images: list[Tensor], gap: int = 8) -> Tensor:
    """Images of one size in a row, with white between them."""
    return torch.cat([F.pad(image, (gap * (i > 0), 0, 0, 0), value=1) for i, image in enumerate(images)], dim=3)


if __name__ == "__main__":
    naive_film()
    save_image(results(), HERE / "results.jpg")
    for name, image in generator_pictures().items():
        save_image(image, HERE / f"generator_{name}.png")
    save_image(synthesis_picture(), HERE / "synthesis.png")
