"""Does the page show what it says, to a mouse, to a keyboard and to two people at once?"""

import io
import socket
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from textures import playground
from textures.any_size.endless import MARGIN, EndlessTexture
from textures.noise import sample_noise
from textures.playground import between, generator_of, main, moving_dtype, quickest_dtype
from textures.speed.inference import FastTextureNet
from textures.texturenet import load_texturenet

from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def net() -> FastTextureNet:
    return FastTextureNet(load_texturenet("pebbles"))


def test_the_endless_texture_is_the_same_wherever_it_is_looked_at_from(net):
    plane = EndlessTexture(net, seed=1)
    here, there = plane.view(-40, 75, 96), EndlessTexture(net, seed=1).view(-8, 70, 96)
    torch.testing.assert_close(here[..., 0:64, 32:], there[..., 5:69, :64], atol=1e-4, rtol=0)
    assert (plane.view(-40 + 1, 75, 96) - here).abs().mean() > 1e-3  # it does move
    assert not torch.equal(EndlessTexture(net, seed=2).view(-40, 75, 96), here)


def test_the_margin_is_as_wide_as_the_network_sees(net):
    noise = sample_noise(1, 3 * MARGIN + 32)
    other = [z.clone() for z in noise]
    for k, z in enumerate(other):
        z[..., : (MARGIN - 32) >> k, :] = 0.5  # what is farther away than the margin from row 256 on
    changed = (net(noise) - net(other)).abs().amax(dim=(0, 1, 3))
    assert changed[2 * MARGIN - 32 : 2 * MARGIN - 16].max() < 1e-5
    assert changed[: MARGIN - 32].max() > 1e-2


def test_redresse_changes_the_middle_of_the_way_and_not_its_ends():
    ends, middle = (torch.cat([between("pebbles", 0, lam, straight) for straight in (False, True)]) for lam in (0, 0.5))
    torch.testing.assert_close(ends[0], ends[1])
    assert (middle[0] - middle[1]).abs().mean() > 0.01


def test_what_moves_differs_from_what_rests_by_less_than_an_eye_sees(monkeypatch):
    monkeypatch.setattr(playground, "quickest_dtype", lambda: torch.bfloat16)
    moving_dtype.cache_clear()
    rounded = {name: moving_dtype(name) for name in ("studs", "pebbles")}
    moving_dtype.cache_clear()
    assert rounded == {"studs": torch.bfloat16, "pebbles": torch.float32}  # pebbles would differ by 0.014
    exact, quick = (between("studs", 0, 0.3, True, dtype) for dtype in (torch.float32, torch.bfloat16))
    assert quick.dtype == torch.float32
    assert 0 < (quick - exact).abs().mean() < 0.01


def test_the_quickest_type_is_one_of_two():
    assert quickest_dtype() in (torch.float32, torch.bfloat16)


def test_a_port_in_use_is_told_in_one_line(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        monkeypatch.setattr(sys, "argv", ["playground.py", "--port", port])
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        with pytest.raises(InputError, match=f"port {port} is in use"):
            main()


def test_a_broken_model_is_told_before_the_page_opens(monkeypatch, tmp_path):
    generator_of.cache_clear()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "gravel.safetensors").write_bytes(b"half a file")
    monkeypatch.setattr("textures.weights.model_files.lab_folder", lambda name: tmp_path / name)
    monkeypatch.setattr(sys, "argv", ["playground.py"])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(InputError, match=r"gravel\.safetensors: it is truncated"):
        main()


@pytest.fixture
def address(serve) -> str:
    return serve("textures.playground", "--no-browser", "--port={port}", folder=ROOT / "solution")


def shown(page, name: str) -> str:
    return page.locator(f"[data-testid={name}] img").get_attribute("src")


def changes(page, name: str, before: str) -> str:
    """The picture once it is another one than before."""
    page.wait_for_function(
        "([name, before]) => { const now = document.querySelector(`[data-testid=${name}] img`).getAttribute('src');"
        " return now && now !== before }",
        arg=[name, before],
    )
    return shown(page, name)


def test_the_page(address, browser):
    page, neighbour = browser.new_page(), browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    elsewhere = []
    page.on("request", lambda request: elsewhere.append(request.url))
    page.goto(address)
    neighbour.goto(address)
    plain, straight, plane = (changes(page, name, "") for name in ("plain", "straight", "plane"))
    theirs = changes(neighbour, "straight", "")
    assert theirs == straight

    slider = page.get_by_label("λ, from one noise to the other")
    slider.locator("[tabindex]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.get_by_text("λ = 0.55").wait_for(timeout=8000)
    plain, straight = changes(page, "plain", plain), changes(page, "straight", straight)

    box = page.locator("[data-testid=plane]").bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 90, steps=4)
    page.mouse.up()
    page.get_by_text("x = 50, y = 10").wait_for(timeout=8000)
    plane = changes(page, "plane", plane)
    page.get_by_label("move up").click()
    page.get_by_text("x = 50, y = -6").wait_for(timeout=8000)

    with page.expect_download() as picture:
        page.get_by_text("Save picture").click()
    assert Image.open(io.BytesIO(picture.value.path().read_bytes())).size == (256, 256)
    with page.expect_download() as film:
        page.get_by_text("Save film").click()
    assert film.value.path().read_bytes()[4:8] == b"ftyp"

    plane = shown(page, "plane")
    page.get_by_text("New noise").click()
    straight, plane = changes(page, "straight", straight), changes(page, "plane", plane)
    page.get_by_role("combobox", name="Texture").click()
    page.get_by_role("option", name="tiles").click()
    changes(page, "straight", straight)
    changes(page, "plane", plane)
    assert shown(neighbour, "straight") == theirs  # who looks at the same time is left alone
    assert errors == []
    assert {url for url in elsewhere if not url.startswith((address, "data:"))} == set()  # works offline
