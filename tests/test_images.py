"""Pictures in and out, the exemplars themselves."""

import numpy as np
import pytest
import torch
from make_images import NAMES, draw
from PIL import Image
from textures.images import check_texture, find_image, image_names, is_seamless, load_image, save_image
from textures.weights.model_files import find_model

from workbench.errors import InputError

RED, GREEN = (255, 0, 0), (0, 255, 0)


@pytest.fixture
def picture() -> Image.Image:
    """3 wide, 2 high: all green, but for a red pixel at the top left."""
    image = Image.new("RGB", (3, 2), GREEN)
    image.putpixel((0, 0), RED)
    return image


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".webp"])
def test_a_picture_comes_back_as_it_was_saved(tmp_path, suffix, generator):
    image = (torch.rand(1, 3, 5, 7, generator=generator) * 255).round() / 255
    save_image(image, tmp_path / f"x{suffix}")
    loaded = load_image(tmp_path / f"x{suffix}")
    assert loaded.shape == image.shape and loaded.dtype == torch.float32
    if suffix != ".webp":  # lossy
        torch.testing.assert_close(loaded, image)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "CMYK", "YCbCr", "I;16", "I", "F"])
def test_every_mode_is_read_as_three_colours_between_0_and_1(tmp_path, picture, mode):
    grey = mode in ("L", "LA", "1", "I;16", "I", "F")
    converted = picture.convert("L").point(lambda v: 255 if v < 100 else 0) if grey else picture
    if mode == "I;16":
        converted = Image.fromarray(np.asarray(converted, dtype=np.uint16) * 257)
    elif mode in ("I", "F"):
        converted = Image.fromarray(np.asarray(converted).astype(np.int32 if mode == "I" else np.float32) * 257)
    else:
        converted = converted.convert(mode)
    path = tmp_path / ("x.jpg" if mode in ("CMYK", "YCbCr") else "x.tif")
    converted.save(path)
    loaded = load_image(path)
    assert loaded.shape == (1, 3, 2, 3)
    assert loaded.min() >= 0 and loaded.max() <= 1
    if path.suffix == ".tif":
        expected = (1.0, 1.0, 1.0) if grey else (1.0, 0.0, 0.0)
        assert loaded[0, :, 0, 0].tolist() == pytest.approx(expected)
        assert loaded[0, :, 1, 2].tolist() == pytest.approx((0.0, 0.0, 0.0) if grey else (0.0, 1.0, 0.0))


def test_sixteen_bits_are_not_clipped_to_eight(tmp_path):
    """White pictures: python-pillow/Pillow#2574, python-pillow/Pillow#3011."""
    Image.fromarray(np.array([[0, 32768, 65535]], dtype=np.uint16)).save(tmp_path / "x.png")
    assert load_image(tmp_path / "x.png")[0, 0, 0].tolist() == pytest.approx([0, 32768 / 65535, 1])


def test_transparent_pixels_are_white(tmp_path, picture):
    picture = picture.convert("RGBA")
    picture.putpixel((0, 0), (255, 0, 0, 0))
    picture.save(tmp_path / "x.png")
    assert load_image(tmp_path / "x.png")[0, :, 0, 0].tolist() == [1, 1, 1]


def test_the_orientation_tag_is_obeyed(tmp_path, picture):
    """Photographs on their side: jhc13/taggui#47."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    picture.save(tmp_path / "x.png", exif=exif)
    loaded = load_image(tmp_path / "x.png")
    assert loaded.shape == (1, 3, 3, 2)
    assert loaded[0, :, 0, 1].tolist() == [1, 0, 0]


def test_size_is_the_shorter_side_and_keeps_the_proportions(tmp_path):
    Image.new("RGB", (90, 60), GREEN).save(tmp_path / "x.png")
    assert load_image(tmp_path / "x.png", 20).shape == (1, 3, 20, 30)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.png", None, "no image file"),
        ("text.png", b"hello", "is not a picture"),
        ("empty.jpg", b"", "is not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        load_image(tmp_path / name)
    assert name in str(error.value)


def test_a_truncated_picture_is_refused(tmp_path):
    content = find_image("pebbles").read_bytes()
    (tmp_path / "half.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"half\.png.*is it complete"):
        load_image(tmp_path / "half.png")


def test_a_folder_does_not_hide_an_exemplar_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pebbles").mkdir()  # where the samples of the model of that name are written
    assert find_image("pebbles").is_file()
    assert find_model("pebbles").is_file()


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        load_image(tmp_path)


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'pebbles'"):
        find_image("peblles")


def test_an_unwritable_place_leaves_nothing_behind(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot write"):
        save_image(torch.zeros(1, 3, 2, 2), tmp_path / "file" / "x.png")
    with pytest.raises(InputError, match="must end in"):
        save_image(torch.zeros(1, 3, 2, 2), tmp_path / "x.doc")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_constant_picture_has_no_texture(pebbles):
    assert check_texture(pebbles) is pebbles
    with pytest.raises(InputError, match="all of one colour"):
        check_texture(torch.full((1, 3, 8, 8), 0.3))
    with pytest.raises(InputError, match="all of one colour"):
        check_texture(torch.tensor([1.0, 0.2, 0.0])[None, :, None, None].expand(1, 3, 8, 8))  # not grey


def test_there_are_at_least_twelve_exemplars_of_512_pixels_that_tile():
    assert len(image_names()) >= 12
    for name in image_names():
        exemplar = load_image(name)
        assert exemplar.shape == (1, 3, 512, 512), name
        assert is_seamless(exemplar), name


def test_a_crop_of_an_exemplar_does_not_tile():
    assert not is_seamless(load_image("pebbles")[..., :300, :280])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_exemplar_on_disk_is_the_one_that_the_script_draws(name):
    drawn = draw(name).astype(int)
    stored = np.asarray(Image.open(find_image(name))).astype(int)
    # Another processor may round a pixel the other way.
    assert abs(drawn - stored).max() <= 1
    assert (drawn != stored).mean() < 1e-3
