"""Synthesis from pixels: L-BFGS, Adam, coarse to fine, and the noise they start from."""

import pytest
import torch
from textures.adam import synthesize_adam
from textures.features import RandomFeatures
from textures.gatys import synthesize
from textures.gram import gram_loss, gram_matrix, relative_weights
from textures.images import load_image
from textures.multiscale import spectrum_noise, synthesize_multiscale

from workbench.errors import InputError


def own_loss(image, exemplar, extractor, layers=None) -> float:
    """The relative Gram loss of an image, computed here and not by what is tested."""
    targets, grams = ({n: gram_matrix(f) for n, f in extractor(x, layers).items()} for x in (exemplar, image))
    return gram_loss(grams, targets, relative_weights(targets)).item()


@pytest.mark.parametrize(("method", "fall"), [(synthesize, 300), (synthesize_adam, 10)])
def test_the_loss_falls_and_the_image_returned_has_it(method, fall, pebbles, extractor):
    exemplar = pebbles.clone()
    result = method(pebbles, extractor, iterations=60)
    start = own_loss(torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)), pebbles, extractor)
    assert result.losses[0] == pytest.approx(start, rel=1e-3)
    assert own_loss(result.image, pebbles, extractor) < start / fall
    assert result.image.min() >= 0 and result.image.max() <= 1
    assert torch.equal(pebbles, exemplar)


def test_l_bfgs_is_far_ahead_of_adam_after_as_many_evaluations(pebbles, extractor):
    lbfgs, adam = (method(pebbles, extractor, iterations=40).losses for method in (synthesize, synthesize_adam))
    assert min(lbfgs) < min(adam) / 3


@pytest.mark.parametrize("contrast", [1, 0.03])
def test_l_bfgs_goes_on_as_long_as_it_was_asked_to(contrast, pebbles, extractor):
    """Ended after two steps, or by a tolerance: jcjohnson/neural-style#179, jcjohnson/neural-style#53."""
    losses = synthesize(0.5 + contrast * (pebbles - 0.5), extractor, iterations=60).losses
    assert 60 <= len(losses) <= 60 + 25
    assert min(losses[30:]) < min(losses[:30])


def test_size_layers_and_iterations_are_respected(pebbles, extractor):
    seen = []
    result = synthesize(
        pebbles,
        extractor,
        ["relu1_1"],
        size=(32, 48),
        iterations=7,
        callback=lambda image, loss: seen.append(image.shape),
    )
    assert result.image.shape == (1, 3, 32, 48)
    # The last line search may go on beyond the count, and never by much.
    assert 7 <= len(result.losses) == len(seen) <= 7 + 25
    assert set(seen) == {(1, 3, 32, 48)}
    assert own_loss(result.image, pebbles, extractor, ["relu1_1"]) < own_loss(result.image, pebbles, extractor)


def test_it_starts_from_noise_by_seed_or_from_the_image_given(pebbles, extractor):
    def first_image(**options):
        seen = []
        synthesize(pebbles, extractor, iterations=1, callback=lambda image, loss: seen.append(image.clone()), **options)
        return seen[0]

    assert torch.equal(first_image(seed=3), first_image(seed=3))
    assert not torch.equal(first_image(seed=3), first_image(seed=4))
    init = torch.full((1, 3, 64, 64), 0.25)
    assert torch.equal(first_image(init=init), init)
    assert torch.equal(init, torch.full((1, 3, 64, 64), 0.25))


def test_coarse_to_fine_passes_through_the_sizes_and_calls_back_at_each(pebbles, extractor):
    sizes = []
    result = synthesize_multiscale(
        pebbles,
        extractor,
        size=(64, 96),
        iterations=3,
        scales=3,
        callback=lambda image, _: sizes.append(image.shape[-2:]),
    )
    assert list(dict.fromkeys(map(tuple, sizes))) == [(16, 24), (32, 48), (64, 96)]
    assert result.image.shape == (1, 3, 64, 96)


