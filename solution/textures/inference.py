"""A trained generator made fast: the same function as TextureNet in eval mode, computed with less work.

Three savings. Batch norm with fixed statistics is an affine map, so it goes into the convolutions next to it. Padding
happens once: each noise is wrapped far enough that all 3×3 convolutions can do without ("halo"), and the little that is
computed outside the image is dropped. Channels lie next to one another in memory, where CPUs and GPUs convolve fastest.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .texturenet import ConvBlock, TextureNet


class FastTextureNet(nn.Module):
    """What `TextureNet` computes in eval mode, from a copy of its weights; for inference only.

    Called as net(noise) → (B, 3, H, W), like the network that it was made from, and equal to it but for rounding. The
    noise may be on another device: films draw it on the CPU, so that a seed gives the same film everywhere.
    """

    def __init__(self, net: TextureNet):
        super().__init__()
        self.scales, self.in_channels = net.scales, net.in_channels
        # halo[k]: pixels that are computed beyond the border of scale k, before join[k] eats two of them.
        self.halo, rest = [], 0
        for k in range(self.scales):
            self.halo.append(rest + 2 * (k < self.scales - 1))
            rest = (self.halo[k] + 1) // 2
        with torch.no_grad():
            self.read = nn.ModuleList(_FusedBlock(block) for block in net.read)
            self.join = nn.ModuleList(_FusedBlock(net.join[k], net.up[k].bn) for k in range(self.scales - 1))
        self.register_buffer("last_weight", net.last.weight.detach().clone())
        self.register_buffer("last_bias", net.last.bias.detach().clone())
        self.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def forward(self, noise: list[Tensor]) -> Tensor:
        """(B, in_channels, H/2^k, W/2^k) for each scale k → (B, 3, H, W), RGB."""
        x = None
        for k in reversed(range(self.scales)):
            z = _wrap(noise[k].to(self.last_bias.device), self.halo[k] + 2)
            z = self.read[k](z.contiguous(memory_format=torch.channels_last))
            if x is None:
                x = z
                continue
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            extra = (x.shape[-1] - z.shape[-1]) // 2  # an odd halo leaves one pixel too many at each side
            if extra:
                x = x[..., extra:-extra, extra:-extra]
            x = self.join[k](torch.cat([x, z], dim=1))
        return F.conv2d(x, self.last_weight, self.last_bias)


class _FusedBlock(nn.Module):
    """A ConvBlock without padding, its batch norms inside its convolutions; `before` is one on its first channels."""

    def __init__(self, block: ConvBlock, before: nn.BatchNorm2d | None = None):
        super().__init__()
        for i in (1, 2, 3):
            conv, bn = getattr(block, f"conv{i}"), getattr(block, f"bn{i}")
            scale, shift = _affine(bn)
            weight, bias = conv.weight * scale[:, None, None, None], conv.bias * scale + shift
            if i == 1 and before is not None:
                scale, shift = _affine(before)
                bias = bias + (weight[:, : len(shift)].sum(dim=(2, 3)) * shift).sum(dim=1)
                weight = torch.cat([weight[:, : len(scale)] * scale[:, None, None], weight[:, len(scale) :]], dim=1)
            self.register_buffer(f"weight{i}", weight.detach().clone())
            self.register_buffer(f"bias{i}", bias.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        for i in (1, 2, 3):
            x = F.leaky_relu_(F.conv2d(x, getattr(self, f"weight{i}"), getattr(self, f"bias{i}")), 0.01)
        return x


def _affine(bn: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Scale and shift, (C,) each, of a batch norm in eval mode."""
    scale = bn.weight / (bn.running_var + bn.eps).sqrt()
    return scale, bn.bias - bn.running_mean * scale


def _wrap(z: Tensor, pixels: int) -> Tensor:
    """Circular padding that may be wider than the image."""
    for dim in (2, 3):
        n = z.shape[dim]
        z = z.index_select(dim, torch.arange(-pixels, n + pixels, device=z.device) % n)
    return z
