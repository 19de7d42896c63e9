"""The noise pyramid and the law of interpolated noise."""

import pytest
import torch
from textures.noise import interpolate_noise, redresse, sample_noise


def kolmogorov_smirnov(values: torch.Tensor) -> float:
    """Greatest distance between the empirical distribution of (N,) values and the uniform one."""
    ordered = values.double().sort().values
    steps = torch.arange(len(ordered) + 1, dtype=torch.float64) / len(ordered)
    return max((steps[1:] - ordered).max().item(), (ordered - steps[:-1]).max().item())


def test_pyramid_has_halved_sizes_and_independent_uniform_noises(generator):
    noise = sample_noise(2, (64, 96), generator=generator)
    assert [tuple(z.shape) for z in noise] == [(2, 3, 64 >> k, 96 >> k) for k in range(6)]
    assert kolmogorov_smirnov(noise[0].flatten()) < 0.02
    coarse = noise[0][..., ::2, ::2].flatten()
    assert abs(torch.corrcoef(torch.stack([coarse, noise[1].flatten()]))[0, 1]) < 0.05


def test_same_seed_same_noise_and_another_seed_another():
    first, again, other = (sample_noise(1, 32, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize(("size", "advice"), [(250, "got 250: try 256"), (16, "got 16: try 32"), ((64, 40), "got 40")])
def test_a_size_that_cannot_be_halved_is_refused_with_the_nearest_good_one(size, advice):
    with pytest.raises(ValueError, match=advice):
        sample_noise(1, size)


def test_interpolation_ends_at_the_two_noises(generator):
    z0, z1 = (sample_noise(1, 32, generator=generator) for _ in range(2))
    for lam, end in ((0, z0), (1, z1)):
        assert all(torch.equal(a, b) for a, b in zip(interpolate_noise(z0, z1, lam), end, strict=True))
    assert interpolate_noise(z0, z1, 0.25)[0][0, 0, 0, 0] == pytest.approx(
        0.75 * z0[0][0, 0, 0, 0].item() + 0.25 * z1[0][0, 0, 0, 0].item()
    )


@pytest.mark.parametrize("lam", [0.1, 0.25, 0.5, 0.8])
def test_redresse_gives_a_million_interpolated_uniforms_the_uniform_law(lam):
    generator = torch.Generator().manual_seed(1)
    u, v = torch.rand(2, 10**6, generator=generator)
    mixed = (1 - lam) * u + lam * v
    before = mixed.clone()
    straight = redresse(mixed, lam)
    assert kolmogorov_smirnov(straight) < 0.002
    assert kolmogorov_smirnov(mixed) > 0.02
    assert torch.equal(mixed, before)


@pytest.mark.parametrize("lam", [0.05, 0.3, 0.5, 0.9])
def test_redresse_is_an_increasing_map_of_the_unit_interval_symmetric_about_its_middle(lam):
    t = torch.linspace(0, 1, 1001, dtype=torch.float64)
    mapped = redresse(t, lam)
    assert mapped[0] == 0 and mapped[-1] == 1
    assert (mapped.diff() > 0).all()
    torch.testing.assert_close(mapped + mapped.flip(0), torch.ones_like(t))
    torch.testing.assert_close(mapped, redresse(t, 1 - lam))


@pytest.mark.parametrize("lam", [0.0, 1e-9, 1.0])
def test_redresse_is_the_identity_at_the_ends_and_returns_a_copy(lam, generator):
    z = torch.rand(1, 3, 4, 4, generator=generator)
    straight = redresse(z, lam)
    torch.testing.assert_close(straight, z)
    assert straight.data_ptr() != z.data_ptr()


def test_redresse_of_three_known_points():
    # λ' = 1/4: the ramp ends at t = 1/4 with F = (1/16)/(3/8) = 1/6; F(1/8) = 1/24; F(1/2) = (3/8)/(3/4) = 1/2.
    points = redresse(torch.tensor([0.125, 0.25, 0.5], dtype=torch.float64), 0.75)
    torch.testing.assert_close(points, torch.tensor([1 / 24, 1 / 6, 1 / 2], dtype=torch.float64))
