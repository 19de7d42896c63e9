"""Task 2.3: training_step."""

import torch
from torch import Tensor

from .check import check, expect, expect_equal, expect_number, expect_tensor
from .probes import TinyNet
from .texture import texture_distance

SCALES = 2


def first_weight() -> Tensor:
    """Of a TinyNet: its images are mixtures of the noises of two scales."""
    return torch.randn(3, 3 * SCALES, 1, 1, generator=torch.Generator().manual_seed(4)) / 4


def noises(steps: int, batch: int = 2, seed: int = 0) -> list:
    generator = torch.Generator().manual_seed(seed)
    return [[torch.rand(batch, 3, 48 >> k, 48 >> k, generator=generator) for k in range(SCALES)] for _ in range(steps)]


def plain_color(lab: object) -> tuple[Tensor, dict[str, Tensor]]:
    """An exemplar of a single colour, and its Gram matrices: where the maps F are constant, G_ij is F_i F_j."""
    exemplar = torch.tensor([0.8, 0.4, 0.2])[None, :, None, None].expand(1, 3, 48, 48).clone()
    with torch.no_grad():
        maps = lab.features.RandomFeatures()(exemplar, ["color1", "color2"], periodic=True)
    return exemplar, {name: torch.outer(x[0, :, 0, 0], x[0, :, 0, 0])[None] for name, x in maps.items()}


@check(part="2.3", points=2)
def test_training_returns_loss(student, lab):
    """A step returns its loss, as a plain number that falls from step to step.
    Un pas renvoie sa perte, un simple nombre qui descend d'un pas à l'autre.
    """
    targets = plain_color(lab)[1]
    noise = noises(1) * 6
    answer = student.ask("training_steps", weight=first_weight(), targets=targets, noises=noise, learning_rate=0.02)
    losses = answer["losses"]
    expect(not isinstance(losses[0], Tensor), "loss_is_tensor", "training_item")
    losses = [expect_number(loss, "training_step") for loss in losses]
    expect(losses[0] > 0, "loss_not_positive", got=losses[0])
    expect(
        losses[-1] < 0.9 * losses[0], "losses_do_not_fall", "training_stands_still", before=losses[0], after=losses[-1]
    )


@check(part="2.3", points=2)
def test_training_improves(student, lab):
    """After 30 steps a tiny generator paints a plain colour better, by a measure of our own.
    Après 30 pas, un tout petit générateur peint mieux une couleur unie, selon notre propre mesure.
    """
    exemplar, targets = plain_color(lab)
    answer = student.ask(
        "training_steps", weight=first_weight(), targets=targets, noises=noises(30), learning_rate=0.02, momentum=0.5
    )
    weight = expect_tensor(answer["weight"], (3, 6, 1, 1), "weights").float()
    start, end = (
        texture_distance(tiny_image(w, noises(1)[0]), exemplar, lab, list(targets)) for w in (first_weight(), weight)
    )
    expect(end < 0.2 * start, "generator_no_better", "training_stands_still", before=start, after=end)


@check(part="2.3", points=2)
def test_training_uses_optimizer(student, lab):
    """The optimiser is used once per step, and the extractor stays as it was.
    L'optimiseur sert une fois par pas, et l'extracteur reste tel quel.
    """
    targets = plain_color(lab)[1]
    answer = student.ask("training_steps", weight=first_weight(), targets=targets, noises=noises(3), learning_rate=0.01)
    used = answer["used"]
    expect(used == 3, "optimizer_used", "training_no_step" if used == 0 else "training_many_steps", got=used, want=3)
    expect(answer["extractor_changed"] is False, "extractor_changed")


def tiny_image(weight: Tensor, noise: list) -> Tensor:
    """What a TinyNet of that weight makes of a noise."""
    return torch.func.functional_call(TinyNet(weight), {"weight": weight}, (noise,))
