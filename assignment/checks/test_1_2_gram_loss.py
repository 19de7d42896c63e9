"""Task 1.2: gram_loss."""

import torch
from torch import Tensor

from .check import check, expect, expect_equal, expect_number, tensor

TARGET = torch.zeros(1, 2, 2)
# ‖G − T‖²_F = 1 + 4 + 4 + 16 = 25
GRAM = tensor([[[1, 2], [2, 4]]])


def expect_loss(loss: object, truth: float, mistakes: dict[str, float]) -> None:
    if isinstance(loss, Tensor):
        expect(loss.numel() == 1, "wrong_shape", "loss_not_a_scalar", name="L", got=list(loss.shape), want=[])
    value = tensor([expect_number(loss, "L")])
    expect_equal(value, tensor([truth]), "L", {hint: tensor([wrong]) for hint, wrong in mistakes.items()})


@check(part="1.2", points=1.5)
def test_loss_by_hand(student):
    """One layer, worked out by hand: the sum of the squares of the differences.
    Une couche, calculée à la main : la somme des carrés des différences.
    """
    loss = student.ask("gram_loss", grams={"relu1": GRAM}, targets={"relu1": TARGET})["loss"]
    mistakes = {"loss_mean_of_entries": 25 / 4, "loss_square_root": 5.0, "loss_absolute": 9.0, "loss_halved": 12.5}
    mistakes |= {"loss_of_gatys": 25 / 16, "loss_signed": -25.0}
    expect_loss(loss, 25.0, mistakes)


@check(part="1.2", points=1.5)
def test_loss_of_layers(student):
    """Two layers add up, each times its weight; without weights, each counts once.
    Deux couches s'ajoutent, chacune avec son poids ; sans poids, chacune compte une fois.
    """
    grams = {"relu1": GRAM, "relu2": tensor([[[3]]])}
    targets = {"relu1": TARGET, "relu2": tensor([[[1]]])}
    mistakes = {"loss_last_layer": 4.0, "loss_first_layer": 25.0, "loss_mean_of_layers": 14.5}
    expect_loss(student.ask("gram_loss", grams=grams, targets=targets)["loss"], 29.0, mistakes)
    weights = {"relu1": 2.0, "relu2": 10.0}
    loss = student.ask("gram_loss", grams=grams, targets=targets, weights=weights)["loss"]
    mistakes = {"loss_without_weights": 29.0, "loss_weights_squared": 500.0, "loss_last_layer": 40.0}
    expect_loss(loss, 90.0, mistakes | {"loss_first_layer": 50.0, "loss_mean_of_layers": 45.0})


@check(part="1.2", points=1)
def test_loss_of_batch(student):
    """The loss of a batch is the mean of its images' losses.
    La perte d'un lot est la moyenne des pertes de ses images.
    """
    grams = {"relu1": torch.cat([GRAM, 2 * GRAM, 0 * GRAM, GRAM])}
    loss = student.ask("gram_loss", grams=grams, targets={"relu1": TARGET})["loss"]
    expect_loss(loss, 37.5, {"loss_batch_summed": 150.0, "loss_mean_of_entries": 37.5 / 4, "loss_batch_first": 25.0})


@check(part="1.2", points=1)
def test_loss_gradient(student, lab, rng):
    """The gradient of the loss reaches every Gram matrix.
    Le gradient de la perte atteint chaque matrice de Gram.
    """
    grams = {"relu1": torch.randn(2, 3, 3, generator=rng), "relu2": torch.randn(2, 4, 4, generator=rng)}
    targets = {name: torch.zeros_like(gram[:1]) for name, gram in grams.items()}
    weights = {"relu1": 0.5, "relu2": 3.0}
    answer = student.ask("gram_loss", grams=grams, targets=targets, weights=weights)
    for name, gram in grams.items():
        expect(answer.get(f"gradient {name}") is not None, "no_gradient", "loss_detached", name="L")
        expect_equal(answer[f"gradient {name}"], weights[name] * gram, f"∂L/∂G({name})")
