"""A trained generator made fast: the same function as TextureNet in eval mode, computed with less work.

Four savings. Batch norm with fixed statistics is an affine map, so it goes into the convolution next to it. Padding
happens once: each noise is wrapped so far that all 3×3 convolutions can do without ("halo"), and what is computed
outside the image is dropped. A 3×3 convolution of an image upsampled ×2 is a transposed 4×4 convolution of the small
one, with less than half of the products. Channels lie side by side in memory, where CPUs and GPUs convolve fastest.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from workbench.memory import keep_freed_memory

from ..texturenet import ConvBlock, TextureNet


class FastTextureNet(nn.Module):
    """What `TextureNet` computes in eval mode, from a copy of its weights; for inference only.

    Called as net(noise) → (B, 3, H, W), like the network that it was made from, and equal to it but for rounding. The
    noise may be on another device: films draw it on the CPU, so that a seed gives the same film everywhere.
    """

    def __init__(self, net: TextureNet):
        super().__init__()
        keep_freed_memory()
        self.scales, self.in_channels = net.scales, net.in_channels
        # halo[k]: pixels that are computed beyond the border of scale k, before join[k] eats two of them.
        self.halo, rest = [], 0
        for k in range(self.scales):
            self.halo.append(rest + 2 * (k < self.scales - 1))
            rest = (self.halo[k] + 1) // 2
        with torch.no_grad():
            self.read = nn.ModuleList(_FastBlock(block) for block in net.read)
            self.join = nn.ModuleList(_FastJoin(net.join[k], net.up[k].bn) for k in range(self.scales - 1))
        self.register_buffer("last_weight", net.last.weight.detach().clone())
        self.register_buffer("last_bias", net.last.bias.detach().clone())
        self.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def forward(self, noise: list[Tensor]) -> Tensor:
        """(B, in_channels, H/2^k, W/2^k) for each scale k → (B, 3, H, W), RGB."""
        return self.inside([_wrap(noise[k].to(self.last_bias.device), self.halo[k] + 2) for k in range(self.scales)])

    @torch.inference_mode()
    def inside(self, noise: list[Tensor]) -> Tensor:
        """The same for noise that goes on beyond the image, by halo[k] + 2 pixels at each side of scale k."""
        x = None
        for k in reversed(range(self.scales)):
            z = self.read[k](noise[k].contiguous(memory_format=torch.channels_last))
            x = z if x is None else self.join[k](x, z)
        return F.conv2d(x, self.last_weight, self.last_bias)


class _FastBlock(nn.Module):
    """A ConvBlock without padding, with its batch norms inside its convolutions."""

    def __init__(self, block: ConvBlock):
        super().__init__()
        for i in (1, 2, 3):
            conv, (scale, shift) = getattr(block, f"conv{i}"), _affine(getattr(block, f"bn{i}"))
            self.register_buffer(f"weight{i}", conv.weight * scale[:, None, None, None])
            self.register_buffer(f"bias{i}", conv.bias * scale + shift)

    def forward(self, x: Tensor) -> Tensor:
        return self.rest(F.conv2d(x, self.weight1, self.bias1))

    def rest(self, x: Tensor) -> Tensor:
        """What comes after the first convolution."""
        for i in (2, 3):
            x = F.conv2d(F.leaky_relu_(x, 0.01), getattr(self, f"weight{i}"), getattr(self, f"bias{i}"))
        return F.leaky_relu_(x, 0.01)


class _FastJoin(_FastBlock):
    """UpBlock, concatenation and ConvBlock in one: (B, C, h, w) and noise branch → (B, C + step, …)."""

    # Neighbours along one dimension that share a source pixel after upsampling: taps of 3 become taps of 4.
    TAPS = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])

    def __init__(self, block: ConvBlock, before: nn.BatchNorm2d):
        super().__init__(block)
        scale, shift = _affine(before)
        weight, self.weight1 = self.weight1.split([len(scale), self.weight1.shape[1] - len(scale)], dim=1)
        self.bias1 = self.bias1 + (weight.sum(dim=(2, 3)) * shift).sum(dim=1)
        transposed = torch.einsum("ay,bx,oiyx->ioab", self.TAPS.to(weight), self.TAPS.to(weight), weight)
        self.register_buffer("upsampling", transposed * scale[:, None, None, None])

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        y = F.conv2d(z, self.weight1, self.bias1)
        # A halo that is no multiple of 2 leaves a pixel too many at each side: padding 3 in place of 2 drops it.
        padding = x.shape[-1] - y.shape[-1] // 2 + 1
        return self.rest(y.add_(F.conv_transpose2d(x, self.upsampling, stride=2, padding=padding)))


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
