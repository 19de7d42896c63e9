"""Does an answer that takes no work earn no point: constants, shapes, what came in, what is known by heart?"""

import importlib
import itertools

import pytest
import torch
from test_judges import CHECKS, run_check, seeded_noise
from textures.gatys import Synthesis
from textures.images import load_image
from torch import nn

from grader.checks import probes, test_1_1_gram_matrix, test_1_2_gram_loss, test_2_1_texturenet
from judging.course import course
from judging.student import Student
from workbench.files import lab_folder

counter = itertools.count(1)


def square(features: torch.Tensor, value: float = 0.0) -> torch.Tensor:
    return torch.full((len(features), features.shape[1], features.shape[1]), value)


def synthesis(make: object) -> object:
    """synthesize, where an image is made of the exemplar at once, and the losses fall all the same."""

    def synthesize(exemplar, *_, iterations=9, size=None, init=None, seed=0, **__):
        if init is not None:
            return Synthesis(init, [1.0 / n for n in range(1, iterations + 1)])
        generator = torch.Generator().manual_seed(seed)
        return Synthesis(make(exemplar, generator), [1.0 / n for n in range(1, iterations + 1)])

    return synthesize


def shuffled(exemplar: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    order = torch.randperm(exemplar[0, 0].numel(), generator=generator)
    return exemplar.flatten(2)[..., order].reshape(exemplar.shape)


def bands(exemplar: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    shifts = torch.randint(exemplar.shape[3], (4,), generator=generator).tolist()
    return torch.cat([band.roll(s, 3) for band, s in zip(exemplar.chunk(4, 2), shifts, strict=True)], 2)


def flat(exemplar: torch.Tensor, _: object = None) -> torch.Tensor:
    return exemplar.mean(dim=(2, 3), keepdim=True).expand_as(exemplar).clone()


class Lazy(nn.Module):
    """A module of `count` parameters in a row, whose output `make` makes of its input and of their mean."""

    def __init__(self, count: int, make: object):
        super().__init__()
        self.weight, self._make = nn.Parameter(torch.ones(count)), make

    def forward(self, x: object) -> object:
        return self._make(x, self.weight.mean())

    def load_state_dict(self, *_: object, **__: object) -> None:
        """Whatever it is, it fits."""


def modules(conv: object, up: object, net: object, count: int = 0) -> dict:
    """The three classes of task 2.1."""
    return {
        "ConvBlock": lambda i, o, *_, **__: Lazy(count and 928, lambda x, one: conv(x, o) * one),
        "UpBlock": lambda c, *_, **__: Lazy(count and 6, lambda x, one: up(x) * one),
        "TextureNet": lambda *_, **__: Lazy(count, lambda z, one: net(z) * one),
    }


def wide(x: torch.Tensor, channels: int) -> torch.Tensor:
    return x[:, :1].expand(-1, channels, -1, -1)


def double(x: torch.Tensor) -> torch.Tensor:
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def mean_noise(noise: list) -> torch.Tensor:
    size = noise[0].shape[-2:]
    mixed = sum(nn.functional.interpolate(z, size) for z in noise) / len(noise)
    return wide(mixed, 3)


def by_heart(noise: list) -> torch.Tensor:
    """The picture and the numbers that the public checks compare with."""
    if noise[0].shape[-1] == 8:
        image = torch.zeros(1, 3, 8, 8)
        image[0, :, :2, :2] = torch.tensor(test_2_1_texturenet.PYRAMID).reshape(3, 2, 2)
        return image
    return load_image(lab_folder("expected") / "generator_right.png")


def step_of(value: object, optimize: bool = True) -> object:
    def training_step(net, extractor, targets, noise, optimizer):
        if optimize:
            optimizer.step()
        return value() if callable(value) else value

    return training_step


def film(make: object) -> object:
    """Both films: `make` gets the generator, the number of frames, the size, and a source of randomness."""

    def frames(net, n_frames, size=256, seed=0, **_):
        return make(net, n_frames, size, torch.Generator().manual_seed(seed))

    return frames


def drawn(net: nn.Module, size: int, source: torch.Generator) -> torch.Tensor:
    return net([torch.rand(1, 3, size >> k, size >> k, generator=source) for k in range(6)]).detach()


FILMS = {
    "black": film(lambda net, n, size, _: torch.zeros(n, 3, size, size)),
    "gray": film(lambda net, n, size, _: torch.full((n, 3, size, size), 0.5)),
    "noise": film(lambda net, n, size, source: torch.rand(n, 3, size, size, generator=source)),
    "noise that stands still": film(
        lambda net, n, size, source: torch.rand(1, 3, size, size, generator=source).repeat(n, 1, 1, 1)
    ),
    "one image": film(lambda net, n, size, source: drawn(net, size, source).repeat(n, 1, 1, 1)),
    "other images each time": film(
        lambda net, n, size, source: torch.cat([drawn(net, size, source) for _ in range(n)])
    ),
    "an image that rolls": film(
        lambda net, n, size, source: torch.cat(
            [drawn(net, size, source.manual_seed(0)).roll((8 * i,) * 2, (2, 3)) for i in range(n)]
        )
    ),
    "nothing": film(lambda *_: None),
    "no frames": film(lambda net, n, size, _: torch.zeros(0, 3, size, size)),
    "a list": film(lambda net, n, size, source: [drawn(net, size, source)] * n),
}

LAZY = {
    "1.1": {
        "zeros": square,
        "ones": lambda features: square(features, 1.0),
        "a unit matrix": lambda features: torch.eye(features.shape[1]).expand(len(features), -1, -1),
        "the maps": lambda features: features,
        "a piece of the maps": lambda features: features.flatten(2)[..., : features.shape[1]],
        "a learning constant": lambda features: square(features, 1.0) + features.sum(),
        "one number": lambda features: features.square().mean(),
        "noise": lambda features: torch.rand(len(features), features.shape[1], features.shape[1]),
        "the known matrix": lambda features: test_1_1_gram_matrix.GRAM,
        "the known matrix, learning": lambda features: test_1_1_gram_matrix.GRAM + 0 * features.sum(),
    },
    "1.2": {
        "zero": lambda grams, targets, weights=None: 0.0,
        "one": lambda grams, targets, weights=None: torch.ones((), requires_grad=True),
        "a sum": lambda grams, targets, weights=None: sum(gram.sum() for gram in grams.values()),
        "the matrices": lambda grams, targets, weights=None: next(iter(grams.values())),
        "the weights": lambda grams, targets, weights=None: sum((weights or {"": 1.0}).values()),
        "noise": lambda grams, targets, weights=None: torch.rand(()),
        "the known loss": lambda grams, targets, weights=None: test_1_2_gram_loss.DIFFERENCE.square().sum(),
        "the known loss, learning": lambda grams, targets, weights=None: 31 + 0 * sum(g.sum() for g in grams.values()),
    },
    "1.3": {
        "the exemplar": synthesis(lambda exemplar, _: exemplar.clone()),
        "the exemplar, rolled": synthesis(lambda exemplar, _: exemplar.roll((3, 5), (2, 3))),
        "the exemplar, mirrored": synthesis(lambda exemplar, _: exemplar.flip(3)),
        "the exemplar, in bands": synthesis(bands),
        "its pixels, shuffled": synthesis(shuffled),
        "its first quarter, four times": synthesis(lambda exemplar, _: exemplar[..., :16, :16].tile(2, 2)),
        "a blend with its mirror image": synthesis(lambda exemplar, _: (exemplar + exemplar.flip(3)) / 2),
        "the exemplar in noise": synthesis(
            lambda exemplar, source: (exemplar + 0.1 * torch.randn(exemplar.shape, generator=source)).clamp(0, 1)
        ),
        "the exemplar, brighter": synthesis(lambda exemplar, _: 0.8 * exemplar + 0.15),
        "its mean colour": synthesis(flat),
        "its mean colour, with some noise": synthesis(
            lambda exemplar, source: (flat(exemplar) + 0.05 * torch.randn(exemplar.shape, generator=source)).clamp(0, 1)
        ),
        "noise": synthesis(lambda exemplar, source: torch.rand(exemplar.shape, generator=source)),
        "gray": synthesis(lambda exemplar, _: torch.full_like(exemplar, 0.5)),
        "noise, as it is": lambda exemplar, *_, seed=0, **__: Synthesis(seeded_noise(exemplar, seed), [1.0, 0.5]),
        "nothing": lambda *_, **__: None,
    },
    "2.1": {
        "what came in": modules(lambda x, o: x, lambda x: x, lambda z: z[0]),
        "shapes, black": modules(lambda x, o: 0 * wide(x, o), lambda x: 0 * double(x), lambda z: 0 * z[0]),
        "shapes, ones": modules(lambda x, o: 0 * wide(x, o) + 1, lambda x: 0 * double(x) + 1, lambda z: 0 * z[0] + 1),
        "shapes, of what came in": modules(wide, double, mean_noise),
        "as many parameters in one": modules(wide, double, mean_noise, count=116_835),
        "drawn anew": modules(
            lambda x, o: torch.rand_like(wide(x, o)),
            lambda x: torch.rand_like(double(x)),
            lambda z: torch.randn(len(z[0]), 3, *z[0].shape[2:]),
            count=116_835,
        ),
        "known images by heart": modules(wide, double, by_heart, count=116_835),
    },
    "2.2": {
        "zero": lambda net: 0,
        "the known number": lambda net: 16,
        "the other known number": lambda net: 41,
        "the number of tensors": lambda net: len(list(net.parameters())),
        "the number of layers": lambda net: len(list(net.modules())),
        "nothing": lambda net: None,
        "a word": str,
    },
    "2.3": {
        "zero": step_of(0.0, optimize=False),
        "a loss that falls": step_of(lambda: 1 / next(counter), optimize=False),
        "a step without gradients, and a loss that falls": step_of(lambda: 1 / next(counter)),
        "a step without gradients": step_of(0.01),
        "nothing": step_of(None),
        "a tensor": step_of(torch.ones(())),
    },
    "2.4": {
        "what came in": {"interpolate_noise": lambda z0, z1, lam: z0, "redresse": lambda z, lam: z},
        "the other end": {"interpolate_noise": lambda z0, z1, lam: z1, "redresse": lambda z, lam: 1 - z},
        "zeros": {
            "interpolate_noise": lambda z0, z1, lam: [0 * z for z in z0],
            "redresse": lambda z, lam: torch.zeros_like(z),
        },
        "halves": {
            "interpolate_noise": lambda z0, z1, lam: [0 * z + 0.5 for z in z0],
            "redresse": lambda z, lam: torch.full_like(z, 0.5),
        },
        "noise": {
            "interpolate_noise": lambda z0, z1, lam: [torch.rand_like(z) for z in z0],
            "redresse": lambda z, lam: torch.rand_like(z),
        },
        "a clamp": {"interpolate_noise": lambda z0, z1, lam: z0 + z1, "redresse": lambda z, lam: z.clamp(lam, 1 - lam)},
        "a square": {"interpolate_noise": lambda z0, z1, lam: None, "redresse": lambda z, lam: z.square()},
        "known noise": {
            "interpolate_noise": lambda z0, z1, lam: [
                torch.tensor([[[[0.25, 0.5], [0.6, 1.0]]]]),
                torch.tensor([[[[0.3]]]]),
            ],
            "redresse": lambda z, lam: z.sort().values,
        },
    },
    "2.5": FILMS,
    "bonus": FILMS,
}
"""By task: functions of no work; for a task of several functions, each by its name."""


def test_every_task_has_its_lazy_answers():
    assert LAZY.keys() == course().tasks.keys()
    assert all(len(some) >= 6 for some in LAZY.values())


@pytest.mark.parametrize(("part", "title"), [(part, title) for part, some in LAZY.items() for title in some])
def test_an_answer_that_takes_no_work_earns_no_point(part, title, monkeypatch, quick):
    task, answer = course().tasks[part], LAZY[part][title]
    module = importlib.import_module(task.file.removesuffix(".py").replace("/", "."))
    for name in task.names:
        monkeypatch.setattr(module, name, answer[name] if isinstance(answer, dict) else answer)
    earned = {
        name: function.check.points
        for name, function in CHECKS.items()
        if function.check.part == part and run_check(name, Student(probes)) is None
    }
    assert earned == {}
