"""Task 1.2: move."""

import torch

from judging.check import check, expect, expect_equal, same


def moved(x, y, directions, back=1.0):
    """The cloud as it should be."""
    for direction in directions:
        along, step = x @ direction, torch.empty(len(x))
        step[along.argsort()] = (y @ direction).sort().values - along.sort().values
        x = x + back * step[:, None] * direction
    return x


@check(part="1.2", points=4)
def test_move_ranks(student, rng):
    """Each point goes to the place of its rank.
    Chaque point va à la place de son rang.
    """
    x, y, way = (torch.randn(n, 3, generator=rng) for n in (12, 12, 1))
    way = way / way.norm()
    unsorted = x + ((y - x) @ way[0])[:, None] * way
    known = {"move_unsorted": unsorted, "move_back": moved(x, y, way, -1.0)}
    expect_equal(student.ask("move", x=x, y=y, directions=way)["moved"], moved(x, y, way), "x", known)


@check(part="1.2", points=2)
def test_move_one_after_the_other(student, rng):
    """Each direction starts from where the one before has led, and the cloud that was given stays.
    Chaque direction part d'où la précédente a mené, et le nuage donné reste tel quel.
    """
    x, y = (torch.randn(12, 2, generator=rng) for _ in range(2))
    ways = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    answer = student.ask("move", x=x, y=y, directions=ways)
    expect(same(answer["x"].double(), x.double()), "cloud_changed", "move_in_place")
    expect_equal(answer["moved"], moved(x, y, ways), "x")
