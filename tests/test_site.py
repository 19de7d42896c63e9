"""Does the site open without a server, ask for nothing elsewhere, and compute what PyTorch computes?"""

import functools
import io
import json
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import make_site
import numpy as np
import pytest
import torch
from PIL import Image
from textures.noise import interpolate_noise, redresse
from textures.texturenet import load_texturenet
from textures.weights.model_files import model_names

from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "build" / "vendor"
RENDER = """async job => { const made = await lab.render(job);
return { values: Array.from(made.values), noise: made.noise.map(z => Array.from(z)) } }"""


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    make_site.make_site(folder, VENDOR)
    return folder


@pytest.fixture
def visit(browser):
    """Open a page, and fail at the end if it had an error or asked for anything else than what lies beside it."""
    contexts, errors, foreign = [], [], []

    def open_page(address: str, width: int = 1280, ready: bool = True):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        base = address.rsplit("/", 1)[0]
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        known = (base, "blob:", "data:")
        page.on("request", lambda request: request.url.startswith(known) or foreign.append(request.url))
        page.goto(address)
        if ready:
            page.wait_for_selector("html[data-ready]", timeout=60_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert foreign == []


def pixels(values: list[float], size: int) -> torch.Tensor:
    return torch.tensor(np.array(values, dtype=np.float32)).reshape(1, 3, size, size)


def inner(noise: list[list[float]], margins: list[int], size: int) -> list[torch.Tensor]:
    """The noise that the page has drawn, without its margins."""
    pyramid = []
    for k, (values, margin) in enumerate(zip(noise, margins, strict=True)):
        side = (size >> k) + 2 * margin
        pyramid.append(pixels(values, side)[..., margin:-margin, margin:-margin])
    return pyramid


def difference(page, model: str, lam: float, straight: bool, size: int = 64) -> float:
    """The greatest difference between what the page computes and what TextureNet computes of the same two noises."""
    margins = json.loads(page.locator("#words").text_content())["shape"]["margins"]
    job = {"kind": "pair", "model": model, "seed": 3, "size": size, "raw": True}
    z0, z1 = (
        inner(page.evaluate(RENDER, {**job, "lam": end, "straight": False})["noise"], margins, size) for end in (0, 1)
    )
    made = page.evaluate(RENDER, {**job, "lam": lam, "straight": straight})
    noise = interpolate_noise(z0, z1, lam)
    if straight:
        noise = [redresse(z, lam) for z in noise]
    with torch.no_grad():
        expected = load_texturenet(model)(noise)
    return float((pixels(made["values"], size) - expected).abs().max())


def test_without_a_server_the_page_computes_what_pytorch_computes(site, visit):
    page = visit((site / "index.html").as_uri())
    assert page.locator("html").get_attribute("data-device") == "wasm"
    name = model_names()[-1]
    assert difference(page, name, 0.3, True) < 1e-3
    assert difference(page, name, 0.5, False) < 1e-3


def test_the_noise_is_uniform_and_that_of_another_seed_another(site, visit):
    page = visit((site / "index.html").as_uri())
    job = {"kind": "pair", "model": model_names()[0], "lam": 0, "straight": False, "size": 128, "raw": True}
    drawn = [np.array(page.evaluate(RENDER, {**job, "seed": seed})["noise"][0]) for seed in (0, 1)]
    z = drawn[0].reshape(3, -1)
    assert z.min() >= 0 and z.max() < 1
    counts = np.histogram(z, bins=64, range=(0, 1))[0] / z.size * 64
    assert abs(counts - 1).max() < 0.15
    # Neighbours, channels and seeds have nothing to do with each other.
    pairs = [(z[0], z[1]), (z[0, 1:], z[0, :-1]), (drawn[0], drawn[1])]
    assert all(abs(np.corrcoef(a, b)[0, 1]) < 0.03 for a, b in pairs)


def test_the_plane_goes_on_where_a_tile_ends(site, visit):
    page = visit((site / "index.html").as_uri())

    def tile(left: int, top: int, size: int) -> torch.Tensor:
        job = {"kind": "plane", "model": "pebbles", "seed": 0, "left": left, "top": top, "size": size, "raw": True}
        return pixels(page.evaluate(RENDER, job)["values"], size)

    whole = tile(-128, -64, 128)
    assert (whole[..., 64:, 96:] - tile(-32, 0, 64)[..., :32]).abs().max() < 1e-4


def test_the_page_answers_to_mouse_keyboard_and_buttons(site, visit):
    page = visit((site / "index.en.html").as_uri())
    before = {name: page.locator(name).get_attribute("data-drawn") for name in ("#plain", "#straight")}
    page.get_by_label("λ, from one noise").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#way").inner_text() == "λ = 0.51"
    for name, count in before.items():
        page.wait_for_function(f"document.querySelector('{name}').dataset.drawn > {count}")

    page.locator("#plane").scroll_into_view_if_needed()
    box = page.locator("#plane").bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 90, steps=4)
    page.mouse.up()
    page.get_by_text("x = 50, y = 10").wait_for()
    page.keyboard.press("ArrowUp")
    page.get_by_label("Move left").click()
    page.get_by_text("x = 18, y = -22").wait_for()
    page.wait_for_selector("#plane[data-missing='0']", timeout=60_000)

    with page.expect_download() as saved:
        page.get_by_label("PNG: Save the picture (with redresse)").click()
    image = Image.open(io.BytesIO(saved.value.path().read_bytes()))
    assert image.size == (256, 256) and np.asarray(image.convert("RGB")).std() > 5

    page.get_by_text("New noise").click()
    name = model_names()[1]
    page.get_by_role("button", name=name).click()
    page.wait_for_selector(f"html[data-ready='{name} 1']", timeout=60_000)
    assert page.locator("#texture").input_value() == name


@pytest.mark.parametrize("name", ["sujet.html", "handout.html"])
def test_the_handout_has_its_formulas_without_scripts(site, visit, name):
    page = visit((site / name).as_uri(), ready=False)
    assert page.locator("math").count() > 30
    assert page.locator("script").count() == 0
    assert "$" not in page.locator("article p").first.inner_text()
    assert page.locator("h1").bounding_box()["height"] > 0


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["index.html", "index.en.html", "sujet.html", "handout.html"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(site, visit, name, width):
    page = visit((site / name).as_uri(), width, ready=name.startswith("index"))
    page.evaluate((make_site.vendor("axe-core", VENDOR) / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(
        "async () => (await axe.run({preload: false})).violations.map(v => [v.id, v.nodes.map(n => n.html)])"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.parametrize("name", model_names())
def test_every_generator_computes_what_pytorch_computes_from_a_server(site, visit, name):
    handler = functools.partial(type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = visit(f"http://127.0.0.1:{server.server_port}/index.html")
        assert difference(page, name, 0.3, True, 256) < 1e-3
    finally:
        server.shutdown()
        server.server_close()


def test_without_npm_one_line_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(
        InputError, match=r"npm is needed to get onnxruntime-web 1\S+, and is not there: install Node\.js"
    ):
        make_site.make_site(tmp_path / "site", tmp_path / "cache")
    assert not (tmp_path / "site").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="holds something else than a site"):
        make_site.make_site(tmp_path, VENDOR)
    assert (tmp_path / "thesis.tex").exists()
