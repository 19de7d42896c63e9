"""Reading the weights of the learned descriptor, a .safetensors file with its card. No network lives here."""

import os
from pathlib import Path

from torch import Tensor

from workbench.errors import InputError
from workbench.files import lab_folder

from .model_files import read_weights

LEARNED_MEAN = (0.485, 0.458, 0.408)
"""Subtracted from the image, R G B: the mean of photographs."""
LEARNED_CONVOLUTIONS = tuple(f"conv{block}_{i}" for block in range(1, 5) for i in (1, 2))


def read_learned(path: str | os.PathLike | None = None) -> dict[str, tuple[Tensor, Tensor]]:
    """Filters (O, I, 3, 3) and biases (O,) of conv1_1, conv1_2, conv2_1, … conv4_2, float32.

    Args:
        path: a file that features/make_features.py has written; the lab's own when left out.

    Raises:
        InputError: no file, or a damaged one, or not the one that its card describes, or of another network.
    """
    own = path is None
    path = lab_folder("features") / "learned.safetensors" if path is None else Path(path)
    way_out = "take features/ from the lab's archive again" if own else "give another file with --weights"
    way_out += ", or use --extractor random, which needs none"
    if not path.is_file():
        raise InputError(f"the weights of the learned features are missing ({path}): {way_out}")
    state = read_weights(path, way_out)
    names = {f"{name}.{kind}" for name in LEARNED_CONVOLUTIONS for kind in ("weight", "bias")}
    if state.keys() != names:
        odd = min(state.keys() ^ names)
        raise InputError(f"{path} holds no learned features ({'no ' * (odd in names)}{odd}): {way_out}")
    convolutions, channels = {}, 3
    for name in LEARNED_CONVOLUTIONS:
        weight, bias = state[f"{name}.weight"].float(), state[f"{name}.bias"].float()
        if bias.dim() != 1 or weight.shape != (len(bias), channels, 3, 3):
            raise InputError(f"{path} holds no learned features: {name} has the shape {tuple(weight.shape)}: {way_out}")
        if not (weight.isfinite().all() and bias.isfinite().all()):
            raise InputError(f"{path}: {name} has values that are not finite: {way_out}")
        convolutions[name], channels = (weight, bias), len(bias)
    return convolutions
