"""Peak memory and time of large pictures, and whether tiles have seams: python benchmarks/large.py → large.md"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIDES = (1024, 2048, 4096)
EVALUATIONS = 12


def one(side: int, path: Path) -> None:
    """Write a sample, and print peak memory in MiB, seconds, and the seams' step over the usual one."""
    import numpy as np
    from PIL import Image
    from textures.any_size.endless import BLOCK
    from textures.any_size.large import TILE, sample_strips, write_png
    from textures.speed.inference import FastTextureNet
    from textures.texturenet import load_texturenet

    start = time.perf_counter()
    write_png(sample_strips(FastTextureNet(load_texturenet("pebbles")), side, side, 0), side, side, path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pixels = np.asarray(Image.open(path)).astype(np.int16)
    steps = [np.abs(np.diff(pixels, axis=axis)).mean(axis=(1 - axis, 2)) for axis in (0, 1)]
    # The generator's own squares have larger steps between them than within: seams are compared with other squares.
    seam = np.mean([step[TILE - 1 :: TILE].mean() / step[BLOCK - 1 :: BLOCK].mean() for step in steps])
    print(f"{peak:.0f} {seconds:.1f} {seam:.3f}")


def one_synthesis(side: int) -> None:
    """Make the first tile of the last scale, and print peak memory in MiB, the tile's seconds, and how many there are.

    All else is done, too: the pictures of all scales are there, but smaller ones are taken as they are started.
    """
    from textures.any_size import tiles
    from textures.features import load_extractor
    from textures.gatys import Synthesis, synthesize
    from textures.images import load_image

    exemplar, extractor = load_image("pebbles", 256), load_extractor("learned")

    def method(exemplar, extractor, layers, **options):
        if exemplar.shape[-1] < 256:
            return Synthesis(options["init"], [0.0])
        return synthesize(exemplar, extractor, layers, **options)

    start = 0.0
    for picture in tiles.synthesize_tiles(exemplar, extractor, side=side, iterations=EVALUATIONS, method=method):
        if start:
            break
        if len(picture) == side:
            start = time.process_time()
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:.0f} {seconds:.1f} {tiles.count_tiles(exemplar, extractor, side)}")


def rows_of(*words: str) -> list[tuple[str, ...]]:
    rows = []
    for side in SIDES:
        command = [sys.executable, __file__, str(side), *words]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        rows.append((str(side), *done.stdout.split()))
        print(*rows[-1])
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_of(str(Path(folder, "large.png")))
    text = "# Large samples\n\n`python benchmarks/large.py`; a generator, its picture written tile by tile.\n\n"
    text += "| side | peak memory, MiB | seconds | step across tiles, over that between other squares |\n"
    text += "|---|---|---|---|\n"
    text += "".join(f"| {' | '.join(row)} |\n" for row in rows)
    text += "\n`python gatys.py pebbles --large SIDE`: the first tile of the last scale, "
    text += f"{EVALUATIONS} evaluations; seconds are of one core.\n\n"
    text += "| side | peak memory, MiB | seconds of a tile | tiles of all scales |\n|---|---|---|---|\n"
    text += "".join(f"| {' | '.join(row)} |\n" for row in rows_of())
    (HERE / "large.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent / "solution"))
    if len(sys.argv) == 3:
        one(int(sys.argv[1]), Path(sys.argv[2]))
    elif len(sys.argv) == 2:
        one_synthesis(int(sys.argv[1]))
    else:
        main()
