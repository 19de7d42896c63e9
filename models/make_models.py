"""Train a generator for every exemplar of images/: python models/make_models.py [NAME …] [--fresh] [OPTIONS]

Stop it when you like: the same command, without --fresh, goes on from there. A model of the same exemplar that is there
is left alone; --fresh takes the cards of those away first, so that they are made again. Further options go to
train_texturenet.py, such as --extractor vgg19.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "solution"))

from textures.images import find_image, image_names

MODELS = ROOT / "models"
WORK = ROOT / "build" / "models"
SIDES = {"tiles": 192}
"""Exemplars whose period fits the generator's grid of 32 pixels at another size than 256."""


def is_there(name: str) -> bool:
    """Whether models/ has a generator of this very exemplar."""
    try:
        card = json.loads((MODELS / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    same = card.get("exemplar_sha256") == hashlib.sha256(find_image(name).read_bytes()).hexdigest()
    return same and (MODELS / f"{name}.safetensors").is_file()


def main() -> int:
    names = list(takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))
    parser = argparse.ArgumentParser(usage=__doc__.split(": ")[1].splitlines()[0], description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="also those that are there: takes their cards away first")
    args, options = parser.parse_known_args(sys.argv[1 + len(names) :])
    unknown = sorted(set(names) - set(image_names()))
    if unknown:
        print(f"make_models.py: no exemplar {', '.join(unknown)}: {', '.join(image_names())}", file=sys.stderr)
        return 2
    WORK.mkdir(parents=True, exist_ok=True)
    names = names or image_names()
    if args.fresh:
        for name in names:
            (MODELS / f"{name}.json").unlink(missing_ok=True)
    for name in names:
        if is_there(name):
            continue
        print(name, flush=True)
        output = f"../build/models/{name}.safetensors"  # relative: the card quotes the command
        side = ["--exemplar-size", str(SIDES[name])] if name in SIDES else []
        command = [sys.executable, "train_texturenet.py", name, *side, *options, "-o", output]
        done = subprocess.run(command, cwd=ROOT / "solution")
        if done.returncode:
            return done.returncode
        for suffix in (".safetensors", ".json"):
            shutil.move(WORK / f"{name}{suffix}", MODELS / f"{name}{suffix}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
