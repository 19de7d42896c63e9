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
