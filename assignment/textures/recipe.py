"""What lets a generator learn in minutes: the loss it sees, the batches it gets, the statistics it keeps."""

import math
from collections.abc import Collection, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .features import FeatureExtractor
from .gram import gram_matrix
from .images import is_seamless
from .texturenet import TextureNet


class WhitenedFeatures(FeatureExtractor):
    """An extractor's maps of the displayed image, in a basis that makes the exemplar's Gram matrices near identities.

    Features of one layer resemble each other, so a Gram matrix has a few large eigenvalues, which are the mean colour
    and contrast, and many small ones, which are the texture's shapes. A generator that follows the Gram loss learns
    the large ones first and the small ones hardly at all: its textures are flat. Here the maps are multiplied by

        A = (Λ/λ₁ + floor)^(-1/2) Uᵀ,   U Λ Uᵀ the exemplar's Gram matrix, λ₁ its largest eigenvalue,

    so that all directions count the same. The loss is zero for the same images as before.

    Colours are clipped to what a screen shows first, with a slope left outside. Without it, a few specks of
    impossible colours bring the second moments that the loss asks for, and are clipped when they are displayed.
    What lies outside is a layer of its own, `range`, with the maps

        1,  √(1 + 100 r) − 1   for r = max(0, x − 1) and max(0, −x), of each colour,

    whose second moments are 1 and 0 for an exemplar, and grow with r, and with the share of the image that it has.

    And a generator that learns with batch norm has a way out that shows: a channel for which it has no use yet must
    vary all the same, so it is quiet but for a few spots, where it is many standard deviations large. Each spot is a
    blob in the texture, of which the loss sees little, since it is rare. So there is a layer `spikes` of the generator
    itself, with the maps 1, √(3 p), where p is the mean of max(0, |y| − 3.5) over the numbers y that a batch norm has
    normalised, added up over all of them since the last image: a normal distribution has hardly any.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        exemplar: Tensor,
        layers: Sequence[str] | None = None,
        floor: float = 0.1,
        slope: float = 0.1,
        net: nn.Module | None = None,
    ):
        """Args: exemplar (1, 3, h, w); layers, some of the extractor's; floor, above; slope, outside of [0, 1]; net,
        the generator whose spikes are seen, until `release`."""
        super().__init__()
        self.extractor, self.slope = extractor, slope
        with torch.no_grad():
            features = extractor(exemplar, layers, periodic=is_seamless(exemplar))
        for name, maps in features.items():
            values, vectors = torch.linalg.eigh(gram_matrix(maps)[0].cpu().double())
            scales = (values.clamp(min=0) / values[-1] + floor).rsqrt()
            self.register_buffer(f"basis_{name}", (scales[:, None] * vectors.T).float()[:, :, None, None].to(maps))
        self.seen = tuple(features)
        self.layer_names = self.default_layers = (*self.seen, "range", "spikes")
        self._excess: list[Tensor] = []
        norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)] if net is not None else []
        self._hooks = [module.register_forward_hook(self._look) for module in norms]

    def release(self) -> None:
        """Look no more at the generator."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def _look(self, norm: nn.BatchNorm2d, inputs: tuple[Tensor], output: Tensor) -> None:
        if norm.training and output.requires_grad:
            scale, shift = norm.weight.abs().clamp(min=1e-3), norm.bias
            normalised = (output - shift[:, None, None]) / scale[:, None, None]
            self._excess.append(F.relu(normalised.abs() - 3.5).mean())

    def _maps(self, image: Tensor, wanted: Collection[str], periodic: bool) -> Iterator[tuple[str, Tensor]]:
        shown = image.clamp(0, 1)
        shown = shown + self.slope * (image - shown)
        seen = [name for name in self.seen if name in wanted]
        for name, maps in (self.extractor(shown, seen, periodic=periodic) if seen else {}).items():
            yield name, F.conv2d(maps, getattr(self, f"basis_{name}"))
        if "range" in wanted:
            outside = F.relu(torch.cat([image - 1, -image], dim=1))
            yield "range", torch.cat([torch.ones_like(image[:, :1]), (1 + 100 * outside).sqrt() - 1], dim=1)
        if "spikes" in wanted:
            excess = sum(self._excess, start=image.new_zeros(()))
            self._excess.clear()
            root = (3 * excess + 1e-8).sqrt() - 1e-4  # whose slope at 0 is finite
            yield "spikes", torch.stack([torch.ones_like(root), root]).view(1, 2, 1, 1)


def plan(steps: int, batch: int) -> list[tuple[int, float]]:
    """For each step, how many images it takes and its share of the highest learning rate.

    Quarter batches do for most of the way: they give four times the steps. The last tenth takes whole ones, whose
    batch norm is nearer to that of eval mode. The rate rises for a tenth of the images, stays, and falls from the
    middle to zero, as half a cosine.
    """
    whole = math.ceil(steps / 10)
    batches = [max(1, batch // 4)] * (steps - whole) + [batch] * whole
    planned, seen, total = [], 0, sum(batches)
    for images in batches:
        done = seen / total
        fall = 0.5 + 0.5 * math.cos(math.pi * max(0.0, 2 * done - 1))
        planned.append((images, min(max(done, 1e-3) / 0.1, 1.0) * fall))
        seen += images
    return planned


@torch.no_grad()
def settle(net: TextureNet, noises: list[list[Tensor]]) -> None:
    """Batch-norm statistics of the final weights, as plain means over images large enough for the coarsest scale.

    The running statistics still remember older weights, and batches in which that scale has a handful of pixels.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    for noise in noises:
        net.train()(noise)
    for norm in norms:
        norm.momentum = 0.1
