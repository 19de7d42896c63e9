"""Feature extractors: fixed convolutional networks, from an image to its feature maps. Nothing is trained here."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from workbench.devices import choose_device
from workbench.errors import InputError, unknown
from workbench.memory import keep_freed_memory

from .speed.pyramid import blur_filter, halve, wrap
from .weights.learned_weights import LEARNED_CONVOLUTIONS, LEARNED_MEAN, read_learned
from .weights.vgg_weights import VGG19Weights, read_vgg19

EXTRACTORS = ("learned", "random", "vgg19")
VGG19_ENDS = tuple(f"conv{block}_{last}" for block, last in enumerate((2, 2, 4, 4, 4), start=1))


class FeatureExtractor(nn.Module):
    """What all extractors share: named layers, checks of the input, no work after the last layer asked for.

    The filters are buffers, so there is nothing an optimiser could change. `extractor.to(torch.bfloat16)` computes
    in bfloat16, for speed where the hardware has it; the maps returned are float32 all the same.
    """

    layer_names: tuple[str, ...]
    """All layers, in the order in which they are computed."""
    default_layers: tuple[str, ...]
    """The layers used when none are named."""

    def forward(self, image: Tensor, layers: Sequence[str] | None = None, periodic: bool = True) -> dict[str, Tensor]:
        """Feature maps by layer name.

        Args:
            image: (B, 3, H, W), RGB in [0, 1].
            layers: some of `layer_names`; `default_layers` when left out.
            periodic: whether the image goes on at its opposite border. True for the images that the lab makes, False
                for photographs.

        Returns:
            (B, C, h, w), float32, for each layer asked, in the order of `layer_names`.

        Raises:
            ValueError: a layer that this extractor does not have, an image of another shape or too small for the layer.
        """
        wanted = set(self.check_layers(layers))
        if image.dim() != 4 or image.shape[1] != 3:
            raise InputError(f"an image has the shape (B, 3, H, W), got {tuple(image.shape)}")
        if image.requires_grad:
            image = image.view_as(image)
            image.register_hook(Tensor.contiguous)  # L-BFGS takes gradients that lie in memory as images do
        features = {}
        for name, maps in self._maps(image, wanted, periodic):
            features[name] = maps.float()
            if len(features) == len(wanted):
                break
        return features

    def check_layers(self, layers: Sequence[str] | None = None) -> list[str]:
        """The names themselves, or the default ones for None; raises ValueError if there is an unknown one, or none."""
        names = list(self.default_layers if layers is None else layers)
        for name in names:
            if name not in self.layer_names:
                raise unknown("layer", name, self.layer_names)
        if not names:
            raise InputError(f"no layer is named: choose from: {', '.join(self.layer_names)}")
        return names

    def layers_of_half(self, layers: Sequence[str]) -> list[str]:
        """The layers that see in `halve(image)` what `layers` see in the whole one, as far as there are."""
        return list(layers)

    def _maps(self, image: Tensor, wanted: Collection[str], periodic: bool) -> Iterator[tuple[str, Tensor]]:
        """Yield (name, maps) of the wanted layers, in order, computing as little as possible before each."""
        raise NotImplementedError


class RandomFeatures(FeatureExtractor):
    """Random filters at several scales: no training and no download (Ustyuzhaninov et al. 2016, arXiv 1606.00021).

    The image is blurred and halved `scales` − 1 times; at each scale s = 1, 2, … the same filters give the layers

        color{s}    ReLU of random mixtures of R, G, B, with random thresholds
        relu{s}_1   ReLU of 5×5 filters without mean
        relu{s}_2   ReLU of 3×3 filters of relu{s}_1

    Departures from the paper: two layers in place of one, a pyramid in place of large filters, filters without mean,
    and the colour layers that these call for.
    """

    mixtures: Tensor
    thresholds: Tensor
    blur: Tensor

    def __init__(
        self,
        scales: int = 4,
        widths: Sequence[int] = (48, 96),
        kernels: Sequence[int] = (5, 3),
        colors: int = 32,
        seed: int = 0,
    ):
        """`widths` and `kernels` are the channels and sides of the successive filters; `colors` are the mixtures."""
        super().__init__()
        self.scales, self.depth, self.reach = scales, len(widths), sum(kernels) - len(kernels) + 1
        generator = torch.Generator().manual_seed(seed)
        channels = 3
        for i, (width, side) in enumerate(zip(widths, kernels, strict=True), start=1):
            filters = torch.randn(width, channels, side, side, generator=generator)
            # Without mean: colour by colour for the image, over all the channels for its maps, which are ≥ 0.
            filters -= filters.mean(dim=(2, 3) if i == 1 else (1, 2, 3), keepdim=True)
            self.register_buffer(f"filters{i}", filters / filters.flatten(1).norm(dim=1)[:, None, None, None])
            channels = width
        mixtures = torch.randn(colors, 3, 1, 1, generator=generator)
        self.register_buffer("mixtures", mixtures / mixtures.norm(dim=1, keepdim=True))
        self.register_buffer("thresholds", 0.3 * torch.randn(colors, generator=generator))
        self.register_buffer("blur", blur_filter())

        kinds = ["color{}"] * bool(colors) + [f"relu{{}}_{i}" for i in range(1, self.depth + 1)]
        self.layer_names = tuple(kind.format(s) for s in range(1, scales + 1) for kind in kinds)
        self.default_layers = tuple(name for name in self.layer_names if not name.endswith("_1"))
        self.to(memory_format=torch.channels_last)  # in which CPUs and GPUs convolve fastest

    def layers_of_half(self, layers: Sequence[str]) -> list[str]:
        """Scale s + 1 of an image is scale s of its half."""
        kinds = len(self.layer_names) // self.scales
        places = [self.layer_names.index(name) - kinds for name in layers]
        return [self.layer_names[place] for place in places if place >= 0]

    def _maps(self, image: Tensor, wanted: Collection[str], periodic: bool) -> Iterator[tuple[str, Tensor]]:
        level = (image - 0.5).to(self.blur.dtype, memory_format=torch.channels_last)
        for s in range(1, self.scales + 1):
            if min(level.shape[-2:]) < self.reach:
                least = self.reach * 2 ** (s - 1)
                raise InputError(
                    f"an image of {image.shape[-2]}×{image.shape[-1]} pixels is too small for the layers of scale {s}: "
                    f"at least {least}×{least} is needed"
                )
            if f"color{s}" in wanted:
                yield f"color{s}", F.relu(F.conv2d(level, self.mixtures, self.thresholds), inplace=True)
            maps = level
            deepest = max((i for i in range(1, self.depth + 1) if f"relu{s}_{i}" in wanted), default=0)
            for i in range(1, deepest + 1):
                filters = getattr(self, f"filters{i}")
                if periodic:
                    maps = wrap(maps, filters.shape[-1] // 2)
                maps = F.relu(F.conv2d(maps, filters), inplace=True)
                if f"relu{s}_{i}" in wanted:
                    yield f"relu{s}_{i}", maps
            level = halve(level, periodic, self.blur)


class ConvolutionChain(FeatureExtractor):
    """3×3 convolutions one after the other, in blocks, with names as in VGG: conv1_1, relu1_1, conv1_2, …, pool1, …"""

    mean: Tensor

    def __init__(
        self,
        mean: Sequence[float],
        convolutions: Mapping[str, tuple[Tensor, Tensor]],
        ends: Collection[str],
        pooling: str = "avg",
    ):
        """`mean` (R, G, B) is subtracted; `convolutions` are filters (O, I, 3, 3) and biases (O,) by name, in order.

        A block's last convolution is in `ends`; behind it comes its `pooling`, 'max' or 'avg'.
        """
        super().__init__()
        if pooling not in ("max", "avg"):
            raise unknown("pooling", pooling, ("max", "avg"))
        self.pool = F.max_pool2d if pooling == "max" else F.avg_pool2d
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        names = []
        for name, (weight, bias) in convolutions.items():
            self.register_buffer(f"{name}_weight", weight)
            self.register_buffer(f"{name}_bias", bias)
            names += [name, name.replace("conv", "relu")]
            if name in ends:
                names.append(f"pool{name[4]}")
        self.layer_names = tuple(names)
        self.to(memory_format=torch.channels_last)  # in which CPUs and GPUs convolve fastest

    def _pad(self, maps: Tensor, periodic: bool) -> Tensor:
        """(B, C, h, w) → (B, C, h + 2, w + 2): goes on at the opposite border where periodic, else stands still."""
        return wrap(maps, 1) if periodic else F.pad(maps, (1, 1, 1, 1), mode="replicate")

    def _maps(self, image: Tensor, wanted: Collection[str], periodic: bool) -> Iterator[tuple[str, Tensor]]:
        maps = (image - self.mean).to(self.mean.dtype, memory_format=torch.channels_last)
        for name in self.layer_names:
            kind = name[:4]
            if kind == "conv":
                maps = self._pad(maps, periodic)
                maps = F.conv2d(maps, getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias"))
            elif kind == "relu":  # in place, unless it would destroy a map that was asked for
                maps = F.relu(maps, inplace=name.replace("relu", "conv") not in wanted)
            else:
                if min(maps.shape[-2:]) < 2:
                    least = 2 ** int(name[4:])
                    raise InputError(
                        f"an image of {image.shape[-2]}×{image.shape[-1]} pixels is too small for {name}: "
                        f"at least {least}×{least} is needed"
                    )
                maps = self.pool(maps, 2)
            if name in wanted:
                yield name, maps


class LearnedFeatures(ConvolutionChain):
    """A small network that has learned to see textures as a VGG does: conv1_1, relu1_1, conv1_2, …, pool4.

    Four blocks of two convolutions and an average pooling. features/make_features.py trains it, without any picture
    but the lab's own, to give the maps and the Gram matrices of a VGG.
    """

    def __init__(self, convolutions: Mapping[str, tuple[Tensor, Tensor]]):
        """`convolutions` come from `read_learned`."""
        super().__init__(LEARNED_MEAN, convolutions, LEARNED_CONVOLUTIONS[1::2])
        self.default_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")

    def layers_of_half(self, layers: Sequence[str]) -> list[str]:
        """A block sees in the half what the next one sees in the whole; the first one there sees the pixels as well."""
        return list(dict.fromkeys(f"{name[:4]}{max(int(name[4]) - 1, 1)}{name[5:]}" for name in layers))


class VGG19Features(ConvolutionChain):
    """VGG-19 (Simonyan and Zisserman 2014) up to where its weights go: conv1_1, relu1_1, conv1_2, …, pool5.

    It pads with zeros at every border, as it was trained, whether the image is periodic or not.
    """

    def __init__(self, weights: VGG19Weights, pooling: str = "max"):
        """`weights` come from `read_vgg19`; `pooling` is 'max' (as trained) or 'avg' (Gatys et al. 2015, sec. 2)."""
        super().__init__(weights.mean, weights.convolutions, VGG19_ENDS, pooling)
        gatys = ("conv1_1", "pool1", "pool2", "pool3", "pool4")
        self.default_layers = tuple(name for name in gatys if name in self.layer_names)

    def _pad(self, maps: Tensor, periodic: bool) -> Tensor:
        return F.pad(maps, (1, 1, 1, 1))


def load_extractor(
    name: str = "learned", *, weights: str | os.PathLike | None = None, pooling: str = "max", device: str = "auto"
) -> FeatureExtractor:
    """The extractor of that name, ready on the device.

    Args:
        name: 'learned' (the lab's own small network, the default), 'random' (no training at all) or 'vgg19'.
        weights: for vgg19, a file: torchvision's .pth, vgg_conv.pth or vgg19.npy; downloaded once when left out. For
            learned, another file than features/learned.safetensors.
        pooling: for vgg19, 'max' or 'avg'.
        device: 'auto' (CUDA where there is one), 'cpu', 'cuda', …

    Raises:
        InputError: unknown name or pooling, no such device, weights that cannot be read or downloaded.
    """
    if name not in EXTRACTORS:
        raise unknown("extractor", name, EXTRACTORS)
    target = choose_device(device)
    keep_freed_memory()
    if name == "random":
        if weights is not None:
            raise InputError("the random extractor takes no weights: leave --weights out, or use another --extractor")
        return RandomFeatures().to(target)
    if name == "learned":
        return LearnedFeatures(read_learned(weights)).to(target)
    return VGG19Features(read_vgg19(weights), pooling).to(target)
