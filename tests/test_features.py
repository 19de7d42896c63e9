"""Feature extractors and the three formats of VGG-19's weights."""

import pickle

import numpy as np
import pytest
import torch
from textures.features import FeatureExtractor, RandomFeatures, VGG19Features, load_extractor
from textures.weights.vgg_weights import CAFFE_MEAN, CONVOLUTIONS, TORCHVISION_INDEX, TORCHVISION_STD, read_vgg19
from torch.nn import functional as F

from workbench.errors import InputError


def small_vgg(convolutions: int = 5, width: int = 6) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Random filters (O, I, 3, 3) and biases of the first convolutions, for an RGB input x − CAFFE_MEAN."""
    generator = torch.Generator().manual_seed(3)
    shapes = [(width, 3 if i == 0 else width, 3, 3) for i in range(convolutions)]
    return {
        name: (torch.randn(shape, generator=generator) / 5, torch.randn(width, generator=generator) / 10)
        for name, shape in zip(CONVOLUTIONS, shapes, strict=False)
    }


def write_torchvision(weights, path):
    state = {}
    for name, (weight, bias) in weights.items():
        if name == "conv1_1":
            weight = weight * torch.tensor(TORCHVISION_STD)[:, None, None]
        state[f"features.{TORCHVISION_INDEX[name]}.weight"] = weight
        state[f"features.{TORCHVISION_INDEX[name]}.bias"] = bias
    torch.save(state, path)


def write_gatys(weights, path):
    state = {}
    for name, (weight, bias) in weights.items():
        state[f"{name}.weight"] = weight.flip(1) / 255 if name == "conv1_1" else weight
        state[f"{name}.bias"] = bias
    torch.save(state, path)


def write_lab(weights, path):
    arrays = {}
    for name, (weight, bias) in weights.items():
        weight = weight.flip(1) / 255 if name == "conv1_1" else weight
        arrays[name] = [weight.permute(2, 3, 1, 0).numpy(), bias.numpy()]
    np.save(path, arrays, allow_pickle=True)


WRITERS = {"torchvision.pth": write_torchvision, "vgg_conv.pth": write_gatys, "vgg19.npy": write_lab}


@pytest.mark.parametrize("file", WRITERS)
def test_a_file_of_each_format_gives_the_features_of_its_own_preprocessing(file, tmp_path, generator):
    """The reference preprocesses as the people do who made the format, and convolves with the filters in the file."""
    weights = small_vgg(2)
    WRITERS[file](weights, tmp_path / file)
    image = torch.rand(2, 3, 12, 16, generator=generator)
    if file == "torchvision.pth":
        x = (image - torch.tensor((0.485, 0.456, 0.406))[:, None, None]) / torch.tensor(TORCHVISION_STD)[:, None, None]
        first = weights["conv1_1"][0] * torch.tensor(TORCHVISION_STD)[:, None, None]
    else:
        x = 255 * (image - torch.tensor(CAFFE_MEAN)[:, None, None]).flip(1)
        first = weights["conv1_1"][0].flip(1) / 255
    conv1 = F.conv2d(x, first, weights["conv1_1"][1], padding=1)
    conv2 = F.conv2d(conv1.relu(), *weights["conv1_2"], padding=1)
    features = load_extractor("vgg19", weights=tmp_path / file)(image, ["conv1_1", "conv1_2"])
    torch.testing.assert_close(features["conv1_1"], conv1, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(features["conv1_2"], conv2, rtol=1e-4, atol=1e-4)


def test_the_two_bgr_formats_agree_to_the_last_bit(tmp_path, generator):
    image = torch.rand(1, 3, 16, 16, generator=generator)
    maps = []
    for file in ("vgg_conv.pth", "vgg19.npy"):
        WRITERS[file](small_vgg(), tmp_path / file)
        maps.append(load_extractor("vgg19", weights=tmp_path / file)(image))
    assert maps[0].keys() == maps[1].keys() == {"conv1_1", "pool1", "pool2"}
    assert all(torch.equal(maps[0][name], maps[1][name]) for name in maps[0])


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_pooling_halves_by_maximum_or_mean(pooling, tmp_path, generator):
    write_gatys(small_vgg(), tmp_path / "w.pth")
    features = load_extractor("vgg19", weights=tmp_path / "w.pth", pooling=pooling)(
        torch.rand(1, 3, 8, 8, generator=generator), ["relu1_2", "pool1"]
    )
    blocks = features["relu1_2"].unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
    torch.testing.assert_close(features["pool1"], blocks.amax(4) if pooling == "max" else blocks.mean(4))


def test_vgg_keeps_a_convolution_that_was_asked_for_from_the_relu_in_place(tmp_path, generator):
    write_gatys(small_vgg(), tmp_path / "w.pth")
    vgg = load_extractor("vgg19", weights=tmp_path / "w.pth")
    features = vgg(torch.rand(1, 3, 8, 8, generator=generator), vgg.layer_names)
    assert (features["conv1_1"] < 0).any()
    torch.testing.assert_close(features["relu1_1"], features["conv1_1"].relu())


def test_weights_to_the_end_have_the_layers_of_gatys_2015(tmp_path):
    write_gatys(small_vgg(16), tmp_path / "w.pth")
    vgg = VGG19Features(read_vgg19(tmp_path / "w.pth"))
    assert vgg.default_layers == ("conv1_1", "pool1", "pool2", "pool3", "pool4")
    assert len(vgg.layer_names) == 16 * 2 + 5 and vgg.layer_names[-1] == "pool5"


class Bomb:
    def __reduce__(self):
        return (print, ("this must never be printed",))


def damage(path, how):
    if how == "code":
        if path.suffix == ".npy":
            np.save(path, {"conv1_1": [Bomb(), Bomb()]}, allow_pickle=True)
        else:
            torch.save({"conv1_1.weight": Bomb()}, path)
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-200])
    elif how == "text":
        path.write_text("these are not the weights you are looking for")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "gap":
        weights = small_vgg()
        del weights["conv1_2"]
        WRITERS[path.name](weights, path)
    elif how == "shape":
        weights = small_vgg()
        weights["conv1_2"] = (torch.zeros(6, 5, 3, 3), torch.zeros(6))
        WRITERS[path.name](weights, path)
    elif how == "nan":
        weights = small_vgg()
        weights["conv1_2"][0][0] = torch.nan
        WRITERS[path.name](weights, path)
    elif how == "another":
        if path.suffix == ".npy":
            np.save(path, np.zeros(3))
        else:
            torch.save({"fc.weight": torch.zeros(3)}, path)
    elif how == "list":
        if path.suffix == ".npy":
            np.save(path, np.array([1, None]), allow_pickle=True)
        else:
            torch.save([torch.zeros(3)], path)


@pytest.mark.parametrize("how", ["code", "truncated", "text", "empty", "gap", "shape", "nan", "another", "list"])
@pytest.mark.parametrize("file", WRITERS)
def test_damaged_and_foreign_weights_are_refused_and_nothing_in_them_runs(file, how, tmp_path, capsys):
    path = tmp_path / file
    WRITERS[file](small_vgg(), path)
    damage(path, how)
    with pytest.raises(InputError) as error:
        load_extractor("vgg19", weights=path)
    assert file in str(error.value)
    assert "\n" not in str(error.value)
    assert "never" not in capsys.readouterr().out


def test_python_2_pickles_of_the_lab_are_read(tmp_path):
    """They name numpy.core and hold bytes as latin-1 strings; protocol 2, as np.save wrote them in Python 2."""
    weight, bias = np.ones((3, 3, 3, 2), np.float32), np.arange(2, dtype=np.float32)
    content = pickle.dumps(np.array({"conv1_1": [weight, bias]}), protocol=2)
    content = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    with (tmp_path / "vgg19.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
        file.write(content)
    weights = read_vgg19(tmp_path / "vgg19.npy")
    assert weights.convolutions["conv1_1"][1].tolist() == [0, 1]


def test_without_a_network_the_error_names_both_ways_out(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(InputError, match=r"--weights FILE.*--extractor learned"):
        load_extractor("vgg19")


def test_unknown_names_suggest_the_nearest(extractor, pebbles):
    with pytest.raises(InputError, match="did you mean 'vgg19'"):
        load_extractor("vgg16")
    with pytest.raises(InputError, match="did you mean 'relu1_2'"):
        extractor(pebbles, ["relu1_1", "rlu1_2"])
    with pytest.raises(InputError, match="device 'cuda:99' is not available"):
        load_extractor(device="cuda:99")


def test_an_image_too_small_says_how_large_it_must_be(tmp_path):
    with pytest.raises(InputError, match="16×16 pixels is too small for the layers of scale 3: at least 28×28"):
        RandomFeatures()(torch.rand(1, 3, 16, 16))
    write_gatys(small_vgg(), tmp_path / "w.pth")
    with pytest.raises(InputError, match="too small for pool2: at least 4×4"):
        load_extractor("vgg19", weights=tmp_path / "w.pth")(torch.rand(1, 3, 3, 3))


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", ["random", "learned"])
def test_an_images_gradient_lies_in_memory_as_the_image_does(name, periodic):
    """PyTorch's L-BFGS refuses any other, and autograd.grad hands it on as it comes."""
    network = load_extractor(name)
    for layers in (None, *([layer] for layer in network.layer_names)):
        image = torch.rand(2, 3, 64, 64, requires_grad=True)
        loss = sum(maps.square().mean() for maps in network(image, layers, periodic).values())
        assert torch.autograd.grad(loss, image)[0].is_contiguous(), layers


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 1, 8, 8), (1, 4, 8, 8)])
def test_what_is_no_image_batch_is_refused(extractor, shape):
    with pytest.raises(InputError, match=r"shape \(B, 3, H, W\)"):
        extractor(torch.zeros(shape))


