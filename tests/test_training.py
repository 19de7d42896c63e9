"""Training: one step, the whole of it, and what a kill in the middle changes (nothing)."""

import pytest
import torch
from textures.gram import gram_matrix
from textures.noise import sample_noise
from textures.texturenet import TextureNet
from textures.training import train_texturenet, training_step
from torch import nn

from workbench.errors import InputError


@pytest.fixture
def targets(pebbles, extractor):
    return {name: gram_matrix(maps) for name, maps in extractor(pebbles).items()}


def small_net() -> TextureNet:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TextureNet(step=4)


def test_steps_lower_the_loss_and_change_every_parameter_but_not_the_extractor(extractor, targets, generator):
    net, noise = small_net(), sample_noise(2, 32, generator=generator)
    before = [p.detach().clone() for p in net.parameters()]
    filters = extractor.filters1.clone()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    losses = [training_step(net, extractor, targets, noise, optimizer) for _ in range(15)]
    assert losses[-1] < losses[0] / 2
    # Batch norm takes the mean out again, so the biases before it keep a gradient of rounding errors only.
    weights = [not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True) if a.dim() > 1]
    assert all(weights)
    assert torch.equal(extractor.filters1, filters)


def test_the_loss_returned_is_the_mean_over_the_batch_before_the_step(extractor, targets, generator):
    class Fixed(nn.Module):
        def __init__(self, images):
            super().__init__()
            self.images = nn.Parameter(images)

        def forward(self, noise):
            return self.images[: len(noise[0])]

    images = torch.rand(2, 3, 32, 32, generator=generator)

    def loss_of(batch):
        net = Fixed(batch.clone())
        noise = sample_noise(len(batch), 32, generator=generator)
        return training_step(net, extractor, targets, noise, torch.optim.SGD(net.parameters(), lr=1))

    assert loss_of(images) == pytest.approx((loss_of(images[:1]) + loss_of(images[1:])) / 2)


def test_gradients_of_an_earlier_step_are_cleared(extractor, targets, generator):
    noise = sample_noise(2, 32, generator=generator)
    moved = []
    for leftover in (0.0, 1e3):
        net = small_net()
        for parameter in net.parameters():
            parameter.grad = torch.full_like(parameter, leftover)
        training_step(net, extractor, targets, noise, torch.optim.SGD(net.parameters(), lr=0.1))
        moved.append(net.last.weight.detach().clone())
    assert torch.equal(*moved)


OPTIONS = {"steps": 6, "batch": 8, "size": 32, "every": 2}


def test_a_training_killed_and_resumed_ends_with_the_same_weights(pebbles, extractor, tmp_path):
    whole, losses = train_texturenet(pebbles, extractor, **OPTIONS)
    checkpoint = tmp_path / "x.checkpoint"

    class Killed(BaseException):
        pass

    def kill(step, net):
        if step == 4:
            raise Killed

    with pytest.raises(Killed):
        train_texturenet(pebbles, extractor, **OPTIONS, checkpoint=checkpoint, callback=kill)
    assert checkpoint.exists()
    resumed, all_losses = train_texturenet(pebbles, extractor, **OPTIONS, checkpoint=checkpoint)
    assert all_losses == losses
    for (name, a), b in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b), name
    assert not checkpoint.exists()


def test_an_interruption_writes_the_checkpoint_first(pebbles, extractor, tmp_path):
    def interrupt(step, net):
        raise KeyboardInterrupt

    checkpoint = tmp_path / "x.checkpoint"
    with pytest.raises(KeyboardInterrupt):
        train_texturenet(pebbles, extractor, **OPTIONS | {"every": 3}, checkpoint=checkpoint, callback=interrupt)
    _, losses = train_texturenet(pebbles, extractor, **OPTIONS | {"every": 3}, checkpoint=checkpoint)
    assert len(losses) == 6


def test_a_checkpoint_of_another_training_is_refused_and_kept(pebbles, extractor, tmp_path):
    checkpoint = tmp_path / "x.checkpoint"
    broken = {"checkpoint": checkpoint, "callback": lambda step, net: 1 / 0}
    with pytest.raises(ZeroDivisionError):
        train_texturenet(pebbles, extractor, **OPTIONS, **broken)
    with pytest.raises(InputError, match="seed 0, now 5"):
        train_texturenet(pebbles, extractor, **OPTIONS, checkpoint=checkpoint, seed=5)
    assert checkpoint.exists()
    checkpoint.write_text("no checkpoint")
    with pytest.raises(InputError, match=r"x\.checkpoint"):
        train_texturenet(pebbles, extractor, **OPTIONS, checkpoint=checkpoint)


def test_in_eval_mode_every_batch_norm_still_gives_mean_0_and_variance_1_to_fresh_noise(pebbles, extractor, generator):
    net, _ = train_texturenet(pebbles, extractor, steps=1, batch=2, size=64)
    seen = {}
    for name, module in net.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.fill_(1)
            module.bias.data.fill_(0)
            module.register_forward_hook(lambda module, args, out, name=name: seen.update({name: out}))
    with torch.no_grad():
        net(sample_noise(8, 256, generator=generator))
    for name in ("read.0.bn1", "read.5.bn3", "join.4.bn3", "join.0.bn3"):
        assert seen[name].mean(dim=(0, 2, 3)).abs().mean() < 0.2, name
        assert seen[name].var(dim=(0, 2, 3)).mean().item() == pytest.approx(1, abs=0.3), name


def test_the_global_generator_is_left_alone(pebbles, extractor):
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    train_texturenet(pebbles, extractor, steps=1, batch=8, size=32)
    assert torch.equal(torch.rand(3), expected)


def test_a_batch_that_batch_norm_cannot_average_is_refused(pebbles, extractor):
    with pytest.raises(InputError, match="use --batch 8 or --size 64"):
        train_texturenet(pebbles, extractor, batch=4, size=32)
