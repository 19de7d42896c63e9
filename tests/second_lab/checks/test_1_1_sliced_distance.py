"""Task 1.1: sliced_distance."""

import torch

from judging.check import check, expect, expect_equal, expect_number, tensor

X, Y = tensor([[0, 0], [1, 3], [2, 1], [5, 2]]), tensor([[1, 1], [0, 2], [0, 4], [2, 2]])
AXES = tensor([[1, 0], [0, 1]])


def truths(x, y, directions):
    """The distance, and what known mistakes lead to."""
    ours, theirs = (x @ directions.T), (y @ directions.T)
    sorted_ones = ours.sort(dim=0).values - theirs.sort(dim=0).values
    return sorted_ones.square().mean(), {
        "sliced_unsorted": (ours - theirs).square().mean(),
        "sliced_sum": sorted_ones.square().sum(),
        "sliced_absolute": sorted_ones.abs().mean(),
        "sliced_across": (ours.sort(dim=1).values - theirs.sort(dim=1).values).square().mean(),
    }


@check(part="1.1", points=4)
def test_sliced_by_hand(student):
    """Four points along two axes, worked out by hand.
    Quatre points le long de deux axes, calculés à la main.
    """
    distance = expect_number(student.ask("sliced_distance", x=X, y=Y, directions=AXES)["distance"], "distance")
    truth, mistakes = truths(X, Y, AXES)
    expect_equal(tensor(distance), truth, "distance", mistakes)


@check(part="1.1", points=2)
def test_sliced_gradient(student, rng):
    """The gradient reaches the points.
    Le gradient parvient aux points.
    """
    x, y, ways = (torch.randn(n, 3, generator=rng) for n in (9, 9, 5))
    answer = student.ask("sliced_distance", x=x, y=y, directions=ways)
    expect(answer["gradient"] is not None, "no_gradient", "sliced_detached", name="sliced_distance")
    right = x.clone().requires_grad_()
    truths(right, y, ways)[0].backward()
    expect_equal(answer["gradient"], right.grad, "gradient", up_to_factor=True)


### BEGIN HIDDEN TESTS
@check(part="1.1", points=2, hidden=True)
def test_sliced_drawn(student, rng):
    """Clouds and directions that are drawn.
    Des nuages et des directions tirés au sort.
    """
    x, y, ways = (torch.randn(n, 4, generator=rng) for n in (30, 30, 7))
    distance = expect_number(student.ask("sliced_distance", x=x, y=y, directions=ways)["distance"], "distance")
    truth, mistakes = truths(x, y, ways)
    expect_equal(tensor(distance), truth, "distance", mistakes)


### END HIDDEN TESTS
