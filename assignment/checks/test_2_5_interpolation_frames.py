"""Task 2.5: interpolation_frames. The generator is one of ours; every frame is compared with what that makes."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import torch
from torch import Tensor

from judging.check import WrongError, check, expect, expect_tensor, find_mistake, same
from workbench.errors import InputError

from .probes import Generator

Pyramid = list[Tensor]
SIZE, SEED, N, SCALES = 64, 5, 5, 6
STEPS = tuple(i / (N - 1) for i in range(N))
"""λ of the frames of a film of five."""


def film(student: object, n_frames: int = N, *, straighten: bool, seed: int = SEED, size: int = SIZE) -> dict:
    return student.ask("interpolation_frames", n_frames=n_frames, size=size, straighten=straighten, seed=seed)


def ends(lab: object, seed: int = SEED, size: int = SIZE) -> tuple[Pyramid, Pyramid]:
    """The two noises that `seed` draws."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(lab.noise.sample_noise(1, size, generator=generator) for _ in range(2))


def texture(noises: Sequence[Pyramid]) -> Tensor:
    """The images of noises, one after the other."""
    with torch.no_grad():
        return Generator(0).eval()([torch.cat(scale) for scale in zip(*noises, strict=True)]).double()


def way(z0: Pyramid, z1: Pyramid, steps: Sequence[float], lab: object = None) -> list[Pyramid]:
    """The noises on the way from z0 to z1; straightened, if there is a lab to do it."""
    plain = [[(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)] for lam in steps]
    if lab is None:
        return plain
    return [[lab.noise.redresse(z, lam) for z in noise] for noise, lam in zip(plain, steps, strict=True)]


MOST_SIDE = 256
"""Of frames of another size than was asked for: the default. With larger ones a judge would compute for long."""


