"""What students may expect to see, made by the reference solution: python expected/make_expected.py

Writes beside itself the naive film that question R10 is about, ready-made for those who skip the bonus.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "solution"))

from textures.inference import FastTextureNet
from textures.movies import displacement_frames, save_movie
from textures.texturenet import load_texturenet


def naive_film() -> None:
    """The naive displacement of the studs: small, for its defects are coarse."""
    net = FastTextureNet(load_texturenet("studs"))
    save_movie(displacement_frames(net, 24, size=256, mode="naive"), HERE / "naive_film.mp4")


if __name__ == "__main__":
    naive_film()
