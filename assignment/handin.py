"""Hand the lab in: python handin.py LASTNAME Firstname [--with LASTNAME Firstname]

Makes LASTNAME_Firstname_tp3.zip of your code, your notebook and report.pdf. The checks run on what was packed, in a
folder of its own: what is missing in the archive is missing there too.
"""

import json
import logging
import os
import re
import shutil
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath

from checks.course import course
from checks.notebook import EMPTY_ANSWER, run_checks
from checks.summary import public_points
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from textures.command_line import Parser, one_line_errors
from textures.errors import InputError
from textures.files import whole_file

HERE = Path(__file__).resolve().parent
LAB = ("checks", "images", "models", "features", "expected")
"""Folders that whoever marks has already."""


def file_name(word: str) -> str:
    """A person's name as part of a file's name: letters of any script, digits and hyphens."""
    name = re.sub(r"[^\w-]+|_+", "-", unicodedata.normalize("NFC", word)).strip("-")
    if not name:
        raise InputError(f"'{word}' is no name: write python handin.py LASTNAME Firstname")
    return name


def check_report(path: Path) -> int:
    """The number of pages of the report; raises `InputError` if it is missing, no PDF, locked or empty."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it has to say, we say
    if not path.is_file():
        raise InputError(f"{path.name} is missing: export your report as PDF and put it beside handin.py")
    try:
        report = PdfReader(path)
        pages = 0 if report.is_encrypted else len(report.pages)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path.name} is no readable PDF: export it again, as PDF") from None
    if report.is_encrypted:
        raise InputError(f"{path.name} is locked by a password: export it without one")
    if pages == 0:
        raise InputError(f"{path.name} has no page: export it again")
    return pages


def files_to_hand_in() -> list[Path]:
    """Code, notebooks and report: no pictures, no models, no checks, no environments, no links to files elsewhere."""
    found = [*HERE.glob("*.ipynb"), HERE / "report.pdf"]
    for folder, inside, names in os.walk(HERE):
        lab = LAB if Path(folder) == HERE else ()
        inside[:] = [
            name
            for name in inside
            if not name.startswith((".", "__")) and name not in (*lab, "site-packages", "node_modules")
            if not Path(folder, name, "pyvenv.cfg").exists()
        ]
        found += [Path(folder, name) for name in names if name.endswith(".py") and not name.startswith(".")]
    return sorted(path for path in found if path.is_file() and not path.is_symlink() and path.name != "conftest.py")


def run_checks_on(archive: Path, language: str) -> list[dict]:
    """What the checks find in the archive alone; raises RuntimeError if they do not run."""
    # In a folder of this one: from there images/ and models/ are found, and nothing else of it is.
    with tempfile.TemporaryDirectory(dir=HERE, prefix=".handin-") as folder:
        lab = Path(folder)
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                place = lab / PurePosixPath(*PurePosixPath(name).parts[1:])
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(packed.read(name))
        shutil.copytree(HERE / "checks", lab / "checks", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("course.toml", "pytest.ini", "conftest.py"):
            shutil.copyfile(HERE / name, lab / name)
        return run_checks(language=language, lab=lab)[0]


def notebook_that_counts() -> str:
    """The notebook that will be marked: of several the one with the most answers, then the one with the lab's name."""
    wanted = f"{course().lab}.ipynb"
    return max(HERE.glob("*.ipynb"), key=lambda path: (answers(path), path.name == wanted, path.name)).name


def answers(path: Path) -> int:
    """How many questions are answered in a notebook; 0 where it cannot be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        names = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
        texts = ["".join(cell["source"]).strip() for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0
    told = zip(names, texts, strict=True)
    return sum(name.startswith("answer-") and text not in ("", EMPTY_ANSWER) for name, text in told)


def main() -> None:
    one_line_errors()
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("last", metavar="LASTNAME")
    parser.add_argument("first", metavar="Firstname")
    words = "who hands in with you: one archive, one mark"
    parser.add_argument(
        "--with", metavar=("LASTNAME", "Firstname"), nargs=2, action="append", dest="others", default=[], help=words
    )
    parser.add_argument("--lang", choices=("en", "fr"), default=course().language, help="language of the warnings")
    args = parser.parse_args()
    team = [(file_name(last).upper(), file_name(first)) for last, first in ((args.last, args.first), *args.others)]
    if len(set(team)) > course().team or len(set(team)) < len(team):
        raise InputError(f"up to {course().team} people hand in together, each named once: see --help")
    pages = check_report(HERE / "report.pdf")

    name = "+".join(f"{last}_{first}" for last, first in team) + f"_{course().lab}"
    with whole_file(HERE / f"{name}.zip", [".zip"]) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for path in files_to_hand_in():
                archive.write(path, f"{name}/{path.relative_to(HERE).as_posix()}")
        print("running the checks on what was packed …", flush=True)
        try:
            results = run_checks_on(temporary, args.lang)
        except RuntimeError as error:
            print(f"warning: {error}")
            results = []
    for part, task in course().tasks.items():
        own = [result for result in results if result["part"] == part]
        if own and not task.bonus and not any(result["points"] for result in own):
            print(f"warning: task {part} ({', '.join(task.names)}): {own[0]['message']}")
    notebooks = len(list(HERE.glob("*.ipynb")))
    if not notebooks:
        print(f"warning: {course().lab}.ipynb is missing: your answers to the questions are then the report alone")
    elif notebooks > 1 or not (HERE / f"{course().lab}.ipynb").is_file():
        print(f"warning: of {notebooks} notebooks {notebook_that_counts()} counts; delete the others if that is wrong")

    print(f"wrote {name}.zip: your code, your notebook, a report of {pages} page{'s' * (pages > 1)}")
    print(f"public score: {public_points(results, args.lang)}; other checks run when the lab is marked")
    print(f"send it to {course().mail} before {course().deadline:%Y-%m-%d %H:%M}, with the subject:")
    lasts, firsts = (" + ".join(words) for words in zip(*team, strict=True))
    print("    " + course().mail_subject.format(last=lasts, first=firsts))


if __name__ == "__main__":
    sys.exit(main())
