"""A page on this computer to play with the trained generators: python -m textures.playground

New noise, the way between two noises with and without `redresse`, and a texture that goes on for ever. Nothing is
loaded from elsewhere; the page is made by NiceGUI (pip install nicegui).
"""

import asyncio
import base64
import io
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from workbench.command_line import Parser, one_line_errors
from workbench.errors import InputError

from .any_size.endless import EndlessTexture
from .images import to_pixels
from .movies import save_movie
from .noise import interpolate_noise, redresse, sample_noise
from .speed.inference import FastTextureNet
from .texturenet import load_texturenet
from .weights.model_files import model_names

SIZE = 256
FRAMES = 30
STEP = 16  # pixels, of the buttons that move the endless texture
REST = 0.2  # seconds without a new λ before the pictures are made exact

PAINTERS = ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,))
"""Each picture has a core of its own: threads that share a picture wait for one another at every layer."""


@cache
def generator_of(name: str, dtype: torch.dtype = torch.float32) -> FastTextureNet:
    """A trained generator of models/, loaded once; takes noise of that type."""
    return FastTextureNet(load_texturenet(name)).to(dtype)


@cache
def quickest_dtype() -> torch.dtype:
    """bfloat16 where this computer convolves in it faster, else float32."""

    def seconds(dtype: torch.dtype) -> float:
        weight = torch.zeros(48, 48, 3, 3, dtype=dtype)
        maps = torch.zeros(1, 48, 128, 128, dtype=dtype).contiguous(memory_format=torch.channels_last)
        times = []
        for _ in range(4):  # the first is slower, and never the least
            start = time.perf_counter()
            torch.nn.functional.conv2d(maps, weight)
            times.append(time.perf_counter() - start)
        return min(times)

    with torch.inference_mode():
        return min((torch.float32, torch.bfloat16), key=seconds)


@cache
def moving_dtype(name: str) -> torch.dtype:
    """The type for pictures of a generator that move: the quickest, where its rounding is less than an eye sees."""
    quick = quickest_dtype()
    exact, rounded = (between(name, 0, 0.5, True, dtype) for dtype in (torch.float32, quick))
    return quick if (exact - rounded).abs().mean() < 0.01 else torch.float32


def between(name: str, seed: int, lam: float, straight: bool, dtype: torch.dtype = torch.float32) -> Tensor:
    """The texture at λ between two noises, with or without `redresse`: (1, 3, 256, 256), computed in that type."""
    source = torch.Generator().manual_seed(seed)
    z0, z1 = (sample_noise(1, SIZE, generator=source) for _ in range(2))
    noise = interpolate_noise(z0, z1, lam)
    if straight:
        noise = [redresse(z, lam) for z in noise]
    return generator_of(name, dtype)([z.to(dtype) for z in noise]).float()


def encode(image: Tensor, kind: str = "JPEG") -> bytes:
    """(1, 3, H, W) as a file."""
    file = io.BytesIO()
    Image.fromarray(to_pixels(image)[0]).save(file, kind, quality=92)
    return file.getvalue()


def address(image: Tensor) -> str:
    """The same as a data: address, for the page."""
    return "data:image/jpeg;base64," + base64.b64encode(encode(image)).decode()


async def paint(make: Callable[[], str]) -> str:
    """A picture by the next painter who is free."""
    return await asyncio.get_running_loop().run_in_executor(PAINTERS, make)


class Table:
    """What one person looks at: a model, its noise, λ, and a place in the plane."""

    def __init__(self) -> None:
        self.model, self.seed, self.lam, self.x, self.y = model_names()[0], 0, 0.5, 0, 0
        self.moves = 0  # of λ, so far
        self.plane = EndlessTexture(generator_of(self.model), self.seed)

    def restart(self) -> None:
        """Begin again after another model or another noise was chosen."""
        self.plane = EndlessTexture(generator_of(self.model), self.seed)

    async def pictures(self, moving: bool = False) -> list[str]:
        """Without redresse, and with it; of λ that moves, as quickly as this computer can."""
        dtype = moving_dtype(self.model) if moving else torch.float32
        of = self.model, self.seed, self.lam

        def show(straight: bool) -> str:
            return address(between(*of, straight, dtype))

        return await asyncio.gather(*(paint(partial(show, s)) for s in (False, True)))

    def window(self) -> str:
        return address(self.plane.view(self.x, self.y, SIZE))

    def film(self) -> bytes:
        """There and back between the two noises, with redresse, as MP4."""
        frames = [between(self.model, self.seed, i / (FRAMES - 1), straight=True) for i in range(FRAMES)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "film.mp4")
            save_movie(torch.cat(frames), path)
            return path.read_bytes()


