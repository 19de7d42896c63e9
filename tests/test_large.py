"""Is a large sample, made tile by tile, the texture that the generator makes in one piece?"""

import numpy as np
import pytest
from PIL import Image
from textures.any_size import large
from textures.any_size.endless import EndlessTexture
from textures.any_size.large import sample_strips, write_png
from textures.images import to_pixels
from textures.speed.inference import FastTextureNet
from textures.texturenet import load_texturenet

from workbench.errors import InputError


@pytest.fixture(scope="module")
def net() -> FastTextureNet:
    return FastTextureNet(load_texturenet("pebbles"))


@pytest.mark.parametrize(("height", "width", "tile"), [(160, 224, 64), (96, 32, 64), (32, 320, 512), (192, 128, 96)])
def test_tiles_are_the_whole_texture_without_seams(net, monkeypatch, height, width, tile):
    monkeypatch.setattr(large, "TILE", tile)
    whole = to_pixels(net(EndlessTexture(net, 5, (height, width)).noise(0, 0, height, width)))[0]
    strips = list(sample_strips(net, height, width, 5))
    assert [len(strip) for strip in strips] == [min(tile, height - top) for top in range(0, height, tile)]
    difference = np.abs(np.concatenate(strips).astype(int) - whole)
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-3  # a value on the edge between two levels
    assert np.abs(np.concatenate(list(sample_strips(net, height, width, 6))).astype(int) - whole).max() > 20


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (64, 5)])
def test_a_png_that_is_written_in_strips_is_read_as_it_was(tmp_path, size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    write_png(iter(np.split(pixels, [1, 2])), *size, tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.mode == "RGB" and np.array_equal(np.asarray(picture), pixels)


def test_a_side_that_no_pyramid_has_is_refused_before_anything_is_written(net, complaint, tmp_path):
    with pytest.raises(InputError, match="multiple of 32, got 100: try 96"):
        sample_strips(net, 64, 100, 0)
    assert "got 100: try 96" in complaint("sample_texturenet", "pebbles", "--large", "100", "-o", "o")
    assert not (tmp_path / "o").exists()


def test_the_script_writes_it(net, run_here, tmp_path):
    run_here("sample_texturenet", "pebbles", "--only", "samples", "--size", "32", "--large", "64", "-o", ".")
    with Image.open(tmp_path / "large.png") as picture:
        assert np.array_equal(np.asarray(picture), next(sample_strips(net, 64, 64, 0)))
