"""Are the pictures that students compare theirs with those of the solution, and does a mistake look otherwise?"""

import itertools
import runpy
from pathlib import Path

import pytest
import torch
from PIL import ImageFont

from grader.checks.texture import equations_of, is_copy, texture_distance
from judging.comparisons import comparisons
from judging.messages import say
from judging.plugin import Lab
from solution.textures.images import load_image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "expected"


@pytest.fixture(scope="module")
def made() -> dict:
    return runpy.run_path(str(FOLDER / "make_expected.py"))["generator_pictures"]()


def test_the_pictures_of_the_generator_are_up_to_date(made):
    """After another training of the pebbles: make expected."""
    files = {path.stem.removeprefix("generator_") for path in FOLDER.glob("generator_*.png")}
    assert files == made.keys()
    for name, image in made.items():
        assert (load_image(FOLDER / f"generator_{name}.png") - image.clamp(0, 1)).abs().max() < 0.01, name


def test_each_mistake_is_another_picture(made):
    for one, other in itertools.combinations(made.values(), 2):
        assert (one.clamp(0, 1) - other.clamp(0, 1)).abs().max() > 0.05


def test_the_synthesis_is_one_of_the_exemplar_that_the_check_asks_for():
    image, exemplar = load_image(FOLDER / "synthesis.png"), load_image("grass", 32)
    assert image.shape == exemplar.shape and not is_copy(image, exemplar, equations_of(Lab("grader.checks"), None))
    ends = [texture_distance(x, exemplar, Lab("grader.checks")) for x in (torch.rand_like(exemplar), image)]
    assert ends[1] < ends[0] / 1000


def test_yours_and_expected_are_put_side_by_side(made, tmp_path):
    shown = {"generator": {"part": "2.1", "image": made["texturenet_order"], "expected": made["right"]}}
    shown |= {"synthesis": {"image": "<list>", "expected": made["right"]}, "film": {"row": []}}
    assert comparisons(shown, tmp_path / "pictures", "fr") == [tmp_path / "pictures" / "task2_1.png"]
    sheet = load_image(tmp_path / "pictures" / "task2_1.png")
    for left, name in ((10, "texturenet_order"), (360, "right")):
        seen = sheet[..., 26:366, left : left + 340]
        small = torch.nn.functional.interpolate(seen, made[name].shape[-2:], mode="nearest-exact")
        assert (small - made[name].clamp(0, 1)).abs().max() < 1 / 255


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pillows_own_font_can_write_the_titles(language):
    font = ImageFont.load_default(17)
    missing = bytes(font.getmask("\uffff"))
    titles = say("page", "yours", language) + say("page", "expected", language)
    assert len(titles) > 12 and missing not in [bytes(font.getmask(letter)) for letter in titles]