def test_nothing_is_computed_after_the_last_layer_asked_for(generator):
    class Counting(FeatureExtractor):
        layer_names = default_layers = ("a", "b", "c")
        computed = 0

        def _maps(self, image, wanted, periodic):
            for name in self.layer_names:
                self.computed += 1
                yield name, image

    counting = Counting()
    assert list(counting(torch.zeros(1, 3, 2, 2), ["b", "a"][1:])) == ["a"]
    assert counting.computed == 1


def test_random_features_move_with_the_image_on_the_torus(extractor, pebbles):
    features = extractor(pebbles)
    moved = extractor(pebbles.roll((2, -4), dims=(2, 3)))
    torch.testing.assert_close(moved["relu1_2"], features["relu1_2"].roll((2, -4), dims=(2, 3)))
    torch.testing.assert_close(moved["relu2_2"], features["relu2_2"].roll((1, -2), dims=(2, 3)))


def test_an_exemplar_that_does_not_tile_is_read_without_wrapping(extractor, pebbles):
    """Away from the border the maps are the same; those that would wrap are left out."""
    wrapped, inside = extractor(pebbles), extractor(pebbles, periodic=False)
    assert inside["relu1_2"].shape[-1] == 64 - 4 - 2
    torch.testing.assert_close(inside["relu1_2"], wrapped["relu1_2"][..., 3:-3, 3:-3])