def build_page() -> None:
    """One visitor's page, with a state of its own."""
    from nicegui import events, run, ui

    class Slider(ui.slider):
        LOOPBACK = False  # the server's echo of an older value would move a slider that is being moved

    table = Table()
    busy: dict[str, bool] = {}

    async def draw(what: str, moving: bool = False) -> None:
        """Render in another thread; of what is asked for meanwhile, only the latest is drawn."""
        if what in busy:
            busy[what] = True
            return
        busy[what] = True
        while busy[what]:
            busy[what] = False
            if what == "pair":
                plain, straight = await table.pictures(moving)
                left.set_source(plain)
                right.set_source(straight)
                label.text = f"λ = {table.lam:.2f}"
            else:
                plane.set_source(await paint(table.window))
                place.text = f"x = {table.x}, y = {table.y}"
        del busy[what]

    async def choose(event: events.ValueChangeEventArguments) -> None:
        table.model = event.value
        table.restart()
        await draw("pair")
        await draw("plane")

    async def renew() -> None:
        table.seed += 1
        table.restart()
        await draw("pair")
        await draw("plane")

    async def slide(event: events.GenericEventArguments) -> None:
        table.lam = lam = float(event.args)
        table.moves += 1
        now = table.moves
        await draw("pair", moving=True)
        await asyncio.sleep(REST)
        if now == table.moves and table.lam == lam and moving_dtype(table.model) != torch.float32:
            await draw("pair")

    grip: dict[str, tuple[float, float]] = {}  # the place in the plane that the pointer holds

    async def drag(event: events.MouseEventArguments) -> None:
        if event.type == "mousedown":
            grip["at"] = table.x + event.image_x, table.y + event.image_y
        elif event.type != "mousemove" or not event.buttons:
            grip.clear()
        elif "at" in grip:
            await go(round(grip["at"][0] - event.image_x), round(grip["at"][1] - event.image_y))

    async def go(x: int, y: int) -> None:
        table.x, table.y = x, y
        await draw("plane")

    async def save_picture() -> None:
        image = between(table.model, table.seed, table.lam, straight=True)
        ui.download(encode(image, "PNG"), f"{table.model}_{table.seed}_{table.lam:.2f}.png")

    async def save_film() -> None:
        film_button.disable()
        film = await run.io_bound(table.film)
        if film is not None:  # the server ends
            ui.download(film, f"{table.model}_{table.seed}.mp4")
        film_button.enable()

    ui.page_title("Texture playground")
    ui.add_head_html(
        "<style>.pixels img{image-rendering:auto}.drag{cursor:grab;touch-action:none;user-select:none}</style>"
    )
    with ui.column().classes("w-full max-w-4xl mx-auto p-4 gap-4"):
        ui.html("<h1 style='font-size:1.6rem;font-weight:600;line-height:1.2'>Texture playground</h1>", sanitize=False)
        with ui.row().classes("items-center gap-4"):
            names = ui.select(model_names(), value=table.model, label="Texture", on_change=choose).classes("w-48")
            names.props('data-testid="texture"')
            ui.button("New noise", on_click=renew).props('data-testid="renew"')
            ui.button("Save picture", on_click=save_picture).props('outline data-testid="picture"')
            film_button = ui.button("Save film", on_click=save_film).props('outline data-testid="film"')
        with ui.row().classes("w-full items-center no-wrap gap-4"):
            label = ui.label("λ = 0.50").classes("w-20")
            slider = Slider(min=0, max=1, step=0.01, value=0.5).props('aria-label="λ, from one noise to the other"')
            slider.on("update:model-value", slide, throttle=0.04)
        with ui.row().classes("gap-4"):
            with ui.column().classes("gap-1"):
                left = ui.interactive_image().style(f"width:{SIZE}px;height:{SIZE}px")
                left.props('alt="between the two noises, without redresse" data-testid="plain"')
                ui.label("without redresse · sans redresse")
            with ui.column().classes("gap-1"):
                right = ui.interactive_image().style(f"width:{SIZE}px;height:{SIZE}px")
                right.props('alt="between the two noises, with redresse" data-testid="straight"')
                ui.label("with redresse · avec redresse")
            with ui.column().classes("gap-1"):
                watched = ["mousedown", "mousemove", "mouseup", "mouseleave"]
                plane = ui.interactive_image(on_mouse=drag, events=watched).classes("drag")
                plane.style(f"width:{SIZE}px;height:{SIZE}px").props('alt="a texture without end" data-testid="plane"')
                with ui.row().classes("items-center gap-1"):
                    ui.label("without end: drag it")
                    for sign, words, dx, dy in (
                        ("←", "left", -1, 0),
                        ("→", "right", 1, 0),
                        ("↑", "up", 0, -1),
                        ("↓", "down", 0, 1),
                    ):
                        button = ui.button(
                            sign, on_click=lambda dx=dx, dy=dy: go(table.x + STEP * dx, table.y + STEP * dy)
                        )
                        button.props(f'dense flat aria-label="move {words}"')
                place = ui.label("x = 0, y = 0").props('data-testid="place"')
    ui.timer(0.01, lambda: draw("pair"), once=True)
    ui.timer(0.01, lambda: draw("plane"), once=True)


def main() -> None:
    one_line_errors()
    parser = Parser(prog="python -m textures.playground", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8350, help="of the page on this computer; 8350")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    args = parser.parse_args()
    try:
        from nicegui import ui
    except ImportError:
        raise InputError("the playground needs NiceGUI: pip install nicegui") from None
    if not model_names():
        raise InputError("there is no trained model in models/: train_texturenet.py makes one")
    for name in model_names():
        generator_of(name)  # what is wrong with a file is told here, not in the browser
    quickest_dtype()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", args.port))
        except (OSError, OverflowError):
            raise InputError(f"port {args.port} is in use or not to be had: choose another with --port") from None
    ui.page("/")(build_page)
    print(f"http://127.0.0.1:{args.port} – Ctrl-C ends it", file=sys.stderr)
    ui.run(
        host="127.0.0.1",
        port=args.port,
        show=not args.no_browser,
        reload=False,
        title="Texture playground",
        show_welcome_message=False,
    )


if __name__ in {"__main__", "__mp_main__"}:
    main()