def frames_of(answer: dict, n: int = N, hint: str | None = None) -> Tensor:
    """The frames as (N, 3, h, h) in [0, 1], red first, however packed: `test_film_shape` judges the form.

    Args:
        n: how many were asked for.
        hint: if there are far more.
    """
    frames = answer["frames"]
    if isinstance(frames, list) and frames and all(isinstance(frame, Tensor) for frame in frames):
        same_shape = len({frame.shape for frame in frames}) == 1
        frames = torch.stack(frames) if same_shape else frames
    if isinstance(frames, Tensor):
        if frames.ndim == 5:
            frames = frames.flatten(0, 1)
        if frames.ndim == 4 and frames.shape[1] != 3:
            frames = frames.movedim(-1, 1) if frames.shape[-1] == 3 else frames.movedim(0, 1)
    shape = frames.shape if isinstance(frames, Tensor) and frames.ndim == 4 else (N, 3, SIZE, SIZE)
    size = min(max(32, shape[-1] // 32 * 32), MOST_SIDE)
    frames = expect_tensor(frames, (min(shape[0], 2 * n), 3, size, size), "frames", {tuple(shape): hint})
    expect(len(frames) > 0, "no_frames")
    frames = (frames / 255 if frames.max() > 2 else frames).clamp(0, 1)
    return frames.flip(1) if is_made(frames[:1].flip(1), answer) else frames


def is_made(frame: Tensor, answer: dict) -> bool:
    """Whether the generator has made this image, (1, 3, h, h)."""
    made = answer["made"]
    if not isinstance(made, Tensor) or made.shape[1:] != frame.shape[1:]:
        return False
    return any(same(frame.clamp(0, 1), image[None].double().clamp(0, 1), tolerance(answer)) for image in made)


def noises_of(answer: dict) -> list[Tensor]:
    """What the generator has seen, by scale, if it can have made images of it; else nothing."""
    seen = answer["seen"] if isinstance(answer["seen"], list) else []
    noise = all(isinstance(z, Tensor) and z.is_floating_point() and z.ndim == 4 and z.shape[1] == 3 for z in seen)
    fits = noise and all(len(z) == len(seen[0]) and min(z.shape) > 0 and max(z.shape[2:]) <= MOST_SIDE for z in seen)
    return [z.float() for z in seen] if fits and len(seen) == SCALES else []


def has_seen(answer: dict, noises: Sequence[Pyramid]) -> bool:
    """Whether the generator was given these noises and no others."""
    seen, wanted = answer["seen"], [torch.cat(scale) for scale in zip(*noises, strict=True)]
    if not isinstance(seen, list) or len(seen) != len(wanted) or not all(isinstance(z, Tensor) for z in seen):
        return False
    return all(z.shape == w.shape and same(z.double(), w.double(), 1e-3) for z, w in zip(seen, wanted, strict=True))


def tolerance(answer: dict) -> float:
    """Frames that were rounded to whole numbers differ by a little."""
    frames = answer["frames"]
    return 6e-3 if isinstance(frames, Tensor) and not frames.is_floating_point() else 1e-3


def alike(frames: Tensor, images: Tensor, answer: dict) -> bool:
    return frames.shape == images.shape and same(frames, images.clamp(0, 1), tolerance(answer))


def nearly(noises: tuple[Pyramid, Pyramid], answer: dict, n: int, lab: object) -> Iterator[list[Pyramid]]:
    """The right way, and those of a slip that `test_film_path` has seen: in the steps, or in what is drawn.

    Args:
        n: number of the frames.
    """
    z0, z1 = noises
    last = max(1, n - 1)
    whole = [i / last for i in range(n)]
    for steps in (
        whole,
        [i / n for i in range(n)],
        [(i + 1) / n for i in range(n)],
        [(i + 1) / (n + 1) for i in range(n)],
    ):
        yield way(z0, z1, steps, lab)
        yield way(z1, z0, steps, lab)
    if seen := noises_of(answer):
        yield way([z[:1] for z in seen], [z[-1:] for z in seen], whole, lab)


@check(part="2.5", points=1)
def test_film_shape(student):
    """A film of five frames of 64×64 pixels: one tensor, (5, 3, 64, 64), neighbours more alike than both ends.
    Un film de cinq images de 64×64 pixels : un seul tenseur, (5, 3, 64, 64), les voisines plus proches que les bouts.
    """
    answer = film(student, straighten=False)
    image = (3, SIZE, SIZE)
    mistakes = {(N - 1, *image): "film_one_missing", (N + 1, *image): "film_one_more"}
    mistakes |= {(N, 1, *image): "film_stacked", (1, N, *image): "film_stacked", list: "film_a_list"}
    mistakes |= {(N, SIZE, SIZE, 3): "film_channels_last", (3, N, SIZE, SIZE): "film_channels_first"}
    mistakes |= {image: "film_one_frame", (1, *image): "film_one_frame"}
    expect(answer["form"] != "ndarray", "film_of_numpy", "film_of_numpy")
    value = expect_tensor(answer["frames"], (N, *image), "frames", mistakes)
    expect(value.max() <= 2, "film_range", "film_range", got=float(value.max()))
    for frame in (value[:1], value[-1:]):
        hint = "film_blue_first" if is_made(frame.flip(1), answer) else "film_not_of_net"
        expect(is_made(frame, answer), "film_not_of_net", hint if net_is_used(answer) else "film_net_unused")
    across = (value[0] - value[-1]).abs().mean()
    step = (value[1:] - value[:-1]).abs().mean(dim=(1, 2, 3)).max()
    expect(across > 1e-3, "film_stands_still", "film_same_noise" if step < 1e-3 else None)
    expect(is_smooth(value), "film_jumps", "film_jumps")


def is_smooth(frames: Tensor) -> bool:
    """Whether neighbours are more alike than both ends."""
    steps = (frames[1:] - frames[:-1]).abs().mean(dim=(1, 2, 3))
    return bool(steps.max() < 0.75 * (frames[0] - frames[-1]).abs().mean())


def net_is_used(answer: dict) -> bool:
    return bool(answer["seen"])


@check(part="2.5", points=2)
def test_film_path(student, lab):
    """Without straightening, frame i is the texture of (1 − λ) z0 + λ z1, where λ = i/4.
    Sans redressement, l'image i est la texture de (1 − λ) z0 + λ z1, où λ = i/4.
    """
    answer = film(student, straighten=False)
    frames = frames_of(answer)
    n, size = len(frames), frames.shape[-1]
    z0, z1 = ends(lab, size=size)
    if n in (N - 1, N + 1) and any(alike(frames, texture(some), answer) for some in nearly((z0, z1), answer, n, None)):
        return  # test_film_shape has counted them
    expect(n == N, "wrong_shape", name="frames", got=list(frames.shape), want=[N, 3, size, size])
    right = way(z0, z1, STEPS)
    truth = texture(right)
    if alike(frames, truth, answer):
        return
    first, last = truth[:1], truth[-1:]
    uneven = ([i / N for i in range(N)], [(i + 1) / N for i in range(N)], [(i + 1) / (N + 1) for i in range(N)])
    roots = [[(1 - lam) ** 0.5 * a + lam**0.5 * b for a, b in zip(z0, z1, strict=True)] for lam in STEPS]
    mistakes = {
        "film_images_mixed": (cross_fade(truth),),
        "film_lambda": tuple(texture(way(z0, z1, steps)) for steps in uneven),
        "film_backwards": tuple(texture(way(z1, z0, steps)) for steps in (STEPS, *uneven)),
        "film_always_straightened": (texture(way(z0, z1, STEPS, lab)),),
        "film_same_noise": (texture(way(z0, z0, STEPS)),),
        "film_one_scale": (texture([[noise[0], *z0[1:]] for noise in right]),),
        "film_other_way": (texture(roots), texture(way(z0, z1, [lam**2 for lam in STEPS]))),
    }
    starts, finishes = alike(frames[:1], first, answer), alike(frames[-1:], last, answer)
    drawn = any(alike(frames[i : i + 1], end, answer) for i in (0, -1) for end in (first, last))
    if not net_is_used(answer):
        hint = "film_net_unused"
    elif has_seen(answer, right):
        hint = "film_not_of_net"
    else:
        hint = known(mistakes, frames, answer)
        if hint is None and starts and alike(frames[-1:], first, answer):
            hint = "film_comes_back"
        elif hint is None and starts and (finishes or is_smooth(frames)):
            hint = "film_between" if finishes else "film_second_noise"
        elif hint is None and not drawn:
            hint = "film_noises"
    raise WrongError("film_first" if not starts else "film_last" if not finishes else "film_between", hint)


def cross_fade(images: Tensor) -> Tensor:
    """Mixtures of the first and of the last image."""
    return torch.cat([(1 - lam) * images[:1] + lam * images[-1:] for lam in STEPS])


def known(mistakes: dict[str, tuple[Tensor, ...]], frames: Tensor, answer: dict) -> str | None:
    """The hint for the mistake that leads to these frames, if it is a known one."""
    shown = {name: tuple(images.clamp(0, 1) for images in films) for name, films in mistakes.items()}
    return find_mistake(frames, shown, tolerance(answer))


@check(part="2.5", points=2)
def test_film_straightened(student, lab):
    """With straightening, every scale of every frame's noise has gone through redresse, with the frame's λ.
    Avec redressement, chaque échelle du bruit de chaque image est passée par redresse, avec le λ de l'image.
    """
    answer = film(student, straighten=True)
    frames = frames_of(answer)
    z0, z1 = ends(lab, size=frames.shape[-1])
    if any(alike(frames, texture(some), answer) for some in nearly((z0, z1), answer, len(frames), lab)):
        return
    expect(net_is_used(answer), "film_law", "film_net_unused")
    plain, right = way(z0, z1, STEPS), way(z0, z1, STEPS, lab)
    if has_seen(answer, right):
        raise WrongError(
            "film_law",
            "film_images_straightened" if known(of_images(right, lab), frames, answer) else "film_not_of_net",
        )
    if len(frames) == N:

        def straight(noises: list[Pyramid], steps: Sequence[float] = STEPS) -> list[Pyramid]:
            return [[lab.noise.redresse(z, lam) for z in noise] for noise, lam in zip(noises, steps, strict=True)]

        before, after = straight([z0] * N), straight([z1] * N)
        halves = straight([z0, z1], [0.5, 0.5])
        mistakes = {
            "film_not_straightened": (texture(plain),),
            "film_straightened_half": (texture(straight(plain, [0.5] * N)),),
            "film_straightened_first": (
                texture(way(*halves, STEPS)),
                texture([way(a, b, [lam])[0] for a, b, lam in zip(before, after, STEPS, strict=True)]),
            ),
            "film_straightened_twice": (texture(straight(right)),),
            "film_images_mixed": (cross_fade(texture(plain)),),
            "film_one_scale": tuple(
                texture(choice(*pair, k)) for pair in ((right, plain), (plain, right)) for k in range(len(z0))
            ),
            **of_images(plain, lab),
        }
        hint = known(mistakes, frames, answer)
        if hint:
            raise WrongError("film_not_straightened" if hint == "film_not_straightened" else "film_law", hint)
    unstraightened = film(student, straighten=False)
    others = frames_of(unstraightened)
    expect(not alike(frames, others, answer), "film_not_straightened")
    path = any(alike(others, texture(some), answer) for some in nearly((z0, z1), unstraightened, len(others), None))
    raise WrongError("film_law", "film_law" if path else None)


def of_images(noises: list[Pyramid], lab: object) -> dict[str, tuple[Tensor, ...]]:
    """The films of those who straighten the images of these noises, or mixtures of images."""
    images = texture(noises)
    straight = (
        torch.cat([lab.noise.redresse(image[None], lam) for image, lam in zip(some, STEPS, strict=True)])
        for some in (images, cross_fade(images))
    )
    return {"film_images_straightened": tuple(straight)}


def choice(some: list[Pyramid], others: list[Pyramid], scale: int) -> list[Pyramid]:
    """A scale of some noises, the other scales of others."""
    return [[a[k] if k == scale else b[k] for k in range(len(a))] for a, b in zip(some, others, strict=True)]
