"""Gram matrices and their loss."""

import pytest
import torch
from textures.gram import gram_loss, gram_matrix, relative_weights


def test_formula_against_a_sum_over_positions_in_double_precision(generator):
    features = torch.randn(2, 3, 4, 5, generator=generator, dtype=torch.float64)
    expected = torch.zeros(2, 3, 3, dtype=torch.float64)
    for y in range(4):
        for x in range(5):
            expected += features[:, :, None, y, x] * features[:, None, :, y, x] / 20
    torch.testing.assert_close(gram_matrix(features), expected)


def test_any_memory_layout_gives_the_same_matrix(generator):
    features = torch.randn(2, 4, 6, 8, generator=generator)
    expected = gram_matrix(features)
    torch.testing.assert_close(gram_matrix(features.contiguous(memory_format=torch.channels_last)), expected)
    torch.testing.assert_close(gram_matrix(features.transpose(2, 3)), expected)


def test_a_torus_of_twice_the_size_has_the_same_matrix(generator):
    features = torch.randn(1, 4, 6, 8, generator=generator)
    torch.testing.assert_close(gram_matrix(features.repeat(1, 1, 2, 2)), gram_matrix(features))


def test_loss_is_the_weighted_squared_frobenius_norm_averaged_over_the_batch():
    grams = {"a": torch.full((2, 2, 2), 3.0), "b": torch.full((2, 1, 1), 5.0)}
    targets = {"a": torch.ones(1, 2, 2), "b": torch.ones(1, 1, 1)}
    grams["a"][1] = 1.0
    # a: image 0 gives 4 · 2² = 16, image 1 gives 0; b: both give 4².
    assert gram_loss(grams, targets).item() == pytest.approx(8 + 16)
    assert gram_loss(grams, targets, {"a": 0.5, "b": 0.25}).item() == pytest.approx(4 + 4)


def test_relative_weights_make_zero_matrices_cost_one(generator):
    targets = {name: torch.randn(1, c, c, generator=generator) * 10**c for name, c in (("a", 2), ("b", 5))}
    zeros = {name: torch.zeros_like(target) for name, target in targets.items()}
    assert gram_loss(zeros, targets, relative_weights(targets)).item() == pytest.approx(1)


def test_relative_weights_stay_finite_for_a_layer_that_does_not_respond():
    assert relative_weights({"a": torch.zeros(1, 2, 2)})["a"].isfinite()
