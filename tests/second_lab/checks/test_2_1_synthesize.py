"""Task 2.1: synthesize."""

import torch

from judging.check import check, expect, expect_equal, expect_tensor


@check(part="2.1", points=6)
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
    expect(end < start / 3, "texture_far", "texture_steps", factor=float(start / end))
    show("texture", row=[exemplar.repeat(1, 3, 1, 1), image.repeat(1, 3, 1, 1)])
