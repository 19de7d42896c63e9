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


### BEGIN HIDDEN TESTS
@check(part="2.4", points=1, hidden=True)
def test_interpolation_leaves_alone(student, lab, rng):
    """Random pyramids, both ends of the way; the two noises are not changed.
    Des pyramides aléatoires, les deux bouts du chemin ; les deux bruits ne sont pas modifiés.
    """
    z0, z1 = (lab.noise.sample_noise(2, (64, 32), generator=rng) for _ in range(2))
    for lam in (0.0, 0.37, 1.0):
        answer = student.ask("interpolate_noise", z0=z0, z1=z1, lam=lam)
        expect(isinstance(answer["noise"], list) and len(answer["noise"]) == 6, "scales_missing", got="?", want=6)
        for k, (a, b) in enumerate(zip(z0, z1, strict=True)):
            expect_equal(answer["noise"][k], (1 - lam) * a + lam * b, f"z[{k}]")
            expect(torch.equal(answer["z0"][k], a), "noise_changed", "interpolation_in_place")
            expect(torch.equal(answer["z1"][k], b), "noise_changed", "interpolation_in_place")


@check(part="2.4", points=1, hidden=True)
def test_redresse_symmetric(student, lab):
    """λ and 1 − λ give the same result, to the digit that matters.
    λ et 1 − λ donnent le même résultat.
    """
    z = torch.linspace(0, 1, 101)
    for lam in (0.6, 0.8, 0.95):
        got = student.ask("redresse", z=z, lam=lam)["straightened"]
        truth = lab.noise.redresse(z.double(), lam)
        expect_equal(got, truth, f"redresse(z, {lam})", otherwise="redresse_beyond_half")


@check(part="2.4", points=1, hidden=True)
def test_redresse_ends(student):
    """At both ends, and very near them, nothing changes and nothing overflows.
    Aux deux bouts, et tout près, rien ne change et rien ne déborde.
    """
    z = torch.linspace(0, 1, 33)
    for lam in (0.0, 1.0, 1e-9, 1 - 1e-9):
        got = student.ask("redresse", z=z, lam=lam)["straightened"]
        if isinstance(got, Tensor):
            expect(got.isfinite().all(), "not_finite", "redresse_ends", name=f"redresse(z, {lam})")
        expect_equal(got, z, f"redresse(z, {lam})")


@check(part="2.4", points=1, hidden=True)
def test_redresse_leaves_alone(student, lab, seed):
    """Any shape, the same shape back; the noise given is not changed.
    Toute forme, et la même forme au retour ; le bruit donné n'est pas modifié.
    """
    z = draws(0.4, 600, seed).reshape(2, 3, 10, 10)
    answer = student.ask("redresse", z=z, lam=0.4)
    expect_equal(answer["straightened"], lab.noise.redresse(z.double(), 0.4), "redresse(z)")
    expect(torch.equal(answer["z"], z), "noise_changed", "redresse_in_place")


### END HIDDEN TESTS
