"""Task 1.1: gram_matrix. What one check judges (the factor, the batch's dimension) is forgiven in the others."""

import torch
from torch import Tensor

from judging.check import check, expect, expect_equal, expect_tensor, same, tensor

# Three channels on 2×5 positions. No two sizes are equal, so that each mistake leads somewhere else.
FEATURES = tensor(
    [
        [
            [[1, -2, -1, 0, 2], [0, 0, 0, -2, 0]],
            [[3, 0, 1, 1, 0], [-2, 0, 3, 0, 0]],
            [[1, -2, 1, -1, 0], [-1, -2, 0, 0, -1]],
        ]
    ]
)
GRAM = tensor([[[1.4, 0.2, 0.4], [0.2, 2.4, 0.5], [0.4, 0.5, 1.3]]])


def expect_symmetric(gram: object, shape: tuple[int, ...], shapes: dict | None = None) -> Tensor:
    """`gram`, if it is of that shape and as a matrix of products must be; of a single image, also without its batch."""
    if isinstance(gram, Tensor) and shape[0] == 1 and tuple(gram.shape) == shape[1:]:
        gram = gram[None]
    gram = expect_tensor(gram, shape, "G", shapes)
    expect(gram.abs().max() > 0, "all_zero", name="G")
    expect(same(gram, gram.mT), "not_symmetric", "gram_not_symmetric", name="G")
    return gram


def expect_gram(gram: object, truth: Tensor, **known: object) -> None:
    """`gram`, up to a factor; of a single image, also without the batch's dimension."""
    if isinstance(gram, Tensor) and len(truth) == 1 and gram.shape == truth.shape[1:]:
        gram = gram[None]
    expect_equal(gram, truth, "G", up_to_factor=True, **known)


@check(part="1.1", points=2)
def test_gram_by_hand(student):
    """Three channels on ten positions, worked out by hand.
    Trois canaux sur dix positions, calculés à la main.
    """
    mean = FEATURES.mean(dim=(2, 3))
    centred = GRAM - mean[:, :, None] * mean[:, None, :]
    rows, columns = FEATURES.reshape(1, 10, 3), FEATURES.permute(0, 2, 3, 1).reshape(1, 3, 10)
    sizes = FEATURES.flatten(2).abs()
    norms = GRAM.diagonal(dim1=1, dim2=2).sqrt()
    mistakes = {
        "gram_not_divided": 10 * GRAM,
        "gram_divided_by_channels_too": GRAM / 3,
        "gram_divided_by_channels": 10 * GRAM / 3,
        "gram_centred": (centred, centred * 10 / 9),
        "gram_square_root": GRAM.sqrt(),
        "gram_divided_by_side": (5 * GRAM, 2 * GRAM, 10 * GRAM / 4, 10 * GRAM / 25),
        "gram_product_undivided": (10 * GRAM / 2 * 5, 10 * GRAM / 5 * 2),
        "gram_divided_twice": GRAM / 10,
        "gram_unbiased": GRAM * 10 / 9,
        "gram_absolute": sizes @ sizes.mT / 10,
        "gram_normalised": GRAM / (norms[:, :, None] * norms[:, None, :]),
        "gram_reshaped": tuple(x / n for x in (rows.mT @ rows, columns @ columns.mT) for n in (10, 1)),
    }
    shapes = {(1, 10, 10): "gram_of_positions", (10, 10): "gram_of_positions", (3, 3): "gram_batch_lost"}
    shapes |= {(1, 3, 2, 2): "gram_sides_left", (1, 3, 5, 5): "gram_sides_left"}
    expect_equal(student.ask("gram_matrix", features=FEATURES)["gram"], GRAM, "G", mistakes, shapes=shapes)
    expect_equal(student.ask("gram_matrix", features=FEATURES.flip(1))["gram"], GRAM.flip(1, 2), "G")


@check(part="1.1", points=2)
def test_gram_batch(student):
    """Each image of a batch has a Gram matrix of its own.
    Chaque image du lot a sa propre matrice de Gram.
    """
    images = [FEATURES, 3 * FEATURES.flip(3), FEATURES.flip(1), FEATURES.roll(1, 1) + 1]
    shapes = {(3, 3): "gram_batch_lost", (1, 3, 3): "gram_batch_lost", (12, 12): "gram_batch_mixed"}
    together = student.ask("gram_matrix", features=torch.cat(images))["gram"]
    together = expect_symmetric(together, (4, 3, 3), shapes)
    for i, image in enumerate(images):
        alone = expect_symmetric(student.ask("gram_matrix", features=image)["gram"], (1, 3, 3))
        expect_equal(together[i : i + 1], alone, f"G[{i}]", otherwise="gram_batch_mixed", up_to_factor=True)
    expect(not same(together[0], together[2]), "all_same", name="G")


