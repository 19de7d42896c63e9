"""Task 2.4: interpolate_noise and redresse."""

import torch
from torch import Tensor

from .check import check, expect, expect_equal, expect_tensor, tensor
from .law import law_distance


def draws(lam: float, count: int = 100_000, seed: int = 0) -> Tensor:
    u, v = torch.rand(2, 1, 1, count, generator=torch.Generator().manual_seed(seed)).double()
    return ((1 - lam) * u + lam * v)[None].float()


@check(part="2.4", points=3)
def test_interpolation_by_hand(student):
    """A quarter of the way: three quarters of the first noise and one of the second, at every scale.
    Au quart du chemin : trois quarts du premier bruit et un quart du second, à chaque échelle.
    """
    z0 = [tensor([[[[0.0, 0.4], [0.8, 1.0]]]]), tensor([[[[0.2]]]])]
    z1 = [tensor([[[[1.0, 0.8], [0.0, 1.0]]]]), tensor([[[[0.6]]]])]
    noise = student.ask("interpolate_noise", z0=z0, z1=z1, lam=0.25)["noise"]
    hint = "no_return" if noise is None else "interpolation_not_a_list"
    expect(isinstance(noise, list), "not_a_list", hint, name="z", got=str(noise)[:40])
    expect(len(noise) == 2, "scales_missing", got=len(noise), want=2)
    truth = [tensor([[[[0.25, 0.5], [0.6, 1.0]]]]), tensor([[[[0.3]]]])]
    swapped = [tensor([[[[0.75, 0.7], [0.2, 1.0]]]]), tensor([[[[0.5]]]])]
    for k in range(2):
        roots = 0.75**0.5 * z0[k] + 0.25**0.5 * z1[k]
        hints = {"interpolation_swapped": swapped[k], "interpolation_one_scale": z0[k]}
        hints["interpolation_square_roots"] = roots
        expect_equal(noise[k], truth[k], f"z[{k}]", hints)


@check(part="2.4", points=3)
def test_redresse_by_hand(student):
    """Values of the distribution function, worked out by hand for λ = 1/2 and λ = 1/4.
    Des valeurs de la fonction de répartition, calculées à la main pour λ = 1/2 et λ = 1/4.
    """
    z = tensor([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
    half, quarter = tensor([0, 0.02, 0.125, 0.5, 0.875, 1]), tensor([0, 2 / 75, 1 / 6, 0.5, 5 / 6, 1])
    linear, ranks = 2 * z - 0.5, torch.arange(6) / 6
    hints = {"redresse_identity": z, "redresse_linear": (linear, linear.clamp(0, 1))}
    hints |= {"redresse_no_upper_half": 2 * z.square(), "redresse_ranks": (ranks, ranks + 1 / 12, ranks + 1 / 6)}
    hints["redresse_twice"] = torch.where(z <= 0.5, 4 * z.square(), 1 - 4 * (1 - z).square())
    standard = (z - 0.5) / (1 / 24) ** 0.5
    hints["redresse_standardised"] = (standard, 0.5 + standard / 12**0.5)
    hints["redresse_gaussian"] = torch.distributions.Normal(0.5, (1 / 24) ** 0.5).cdf(z)
    expect_equal(student.ask("redresse", z=z, lam=0.5)["straightened"], half, "redresse(z, 1/2)", hints)
    hints = {"redresse_identity": z}
    expect_equal(student.ask("redresse", z=z, lam=0.25)["straightened"], quarter, "redresse(z, 1/4)", hints)


@check(part="2.4", points=2)
def test_redresse_law(student):
    """Interpolated noise is uniform again: 100,000 values, λ = 0.1, 0.3 and 0.5.
    Le bruit interpolé redevient uniforme : 100 000 valeurs, λ = 0,1, 0,3 et 0,5.
    """
    for lam in (0.1, 0.3, 0.5):
        z = draws(lam)
        straight = expect_tensor(student.ask("redresse", z=z, lam=lam)["straightened"], tuple(z.shape), "redresse(z)")
        distance = law_distance(straight)
        expect(distance < 0.01, "law_not_uniform", lam=lam, distance=distance)