def test_random_filters_are_fixed_by_their_seed_and_see_no_mean(pebbles):
    first, again, other = RandomFeatures(seed=0), RandomFeatures(seed=0), RandomFeatures(seed=1)
    assert torch.equal(first.filters2, again.filters2) and not torch.equal(first.filters2, other.filters2)
    assert not list(first.parameters())
    flat = first(torch.full((1, 3, 64, 64), 0.7), ["relu1_1", "relu2_2"])
    assert all(maps.abs().max() < 1e-5 for maps in flat.values())


def test_bfloat16_gives_float32_maps_near_the_exact_ones(pebbles):
    exact, rough = RandomFeatures()(pebbles), RandomFeatures().to(torch.bfloat16)(pebbles)
    for name, maps in exact.items():
        assert rough[name].dtype == torch.float32
        assert (rough[name] - maps).norm() / maps.norm() < 0.02, name
        assert not torch.equal(rough[name], maps)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA")
def test_cuda_gives_the_features_of_the_cpu(pebbles):
    on_cpu, on_gpu = RandomFeatures()(pebbles), RandomFeatures().cuda()(pebbles.cuda())
    for name, maps in on_cpu.items():
        torch.testing.assert_close(on_gpu[name].cpu(), maps, rtol=1e-3, atol=1e-3)
