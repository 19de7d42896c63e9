"""The generator of Texture Networks (Ulyanov et al. 2016). How it is trained and made fast is elsewhere.

The architecture is Jorge Gutierrez's (github.com/JorgeGtz/TextureNets_implementation), after Leon Gatys's
PytorchNeuralStyleTransfer (github.com/leongatys).
"""

import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from workbench.errors import InputError

from .weights.model_files import find_model, read_model, write_model


class ConvBlock(nn.Module):
    """3×3, 3×3 and 1×1 convolution, each with bias, batch norm and leaky ReLU (Ulyanov et al. 2016, sec. 3.2).

    Shapes: (B, in_channels, h, w) → (B, out_channels, h, w). The padding is circular, so textures have no border.
    The attributes are called conv1, bn1, conv2, bn2, conv3, bn3: trained models are stored under these names.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        # TODO 2.1: make the three convolutions and their batch norms.
        raise NotImplementedError("TODO 2.1: ConvBlock.__init__ is not written yet")

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_channels, h, w) → (B, out_channels, h, w)."""
        # TODO 2.1: convolution, batch norm, leaky ReLU of slope 0.01, three times.
        raise NotImplementedError("TODO 2.1: ConvBlock.forward is not written yet")


class UpBlock(nn.Module):
    """Nearest-neighbour upsampling ×2, then batch norm: (B, C, h, w) → (B, C, 2h, 2w). Its attribute is bn."""

    def __init__(self, channels: int):
        super().__init__()
        # TODO 2.1: make the batch norm.
        raise NotImplementedError("TODO 2.1: UpBlock.__init__ is not written yet")

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) → (B, C, 2h, 2w)."""
        # TODO 2.1: enlarge, then normalise.
        raise NotImplementedError("TODO 2.1: UpBlock.forward is not written yet")


class TextureNet(nn.Module):
    """From a pyramid of noises to an image (Ulyanov et al. 2016, fig. 2).

    At scale k, the block read[k] turns the noise z[k] into `step` channels. From the coarsest scale up:

        x = read[K−1](z[K−1]);   for k = K−2 … 0:   x = join[k]( concatenate( up[k](x), read[k](z[k]) ) )

    where x has (K − k)·step channels after scale k. Last, a 1×1 convolution takes the K·step channels to 3.
    The attributes are called read, up, join (`nn.ModuleList`s, indexed by k) and last.
    """

    def __init__(self, in_channels: int = 3, step: int = 8, scales: int = 6):
        super().__init__()
        self.in_channels, self.step, self.scales = in_channels, step, scales
        # TODO 2.1: make the blocks of every scale, and the last convolution.
        raise NotImplementedError("TODO 2.1: TextureNet.__init__ is not written yet")

    def forward(self, noise: list[Tensor]) -> Tensor:
        """The image made from one noise pyramid.

        Args:
            noise: z with z[k] of shape (B, in_channels, H/2^k, W/2^k), uniform on [0, 1): see `sample_noise`.

        Returns:
            (B, 3, H, W), RGB, about [0, 1]: the network is free to pass the ends a little.
        """
        # TODO 2.1: go up from the coarsest scale, as written above.
        raise NotImplementedError("TODO 2.1: TextureNet.forward is not written yet")


def count_parameters(module: nn.Module) -> int:
    """How many numbers training may change: scalars of the parameters that require a gradient, buffers not included."""
    # TODO 2.2: add up the sizes of the parameters that learn.
    raise NotImplementedError("TODO 2.2: count_parameters is not written yet")


def load_texturenet(name_or_path: str | os.PathLike) -> TextureNet:
    """A trained generator, in eval mode, on the CPU: a name from models/, or a file, also the original's.

    Raises:
        ValueError: no such model, or its file is damaged, or holds another network.
    """
    path = find_model(name_or_path)
    state = read_model(path)
    scales = len({key.split(".")[1] for key in state if key.startswith("read.")})
    step, in_channels = state["read.0.conv1.weight"].shape[:2] if scales else (8, 3)
    net = TextureNet(in_channels, step, scales or 6)
    own = net.state_dict()
    strange = [name for name in state if name not in own or own[name].shape != state[name].shape]
    strange += [name for name in own if name not in state]
    if strange:
        raise InputError(
            f"{path} does not fit TextureNet: {strange[0]} is not in both, with one shape ({len(strange)} such names); "
            "the docstrings say how attributes are called"
        )
    net.load_state_dict(state)
    return net.eval()


def save_texturenet(net: TextureNet, path: str | os.PathLike, card: Mapping[str, object]) -> None:
    """Write the weights as `path` (.safetensors) and what is known of them as a .json card beside it.

    Raises:
        ValueError: the suffix is another, or the place cannot be written.
    """
    write_model(net.state_dict(), path, card)
