"""Train a generator for every exemplar of images/: python models/make_models.py [NAME …] [--options of training]

Stop it when you like: the same command goes on from there. A model of the same exemplar that is there already is left
alone, unless --fresh asks for another one. Options that are not this script's go to train_texturenet.py.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "solution"))

from textures.images import find_image, image_names

MODELS = ROOT / "models"
WORK = ROOT / "build" / "models"


def is_there(name: str) -> bool:
    """Whether models/ has a generator of this very exemplar."""
    try:
        card = json.loads((MODELS / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    same = card.get("exemplar_sha256") == hashlib.sha256(find_image(name).read_bytes()).hexdigest()
    return same and (MODELS / f"{name}.safetensors").is_file()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="exemplars of images/; all when left out")
    parser.add_argument("--fresh", action="store_true", help="also those that are there")
    args, options = parser.parse_known_args()
    unknown = sorted(set(args.names) - set(image_names()))
    if unknown:
        print(f"make_models.py: no exemplar {', '.join(unknown)}: {', '.join(image_names())}", file=sys.stderr)
        return 2
    WORK.mkdir(parents=True, exist_ok=True)
    for name in args.names or image_names():
        if is_there(name) and not args.fresh and not (WORK / f"{name}.checkpoint").exists():
            continue
        print(name, flush=True)
        command = [sys.executable, "train_texturenet.py", name, *options, "-o", str(WORK / f"{name}.safetensors")]
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
