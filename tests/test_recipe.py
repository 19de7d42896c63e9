"""The loss that a generator learns from: the same zeros, fairer slopes, and no reward for impossible colours."""

import pytest
import torch
from textures.gram import gram_loss, gram_matrix, relative_weights
from textures.recipe import WhitenedFeatures, plan


@pytest.fixture
def whitened(extractor, pebbles):
    return WhitenedFeatures(extractor, pebbles)


def test_the_exemplars_gram_matrices_become_diagonal_and_even(whitened, extractor, pebbles):
    plain, white = extractor(pebbles), whitened(pebbles)
    assert white.keys() == {*plain, "range", "spikes"}
    for name in plain:
        maps = white[name]
        values = torch.linalg.eigvalsh(gram_matrix(plain[name])[0])
        gram = gram_matrix(maps)[0] / values[-1]
        torch.testing.assert_close(gram, torch.diag(gram.diagonal()), atol=1e-4, rtol=0)
        large = values / values[-1] > 0.05
        assert large.sum() >= 2, name
        assert gram.diagonal()[large].min() > 0.05 / 0.15 - 0.01, name
        assert gram.diagonal().max() < 1, name


def test_an_image_with_the_exemplars_statistics_has_no_loss_and_another_has(whitened, pebbles, generator):
    targets = {name: gram_matrix(maps) for name, maps in whitened(pebbles).items()}

    def loss(image):
        grams = {name: gram_matrix(maps) for name, maps in whitened(image).items()}
        return gram_loss(grams, targets, relative_weights(targets)).item()

    assert loss(pebbles.roll((16, 32), dims=(2, 3))) < 1e-3  # moved, not changed
    assert loss(torch.rand(pebbles.shape, generator=generator)) > 0.1


def test_colours_outside_of_the_screens_range_count_a_tenth_and_keep_a_gradient(extractor, pebbles, generator):
    image = torch.rand(1, 3, 64, 64, generator=generator)
    specks = torch.rand(1, 1, 64, 64, generator=generator) > 0.9
    far, near = image.masked_fill(specks, 3.0).requires_grad_(), image.masked_fill(specks, 1.2)
    found = WhitenedFeatures(extractor, pebbles)(far)
    for name, maps in WhitenedFeatures(extractor, pebbles, slope=1)(near).items():
        if name not in ("range", "spikes"):
            torch.testing.assert_close(found[name], maps)
    found["color1"].square().sum().backward()
    assert far.grad[specks.expand_as(far)].abs().min() > 0


def test_the_loss_of_colours_outside_is_none_for_a_picture_and_grows_with_how_far_and_how_many(extractor, pebbles):
    whitened = WhitenedFeatures(extractor, pebbles)

    def loss(image):
        target = {"range": gram_matrix(whitened(pebbles, ["range"])["range"])}
        return gram_loss({"range": gram_matrix(whitened(image, ["range"])["range"])}, target).item()

    losses = [loss(pebbles)]
    for beyond, rows in ((0.02, 8), (0.1, 8), (0.1, 32), (1.0, 32), (9.0, 64)):
        for value in (1 + beyond, -beyond):
            image = pebbles.clone()
            image[..., :rows, :] = value
            losses.append(loss(image))
    assert losses[0] == 0
    assert all(a < b for a, b in zip(losses[:-2:2], losses[2::2], strict=True))  # above 1
    assert all(abs(a / b - 1) < 1e-4 for a, b in zip(losses[1::2], losses[2::2], strict=True))  # as much below 0
    image = pebbles.clone().fill_(1.01).requires_grad_()
    whitened(image, ["range"])["range"].sum().backward()
    assert image.grad.min() > 0


def test_channels_that_save_their_variance_for_rare_spots_cost_and_learn_not_to(extractor, pebbles, generator):
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4), torch.nn.Conv2d(4, 3, 1))
    whitened = WhitenedFeatures(extractor, pebbles, net=net)
    even = torch.randn(1, 3, 64, 64, generator=generator)
    spots = even.clone()
    spots[..., :4, :4] = 100.0

    def spikes(noise):
        return whitened(net(noise), ["spikes"])["spikes"]

    torch.testing.assert_close(whitened(pebbles, ["spikes"])["spikes"][0, :, 0, 0], torch.tensor([1.0, 0.0]))
    assert spikes(even)[0, 1].item() < 0.1 < 0.3 < spikes(spots)[0, 1].item()
    assert spikes(even)[0, 1].item() < 0.1  # what was seen before is forgotten
    spikes(spots)[0, 1].backward()
    assert net[0].weight.grad.abs().max() > 0
    net.eval()
    assert abs(spikes(spots)[0, 1].item()) < 1e-6
    net.train()
    whitened.release()
    assert abs(spikes(spots)[0, 1].item()) < 1e-6 and not net[1]._forward_hooks


def test_the_plan_starts_with_small_batches_and_ends_with_whole_ones_at_no_rate():
    batches, shares = zip(*plan(200, 8), strict=True)
    assert batches == (2,) * 180 + (8,) * 20
    assert shares[0] < 0.02 and shares[-1] < 0.01 and max(shares) == 1
    top = shares.index(1.0)
    assert list(shares[: top + 1]) == sorted(shares[: top + 1])
    assert list(shares[top:]) == sorted(shares[top:], reverse=True)
    assert plan(1, 1)[0][0] == 1 and plan(1, 1)[0][1] > 0
