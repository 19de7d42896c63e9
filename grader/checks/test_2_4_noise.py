"""Task 2.4: interpolate_noise and redresse."""

from itertools import permutations

import torch
from torch import Tensor

from judging.check import check, expect, expect_equal, expect_tensor, same, tensor

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
    expect(len(noise) == 2, "scales_missing", "interpolation_scales", got=len(noise), want=2)
    truth = [tensor([[[[0.25, 0.5], [0.6, 1.0]]]]), tensor([[[[0.3]]]])]
    straightened = [tensor([[[[1 / 6, 0.5], [19 / 30, 1.0]]]]), tensor([[[[7 / 30]]]])]
    swapped = [tensor([[[[0.75, 0.7], [0.2, 1.0]]]]), tensor([[[[0.5]]]])]
    for k in range(2):
        hints = {
            "interpolation_swapped": swapped[k],
            "interpolation_one_scale" if k else "interpolation_end": (z0[k], z1[k]),
            "interpolation_square_roots": 0.75**0.5 * z0[k] + 0.25**0.5 * z1[k],
            "interpolation_squares": 0.75**2 * z0[k] + 0.25**2 * z1[k],
            "interpolation_straightened": straightened[k],
            "interpolation_half": (z0[k] + z1[k]) / 2,
            "interpolation_sum": (z0[k] + 0.25 * z1[k], z0[k] + z1[k], 0.25 * (z0[k] + z1[k])),
        }
        expect_equal(noise[k], truth[k], f"z[{k}]", hints)
    turned = student.ask("interpolate_noise", z0=[1 - z for z in z0], z1=[1 - z for z in z1], lam=0.25)["noise"]
    for k, z in enumerate(turned if isinstance(turned, list) else ()):
        expect_equal(z, 1 - truth[min(k, 1)], f"z[{k}]")


HALF = {0.0: 0.0, 0.1: 0.02, 0.25: 0.125, 0.4: 0.32, 0.5: 0.5, 0.75: 0.875, 0.8: 0.92, 1.0: 1.0}
QUARTER = {0.0: 0.0, 0.05: 1 / 150, 0.1: 2 / 75, 0.2: 8 / 75, 0.3: 7 / 30, 0.45: 13 / 30, 0.5: 0.5}
QUARTER |= {0.62: 0.66, 0.7: 23 / 30, 0.8: 67 / 75, 0.9: 73 / 75, 1.0: 1.0}


@check(part="2.4", points=3)
def test_redresse_by_hand(student):
    """Values of the function F, worked out by hand for λ = 1/2 and λ = 1/4.
    Des valeurs de la fonction F, calculées à la main pour λ = 1/2 et λ = 1/4.
    """
    for lam, values in ((0.25, QUARTER), (0.5, HALF)):
        z, truth = tensor(list(values)), tensor(list(values.values()))
        got = student.ask("redresse", z=z, lam=lam)["straightened"]
        name = f"redresse(z, {lam})"
        mistakes = wrong_functions(z, truth, lam)
        value = expect_tensor(got, tuple(z.shape), name)
        right = (value - truth).abs() < 1e-3
        below, above = z < lam, z > 1 - lam
        hint = "redresse_draw"  # where formulas are wrong, if known ones are not what was computed
        if right[below].all() and right[above].all():
            hint = "redresse_middle"
        elif right[~below].all():
            hint = "redresse_below"
        elif right[~above].all():
            hint = "redresse_above"
        elif right[~below & ~above].all() and not (right[below & (z > 0)].any() or right[above & (z < 1)].any()):
            hint = "redresse_ramps"
        expect_equal(got, truth, name, mistakes, otherwise=hint)


