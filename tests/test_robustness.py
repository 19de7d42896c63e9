"""What broke elsewhere: files that are not what their names say, numbers that are none, poor machines."""

import sys

import av
import numpy as np
import pytest
import torch
from PIL import Image
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


def test_a_card_that_is_no_json_is_refused_and_none_is_written(tmp_path):
    """NaN is no JSON: what Python writes by default no other program reads."""
    path = tmp_path / "x.safetensors"
    net = TextureNet()
    for card in ({"loss": float("nan")}, {"loss": float("inf")}):
        with pytest.raises(InputError, match="not finite"):
            write_model(net.state_dict(), path, card)
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
