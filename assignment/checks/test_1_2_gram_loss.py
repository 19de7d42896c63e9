"""Task 1.2: gram_loss. What is made of a difference is judged by the first check; the others accept common slips."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from judging.check import check, expect, expect_equal, expect_number, same, tensor

# No two norms of D = G − T are equal, so that each mistake leads somewhere else. ‖D‖²_F = 1 + 16 + 4 + 2 · (4 + 1) = 31
DIFFERENCE = tensor([[[1, 2, -1], [2, 4, 0], [-1, 0, -2]]])
TARGET = tensor([[[2, 1, 0], [1, 1, 1], [0, 1, 3]]])
GRAM = TARGET + DIFFERENCE

Form = Callable[[Tensor], Tensor]
"""What is made of the differences (B, C, C) of a batch: one number for each image."""

FORMS: dict[str, Form] = {
    "loss_mean_of_entries": lambda d: d.square().mean(dim=(1, 2)),
    "loss_square_root": lambda d: d.square().sum(dim=(1, 2)).sqrt(),
    "loss_absolute": lambda d: d.abs().sum(dim=(1, 2)),
    "loss_mean_absolute": lambda d: d.abs().mean(dim=(1, 2)),
    "loss_halved": lambda d: d.square().sum(dim=(1, 2)) / 2,
    "loss_quartered": lambda d: d.square().sum(dim=(1, 2)) / 4,
    "loss_of_gatys": lambda d: d.square().sum(dim=(1, 2)) / (4 * d.shape[1] ** 2),
    "loss_one_triangle": lambda d: d.triu().square().sum(dim=(1, 2)),
    "loss_mean_of_rows": lambda d: d.square().sum(dim=(1, 2)) / d.shape[1],
}
"""By their hints the slips that are common: they cost the first check alone."""


def squared_norm(d: Tensor) -> Tensor:
    """The right form."""
    return d.square().sum(dim=(1, 2))


def own_form(student: object) -> Form:
    """The student's, if it is a known one; else the right one."""
    loss = number(student.ask("gram_loss", grams={"relu1": GRAM}, targets={"relu1": TARGET})["loss"])
    return next((form for form in FORMS.values() if same(loss, form(DIFFERENCE))), squared_norm)


def own_weight(student: object, targets: Mapping[str, Tensor]) -> float:
    """What counts for a layer where no weights are given: 1, but for who takes relative ones there, a slip that the
    first check has seen.
    """
    loss = number(student.ask("gram_loss", grams={"relu1": GRAM}, targets={"relu1": TARGET})["loss"])
    if not same(loss, relative({"relu1": TARGET}) * squared_norm(DIFFERENCE)):
        return 1.0
    return relative(targets)


def relative(targets: Mapping[str, Tensor]) -> float:
    """The relative weight of layers whose targets are of one size."""
    return 1 / (len(targets) * float(squared_norm(next(iter(targets.values()))).mean()))


def number(loss: object) -> Tensor:
    """The loss, if it is a single number."""
    if isinstance(loss, Tensor):
        expect(loss.numel() == 1, "wrong_shape", "loss_not_a_scalar", name="L", got=list(loss.shape), want=[])
    return tensor([expect_number(loss, "L")])


def expect_loss(loss: object, truth: Tensor, mistakes: Mapping[str, tuple[Tensor, ...]]) -> None:
    """Raise `WrongError` unless the loss is `truth`; the hint is that of the mistake that leads to it."""
    mistakes = {hint: tuple(wrong.reshape(1) for wrong in some) for hint, some in mistakes.items()}
    expect_equal(number(loss), truth.reshape(1), "L", mistakes)


@check(part="1.2", points=2)
def test_loss_by_hand(student):
    """One layer, worked out by hand: the sum of the squares of the differences.
    Une couche, calculée à la main : la somme des carrés des différences.
    """
    loss = student.ask("gram_loss", grams={"relu1": GRAM}, targets={"relu1": TARGET})["loss"]
    truth = squared_norm(DIFFERENCE)
    mistakes = {hint: (form(DIFFERENCE),) for hint, form in FORMS.items()}
    mistakes |= {"loss_signed": (-truth,), "loss_without_targets": (squared_norm(GRAM),)}
    mistakes["loss_relative"] = (relative({"relu1": TARGET}) * truth,)
    expect_loss(loss, truth, mistakes | {"loss_not_squared": (DIFFERENCE.sum(), -DIFFERENCE.sum())})
    loss = student.ask("gram_loss", grams={"relu1": TARGET}, targets={"relu1": TARGET + 2 * DIFFERENCE})["loss"]
    expect_loss(loss, 4 * truth, {})


