"""Task 2.1: synthesize."""

import torch

from judging.check import check, expect, expect_equal, expect_tensor

from .test_1_1_sliced_distance import truths


def stepped(lab, exemplar, seed, steps, ways):
    """The image after some steps of Adam, each along the directions of the seed that `ways` tells."""
    target = lab.patches.patches(exemplar)
    image = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for step in range(steps):
        optimizer.zero_grad()
        truths(lab.patches.patches(image), target, lab.patches.directions(16, 9, ways(step)))[0].backward()
        optimizer.step()
    return image.detach()


@check(part="2.1", points=4)
def test_texture_distance(student, lab, show, seed):
    """The patches end distributed as the exemplar's, and the same seed gives the same image.
    Les morceaux finissent distribués comme ceux de l'exemplaire, et la même graine donne la même image.
    """
    exemplar = lab.patches.stripes()
    answers = [student.ask("synthesize", exemplar=exemplar, iterations=30, seed=seed)["image"] for _ in range(2)]
    image = expect_tensor(answers[0], tuple(exemplar.shape), "image").float()
    expect_equal(answers[1], image, "image", otherwise="texture_seed")
    cloud, ways = lab.patches.patches(exemplar), lab.patches.directions(64, 9, seed)
    noise = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed))
    end, start = (lab.sliced.sliced_distance(lab.patches.patches(one), cloud, ways) for one in (image, noise))
    stands = end > 0.9 * start
    expect(end < start / 3, "texture_far", "texture_steps" if stands else None, factor=float(start / end))
    show("texture", row=[exemplar.repeat(1, 3, 1, 1), image.repeat(1, 3, 1, 1)])


@check(part="2.1", points=2)
def test_texture_steps(student, lab, seed):
    """Two steps, along the directions that the docstring names.
    Deux pas, le long des directions que nomme la docstring.
    """
    exemplar = lab.patches.stripes(8)
    image = student.ask("synthesize", exemplar=exemplar, iterations=2, seed=seed)["image"]
    known = {"texture_directions": lambda step: seed, "texture_directions_seed": lambda step: step}
    mistakes = {hint: stepped(lab, exemplar, seed, 2, ways) for hint, ways in known.items()}
    expect_equal(image, stepped(lab, exemplar, seed, 2, lambda step: seed + step), "image", mistakes)
