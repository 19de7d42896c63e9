"""Reading VGG-19 weights (Simonyan and Zisserman 2014) from the four files that people have. No network lives here.

All three become one form, `VGG19Weights`, for an input x − mean with x RGB in [0, 1]:

    torchvision's .pth    RGB, (x − mean) / std       the first filters are divided by std
    Gatys' vgg_conv.pth   BGR, 255 · (x − mean)       the first filters are flipped and multiplied by 255
    the lab's vgg19.npy   the same, as HWIO arrays    … and transposed
    vgg19-d01eb7cb.pth    Caffe's, in torchvision's names: as Gatys'

Nothing in a file is ever executed: .pth files are read with weights only, .npy files by an unpickler that knows arrays.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

import numpy as np
import torch
from torch import Tensor

from workbench.errors import InputError
from workbench.files import check_downloaded
from workbench.untrusted import read_array_dict, read_state_dict

# Mean and standard deviation of ImageNet, R G B, as the two families of files have them.
TORCHVISION_MEAN, TORCHVISION_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN = (0.48501961, 0.45795686, 0.40760392)
CAFFE_HASH = "d01eb7cb"

CONVOLUTIONS = tuple(f"conv{b}_{i}" for b, count in enumerate((2, 2, 4, 4, 4), start=1) for i in range(1, count + 1))
TORCHVISION_INDEX = dict(zip(CONVOLUTIONS, (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34), strict=True))


class VGG19Weights(NamedTuple):
    """The convolutions of VGG-19, from conv1_1 to where the file stops."""

    mean: tuple[float, float, float]
    """Subtracted from the image, R G B."""
    convolutions: dict[str, tuple[Tensor, Tensor]]
    """Filters (O, I, 3, 3) and biases (O,) by name, in order."""


def read_vgg19(path: str | os.PathLike | None = None) -> VGG19Weights:
    """The weights of VGG-19, in the form above; a file may stop early, after any convolution.

    Args:
        path: a file in one of the three formats; torchvision's weights (downloaded once, 548 MB) when left out.

    Raises:
        InputError: no file, or not one of the formats, or damaged, or it holds more than arrays; no network.
    """
    weights = _download() if path is None else _read(Path(path))
    found = weights.convolutions
    names = [name for name in CONVOLUTIONS if name in found]
    if not names or names != list(CONVOLUTIONS[: len(names)]):
        raise InputError(f"{path} holds no VGG-19: expected the convolutions conv1_1, conv1_2, … without a gap")
    channels = 3
    for name in names:
        weight, bias = found[name]
        if weight.shape != (len(bias), channels, 3, 3):
            raise InputError(f"{path} holds no VGG-19: {name} has the shape {tuple(weight.shape)}")
        if not (weight.isfinite().all() and bias.isfinite().all()):
            raise InputError(f"{path}: {name} has values that are not finite: is the file damaged?")
        channels = len(bias)
    return weights


def _download() -> VGG19Weights:
    from torchvision.models import VGG19_Weights  # slow to import, and needed for this alone

    try:
        state = VGG19_Weights.IMAGENET1K_V1.get_state_dict(progress=True, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        reason = getattr(error, "reason", error)
        raise InputError(
            f"VGG-19's weights could not be downloaded ({reason}): give a file with --weights FILE "
            "(torchvision's .pth, vgg_conv.pth or vgg19.npy), or use --extractor learned, which the lab has"
        ) from None
    return _from_torchvision(state)


def _read(path: Path) -> VGG19Weights:
    if not path.is_file():
        raise InputError(f"no weights file {path}: check the path, or leave it out to download VGG-19")
    check_downloaded(path)
    state = _state_of(read_array_dict(path)) if path.suffix == ".npy" else read_state_dict(path)
    if {"features.0.weight", "features.0.bias"} <= state.keys():
        return _from_caffe(state) if _is_caffe(state, path) else _from_torchvision(state)
    if {"conv1_1.weight", "conv1_1.bias"} <= state.keys():
        return _from_gatys(state)
    keys = ", ".join(list(state)[:3]) or "nothing"
    raise InputError(f"{path} holds no VGG-19: expected features.0.weight or conv1_1.weight, found {keys} …")


def _from_torchvision(state: Mapping[str, Tensor]) -> VGG19Weights:
    found = _pairs(state, {name: f"features.{index}" for name, index in TORCHVISION_INDEX.items()})
    first, bias = found["conv1_1"]
    found["conv1_1"] = (first / torch.tensor(TORCHVISION_STD)[:, None, None], bias)
    return VGG19Weights(TORCHVISION_MEAN, found)


def _is_caffe(state: Mapping[str, Tensor], path: Path) -> bool:
    """Whether the original Caffe weights lie under torchvision's names, as in the file vgg19-d01eb7cb.pth.

    Its hash begins as its name says, and its fully connected layers are 1, 4 and 6, where torchvision's are 0, 3 and 6.
    """
    if CAFFE_HASH in path.name or "classifier.1.weight" in state:
        return True
    return hashlib.sha256(path.read_bytes()).hexdigest().startswith(CAFFE_HASH)


def _from_caffe(state: Mapping[str, Tensor]) -> VGG19Weights:
    found = _pairs(state, {name: f"features.{index}" for name, index in TORCHVISION_INDEX.items()})
    named = {f"{name}.weight": weight for name, (weight, _) in found.items()}
    return _from_gatys(named | {f"{name}.bias": bias for name, (_, bias) in found.items()})


def _from_gatys(state: Mapping[str, Tensor]) -> VGG19Weights:
    found = _pairs(state, {name: name for name in CONVOLUTIONS})
    first, bias = found["conv1_1"]
    found["conv1_1"] = (first.flip(1) * 255, bias)
    return VGG19Weights(CAFFE_MEAN, found)


def _pairs(state: Mapping[str, Tensor], keys: Mapping[str, str]) -> dict[str, tuple[Tensor, Tensor]]:
    return {
        name: (state[f"{key}.weight"].float(), state[f"{key}.bias"].float())
        for name, key in keys.items()
        if f"{key}.weight" in state and f"{key}.bias" in state
    }


def _state_of(arrays: Mapping[str, list[np.ndarray]]) -> dict[str, Tensor]:
    """The lab's arrays under the names and in the order of axes of vgg_conv.pth."""
    state = {}
    for name, (weight, bias) in arrays.items():
        if weight.ndim == 4 and bias.ndim == 1:
            state[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(weight.transpose(3, 2, 0, 1)))
            state[f"{name}.bias"] = torch.from_numpy(np.ascontiguousarray(bias))
    return state
