"""Training a Texture Network on one exemplar (Ulyanov et al. 2016, sec. 3). What the network is: texturenet.py."""

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from workbench.errors import InputError
from workbench.interruption import between_steps
from workbench.terminal import bar

from .features import FeatureExtractor
from .gram import gram_loss, gram_matrix, relative_weights
from .images import is_seamless
from .noise import sample_noise
from .recipe import WhitenedFeatures, plan, settle
from .texturenet import TextureNet
from .weights.checkpoints import Settings, load_checkpoint, save_checkpoint

BLOCK = 100
"""Steps after which the loss is looked at: single ones jump."""
LAST = 20
"""Steps that tell where it is now."""


def training_step(
    net: nn.Module,
    extractor: FeatureExtractor,
    targets: dict[str, Tensor],
    noise: list[Tensor],
    optimizer: torch.optim.Optimizer,
) -> float:
    """Change the generator's parameters once, so that its images come nearer to the targets (Ulyanov et al., eq. 7).

    The loss is `gram_loss` of the images net(noise), with w = relative_weights(targets): the mean over the batch.

    Args:
        net: the generator, in training mode.
        extractor: gives the feature maps; is not changed.
        targets: the exemplar's Gram matrices by layer name, (1, C, C) each.
        noise: z with z[k] of shape (B, C, H/2^k, W/2^k).
        optimizer: of the generator's parameters.

    Returns:
        The loss before the step.
    """
    # TODO 2.3: loss of the images, its gradient, one step of the optimiser; return the loss as a number.
    raise NotImplementedError("TODO 2.3: training_step is not written yet")


def _exploded(losses: list[float]) -> bool:
    """Whether the last steps are far worse than the best hundred, and than a picture without any texture."""
    best = min(median(losses[i : i + BLOCK]) for i in range(0, len(losses), BLOCK))
    return median(losses[-LAST:]) > max(1.0, 10 * best)


def train_texturenet(
    exemplar: Tensor,
    extractor: FeatureExtractor,
    layers: Sequence[str] | None = None,
    *,
    steps: int = 3000,
    batch: int = 4,
    size: int = 128,
    learning_rate: float = 0.02,
    seed: int = 0,
    checkpoint: str | os.PathLike | None = None,
    every: int = 100,
    callback: Callable[[int, TextureNet], None] | None = None,
) -> tuple[TextureNet, list[float]]:
    """`steps` training steps of Adam, with a bar, on the whitened features and by the plan of recipe.py.

    Args:
        exemplar: (1, 3, h, w), RGB in [0, 1]; the network and the noise go to its device.
        extractor, layers: whose Gram matrices are to be matched; `extractor.default_layers` when left out.
        batch, size: images per step at the end (a quarter of them before), and their height and width in pixels, a
            multiple of 32.
        learning_rate: the highest.
        seed: of the first weights and of all noises.
        checkpoint: a file to keep the state in, every `every` steps and when interrupted. If it exists, training goes
            on from there, to the same result as if it had never stopped. It is removed at the end.
        callback: called as callback(step, net) as often.

    Returns:
        The network, in eval mode, and the loss at every step.

    Raises:
        ValueError: an unknown layer, a size that is no multiple of 32, a checkpoint of another training, a loss that
            explodes; the last checkpoint stays.
        KeyboardInterrupt: after the checkpoint is written.
    """
    if batch < 8 and size == 32:
        raise InputError(
            "single images of 32 pixels leave batch norm one number to average: use --batch 8 or --size 64"
        )
    device = exemplar.device
    settings: Settings = {"steps": steps, "batch": batch, "size": size, "learning_rate": learning_rate, "seed": seed}
    settings["device"] = device.type  # each draws other noise
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)  # PyTorch draws first weights from its global generator alone; the fork gives it back
        net = TextureNet().to(device).to(memory_format=torch.channels_last)
        extractor = WhitenedFeatures(extractor, exemplar, layers, net=net).to(device)
        features = extractor(exemplar, periodic=is_seamless(exemplar))
        targets = {name: gram_matrix(maps) for name, maps in features.items()}
    settings["layers"] = ",".join(targets)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    generator = torch.Generator(device).manual_seed(seed)  # there, so that a GPU does not wait for noise
    planned = plan(steps, batch)
    losses: list[float] = []
    if checkpoint is not None and Path(checkpoint).exists():
        losses = load_checkpoint(checkpoint, settings, net, optimizer, generator)

    def draw(images: int, size: int = size) -> list[Tensor]:
        noise = sample_noise(images, size, generator=generator)
        return [z.to(memory_format=torch.channels_last) for z in noise]

    with between_steps() as stop_if_asked, bar("training", steps, "steps", done=len(losses)) as progress:
        try:
            while len(losses) < steps:
                stop_if_asked()
                images, share = planned[len(losses)]
                optimizer.param_groups[0]["lr"] = learning_rate * share
                losses.append(training_step(net, extractor, targets, draw(images), optimizer))
                if progress.update():
                    progress.set_postfix(loss=f"{losses[-1]:.2e}", refresh=False)
                looked_at = 0 in (len(losses) % BLOCK, len(losses) % every, len(losses) - steps)
                if not math.isfinite(losses[-1]) or (looked_at and _exploded(losses)):
                    raise InputError(
                        f"the loss is {losses[-1]:.3g} after {len(losses)} steps: it does not come down again; use a "
                        f"smaller --learning-rate than {learning_rate:g}"
                    )
                if len(losses) % every == 0:
                    if checkpoint is not None:
                        save_checkpoint(checkpoint, settings, net, optimizer, generator, losses)
                    if callback is not None:
                        callback(len(losses), net)
        except KeyboardInterrupt:
            if checkpoint is not None and losses and not _exploded(losses):
                save_checkpoint(checkpoint, settings, net, optimizer, generator, losses)
            raise
        finally:
            extractor.release()
    settle(net, [draw(4, 256) for _ in range(8)])
    if checkpoint is not None:
        Path(checkpoint).unlink(missing_ok=True)
    return net.eval(), losses
