"""The generator: its size, its symmetries, its files, its fast twin."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from textures.noise import sample_noise
from textures.speed.inference import FastTextureNet
from textures.texturenet import ConvBlock, TextureNet, UpBlock, count_parameters, load_texturenet, save_texturenet
from textures.weights.model_files import ORIGINAL_MEAN, model_names
from torch import nn
from torch.nn import functional as F

from workbench.errors import InputError


@pytest.fixture
def net() -> TextureNet:
    """In eval mode, with batch-norm statistics and parameters that are not the trivial ones."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = TextureNet()
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                for tensor in (module.weight.data, module.running_var):
                    tensor.uniform_(0.5, 2)
                for tensor in (module.bias.data, module.running_mean):
                    tensor.uniform_(-0.5, 0.5)
    return net.eval()


def original_state(net: TextureNet) -> dict[str, torch.Tensor]:
    """The weights as the original implementation named them, for an output 255 · (BGR − mean)."""
    state, scales = {}, net.scales
    for k in range(scales):
        state |= {f"cb{scales - k}_1.{name}": tensor for name, tensor in net.read[k].state_dict().items()}
    for k in range(scales - 1):
        state |= {f"cb{scales - k}_2.{name}": tensor for name, tensor in net.join[k].state_dict().items()}
        state |= {f"up{scales - 1 - k}.{name}": tensor for name, tensor in net.up[k].state_dict().items()}
    mean = torch.tensor(ORIGINAL_MEAN)
    state["last_conv.weight"] = 255 * net.last.weight.detach().flip(0)
    state["last_conv.bias"] = 255 * (net.last.bias.detach() - mean).flip(0)
    return state


def test_it_has_exactly_116835_parameters():
    assert count_parameters(TextureNet()) == 116835


def test_parameters_that_do_not_train_and_buffers_are_not_counted():
    module = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
    assert count_parameters(module) == 2 * 3 * 9 + 3 + 3 + 3
    module[0].bias.requires_grad_(False)
    assert count_parameters(module) == 2 * 3 * 9 + 3 + 3


@pytest.mark.parametrize(("in_channels", "step", "scales"), [(3, 8, 6), (1, 4, 3), (2, 5, 2)])
def test_parameters_follow_from_the_architecture(in_channels, step, scales):
    def block(a, b):
        return (9 * a * b + b) + (9 * b * b + b) + (b * b + b) + 3 * 2 * b

    expected = scales * block(in_channels, step) + scales * step * 3 + 3
    expected += sum(2 * k * step + block((k + 1) * step, (k + 1) * step) for k in range(1, scales))
    assert count_parameters(TextureNet(in_channels, step, scales)) == expected


@pytest.mark.parametrize("size", [32, (64, 96)])
def test_the_image_has_the_size_of_the_finest_noise(net, size, generator):
    noise = sample_noise(2, size, generator=generator)
    assert net(noise).shape == noise[0].shape


def test_noise_moved_on_the_torus_moves_the_image(net, generator):
    noise = sample_noise(1, 64, generator=generator)
    moved = [z.roll((32 >> k, -(32 >> k)), dims=(2, 3)) for k, z in enumerate(noise)]
    torch.testing.assert_close(net(moved), net(noise).roll((32, -32), dims=(2, 3)), rtol=1e-4, atol=1e-5)


def test_the_noise_of_every_scale_and_every_parameter_matters(net, generator):
    noise = sample_noise(2, 64, generator=generator)
    image = net(noise)
    for k in range(6):
        changed = [z.flip(0) if j == k else z for j, z in enumerate(noise)]
        assert not torch.allclose(net(changed), image), f"scale {k}"
    image.square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_blocks_are_what_the_paper_says(generator):
    block, up = ConvBlock(3, 5).eval(), UpBlock(4).eval()
    x = torch.randn(1, 3, 6, 6, generator=generator)
    y = x
    for i in (1, 2, 3):
        conv = getattr(block, f"conv{i}")
        if i < 3:
            y = F.pad(y, (1, 1, 1, 1), mode="circular")
        y = F.conv2d(y, conv.weight, conv.bias) / (1 + 1e-5) ** 0.5
        y = torch.where(y > 0, y, 0.01 * y)
    torch.testing.assert_close(block(x), y)
    small = torch.randn(1, 4, 2, 3, generator=generator)
    torch.testing.assert_close(up(small), small.repeat_interleave(2, 2).repeat_interleave(2, 3) / (1 + 1e-5) ** 0.5)