@check(part="1.2", points=1.5)
def test_loss_of_layers(student):
    """Three layers add up, each times its weight, whatever their order; without weights, each counts once.
    Trois couches s'ajoutent, chacune avec son poids, quel que soit leur ordre ; sans poids, chacune compte une fois.
    """
    differences = {"relu2": 0.5 * DIFFERENCE, "color1": DIFFERENCE, "relu1": 2 * DIFFERENCE.flip(1, 2)}
    targets = dict.fromkeys(differences, TARGET)
    grams = {name: TARGET + differences[name] for name in ("relu1", "relu2", "color1")}
    weights = {"relu1": 7.0, "color1": 2.0, "relu2": 0.5}

    form = own_form(student)

    def summed(weight: Mapping[str, float]) -> Tensor:
        return sum(weight[name] * form(differences[name]) for name in weight)

    for given in (None, weights):
        each = given or dict.fromkeys(differences, own_weight(student, targets))
        mistakes = {
            "loss_one_layer": tuple(summed({name: weight}) for name, weight in each.items()),
            "loss_mean_of_layers": (summed(each) / 3,),
        }
        if given:
            orders = (list(grams), list(differences), sorted(differences))
            mistakes |= {
                "loss_without_weights": (summed(dict.fromkeys(differences, 1.0)),),
                "loss_weights_squared": (summed({name: weight**2 for name, weight in each.items()}),),
                "loss_by_order": tuple(summed(dict(zip(order, weights.values(), strict=True))) for order in orders),
            }
        loss = student.ask("gram_loss", grams=grams, targets=targets, weights=given)["loss"]
        expect_loss(loss, summed(each), mistakes)


@check(part="1.2", points=1)
def test_loss_of_batch(student):
    """The loss of a batch is the mean of its images' losses; the targets are one for all, or one for each.
    La perte d'un lot est la moyenne des pertes de ses images ; les cibles sont une pour toutes, ou une pour chacune.
    """
    differences = torch.cat([DIFFERENCE, 2 * DIFFERENCE, 0 * DIFFERENCE, 3 * DIFFERENCE, DIFFERENCE.flip(1, 2)])
    own = torch.cat([TARGET, TARGET.flip(1, 2), 2 * TARGET, 0 * TARGET, TARGET])
    form = own_form(student)
    for targets in (TARGET, own):
        grams, weight = targets + differences, own_weight(student, {"relu1": targets})
        loss = student.ask("gram_loss", grams={"relu1": grams}, targets={"relu1": targets})["loss"]
        mistakes = {
            "loss_batch_summed": (weight * form(differences).sum(),),
            "loss_batch_first": (weight * form(differences)[0],),
            "loss_targets_first": (weight * form(grams - TARGET).mean(),),
        }
        expect_loss(loss, weight * form(differences).mean(), mistakes)


@check(part="1.2", points=1)
def test_loss_gradient(student):
    """The gradient of the loss reaches every Gram matrix.
    Le gradient de la perte atteint chaque matrice de Gram.
    """
    differences = {"relu1": DIFFERENCE, "relu2": 0.5 * DIFFERENCE.flip(1, 2)}
    targets = dict.fromkeys(differences, TARGET)
    grams = {name: TARGET + difference for name, difference in differences.items()}
    form = own_form(student)
    answer = student.ask("gram_loss", grams=grams, targets=targets)
    found = {name: answer[f"gradient {name}"] for name in differences}
    hint = "loss_detached" if all(gradient is None for gradient in found.values()) else "loss_one_layer"
    for name, difference in differences.items():
        gradient = found[name]
        expect(gradient is not None, "no_gradient", hint, name="L")
        d = difference.clone().requires_grad_()
        (truth,) = torch.autograd.grad(form(d).sum(), d)
        expect_equal(gradient, truth, f"∂L/∂G({name})", up_to_factor=True)
