"""Hand the lab in: python handin.py LASTNAME Firstname

Makes LASTNAME_Firstname_tp3.zip of your code, your notebook and report.pdf, after a look at each of them.
"""

import logging
import re
import sys
import unicodedata
import zipfile
from pathlib import Path

from checks.course import course
from checks.notebook import run_checks
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from textures.command_line import Parser, one_line_errors
from textures.errors import InputError
from textures.files import whole_file

HERE = Path(__file__).resolve().parent


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
    """Code, notebook and report: no pictures, no models, no checks, no links to files elsewhere."""
    patterns = ("*.py", "textures/*.py", "*.ipynb", "report.pdf")
    found = [path for pattern in patterns for path in sorted(HERE.glob(pattern))]
    return [path for path in found if path.is_file() and not path.is_symlink() and path.name != "conftest.py"]


def main() -> None:
    one_line_errors()
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("last", metavar="LASTNAME")
    parser.add_argument("first", metavar="Firstname")
    parser.add_argument("--lang", choices=("en", "fr"), default=course().language, help="language of the warnings")
    args = parser.parse_args("handin.py")
    last, first = file_name(args.last).upper(), file_name(args.first)
    pages = check_report(HERE / "report.pdf")

    print("running the checks …", flush=True)
    try:
        results, _ = run_checks(language=args.lang)
    except RuntimeError as error:
        print(f"warning: {error}")
        results = []
    points, most = (sum(result[name] for result in results) for name in ("points", "max_points"))
    for part, task in course().tasks.items():
        own = [result for result in results if result["part"] == part]
        if own and part != "bonus" and not any(result["points"] for result in own):
            print(f"warning: task {part} ({', '.join(task.names)}): {own[0]['message']}")
    if not (HERE / f"{course().lab}.ipynb").is_file():
        print(f"warning: {course().lab}.ipynb is missing: your answers to the questions are then the report alone")

    name = f"{last}_{first}_{course().lab}"
    with (
        whole_file(HERE / f"{name}.zip", [".zip"]) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
    ):
        for path in files_to_hand_in():
            archive.write(path, f"{name}/{path.relative_to(HERE).as_posix()}")
    print(f"wrote {name}.zip: your code, your notebook, a report of {pages} page{'s' * (pages > 1)}")
    print(f"public score: {points:g} of {most:g}; other checks run when the lab is marked")
    print(f"send it to {course().mail} before {course().deadline:%Y-%m-%d %H:%M}, with the subject:")
    print("    " + course().mail_subject.format(last=last, first=first))


if __name__ == "__main__":
    sys.exit(main())
