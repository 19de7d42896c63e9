"""Peak memory and time of large samples, and whether tiles have seams: python benchmarks/large.py → large.md"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIDES = (1024, 2048, 4096)


def one(side: int, path: Path) -> None:
    """Write a sample, and print peak memory in MiB, seconds, and the seams' step over the usual one."""
    import numpy as np
    from PIL import Image
    from textures.endless import BLOCK
    from textures.inference import FastTextureNet
    from textures.large import TILE, sample_strips, write_png
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


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for side in SIDES:
            command = [sys.executable, __file__, str(side), str(Path(folder, "large.png"))]
            done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
            rows.append((side, *done.stdout.split()))
            print(*rows[-1])
    text = "# Large samples\n\n`python benchmarks/large.py`; a generator, its picture written tile by tile.\n\n"
    text += "| side | peak memory, MiB | seconds | step across tiles, over that between other squares |\n"
    text += "|---|---|---|---|\n"
    text += "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)
    (HERE / "large.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent / "solution"))
    one(int(sys.argv[1]), Path(sys.argv[2])) if len(sys.argv) == 3 else main()
