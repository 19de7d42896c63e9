"""Halving and enlarging: the one undoes the other, and the random features see the same before and after."""

import pytest
import torch
from textures.speed.pyramid import enlarge, halve


@pytest.mark.parametrize("size", [(8, 8), (32, 48), (6, 10)])
def test_the_half_of_an_enlarged_image_is_the_image(size):
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(2, 3, *size, generator=generator)
    noise = torch.randn(2, 3, 2 * size[0], 2 * size[1], generator=generator)
    torch.testing.assert_close(halve(enlarge(image, noise)), image, atol=1e-5, rtol=1e-5)


def test_enlarging_changes_the_noise_no_more_than_it_must():
    generator = torch.Generator().manual_seed(0)
    noise, other = torch.randn(2, 1, 3, 32, 32, generator=generator).double()
    torch.testing.assert_close(enlarge(halve(noise), noise), noise)
    # The nearest point of a plane is at right angles to all that lies in the plane.
    image = halve(other)
    change = enlarge(image, noise) - noise
    along = enlarge(image, torch.randn(1, 3, 32, 32, generator=generator).double()) - other
    assert abs((change * along).sum()) < 1e-6 * change.norm() * along.norm()


def test_deeper_scales_of_the_features_see_in_an_image_what_finer_ones_see_in_its_half(pebbles, extractor):
    generator = torch.Generator().manual_seed(0)
    enlarged = enlarge(pebbles, torch.randn(1, 3, 128, 128, generator=generator))
    layers = [name for name in extractor.layer_names if name[-3] == "2" or name == "color2"]
    assert len(layers) == 3
    whole = extractor(enlarged, layers)
    half = extractor(pebbles, extractor.layers_of_half(layers))
    for seen, expected in zip(whole.values(), half.values(), strict=True):
        torch.testing.assert_close(seen, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("periodic", [True, False])
def test_odd_sides_are_rounded_up_and_a_flat_image_stays_flat(periodic):
    halved = halve(torch.full((1, 3, 7, 10), 0.3), periodic)
    torch.testing.assert_close(halved, torch.full((1, 3, 4, 5), 0.3))
