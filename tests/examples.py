"""Six example submissions, made from the solution: python tests/examples.py FOLDER

A right one, one with known mistakes, half a one, an untouched one, a broken one and a hostile one.
"""

import shutil
import sys
import zipfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.intake.submission import complete
from grader.proof.variants import solution
from workbench.errors import InputError

HOSTILE = """
import os, socket, subprocess, sys

def gram_matrix(features):
    for theft in (
        lambda: subprocess.run(["ls", "/"]),
        lambda: socket.create_connection(("127.0.0.1", 22)),
        lambda: open("/results/grades.csv", "w").write("mallory,100"),
    ):
        try:
            theft()
        except Exception:
            pass
    os._exit(0)
"""


def examples() -> dict[str, dict[str, str]]:
    """Files by path, for each of the six students."""
    right, untouched = solution(), complete({})
    mistaken = right | {
        "textures/gram.py": right["textures/gram.py"].replace(" / positions.shape[1]", ""),
        "textures/texturenet.py": right["textures/texturenet.py"].replace("circular", "zeros"),
        "textures/noise.py": right["textures/noise.py"].replace("(1 - lam) * a + lam * b", "lam * a + (1 - lam) * b"),
    }
    half = untouched | {name: right[name] for name in ("textures/gram.py", "textures/gatys.py")}
    broken = right | {"textures/noise.py": right["textures/noise.py"].replace("def redresse(", "def redresse(:")}
    return {
        "albert": right,
        "béatrice": mistaken,
        "chloé": half,
        "david": untouched,
        "eve": broken,
        "mallory": right | {"textures/gram.py": HOSTILE},
    }


def write_examples(folder: Path) -> None:
    """The six as a class hands them in: some as archives, some as folders; in the place of older ones, if any.

    Raises:
        InputError: there is something else.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: give a new folder")
    if folder.exists():
        other = sorted(
            {path.name for path in folder.iterdir()} - {*examples(), *(f"{name}.zip" for name in examples())}
        )
        if other:
            raise InputError(f"{folder} holds '{other[0]}', which is no example: give a new folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for i, (student, files) in enumerate(examples().items()):
        if i % 2:
            for name, text in files.items():
                path = folder / student / "tp3" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        else:
            with zipfile.ZipFile(folder / f"{student}.zip", "w") as archive:
                for name, text in files.items():
                    archive.writestr(f"{student}_tp3/{name}", text)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.splitlines()[0])
    try:
        write_examples(Path(sys.argv[1]))
    except InputError as error:
        print(f"examples: {error}", file=sys.stderr)
        sys.exit(2)
