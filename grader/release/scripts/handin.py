"""Hand the lab in: python handin.py LASTNAME Firstname [--with LASTNAME Firstname]

Makes an archive of your code, your notebook and report.pdf, with your name. The checks run on what was packed, in a
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

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from judging.course import course
from judging.messages import say
from judging.notebook import EMPTY_ANSWER, run_checks, stopped_at
from judging.summary import public_points
from workbench.command_line import Parser, one_line_errors
from workbench.errors import InputError
from workbench.files import whole_file
from workbench.languages import said

HERE = Path(__file__).resolve().parent
LAB = ("checks", "judging", "workbench", "expected", *course().folders)
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


def report_text(path: Path) -> str:
    """All text of the report, as one line; empty where none can be read, as in pictures of handwriting."""
    try:
        return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())
    except Exception:  # pypdf raises anything on odd fonts; the report opens, and that was what mattered
        return ""


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


def run_checks_on(archive: Path, language: str) -> tuple[list[dict], str]:
    """What the checks find in the archive alone, and what they print; raises RuntimeError if they do not run."""
    # In a folder of this one: from there images/ and models/ are found, and nothing else of it is.
    with tempfile.TemporaryDirectory(dir=HERE, prefix=".handin-", ignore_cleanup_errors=True) as folder:
        lab = Path(folder)
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                place = lab / PurePosixPath(*PurePosixPath(name).parts[1:])
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(packed.read(name))
        for name in ("checks", "judging", "workbench"):
            shutil.copytree(HERE / name, lab / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("course.toml", "pytest.ini", "conftest.py"):
            shutil.copyfile(HERE / name, lab / name)
        return run_checks(language=language, lab=lab)


def check_all(archive: Path, language: str) -> list[dict]:
    """The results of the checks on the archive, which stays whatever happens: that is told."""

    def warn(name: str, **words: object) -> None:
        print(say("page", name, language, **words))

    print(say("page", "handin_checking", language), flush=True)
    try:
        results, printed = run_checks_on(archive, language)
    except (RuntimeError, OSError, zipfile.BadZipFile) as error:
        warn("handin_unchecked", why=str(error).strip().splitlines()[-1])
        return []
    except KeyboardInterrupt:
        warn("handin_interrupted")
        return []
    for part, task in course().tasks.items():
        own = [result for result in results if result["part"] == part]
        if own and not task.bonus and not any(result["points"] for result in own):
            warn("handin_task", part=part, names=", ".join(task.names), message=own[0]["message"])
    missing = [part for part in course().tasks if not any(result["part"] == part for result in results)]
    if missing:
        warn("handin_stopped", parts=", ".join(missing), place=stopped_at(printed) or "?")
    return results


def notebook_that_counts() -> Path | None:
    """The notebook that will be marked: of several the one with the most answers, then the one with the lab's name."""
    wanted = f"{course().lab}.ipynb"
    found = HERE.glob("*.ipynb")
    return max(found, key=lambda path: (len(answers(path)), path.name == wanted, path.name), default=None)


def answers(path: Path) -> set[str]:
    """The questions that are answered in a notebook; none where it cannot be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        names = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
        texts = ["".join(cell["source"]).strip() for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
    told = zip(names, texts, strict=True)
    return {
        name.removeprefix("answer-")
        for name, text in told
        if name.startswith("answer-") and text not in ("", EMPTY_ANSWER)
    }


def answers_in_report(text: str) -> set[str]:
    """The questions that are answered in a report: what follows their name is more than the notebook's empty place."""
    empty = re.sub(r"\W+", " ", EMPTY_ANSWER).strip()
    found: dict[str, list[str]] = {}
    pieces = re.split(r"\b(R\d{1,2})\b", text)
    for i in range(1, len(pieces), 2):
        after = re.sub(r"\W+", " ", pieces[i + 1]).strip()
        if i > 2 and pieces[i] == pieces[i - 2]:  # named again, in a TODO of the notebook that was printed
            found[pieces[i]][-1] += " " + after
        else:
            found.setdefault(pieces[i], []).append(after)
    return {name for name, places in found.items() if any(empty not in place and len(place) > 40 for place in places)}


def all_answered(language: str) -> bool:
    """Tell which notebook counts and how many questions have an answer; ask whether that is meant if some have none."""
    if not course().questions:
        return True
    notebook, count = notebook_that_counts(), len(list(HERE.glob("*.ipynb")))
    if notebook is None:
        print(say("page", "handin_no_notebook", language, name=f"{course().lab}.ipynb"))
    else:
        total = len(course().questions)
        given = answers(notebook)
        print(say("page", "handin_notebook", language, name=notebook.name, got=len(given), most=total))
        if count > 1 or notebook.name != f"{course().lab}.ipynb":
            print(say("page", "handin_notebooks", language, count=count, name=notebook.name))
    text = report_text(HERE / "report.pdf")
    if not text:
        print(say("page", "handin_report_unread", language))
    there = (set() if notebook is None else given) | answers_in_report(text)
    empty = [question for question in course().questions if question not in there]
    if not empty or not text:
        return True
    print(say("page", "handin_empty", language, count=len(empty), questions=", ".join(empty)))
    if not sys.stdin.isatty():
        return True
    return input(say("page", "handin_ask", language) + " ").strip().lower()[:1] in ("y", "o")


def main() -> None:
    one_line_errors()
    parser = Parser(description=__doc__.splitlines()[0])
    last, first = said("LASTNAME"), said("Firstname")
    parser.add_argument("last", metavar=last, help="")
    parser.add_argument("first", metavar=first, help="")
    words = "who hands in with you: one archive, one mark"
    parser.add_argument(
        "--with", metavar=(last, first), nargs=2, action="append", dest="others", default=[], help=words
    )
    args = parser.parse_args()
    team = [(file_name(last).upper(), file_name(first)) for last, first in ((args.last, args.first), *args.others)]
    if len(set(team)) > course().team or len(set(team)) < len(team):
        raise InputError(f"up to {course().team} people hand in together, each named once: see --help")
    report = HERE / "report.pdf"
    pages = check_report(report) if course().questions or report.exists() else 0

    name = "+".join(f"{last}_{first}" for last, first in team) + f"_{course().lab}"
    if not all_answered(args.lang):
        raise InputError("nothing was written")
    target = HERE / f"{name}.zip"
    with (
        whole_file(target, [".zip"]) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
    ):
        for path in files_to_hand_in():
            archive.write(path, f"{name}/{path.relative_to(HERE).as_posix()}")
    print(say("page", "handin_wrote", args.lang, name=target.name, pages=pages))
    results = check_all(target, args.lang)
    if results:
        print(say("page", "handin_score", args.lang, points=public_points(results, args.lang)))
    lasts, firsts = (" + ".join(words) for words in zip(*team, strict=True))
    subject = course().mail_subject.format(last=lasts, first=firsts)
    deadline = course().deadline.strftime("%d/%m/%Y à %H h %M" if args.lang == "fr" else "%Y-%m-%d %H:%M")
    print(say("page", "handin_send", args.lang, mail=course().mail, deadline=deadline, name=target.name))
    print(f"    {subject}")


if __name__ == "__main__":
    main()
