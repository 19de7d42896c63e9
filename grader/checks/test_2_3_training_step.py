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


### BEGIN HIDDEN TESTS
@check(part="2.3", points=2, hidden=True)
def test_training_loss_value(student, lab, rng):
    """The loss returned is that of the images before the step: the mean over the batch, with relative weights.
    La perte renvoyée est celle des images avant le pas : la moyenne sur le lot, avec les poids relatifs.
    """
    targets = bricks_targets(lab)
    seed = int(torch.randint(1 << 30, (), generator=rng))
    noise = [z**2 for z in noises(1, batch=3, seed=seed)[0]]  # darker than any noise drawn anew
    answer = student.ask("training_steps", weight=first_weight(), targets=targets, noises=[noise], learning_rate=0.02)
    value = torch.tensor([expect_number(answer["losses"][0], "training_step")])
    truth, unweighted = (torch.tensor([loss_of(first_weight(), noise, targets, lab, w)]) for w in (True, False))
    after = torch.tensor([loss_of(answer["weight"].float(), noise, targets, lab, True)])
    first = torch.tensor([loss_of(first_weight(), noise, dict(list(targets.items())[:1]), lab, True)])
    mistakes = {"training_batch_summed": 3 * truth, "training_no_weights": unweighted, "training_loss_after": after}
    mistakes |= {"training_one_layer": first}
    expect_equal(value, truth, "training_step", mistakes, otherwise="training_loss_of_what", tolerance=1e-3)


@check(part="2.3", points=2, hidden=True)
def test_training_gradient(student, lab, seed):
    """Two steps of plain gradient descent lead where two steps of our own do.
    Deux pas de descente de gradient mènent là où mènent deux des nôtres.
    """
    targets = bricks_targets(lab)
    steps = noises(2, seed=seed)
    answer = student.ask("training_steps", weight=first_weight(), targets=targets, noises=steps, learning_rate=0.05)
    paths = {}
    for kind in ("right", "accumulated", "batch"):
        weight, gradient = first_weight(), 0
        for noise in steps:
            leaf = weight.clone().requires_grad_()
            loss = loss_of(leaf, noise, targets, lab, True)
            (new,) = torch.autograd.grad(loss, leaf)
            gradient = gradient + new if kind == "accumulated" else 2 * new if kind == "batch" else new
            weight = weight - 0.05 * gradient
        paths[kind] = weight - first_weight()
    moved = expect_tensor(answer["weight"], (3, 6, 1, 1), "weights") - first_weight()
    mistakes = {"training_gradients_kept": paths["accumulated"], "training_batch_summed": paths["batch"]}
    expect_equal(moved, paths["right"], "Δweights", mistakes, tolerance=2e-2)


def bricks_targets(lab: object) -> dict[str, Tensor]:
    """The Gram matrices of an exemplar with some structure."""
    exemplar = lab.images.load_image("bricks", 48)
    with torch.no_grad():
        maps = lab.features.RandomFeatures()(exemplar, ["color1", "relu2_2"], periodic=True)
    return {name: lab.gram.gram_matrix(x) for name, x in maps.items()}


def loss_of(weight: Tensor, noise: list, targets: dict, lab: object, weighted: bool) -> Tensor:
    """Our own loss of the images of a TinyNet."""
    features = lab.features.RandomFeatures()(tiny_image(weight, noise), list(targets))
    grams = {name: lab.gram.gram_matrix(maps) for name, maps in features.items()}
    weights = lab.gram.relative_weights(targets) if weighted else None
    return lab.gram.gram_loss(grams, targets, weights)


### END HIDDEN TESTS


def tiny_image(weight: Tensor, noise: list) -> Tensor:
    """What a TinyNet of that weight makes of a noise."""
    return torch.func.functional_call(TinyNet(weight), {"weight": weight}, (noise,))