def wrong_functions(z: Tensor, truth: Tensor, lam: float) -> dict[str, Tensor | tuple[Tensor, ...]]:
    """What one finds who makes a mistake, by hint."""
    middle, mirror = (z - lam / 2) / (1 - lam), 1 - z
    count, spread = len(z), ((1 - lam) ** 2 + lam**2) / 12
    ranks, standard = z.argsort().argsort() / count, (z - 0.5) / (12 * spread) ** 0.5

    def mirrored(low: Tensor, high: Tensor) -> Tensor:
        """`low` where z ≤ λ, `high` where z ≥ 1 − λ, and the formula of the middle between."""
        return torch.where(z <= lam, low, torch.where(z >= 1 - lam, high, middle))

    square, area = z.square(), 2 * lam * (1 - lam)
    up = mirror.square()
    return {
        "redresse_in_turn": tuple(
            in_turn(z, lam, order, *open_ends)
            for order in permutations(range(3))
            for open_ends in ((False, False), (True, False), (False, True))
        ),
        "redresse_identity": z,
        "redresse_linear": (middle, middle.clamp(0, 1)),
        "redresse_no_upper_half": mirrored(square / area, square / area),
        "redresse_not_subtracted": (mirrored(square / area, up / area), torch.where(z <= 0.5, truth, 1 - truth)),
        "redresse_twice": mirrored(2 * square / area, 1 - 2 * up / area),
        "redresse_no_square": mirrored(z / area, 1 - mirror / area),
        "redresse_not_divided": mirrored(square / (2 * lam), 1 - up / (2 * lam)),
        "redresse_ranks": (ranks, ranks + 1 / count / 2, ranks + 1 / count, ranks * count / (count - 1)),
        "redresse_standardised": (z.mean() + standard, 0.5 + standard, standard / 12**0.5 + 0.5, standard * 12**0.5),
        "redresse_gaussian": torch.distributions.Normal(0.5, spread**0.5).cdf(z),
        "redresse_inverse": (lam * (1 - lam) * 2 * z).sqrt(),
        "redresse_density": mirrored(z / lam / (1 - lam), mirror / lam / (1 - lam)) * 0
        + torch.where(z <= lam, z, torch.where(z >= 1 - lam, mirror, torch.full_like(z, lam))) / (lam * (1 - lam)),
        "redresse_turned": 1 - truth,
    }


def in_turn(z: Tensor, lam: float, order: tuple[int, ...], down: bool, up: bool) -> Tensor:
    """F if each of its formulas (0 below, 1 in the middle, 2 above) sees what those before it have written.

    Args:
        down, up: whether the middle has no end there.
    """
    z, area = z.clone(), 2 * lam * (1 - lam)
    for which in order:
        mask = (z <= lam, ((z > lam) | down) & ((z < 1 - lam) | up), z >= 1 - lam)[which]
        t = z[mask]
        z[mask] = (t.square() / area, (t - lam / 2) / (1 - lam), 1 - (1 - t).square() / area)[which]
    return z


@check(part="2.4", points=2)
def test_redresse_law(student):
    """Interpolated noise gets the law that it should have: 100,000 values, λ = 0.1, 0.3 and 0.5.
    Le bruit interpolé prend la loi qu'il doit avoir : 100 000 valeurs, λ = 0,1, 0,3 et 0,5.
    """
    for lam in (0.1, 0.3, 0.5):
        z = draws(lam)
        straight = expect_tensor(student.ask("redresse", z=z, lam=lam)["straightened"], tuple(z.shape), "redresse(z)")
        grows = straight.flatten()[z.flatten().argsort()].diff().min() > -1e-4
        expect(grows, "does_not_grow", name=f"redresse(z, {lam})")
        distance = law_distance(straight)
        expect(distance < 0.01, "law_not_uniform", lam=lam, distance=distance)