@pytest.mark.parametrize("size", [32, 64, (96, 160)])
def test_the_fast_network_computes_the_same(net, size, generator):
    noise = sample_noise(2, size, generator=generator)
    torch.testing.assert_close(FastTextureNet(net)(noise), net(noise).detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scales", [1, 2, 4])
def test_the_fast_network_takes_any_number_of_scales(scales, generator):
    net = TextureNet(2, 4, scales).eval()
    noise = sample_noise(1, 32, scales, 2, generator)
    torch.testing.assert_close(FastTextureNet(net)(noise), net(noise).detach(), rtol=1e-4, atol=1e-5)


def test_a_saved_model_comes_back_with_its_card(net, tmp_path, generator):
    noise = sample_noise(1, 32, generator=generator)
    save_texturenet(net, tmp_path / "x.safetensors", {"exemplar": "pebbles.png"})
    assert torch.equal(load_texturenet(tmp_path / "x.safetensors")(noise), net(noise))
    assert json.loads((tmp_path / "x.json").read_text())["exemplar"] == "pebbles.png"
    assert (tmp_path / "x.safetensors").stat().st_size < 600_000


def test_a_model_of_other_dimensions_comes_back_too(tmp_path):
    save_texturenet(TextureNet(2, 4, 3), tmp_path / "x.safetensors", {})
    loaded = load_texturenet(tmp_path / "x.safetensors")
    assert (loaded.in_channels, loaded.step, loaded.scales) == (2, 4, 3)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_of_the_original_implementation_makes_the_same_image_in_rgb(net, tmp_path, zipped, generator):
    path = tmp_path / "texturenet.pytorch"
    torch.save(original_state(net), path, _use_new_zipfile_serialization=zipped)
    noise = sample_noise(1, 64, generator=generator)
    torch.testing.assert_close(load_texturenet(path)(noise), net(noise), rtol=1e-5, atol=1e-6)


@pytest.mark.skipif("ORIGINAL_TEXTURENET" not in os.environ, reason="ORIGINAL_TEXTURENET names no folder")
def test_a_real_checkpoint_of_the_original_gives_its_golden_images():
    folder = Path(os.environ["ORIGINAL_TEXTURENET"])
    net = load_texturenet(folder / "texturenet_animalskin.pytorch")
    golden = np.load(folder / "texturenet_animalskin_golden.npz")
    for size in (64, 128):
        noise = [torch.from_numpy(golden[f"s{size}_z{k}"]) for k in range(6)]
        raw = torch.from_numpy(golden[f"s{size}_raw"])
        mean = torch.tensor(ORIGINAL_MEAN)[:, None, None]
        for network in (net, FastTextureNet(net)):
            ours = 255 * (network(noise) - mean).flip(1)
            assert (ours - raw).norm() / raw.norm() < 1e-4


def test_models_on_disk_load_and_make_images_of_the_right_range(generator):
    assert model_names()
    for name in model_names():
        image = load_texturenet(name)(sample_noise(1, 64, generator=generator))
        assert image.isfinite().all() and -0.2 < image.mean() < 1.2, name


def break_model(path, net, how):
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif how == "text":
        path.write_text("no model")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "other weights":
        save_texturenet(TextureNet(), path.with_name("other.safetensors"), {})
        os.replace(path.with_name("other.safetensors"), path)
    elif how == "card":
        path.with_suffix(".json").write_text("[")
    elif how == "another network":
        path.with_suffix(".json").unlink()
        save_file({"fc.weight": torch.zeros(3)}, path)
    elif how == "a missing layer":
        path.with_suffix(".json").unlink()
        state = net.state_dict()
        del state["last.bias"]
        save_file(state, path)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("truncated", "is not the file that its card"),
        ("text", "is not the file that its card"),
        ("empty", "is not the file that its card"),
        ("other weights", "is not the file that its card"),
        ("card", "cannot read the card"),
        ("another network", r"fc\.weight is not in both"),
        ("a missing layer", r"last\.bias is not in both, with one shape \(1 such names\)"),
    ],
)
def test_a_damaged_model_is_refused_by_name(net, tmp_path, how, message):
    path = tmp_path / "x.safetensors"
    save_texturenet(net, path, {})
    break_model(path, net, how)
    with pytest.raises(InputError, match=message) as error:
        load_texturenet(path)
    assert "x." in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("how", ["truncated", "text", "empty"])
def test_a_damaged_model_without_a_card_is_refused_too(net, tmp_path, how):
    path = tmp_path / "x.safetensors"
    save_texturenet(net, path, {})
    break_model(path, net, how)
    path.with_suffix(".json").unlink()
    with pytest.raises(InputError, match="truncated or no safetensors file"):
        load_texturenet(path)


def test_a_pickle_that_carries_code_is_refused_and_never_run(tmp_path, capsys):
    class Bomb:
        def __reduce__(self):
            return (print, ("this must never be printed",))

    torch.save({"cb1_1.conv1.weight": Bomb()}, tmp_path / "x.pth")
    with pytest.raises(InputError, match="is refused"):
        load_texturenet(tmp_path / "x.pth")
    assert capsys.readouterr().out == ""


def test_an_unknown_model_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'pebbles'"):
        load_texturenet("pebles")
    with pytest.raises(InputError, match="no model file"):
        load_texturenet("nowhere/pebbles.safetensors")
