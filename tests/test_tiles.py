"""Is a picture that is made tile by tile one texture, without seams, in the memory of one window?"""

import numpy as np
import pytest
import torch
from PIL import Image
from textures.any_size import tiles
from textures.any_size.tiles import TileFeatures, count_tiles, synthesize_tiles
from textures.features import RandomFeatures
from textures.gatys import Synthesis, synthesize
from textures.gram import gram_loss, gram_matrix, relative_weights
from textures.images import load_image

from workbench.errors import InputError

SIDE = 144


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 48)
    monkeypatch.setattr(tiles, "CONTEXT", 16)


def last(**options) -> np.ndarray:
    *_, picture = synthesize_tiles(**options)
    return np.asarray(picture)


@pytest.fixture(scope="module")
def grass() -> torch.Tensor:
    """Its details are finer than the small tiles of these tests."""
    return load_image("grass", 64)


def seam(picture: np.ndarray) -> float:
    """How much larger the step from pixel to pixel is across borders of tiles than elsewhere, over its scatter there.

    The one of the two directions where it is largest.
    """
    found = []
    for axis in (0, 1):
        steps = np.abs(np.diff(picture, axis=axis, append=picture.take([0], axis))).mean(axis=(1 - axis, 2))
        others = np.delete(steps, np.s_[47::48])
        found.append((steps[47::48].mean() - others.mean()) / others.std())
    return max(found)


def test_tiles_meet_without_seams_in_the_middle_and_at_the_border(grass):
    """The step from pixel to pixel is across borders of tiles what it is elsewhere, within its scatter.

    Tiles put together by hand, with a panorama program: jcjohnson/neural-style#329, alexjc/neural-doodle#75.
    """
    features = RandomFeatures(scales=2, widths=(16, 32))
    picture = last(exemplar=grass, extractor=features, side=SIDE, iterations=60, scales=2).astype(int)
    assert picture.shape == (SIDE, SIDE, 3)
    assert abs(seam(picture)) < 2
    # The measure sees pieces that only lie side by side.
    starts = np.random.default_rng(0).integers(0, SIDE, (3, 3, 2))
    pieces = [[np.roll(picture, tuple(start), (0, 1))[:48, :48] for start in line] for line in starts]
    assert seam(np.concatenate([np.concatenate(line, axis=1) for line in pieces])) > 2
    # Every part of it, wherever, has the statistics of the exemplar.
    targets = {name: gram_matrix(maps) for name, maps in features(grass).items()}
    whole = synthesize(grass, features, size=80, iterations=60).losses[-1]
    for top, left in ((0, 0), (32, 64), (64, 24)):
        part = tiles._tensor(picture[top : top + 80, left : left + 80].astype(np.uint8))
        grams = {name: gram_matrix(maps) for name, maps in features(part, periodic=False).items()}
        assert gram_loss(grams, targets, relative_weights(targets)) < max(4 * whole, 0.02)