def test_coarse_to_fine_gets_lower_with_the_same_work_at_full_size(extractor):
    exemplar = load_image("bricks", 128)
    plain = synthesize(exemplar, extractor, iterations=40)
    fine = synthesize_multiscale(exemplar, extractor, iterations=40, scales=3)
    assert min(fine.losses) < min(plain.losses) / 2


def test_what_the_coarse_scale_has_matched_is_matched_at_the_start_of_the_next(extractor):
    exemplar, losses = load_image("bricks", 128), {}
    synthesize_multiscale(
        exemplar,
        extractor,
        ["color2", "relu2_2"],
        iterations=30,
        scales=2,
        callback=lambda image, loss: losses.setdefault(image.shape[-1], []).append(loss.item()),
    )
    assert losses[64][0] > 100 * losses[64][-1]
    assert losses[128][0] < 10 * losses[64][-1]


def test_odd_sizes_of_image_and_exemplar_go_through_all_scales(extractor):
    exemplar = load_image("bricks", 96)[..., :75, :93]
    result = synthesize_multiscale(exemplar, extractor, size=(67, 81), iterations=10, scales=3)
    assert result.image.shape == (1, 3, 67, 81)
    assert result.losses[-1] < result.losses[0] / 3


@pytest.mark.parametrize("scales", [0, 20])
def test_an_impossible_number_of_scales_is_refused(scales, pebbles, extractor):
    with pytest.raises(InputError, match=f"scales must be .* got {scales}"):
        synthesize_multiscale(pebbles, extractor, scales=scales)


def test_spectrum_noise_has_the_mean_the_colours_and_the_spectrum_of_the_exemplar(pebbles):
    generator = torch.Generator().manual_seed(0)
    noises = torch.cat([spectrum_noise(pebbles, (64, 64), generator) for _ in range(64)])
    torch.testing.assert_close(noises.mean(dim=(0, 2, 3)), pebbles.mean(dim=(0, 2, 3)), atol=1e-3, rtol=0)
    power = [torch.fft.fft2(x - x.mean(dim=(2, 3), keepdim=True)).abs().square().mean(dim=0) for x in (noises, pebbles)]
    assert torch.corrcoef(torch.stack([p.flatten() for p in power]))[0, 1] > 0.95
    assert power[0].sum() == pytest.approx(power[1].sum().item(), rel=0.1)
    colours = [torch.cov(x.transpose(0, 1).flatten(1)) for x in (noises, pebbles)]
    torch.testing.assert_close(*colours, rtol=0.1, atol=1e-3)


def test_spectrum_noise_of_another_size_keeps_mean_and_variance(pebbles):
    noise = spectrum_noise(pebbles, (128, 96), torch.Generator().manual_seed(0))
    assert noise.shape == (1, 3, 128, 96)
    torch.testing.assert_close(noise.mean(dim=(2, 3)), pebbles.mean(dim=(2, 3)), atol=0.02, rtol=0)
    assert noise.var().item() == pytest.approx(pebbles.var().item(), rel=0.2)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA")
def test_cuda_descends_as_the_cpu_does(pebbles, extractor):
    on_cpu = synthesize(pebbles, extractor, iterations=10)
    on_gpu = synthesize(pebbles.cuda(), RandomFeatures(scales=2, widths=(8, 16), colors=8).cuda(), iterations=10)
    assert on_gpu.image.is_cuda
    assert on_gpu.losses[:4] == pytest.approx(on_cpu.losses[:4], rel=1e-2)


def test_coarse_scales_match_what_the_layers_asked_for_will_see_at_full_size(pebbles):
    features = RandomFeatures(scales=3, widths=(8, 16), colors=8)
    asked = {}

    def method(exemplar, extractor, layers, **options):
        asked[exemplar.shape[-1]] = layers
        return synthesize(exemplar, extractor, layers, **options)

    layers = ["color1", "relu2_2", "relu3_2"]
    synthesize_multiscale(pebbles, features, layers, iterations=1, scales=3, method=method)
    assert asked == {16: ["relu1_2"], 32: ["relu1_2", "relu2_2"], 64: layers}
