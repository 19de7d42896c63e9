"""Task 1.1: gram_matrix."""

import torch

from .check import check, expect, expect_equal, expect_tensor, tensor

# Two channels on 3×3 positions: the products add up to 9, 9 and 18, and G is a ninth of that.
FEATURES = tensor([[[[1, -1, 2], [0, 1, 0], [1, 0, 1]], [[-1, -1, 3], [2, 1, 0], [1, 0, 1]]]])
GRAM = tensor([[[1, 1], [1, 2]]])


@check(part="1.1", points=2)
def test_gram_by_hand(student):
    """Two channels on nine positions, worked out by hand.
    Deux canaux sur neuf positions, calculés à la main.
    """
    mean = tensor([[5 / 9, 6 / 9]])
    centred = GRAM - mean[:, :, None] * mean[:, None, :]
    rows, columns = FEATURES.reshape(1, 9, 2), FEATURES.permute(0, 2, 3, 1).reshape(1, 2, 9)
    mistakes = {
        "gram_not_divided": 9 * GRAM,
        "gram_divided_by_channels_too": GRAM / 2,
        "gram_divided_by_channels": 9 * GRAM / 2,
        "gram_centred": (centred, centred * 9 / 8),
        "gram_square_root": GRAM.sqrt(),
        "gram_divided_by_side": 3 * GRAM,
        "gram_unbiased": GRAM * 9 / 8,
        "gram_absolute": tensor([[[1, 11 / 9], [11 / 9, 2]]]),
        "gram_reshaped": (rows.mT @ rows / 9, columns @ columns.mT / 9),
    }
    shapes = {(1, 9, 9): "gram_of_positions", (2, 2): "gram_batch_lost", (9, 9): "gram_of_positions"}
    expect_equal(student.ask("gram_matrix", features=FEATURES)["gram"], GRAM, "G", mistakes, shapes=shapes)


@check(part="1.1", points=2)
def test_gram_batch(student):
    """Each image of a batch has a Gram matrix of its own.
    Chaque image du lot a sa propre matrice de Gram.
    """
    features = torch.cat([FEATURES, 3 * FEATURES, FEATURES.flip(1)])
    truth = torch.cat([GRAM, 9 * GRAM, GRAM.flip(1, 2)])
    mistakes = {
        "gram_not_divided": 9 * truth,
        "gram_divided_by_batch": truth / 3,
        "gram_batch_mixed": truth.mean(dim=0, keepdim=True).expand(3, 2, 2),
    }
    shapes = {(2, 2): "gram_batch_mixed", (1, 2, 2): "gram_batch_mixed", (6, 6): "gram_batch_mixed"}
    expect_equal(student.ask("gram_matrix", features=features)["gram"], truth, "G", mistakes, shapes=shapes)


@check(part="1.1", points=1)
def test_gram_tiled(student):
    """A map repeated side by side has the Gram matrix of the map: G does not depend on the size.
    Une carte répétée côte à côte a la matrice de Gram de la carte : G ne dépend pas de la taille.
    """
    one = student.ask("gram_matrix", features=FEATURES)["gram"]
    tiled = student.ask("gram_matrix", features=FEATURES.tile(1, 1, 3, 5))["gram"]
    one = expect_tensor(one, (1, 2, 2), "G")
    expect(one.abs().max() > 0, "all_zero", name="G")
    expect_equal(tiled, one, "G", {"gram_not_divided": 15 * one, "gram_divided_by_side": 15**0.5 * one})


@check(part="1.1", points=1)
def test_gram_not_square(student):
    """Maps need not be square, and one channel is enough.
    Les cartes ne sont pas forcément carrées, et un seul canal suffit.
    """
    features = torch.arange(10.0).reshape(1, 1, 2, 5)
    mistakes = {"gram_divided_by_side": tuple(tensor([[[285 / n]]]) for n in (2, 4, 5, 25))}
    expect_equal(student.ask("gram_matrix", features=features)["gram"], tensor([[[28.5]]]), "G", mistakes)
    features = torch.cat([features, torch.ones(1, 1, 2, 5)], dim=1)
    truth = tensor([[[28.5, 4.5], [4.5, 1]]])
    expect_equal(student.ask("gram_matrix", features=features)["gram"], truth, "G")


@check(part="1.1", points=1)
def test_gram_gradient(student):
    """The gradient of G reaches the feature maps: without it, no pixel could learn.
    Le gradient de G atteint les cartes : sans lui, aucun pixel ne pourrait apprendre.
    """
    cotangent = tensor([[[1, 0], [0, 0]]])
    answer = student.ask("gram_matrix", features=FEATURES, cotangent=cotangent)
    expect_tensor(answer["gram"], (1, 2, 2), "G")
    expect(answer["gradient"] is not None, "no_gradient", "gram_detached", name="G")
    truth = torch.cat([2 * FEATURES[:, :1] / 9, torch.zeros(1, 1, 3, 3)], dim=1)
    expect_equal(answer["gradient"], truth, "∂G_11/∂F", {"gram_not_divided": 9 * truth})


### BEGIN HIDDEN TESTS
@check(part="1.1", points=2, hidden=True)
def test_gram_formula(student, lab, rng):
    """Random maps of several sizes; what was given is not changed.
    Des cartes aléatoires de plusieurs tailles ; ce qui est donné n'est pas modifié.
    """
    for shape in [(2, 5, 7, 9), (1, 16, 12, 3), (3, 1, 4, 4), (1, 7, 1, 13)]:
        features = torch.randn(shape, generator=rng) + 0.3
        answer = student.ask("gram_matrix", features=features)
        truth = lab.gram.gram_matrix(features.double())
        expect_equal(answer["gram"], truth, "G", {"gram_not_divided": shape[2] * shape[3] * truth})
        expect_equal(answer["features"], features, "F", {}, tolerance=0)


@check(part="1.1", points=1, hidden=True)
def test_gram_any_layout(student, lab, rng):
    """Maps stored channels last have the same Gram matrix.
    Des cartes rangées canaux en dernier ont la même matrice de Gram.
    """
    features = torch.randn(2, 6, 5, 8, generator=rng)
    gram = student.ask("gram_matrix", features=features, channels_last=True)["gram"]
    expect_equal(gram, lab.gram.gram_matrix(features.double()), "G")


### END HIDDEN TESTS