def test_no_more_than_a_window_is_ever_computed_at_once(grass, extractor):
    """However large the picture is; and each tile sees its neighbours as they are.

    Large pictures on small cards: jcjohnson/neural-style#36.
    """
    shapes = []

    def method(exemplar, extractor, layers, **options):
        shapes.append(options["init"].shape[-2:])
        return Synthesis(options["init"], [0.0])

    options = {"exemplar": grass, "extractor": extractor, "scales": 2, "method": method}
    for side in (SIDE, 3 * SIDE):
        shapes.clear()
        pictures = list(synthesize_tiles(side=side, **options))
        assert [len(picture) for picture in (pictures[0], pictures[-1])] == [side // 2, side]
        assert len(shapes) == count_tiles(grass, extractor, side, scales=2) == len(pictures) - 2
        assert max(max(shape) for shape in shapes) == 80


def test_what_earlier_tiles_have_made_stays(grass, extractor):
    """A method that paints all white changes a tile and what is around it, and nothing that is another's already."""

    def white(exemplar, extractor, layers, **options):
        return Synthesis(torch.ones_like(options["init"]), [0.0])

    before = None
    for number, picture in enumerate(
        synthesize_tiles(exemplar=grass, extractor=extractor, side=SIDE, scales=1, method=white)
    ):
        now = np.array(picture)
        if before is not None:
            i, j = divmod(number - 1, 3)
            own = now[48 * i : 48 * i + 48, 48 * j : 48 * j + 48]
            assert (own[16:-16, 16:-16] == 255).all()
            changed = (now != before).any(axis=2)
            for earlier in range(number - 1):
                k, m = divmod(earlier, 3)
                assert not changed[48 * k : 48 * k + 48, 48 * m : 48 * m + 48].any()
        before = now


def test_one_tile_goes_over_into_the_next_without_a_jump(grass, extractor):
    """Tiles of nine colours: steps between pixels are those of half a cosine of 16 pixels, here and there of two.

    A style that shifts from tile to tile: crowsonkb/style_transfer#10.
    """
    colours = iter(torch.randperm(9, generator=torch.Generator().manual_seed(0)) / 8)

    def plain(exemplar, extractor, layers, **options):
        return Synthesis(torch.full_like(options["init"], next(colours)), [0.0])

    picture = last(exemplar=grass, extractor=extractor, side=SIDE, scales=1, method=plain).astype(int)
    for axis in (0, 1):
        steps = np.abs(np.diff(picture, axis=axis, append=picture.take([0], axis)))
        assert 10 < steps.max() <= 1.5 * 255 * np.pi / 2 / 16 + 1


def test_a_tile_is_seen_among_its_neighbours(extractor, pebbles):
    """Where nothing of an image is to be made it makes no difference; an exemplar is seen as it is."""
    share = torch.zeros(64, 64)
    share[20:40, 30:50] = 1
    image = torch.rand(1, 3, 64, 64).requires_grad_()
    seen = TileFeatures(extractor, pebbles, share)(image, ["relu2_2"])["relu2_2"]
    whole = torch.where(share > 0, image, pebbles)
    torch.testing.assert_close(seen, extractor(whole, ["relu2_2"], periodic=False)["relu2_2"])
    seen.sum().backward()
    assert ((image.grad[0] != 0).any(dim=0) <= (share > 0)).all() and image.grad.any()
    for periodic in (True, False):
        one, other = (e(pebbles, ["relu2_2"], periodic) for e in (TileFeatures(extractor, image, share), extractor))
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("side", [50, 80, 81, 131])
def test_any_side_goes_through_all_scales(grass, extractor, side):
    picture = last(exemplar=grass, extractor=extractor, side=side, iterations=2, scales=3)
    assert picture.shape == (side, side, 3)


def test_the_seed_decides(grass, extractor):
    one, same, other = (
        last(exemplar=grass, extractor=extractor, side=96, iterations=3, scales=2, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert np.abs(one.astype(int) - other).mean() > 10


def test_a_loss_that_is_not_finite_is_told(grass, extractor):
    def method(exemplar, extractor, layers, **options):
        return Synthesis(options["init"], [float("nan")])

    with pytest.raises(InputError, match="not finite"):
        last(exemplar=grass, extractor=extractor, side=96, scales=1, method=method)


def test_the_script_writes_it_and_what_there_is_when_interrupted(run_here, complaint, monkeypatch, tmp_path):
    words = ("pebbles", "--extractor", "random", "--size", "64", "--iterations", "2", "--layers", "relu1_2")
    with pytest.raises(SystemExit) as ended:
        run_here("gatys", *words, "--large", "100", "-o", "x.png")
    assert ended.value.code is None
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (100, 100)

    def interrupted(*_, **__):
        yield np.full((50, 50, 3), 7, np.uint8)
        raise KeyboardInterrupt

    monkeypatch.setattr(tiles, "synthesize_tiles", interrupted)
    with pytest.raises(SystemExit):
        run_here("gatys", *words, "--large", "100", "-o", "y.png")
    with Image.open(tmp_path / "y.png") as picture:
        assert np.array_equal(np.asarray(picture), np.full((50, 50, 3), 7))

    def spoilt(*_, **__):
        yield np.full((60, 60, 3), 9, np.uint8)
        raise InputError("the loss is not finite")

    monkeypatch.setattr(tiles, "synthesize_tiles", spoilt)
    assert "not finite; z.png has what was made" in complaint("gatys", *words, "--large", "100", "-o", "z.png")
    with Image.open(tmp_path / "z.png") as picture:
        assert picture.size == (60, 60)
    assert "--panel" in complaint("gatys", *words, "--large", "100", "--panel")
    assert ".png" in complaint("gatys", *words, "--large", "100", "-o", "x.jpg")
