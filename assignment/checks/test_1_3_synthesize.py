"""Task 1.3: synthesize."""

import torch
from torch import Tensor

from .check import check, expect
from .texture import expect_synthesis, texture_distance

# Enough for L-BFGS to leave Adam and gradient descent behind by far, on exemplars that these find hard.
EVALUATIONS = 40
QUICK = ["color2", "relu2_2"]


def pebbles(lab: object, size: int = 64) -> Tensor:
    return lab.images.load_image("pebbles", size)


def noise_like(exemplar: Tensor) -> Tensor:
    return torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(0))


@check(part="1.3", points=1)
def test_synthesis_result(student, lab):
    """An image of the exemplar's size with values in [0, 1], and the losses as a list of numbers.
    Une image de la taille de l'exemplaire, aux valeurs dans [0, 1], et les pertes en liste de nombres.
    """
    exemplar = pebbles(lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=10, layers=QUICK)
    expect_synthesis(answer, exemplar)
    losses = answer["losses"]
    expect(isinstance(losses, list) and losses, "losses_not_a_list", "synthesis_losses")
    expect(all(isinstance(loss, (int, float)) for loss in losses), "losses_not_numbers", "synthesis_losses_tensors")
    hint = "synthesis_targets" if losses[0] == 0 else None
    expect(losses[-1] < losses[0], "losses_do_not_fall", hint, before=losses[0], after=losses[-1])


@check(part="1.3", points=3)
def test_synthesis_matches(student, lab, show):
    """After 40 evaluations the image has the texture of wood, by a measure of our own.
    Après 40 évaluations, l'image a la texture du bois, selon notre propre mesure.
    """
    exemplar = lab.images.load_image("wood", 64)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=EVALUATIONS)
    path = lab.files.lab_folder("expected") / "synthesis.png"
    expected = lab.images.load_image(path) if path.exists() else exemplar
    show("synthesis", exemplar=exemplar, image=answer["image"], losses=answer["losses"], expected=expected)
    image = expect_synthesis(answer, exemplar)
    start, end = (texture_distance(x, exemplar, lab) for x in (noise_like(exemplar), image))
    hint = "synthesis_stands_still" if end > 0.5 * start else "synthesis_slow"
    expect(end < start / 1000, "texture_far", hint, factor=start / end, want=1000)


@check(part="1.3", points=1)
def test_synthesis_size(student, lab):
    """The image may be of another size than the exemplar.
    L'image peut avoir une autre taille que l'exemplaire.
    """
    exemplar = pebbles(lab)
    expect_synthesis(
        student.ask("synthesize", exemplar=exemplar, iterations=3, size=[64, 96], layers=QUICK), exemplar, (64, 96)
    )


@check(part="1.3", points=1)
def test_synthesis_seeds(student, lab):
    """The same seed gives the same image, another seed another one.
    La même graine donne la même image, une autre graine une autre.
    """
    exemplar = pebbles(lab)
    a, b, c = (
        expect_synthesis(student.ask("synthesize", exemplar=exemplar, iterations=5, seed=seed, layers=QUICK), exemplar)
        for seed in (1, 1, 2)
    )
    expect((a - b).abs().max() < 0.05, "seed_not_obeyed", "synthesis_global_seed")
    expect((a - c).abs().mean() > 0.02, "seeds_alike", "synthesis_seed_unused")


@check(part="1.3", points=1)
def test_synthesis_leaves_alone(student, lab):
    """Exemplar and extractor are left as they were.
    L'exemplaire et l'extracteur restent tels quels.
    """
    exemplar = pebbles(lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=3, layers=QUICK)
    expect_synthesis(answer, exemplar)
    expect(torch.equal(answer["exemplar"], exemplar), "exemplar_changed", "exemplar_overwritten")
    expect(answer["extractor_changed"] is False, "extractor_changed")