### BEGIN HIDDEN TESTS
def expect_work(student: object) -> None:
    """Raise `WrongError` unless redresse is a function of λ that grows from 0 to 1, and not the identity."""
    z = torch.linspace(0, 1, 41)
    got = expect_tensor(student.ask("redresse", z=z, lam=0.4)["straightened"], (41,), "redresse(z)")
    expect(not same(got, z.double(), 1e-2), "unchanged", "redresse_identity", name="redresse(z, 0.4)")
    other = expect_tensor(student.ask("redresse", z=z, lam=0.1)["straightened"], (41,), "redresse(z)")
    expect(not same(other, got, 1e-3), "all_same", name="redresse(z, λ)")
    grows = bool((got[1:] > got[:-1] - 1e-6).all()) and abs(got[0]) < 0.02 and abs(got[-1] - 1) < 0.02
    expect(grows, "does_not_grow", name="redresse(z, 0.4)")


@check(part="2.4", points=1, hidden=True)
def test_interpolation_leaves_alone(student, lab, rng):
    """Random pyramids, both ends of the way; the two noises are not changed.
    Des pyramides aléatoires, les deux bouts du chemin ; les deux bruits ne sont pas modifiés.
    """
    z0, z1 = (lab.noise.sample_noise(2, (64, 32), generator=rng) for _ in range(2))
    for lam in (0.0, 0.37, 1.0):
        answer = student.ask("interpolate_noise", z0=z0, z1=z1, lam=lam)
        expect(isinstance(answer["noise"], list) and len(answer["noise"]) == 6, "scales_missing", got="…", want=6)
        for k, (a, b) in enumerate(zip(z0, z1, strict=True)):
            expect_equal(answer["noise"][k], (1 - lam) * a + lam * b, f"z[{k}]")
            expect(torch.equal(answer["z0"][k], a), "noise_changed", "interpolation_in_place")
            expect(torch.equal(answer["z1"][k], b), "noise_changed", "interpolation_in_place")


@check(part="2.4", points=1, hidden=True)
def test_redresse_symmetric(student):
    """λ and 1 − λ give the same result.
    λ et 1 − λ donnent le même résultat.
    """
    expect_work(student)
    z = torch.linspace(0, 1, 101)
    for lam in (0.4, 0.2, 0.05):
        low, high = (student.ask("redresse", z=z, lam=some)["straightened"] for some in (lam, 1 - lam))
        low, high = (expect_tensor(some, (101,), "redresse(z)") for some in (low, high))
        expect(same(high, low, 1e-3), "two_results", "redresse_beyond_half", lam=lam)


@check(part="2.4", points=1, hidden=True)
def test_redresse_ends(student):
    """At both ends, and very near them, nothing changes and nothing overflows.
    Aux deux bouts, et tout près, rien ne change et rien ne déborde.
    """
    expect_work(student)
    z = torch.linspace(0, 1, 33)
    for lam in (0.0, 1.0, 1e-9, 1 - 1e-9):
        got = student.ask("redresse", z=z, lam=lam)["straightened"]
        if isinstance(got, Tensor):
            expect(got.isfinite().all(), "not_finite", "redresse_ends", name=f"redresse(z, {lam})")
        expect_equal(got, z, f"redresse(z, {lam})")


@check(part="2.4", points=1, hidden=True)
def test_redresse_leaves_alone(student, seed):
    """Any shape, the same shape back, each value by itself; the noise given is not changed.
    Toute forme, et la même forme au retour, chaque valeur pour elle-même ; le bruit donné n'est pas modifié.
    """
    expect_work(student)
    z = draws(0.4, 600, seed).reshape(2, 3, 10, 10)
    answer = student.ask("redresse", z=z, lam=0.4)
    straight = expect_tensor(answer["straightened"], (2, 3, 10, 10), "redresse(z)")
    expect(torch.equal(answer["z"], z), "noise_changed", "redresse_in_place")
    half = student.ask("redresse", z=z[:1, :, :5], lam=0.4)["straightened"]
    alone = same(expect_tensor(half, (1, 3, 5, 10), "redresse(z)"), straight[:1, :, :5], 1e-3)
    expect(alone, "others_matter", "redresse_ranks")


### END HIDDEN TESTS