@check(part="1.1", points=1)
def test_gram_tiled(student):
    """A map repeated side by side has the Gram matrix of the map: G depends neither on its size nor on the batch's.
    Une carte répétée côte à côte a la matrice de Gram de la carte : G ne dépend ni de sa taille, ni de celle du lot.
    """
    one, other, tiled = (
        expect_symmetric(student.ask("gram_matrix", features=features)["gram"], (1, 3, 3))
        for features in (FEATURES, FEATURES.flip(1), FEATURES.tile(1, 1, 3, 7))
    )
    expect(not same(one, other), "all_same", name="G")
    two = student.ask("gram_matrix", features=torch.cat([FEATURES, FEATURES.flip(1)]))["gram"]
    mistakes = {"gram_grows": 21 * one, "gram_unbiased": one * (210 / 209) / (10 / 9)}
    mistakes |= {"gram_divided_by_side": tuple(ratio * one for ratio in (3, 7, 7 / 3, 3 / 7))}
    mistakes["gram_product_undivided"] = (7 * 7 * one, 3 * 3 * one)
    expect_equal(tiled, one, "G", mistakes)
    if isinstance(two, Tensor) and tuple(two.shape) == (2, 3, 3):  # else it is for the checks of batches to tell
        expect_equal(two[:1], one, "G", {"gram_divided_by_batch": one / 2})


@check(part="1.1", points=1)
def test_gram_not_square(student):
    """Maps need not be square, and one channel is enough.
    Les cartes ne sont pas forcément carrées, et un seul canal suffit.
    """
    features = torch.arange(10.0).reshape(1, 1, 2, 5)
    expect_gram(student.ask("gram_matrix", features=features)["gram"], tensor([[[28.5]]]))
    features = torch.cat([features, torch.ones(1, 1, 2, 5)], dim=1)
    truth = tensor([[[28.5, 4.5], [4.5, 1]]])
    expect_gram(student.ask("gram_matrix", features=features)["gram"], truth)


@check(part="1.1", points=1.5)
def test_gram_gradient(student):
    """The gradient of G reaches the feature maps: without it, no pixel could learn.
    Le gradient de G atteint les cartes : sans lui, aucun pixel ne pourrait apprendre.
    """
    cotangent = tensor([[[1, 2, 0], [0, 0, 0], [0, 0, 3]]])
    answer = student.ask("gram_matrix", features=FEATURES, cotangent=cotangent)
    expect_gram(answer["gram"], GRAM)
    expect(answer["gradient"] is not None, "no_gradient", "gram_detached", name="G")
    truth = ((cotangent + cotangent.mT) @ FEATURES.flatten(2) / 10).reshape(FEATURES.shape)
    expect_equal(answer["gradient"], truth, "∂(G_11 + 2 G_12 + 3 G_33)/∂F", up_to_factor=True)


### BEGIN HIDDEN TESTS
@check(part="1.1", points=1.5, hidden=True)
def test_gram_formula(student, lab, rng):
    """Random maps of several sizes; what was given is not changed.
    Des cartes aléatoires de plusieurs tailles ; ce qui est donné n'est pas modifié.
    """
    for shape in [(1, 5, 7, 9), (1, 16, 12, 3), (1, 2, 4, 4), (1, 7, 1, 13)]:
        features = torch.randn(shape, generator=rng) + 0.3
        answer = student.ask("gram_matrix", features=features)
        expect_gram(answer["gram"], lab.gram.gram_matrix(features.double()))
        given = expect_tensor(answer["features"], shape, "F")
        expect(torch.equal(given.float(), features), "features_changed", "gram_in_place")


@check(part="1.1", points=1, hidden=True)
def test_gram_any_layout(student, lab, rng):
    """Maps stored channels last have the same Gram matrix.
    Des cartes rangées canaux en dernier ont la même matrice de Gram.
    """
    features = torch.randn(1, 6, 5, 8, generator=rng)
    gram = student.ask("gram_matrix", features=features, channels_last=True)["gram"]
    expect_gram(gram, lab.gram.gram_matrix(features.double()))


### END HIDDEN TESTS
