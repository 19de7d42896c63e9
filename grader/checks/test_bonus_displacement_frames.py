"""The bonus: displacement_frames. The generator is a window: its images are one scale of the noise it is given."""

import torch
from torch import Tensor

from judging.check import check, expect, expect_tensor, same

from .law import law_distance

SIZE, STEP, PATCH = 128, 8, 100


def film(student: object, mode: str, scale: int = 0, n_frames: int = 3, step: int = STEP, seed: int = 2) -> Tensor:
    frames = student.ask(
        "displacement_frames", n_frames=n_frames, size=SIZE, mode=mode, step=step, seed=seed, scale=scale
    )["frames"]
    return expect_tensor(frames, (n_frames, 3, SIZE, SIZE), "frames")


def goes_around(student: object, seed: int) -> bool:
    """Whether what leaves the picture at the finest scale comes in at the opposite border."""
    step = 56
    first, second = film(student, "naive", n_frames=2, step=step, seed=seed)
    over = step + PATCH - SIZE  # rows and columns that are beyond the border
    around = first[:, PATCH - over : PATCH, PATCH - over : PATCH], first[:, PATCH - over : PATCH, : PATCH - over]
    found = second[:, :over, :over], second[:, :over, step:]
    return all(same(a, b, 1e-3) for a, b in zip(found, around, strict=True))


@check(part="bonus", points=1)
def test_displacement_moves(student):
    """At the finest scale a square of 100×100 pixels moves by the step, down and to the right; the rest stays.
    À l'échelle la plus fine, un carré de 100×100 pixels se déplace du pas, en bas et à droite ; le reste ne bouge pas.
    """
    frames = film(student, "naive", n_frames=2)
    square = frames[0, :, :PATCH, :PATCH]
    moved = frames[1, :, STEP : STEP + PATCH, STEP : STEP + PATCH]
    expect(same(moved, square, 1e-3), "square_does_not_move", "displacement_direction")
    edge = STEP + PATCH
    for beside in (frames[:, :, edge:, edge:], frames[:, :, :PATCH, edge:], frames[:, :, edge:, :PATCH]):
        expect(same(beside[1], beside[0], 1e-3), "background_moves")
    hint = None if same(frames[1], frames[0], 1e-3) else "displacement_background"
    expect(not same(frames[1, :, :STEP, :STEP], frames[0, :, :STEP, :STEP], 1e-3), "square_stays_too", hint)


### BEGIN HIDDEN TESTS
@check(part="bonus", points=1, hidden=True)
def test_displacement_naive(student, seed):
    """Naive: every scale is the finest one, subsampled; at the border the square comes in again on the other side.
    Naïf : chaque échelle est la plus fine, sous-échantillonnée ; au bord, le carré rentre de l'autre côté.
    """
    finest = film(student, "naive", seed=seed)
    distance = law_distance(finest[0])
    expect(distance < 0.05, "law_not_uniform", lam=0, distance=distance)
    for k in (1, 3):
        enlarged = finest[..., :: 2**k, :: 2**k].repeat_interleave(2**k, 2).repeat_interleave(2**k, 3)
        coarse = film(student, "naive", scale=k, seed=seed)
        expect(same(coarse, enlarged, 1e-3), "naive_scales", "displacement_naive", k=k)
    there = goes_around(student, seed)
    moved = finest[1, :, STEP : STEP + PATCH, STEP : STEP + PATCH]
    right = same(moved, finest[0, :, :PATCH, :PATCH], 1e-3)  # else it has cost a point above
    expect(there or not right, "square_cut", "displacement_torus")


@check(part="bonus", points=1, hidden=True)
def test_displacement_aligned(student, seed):
    """Aligned: each scale has a noise of its own, which moves by whole pixels of that scale.
    Aligné : chaque échelle a son propre bruit, qui se déplace d'un nombre entier de ses pixels.
    """
    finest = film(student, "aligned", n_frames=2, seed=seed)[..., ::2, ::2]
    coarse = film(student, "aligned", scale=1, n_frames=2, seed=seed)[..., ::2, ::2]
    expect(not same(finest, coarse, 1e-2), "scales_alike", "displacement_own_noise")
    for k, step in ((1, 8), (3, 8), (2, 3)):
        frames = film(student, "aligned", scale=k, n_frames=2, step=step, seed=seed)[..., :: 2**k, :: 2**k]
        d, side = round(step / 2**k), (PATCH >> k) - 2
        square = frames[0, :, 1:side, 1:side]
        moved = frames[1, :, 1 + d : side + d, 1 + d : side + d]
        expect(same(moved, square, 1e-3), "scale_does_not_follow", "displacement_aligned", k=k)
        beyond = (PATCH + step) // 2**k + 2
        still = same(frames[1, :, beyond:, beyond:], frames[0, :, beyond:, beyond:], 1e-3)
        expect(still, "background_moves_there", "displacement_side", k=k)
    first, second = film(student, "aligned", scale=2, n_frames=2, step=40, seed=seed)[..., ::4, ::4]
    left = not same(second[:, :9, :9], first[:, :9, :9], 1e-3)
    expect(left, "square_stays_too")
    around = same(second[:, :2, 11:31], first[:, 22:24, 1:21], 1e-3)  # rows that have left at the other border
    expect(around or not goes_around(student, seed), "square_cut", "displacement_torus")


@check(part="bonus", points=1, hidden=True)
def test_displacement_subpixel(student, seed):
    """Subpixel: a scale that moves by half of its pixel is in between, and still uniform.
    Sous-pixel : une échelle qui se déplace d'un demi-pixel est entre les deux, et reste uniforme.
    """
    for k in (1, 2):
        frames = film(student, "subpixel", scale=k, n_frames=4, step=2 ** (k - 1), seed=seed)[..., :: 2**k, :: 2**k]
        side = (PATCH >> k) - 4
        inside = frames[:, :, 2:side, 2:side]
        for i in (0, 1):
            follows = same(inside[i + 2, :, 1:, 1:], inside[i, :, :-1, :-1], 1e-3)
            expect(follows, "scale_does_not_follow", "displacement_subpixel", k=k)
        for whole in (inside[0], inside[2]):
            both = torch.stack([inside[1].flatten(), whole.flatten()])
            between = 0.3 < float(torch.corrcoef(both)[0, 1]) < 0.9
            expect(between, "no_subpixel", "displacement_subpixel")
        for frame in inside:
            distance = law_distance(frame)
            expect(distance < 0.09, "law_not_uniform", "displacement_law", lam=0.5, distance=distance)


### END HIDDEN TESTS
