"""The README's pictures of pages: python benchmarks/screenshots.py, with Chromium.

Grades the example class, and writes grader/pictures/class.png and feedback.png, and models/playground.png.
"""

import io
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playground import chromium, serve
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "screenshots"


def grade() -> Path:
    """The results of the six example submissions."""
    shutil.rmtree(WORK, ignore_errors=True)
    submissions, results = WORK / "submissions", WORK / "results"
    for words in (
        ["tests/examples.py", submissions],
        ["-m", "grader", "run", submissions, "--out", results, "--lang", "en"],
    ):
        subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, check=True)
    return results


def shoot(page: Page, path: Path, height: int) -> None:
    """What the page shows down to that height, with a small palette: the README must load quickly."""
    picture = Image.open(io.BytesIO(page.screenshot(clip={"x": 0, "y": 0, "width": 1000, "height": height})))
    path.parent.mkdir(exist_ok=True)
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    results = grade()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 1200})
        page.goto((results / "class.html").as_uri())
        shoot(page, ROOT / "grader" / "pictures" / "class.png", 900)
        page.goto((results / "béatrice" / "feedback.html").as_uri())
        shoot(page, ROOT / "grader" / "pictures" / "feedback.png", 1000)
        server, address = serve()
        try:
            page.goto(address)
            for name in ("plain", "straight", "plane"):
                page.locator(f"[data-testid={name}] img[src^='data:']").wait_for()
            page.wait_for_timeout(500)  # for the pictures to be painted
            shoot(page, ROOT / "models" / "playground.png", 520)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
