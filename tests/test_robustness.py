"""What broke elsewhere: files that are not what their names say, numbers that are none, poor machines."""

import random
import sys

import av
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from textures import training
from textures.images import load_image
from textures.pictures.video_files import save_movie
from textures.texturenet import TextureNet, load_texturenet, save_texturenet
from textures.weights.model_files import read_model, write_model
from textures.weights.vgg_weights import CAFFE_MEAN, TORCHVISION_MEAN, read_vgg19

from workbench import command_line
from workbench.devices import choose_device
from workbench.errors import InputError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
READERS = {"x.png": load_image, "x.safetensors": read_model, "x.pth": read_vgg19, "x.npy": read_vgg19}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_picture_with_pixels_that_are_no_numbers_is_refused(tmp_path, value):
    """Losses become NaN without a word: nfmcclure/tensorflow_cookbook#18; black pictures: jcjohnson/neural-style#47."""
    pixels = np.ones((8, 8), dtype=np.float32)
    pixels[3, 4] = value
    Image.fromarray(pixels).save(tmp_path / "x.tif")
    with pytest.raises(InputError, match="not numbers"):
        load_image(tmp_path / "x.tif")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (POINTER, "a pointer of Git LFS"),
        (b"<!DOCTYPE html><html>sign in</html>", "a web page"),
        (b"\n<HTML><body>", "a web page"),
    ],
)
@pytest.mark.parametrize("name", READERS)
def test_what_stands_for_a_file_is_named(tmp_path, name, content, words):
    """invalid load key, 'v': YBIGTA/pytorch-hair-segmentation#38, mit-han-lab/smoothquant#13."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as error:
        READERS[name](tmp_path / name)
    assert name in str(error.value)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_a_heic_photograph_under_another_name_is_named(tmp_path, brand):
    """A hundred pictures called .jpg that Pillow cannot identify: python-pillow/Pillow#2806."""
    (tmp_path / "IMG_0001.jpg").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(64))
    with pytest.raises(InputError, match="HEIC"):
        load_image(tmp_path / "IMG_0001.jpg")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".gif", ".bmp", ".tga", ".ppm", ".ico"])
def test_a_damaged_picture_is_read_or_refused_in_a_line(tmp_path, suffix):
    """image file is truncated, unpack_from requires a buffer, …: pytorch/vision#138, RjDuan/AdvDrop#5."""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    path = tmp_path / f"x{suffix}"
    Image.fromarray(pixels).save(path)
    content, refused = path.read_bytes(), 0
    for seed in range(40):
        chance = random.Random(seed)
        at = chance.randrange(len(content))
        rest = (b"", bytes([chance.randrange(256)]) + content[at + 1 :], content[at + chance.randrange(9) :])[seed % 3]
        path.write_bytes(content[:at] + rest)
        try:
            load_image(path)
        except InputError:
            refused += 1
    assert refused > 4


def test_a_picture_that_is_too_large_is_told_to_be(tmp_path, monkeypatch):
    """Not a word of an attack, nor of a damage: mpetroff/pannellum#596."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)
    Image.new("RGB", (10, 10)).save(tmp_path / "x.png")
    with pytest.raises(InputError, match=r"x\.png has more than .* pixels: make it smaller first"):
        load_image(tmp_path / "x.png")


WRAPPINGS = {
    "module.": lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
    "_orig_mod.": lambda state: {f"_orig_mod.{name}": tensor for name, tensor in state.items()},
    "both": lambda state: {f"module._orig_mod.{name}": tensor for name, tensor in state.items()},
    "state_dict": lambda state: {"state_dict": state, "epoch": 3},
    "model_state_dict": lambda state: {"epoch": 3, "model_state_dict": state},
    "model, module.": lambda state: {"model": {f"module.{name}": tensor for name, tensor in state.items()}},
    "parameters": lambda state: {name: torch.nn.Parameter(tensor) for name, tensor in state.items()},
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_weights_are_found_however_a_training_wrapped_them(tmp_path, wrapping):
    """Names with module. before them: pytorch/pytorch#3805. A state beside other things: samuelschen/DSB2018#2."""
    state = {"features.0.weight": torch.rand(4, 3, 3, 3), "features.0.bias": torch.rand(4)}
    torch.save(WRAPPINGS[wrapping](state), tmp_path / "w.pth")
    weight, bias = read_vgg19(tmp_path / "w.pth").convolutions["conv1_1"]
    torch.testing.assert_close(bias, state["features.0.bias"])
    assert not weight.requires_grad and not bias.requires_grad


