"""Task 2.5: interpolation_frames. The generator is a window: its images are one scale of the noise it is given."""

import torch
from torch import Tensor

from .check import check, expect, expect_equal, expect_tensor, same


def film(student: object, n_frames: int, straighten: bool, scale: int = 0, seed: int = 5, size: int = 64) -> object:
    return student.ask(
        "interpolation_frames", n_frames=n_frames, size=size, straighten=straighten, seed=seed, scale=scale
    )["frames"]


def ends(lab: object, scale: int = 0, seed: int = 5, size: int = 64) -> list[Tensor]:
    """The scale of the two noises that `seed` draws, enlarged to the image's size."""
    generator = torch.Generator().manual_seed(seed)
    noises = [lab.noise.sample_noise(1, size, generator=generator)[scale] for _ in range(2)]
    return [z.repeat_interleave(2**scale, 2).repeat_interleave(2**scale, 3) for z in noises]


@check(part="2.5", points=1)
def test_film_shape(student):
    """Five frames of 64×64 pixels: one tensor, (5, 3, 64, 64).
    Cinq images de 64×64 pixels : un seul tenseur, (5, 3, 64, 64).
    """
    mistakes = {(4, 3, 64, 64): "film_one_missing", (6, 3, 64, 64): "film_one_more", (5, 1, 3, 64, 64): "film_stacked"}
    mistakes[list] = "film_a_list"
    expect_tensor(film(student, 5, True), (5, 3, 64, 64), "frames", mistakes)


@check(part="2.5", points=2)
def test_film_ends(student, lab):
    """The first frame is the texture of the first noise, the last that of the second.
    La première image est la texture du premier bruit, la dernière celle du second.
    """
    frames = expect_tensor(film(student, 5, True), (5, 3, 64, 64), "frames")
    z0, z1 = ends(lab)
    expect(not same(frames[:1], z1.double()), "film_backwards", "film_backwards")
    elsewhere = same(frames[:1], lab.noise.redresse(z0.double(), 0.5), 1e-3)
    expect(same(frames[:1], z0.double(), 1e-3), "film_first", "film_straightened_first" if elsewhere else "film_noises")
    hint = "film_lambda" if same(frames[-1:], (z0 / 5 + z1 * 4 / 5).double(), 0.1) else "film_noises"
    hint = "film_same_noise" if same(frames[-1:], z0.double(), 1e-3) else hint
    expect(same(frames[-1:], z1.double(), 1e-3), "film_last", hint)


@check(part="2.5", points=2)
def test_film_law(student, lab):
    """Without straightening, the middle frame's noise is the mean of the two; with it, it spreads as wide as they do.
    Sans redressement, le bruit du milieu est la moyenne des deux ; avec, il s'étale autant qu'eux.
    """
    z0, z1 = ends(lab)
    plain = expect_tensor(film(student, 3, False), (3, 3, 64, 64), "frames")
    mistakes = {"film_always_straightened": lab.noise.redresse((z0 + z1) / 2, 0.5)}
    expect_equal(plain[1:2], (z0 + z1) / 2, "frame 2", mistakes, tolerance=1e-3)
    straight = expect_tensor(film(student, 3, True), (3, 3, 64, 64), "frames")
    expect(not same(straight[1:2], plain[1:2]), "film_not_straightened", "film_not_straightened")
    spread = float(straight[1].std())
    expect(0.27 < spread < 0.31, "film_spread", "film_other_noise", got=spread)


### BEGIN HIDDEN TESTS
@check(part="2.5", points=1, hidden=True)
def test_film_every_scale(student, lab, show, seed):
    """Every scale is interpolated and straightened, in the right order of frames.
    Chaque échelle est interpolée et redressée, dans le bon ordre des images.
    """
    films = [
        expect_tensor(film(student, 4, True, scale, seed=seed, size=128), (4, 3, 128, 128), "frames")
        for scale in range(6)
    ]
    show("film", noise=[frames[..., :: 2**k, :: 2**k] for k, frames in enumerate(films)])
    for scale, frames in enumerate(films):
        z0, z1 = ends(lab, scale, seed=seed, size=128)
        truth = [lab.noise.redresse((1 - lam) * z0.double() + lam * z1, lam) for lam in (0, 1 / 3, 2 / 3, 1)]
        plain = torch.cat([(1 - lam) * z0 + lam * z1 for lam in (0, 1 / 3, 2 / 3, 1)])
        hints = {"film_one_scale": plain}
        expect_equal(frames, torch.cat(truth), "frames", hints, tolerance=1e-3)


### END HIDDEN TESTS
