"""How quickly the playground answers, in headless Chromium: python benchmarks/playground.py. Writes playground.md."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright
from tqdm import trange

HERE = Path(__file__).resolve().parent
ROUNDS, SECONDS = 5, 5

# Counts the pictures that the page puts in place, each a λ of its own, in both places at once.
COUNT = """name => { const image = document.querySelector(`[data-testid=${name}] img`); window.shown ??= {};
window.shown[name] = 0; new MutationObserver(() => window.shown[name]++).observe(image, {attributeFilter: ['src']}) }"""

PAGE = """\
# The playground on {cores} CPU cores

Made by `python benchmarks/playground.py`: medians of {rounds} rounds, the server and the browser on the same cores.

| | |
|---|---|
| from the command to an answering server | {start:.1f} s |
| from opening the page to the first two pictures of 256×256 | {first:.2f} s |
| λ dragged: new pairs of pictures per second, 256×256, without and with `redresse` | {pair:.1f} |
| endless texture dragged: new pictures per second, 256×256 | {plane:.1f} |
"""


def chromium() -> str:
    return next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))


def serve() -> tuple[subprocess.Popen, str]:
    """The playground on a free port, once it answers: its process and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "textures.playground", "--no-browser", f"--port={port}"]
    process = subprocess.Popen(command, cwd=HERE.parent / "solution", stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"the playground ended with code {process.returncode}")


def drag(page: Page, selector: str, name: str) -> float:
    """Pictures per second of `name` while the pointer goes to and fro over the element."""
    box = page.locator(selector).bounding_box()
    left, width, y = box["x"] + 0.1 * box["width"], 0.8 * box["width"], box["y"] + box["height"] / 2
    page.evaluate(COUNT, name)
    page.mouse.move(left, y)
    page.mouse.down()
    start, turn = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        turn += 1
        page.mouse.move(left + width * abs(turn % 200 - 100) / 100, y)
        page.wait_for_timeout(10)
    passed = time.perf_counter() - start
    page.mouse.up()
    page.wait_for_timeout(300)  # the slider holds the pointer back for a moment
    return page.evaluate("name => window.shown[name]", name) / passed


def main() -> None:
    begin = time.perf_counter()
    server, address = serve()
    found = {"start": [time.perf_counter() - begin], "first": [], "pair": [], "plane": []}
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for _ in trange(ROUNDS):
                page = browser.new_page(viewport={"width": 1000, "height": 700})
                begin = time.perf_counter()
                page.goto(address)
                for name in ("plain", "straight"):
                    page.locator(f"[data-testid={name}] img[src^='data:']").wait_for()
                found["first"].append(time.perf_counter() - begin)
                page.locator("[data-testid=plane] img[src^='data:']").wait_for()
                found["pair"].append(drag(page, ".q-slider", "straight"))
                found["plane"].append(drag(page, "[data-testid=plane]", "plane"))
                page.close()
    finally:
        server.terminate()
        server.wait()
    figures = {name: median(values) for name, values in found.items()}
    text = PAGE.format(cores=len(os.sched_getaffinity(0)), rounds=ROUNDS, **figures)
    (HERE / "playground.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