def test_a_generator_is_found_under_the_names_that_a_wrapper_gave(tmp_path):
    net = TextureNet()
    write_model({f"module.{name}": tensor for name, tensor in net.state_dict().items()}, tmp_path / "x.safetensors", {})
    torch.testing.assert_close(load_texturenet(tmp_path / "x.safetensors").state_dict(), net.state_dict())


def test_weights_of_a_gpu_are_read_where_there_is_none(tmp_path, monkeypatch):
    """Attempting to deserialize object on a CUDA device: CAREamics/careamics#145, Sujit-O/pykg2vec#223."""
    state = {"features.0.weight": torch.rand(4, 3, 3, 3), "features.0.bias": torch.rand(4)}
    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:7")
        torch.save(state, tmp_path / "w.pth")
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(tmp_path / "w.pth", weights_only=True)
    assert read_vgg19(tmp_path / "w.pth").convolutions["conv1_1"][1].device.type == "cpu"


def test_a_damaged_generator_is_refused_in_a_line(tmp_path):
    """HeaderTooLarge, and where the file is whole but for some bytes: codefuse-ai/MFTCoder#20."""
    save_texturenet(TextureNet(), tmp_path / "x.safetensors", {})
    content, path = (tmp_path / "x.safetensors").read_bytes(), tmp_path / "y.safetensors"
    for seed in range(24):
        chance = random.Random(seed)
        at = chance.randrange((8, 4000, len(content))[seed // 2 % 3])
        path.write_bytes(content[:at] + (b"" if seed % 2 else chance.randbytes(3) + content[at:]))
        with pytest.raises(InputError, match=r"y\.safetensors"):
            load_texturenet(path)


@pytest.mark.parametrize("side", [(33, 32), (32, 33), (1, 1)])
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif"])
def test_a_film_of_odd_sides_is_refused_before_an_encoder_speaks(tmp_path, side, suffix):
    """height not divisible by 2: typemytype/drawbot#250, ElvinC/gyroflow#46."""
    with pytest.raises(InputError, match="H and W even"):
        save_movie(torch.rand(2, 3, *side), tmp_path / f"x{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("backend", ["TkAgg", "module://matplotlib_inline.backend_inline"])
def test_figures_are_drawn_without_a_display_whatever_matplotlib_is_told(run_script, tmp_path, backend):
    """no display name and no $DISPLAY: matplotlib/matplotlib#6739; after a training: swing-research/icecream#6."""
    words = ("pebbles", "--size", "64", "--iterations", "2", "--extractor", "random", "--panel", "-o", "x.png")
    done = run_script("gatys", *words, MPLBACKEND=backend, DISPLAY="")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x_panel.png").exists()


def test_a_card_that_is_no_json_is_refused_and_none_is_written(tmp_path):
    """NaN is no JSON: what Python writes by default no other program reads."""
    path = tmp_path / "x.safetensors"
    net = TextureNet()
    for card in ({"loss": float("nan")}, {"loss": float("inf")}):
        with pytest.raises(InputError, match="not finite"):
            write_model(net.state_dict(), path, card)
    save_file({**net.state_dict(), "last.bias": torch.full((3,), torch.inf)}, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="not finite"):
        load_texturenet(tmp_path / "other.safetensors")
    (tmp_path / "other.safetensors").unlink()
    with torch.no_grad():
        net.last.weight[0, 0] = torch.nan
    with pytest.raises(InputError, match="not finite"):
        save_texturenet(net, path, {})
    assert list(tmp_path.iterdir()) == []
    save_texturenet(TextureNet(), path, {"loss": 1.5})
    card = path.with_suffix(".json")
    card.write_text(card.read_text().replace("1.5", "NaN"))
    with pytest.raises(InputError, match="NaN is no number of JSON"):
        load_texturenet(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1718.0])
@pytest.mark.parametrize(("every", "steps", "kept"), [(100, 300, 100), (30, 300, 90), (100, 130, 100)])
def test_a_training_that_explodes_stops_and_keeps_the_last_good_state(
    monkeypatch, tmp_path, pebbles, extractor, value, every, steps, kept
):
    """Losses of 4·10⁶ after 5·10⁴, for hundreds of steps: crowsonkb/style_transfer#18."""
    losses = iter([0.5] * 100 + [value] * 200)
    monkeypatch.setattr(training, "training_step", lambda *_: next(losses))
    monkeypatch.setattr(training, "sample_noise", lambda *_, **__: [])
    state = tmp_path / "x.checkpoint"
    with pytest.raises(InputError, match=r"smaller --learning-rate than 0\.9"):
        training.train_texturenet(pebbles, extractor, steps=steps, learning_rate=0.9, checkpoint=state, every=every)
    assert torch.load(state, weights_only=True)["losses"] == [0.5] * kept


def test_a_training_that_is_stopped_while_it_explodes_keeps_the_last_good_state(
    monkeypatch, tmp_path, pebbles, extractor
):
    losses = iter([0.5] * 100 + [1718.0] * 50)

    def step(*_) -> float:
        loss = next(losses, None)
        if loss is None:
            raise KeyboardInterrupt
        return loss

    monkeypatch.setattr(training, "training_step", step)
    monkeypatch.setattr(training, "sample_noise", lambda *_, **__: [])
    state = tmp_path / "x.checkpoint"
    with pytest.raises(KeyboardInterrupt):
        training.train_texturenet(pebbles, extractor, steps=300, checkpoint=state, every=100)
    assert torch.load(state, weights_only=True)["losses"] == [0.5] * 100


def test_a_synthesis_without_finite_numbers_writes_nothing(complaint, tmp_path):
    """Black pictures: jcjohnson/neural-style#2."""
    torch.save({"conv1_1.weight": torch.full((4, 3, 3, 3), 1e30), "conv1_1.bias": torch.zeros(4)}, tmp_path / "w.pth")
    words = ("pebbles", "--size", "32", "--iterations", "2", "--extractor", "vgg19", "--weights", "w.pth")
    assert "not finite" in complaint("gatys", *words)
    assert [path.name for path in tmp_path.iterdir()] == ["w.pth"]


@pytest.mark.parametrize("error", [MemoryError(), None])
def test_memory_that_runs_out_on_the_cpu_is_one_line(monkeypatch, capsys, error):
    """A RuntimeError with an allocator's line: pytorch/pytorch#20618, varunagrawal/tiny-faces-pytorch#12."""
    if error is None:
        with pytest.raises(RuntimeError) as caught:
            torch.empty(10**15)
        error = caught.value
    monkeypatch.setattr(sys, "argv", ["gatys.py"])
    with pytest.raises(SystemExit) as ended:
        command_line._one_line(type(error), error, None)
    assert ended.value.code == 2
    assert capsys.readouterr().err == "gatys.py: the memory is full: use a smaller --size, and close other programs\n"


def test_a_film_needs_no_libx264_and_is_refused_in_a_line_where_there_is_no_encoder(monkeypatch, tmp_path):
    """FFmpeg built without it: PyAV-Org/PyAV#951, PyAV-Org/PyAV#1483."""
    frames, codec = torch.rand(3, 3, 32, 32), av.Codec
    lacking = {"libx264", "libopenh264"}

    def without(name: str, mode: str) -> av.Codec:
        return codec("no such encoder" if name in lacking else name, mode)

    monkeypatch.setattr(av, "Codec", without)
    save_movie(frames, tmp_path / "x.mp4")
    with av.open(str(tmp_path / "x.mp4")) as film:
        assert film.streams.video[0].codec_context.name == "mpeg4"
        assert sum(1 for _ in film.decode(video=0)) == 4
    lacking.add("mpeg4")
    with pytest.raises(InputError, match=r"choose \.gif"):
        save_movie(frames, tmp_path / "y.mp4")
    assert not (tmp_path / "y.mp4").exists()


def test_auto_knows_apples_gpu(monkeypatch):
    """'auto' that does not know it: PriorLabs/TabPFN#269."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto").type == "cpu"


@pytest.mark.parametrize("by", ["name", "layers"])
def test_caffes_weights_under_torchvisions_names_are_converted(tmp_path, by):
    """vgg19-d01eb7cb.pth: BGR in [0, 255], pytorch/vision#28; its other layers, ProGamerGov/neural-style-pt#5."""
    state = {"features.0.weight": torch.rand(4, 3, 3, 3), "features.0.bias": torch.rand(4)}
    torch.save(state, tmp_path / "plain.pth")
    assert read_vgg19(tmp_path / "plain.pth").mean == TORCHVISION_MEAN
    path = tmp_path / ("vgg19-d01eb7cb.pth" if by == "name" else "weights.pth")
    torch.save(state if by == "name" else state | {"classifier.1.weight": torch.zeros(1)}, path)
    found = read_vgg19(path)
    assert found.mean == CAFFE_MEAN
    torch.testing.assert_close(found.convolutions["conv1_1"][0], state["features.0.weight"].flip(1) * 255)
