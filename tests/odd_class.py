"""A class of seventy in the shapes in which classes hand in: python tests/odd_class.py FOLDER

Right code in every form, what is no code at all, and the accidents of people who work at home and late.
"""

import io
import os
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "solution")]

from test_intake import FORMS, WRITTEN, moved, notebook, write_folder, write_zip, zipped

from grader.intake.given import released
from judging.course import course

LAST = "ABADIE BÉRARD CHEVALLIER D'ARC ETCHEVERRY FAURE GUÉRIN HÄRTEL IÑIGO JOLIVET KOWALSKI LE-GOFF MÜLLER NGUYỄN"
FIRST = "Alice Bérénice Chloé Dominique Éloïse Fanny"
Members = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Shape:
    """One way to hand in, and what must come of it."""

    title: str
    members: Members | bytes
    """Files by path; or what stands in a single file, whatever it is."""
    name: str = "{student}_{lab}.zip"
    """Of the folder or file."""
    costs: tuple[str, ...] = ()
    """The tasks that lose points; all others have every one."""
    hint: str = ""
    """What these must be told."""
    status: str = "graded"
    days: float = -1
    """After the deadline."""
    students: tuple[str, ...] = ()
    """Whose it is; a name is made up when left out."""


def changed(file: str, old: str, new: str) -> dict[str, str]:
    """Right code, with a change to one file."""
    text = WRITTEN[f"textures/{file}"]
    assert old in text, (file, old)
    return WRITTEN | {f"textures/{file}": text.replace(old, new, 1)}


def ended(file: str, code: str) -> dict[str, str]:
    """Right code, with more of it at the end of one file."""
    return WRITTEN | {f"textures/{file}": f"{WRITTEN[f'textures/{file}']}\n\n{code}\n"}


def of_file(file: str) -> tuple[str, ...]:
    """The tasks of a file."""
    return tuple(part for part, task in course().tasks.items() if task.file == f"textures/{file}")


def unread(title: str, file: str, line: str, hint: str = "") -> Shape:
    """Right code, but for a line at the beginning of a file that cannot be read with it."""
    return Shape(title, changed(file, "import torch\n", f"{line}\nimport torch\n"), costs=of_file(file), hint=hint)


def stopped(title: str, part: str, line: str, hint: str = "") -> Shape:
    """Right code, but for a line in a function of a task."""
    file, before = {"1.1": ("gram.py", GRAM), "2.4": ("noise.py", NOISE)}[part]
    return Shape(title, changed(file, before, f"\n    {line}{before}"), costs=(part,), hint=hint)


def tar(mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, text in moved("tp3/").items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(text.encode()), 1
            archive.addfile(info, io.BytesIO(text.encode()))
    return file.getvalue()


GRAM, NOISE = "\n    positions = features.", "\n    lam = min(lam, 1 - lam)"
HELPER = changed("gram.py", GRAM, "\n    features = as_they_are(features)" + GRAM)["textures/gram.py"]
CONFLICT = "<<<<<<< HEAD\nseen = 1\n=======\nseen = 2\n>>>>>>> alice"
MOODLE = "_assignsubmission_file_"
OUTILS = "def as_they_are(x):\n    return x\n"
IMAGES = f"{released()['textures/images.py']}\n\n{OUTILS}"

FORMS_OF_FILES = [
    Shape("tar.gz", tar("w:gz"), "{student}.tar.gz"),
    Shape("tgz, with the lab's name before", tar("w:gz"), "{student}_{lab}.tgz"),
    Shape("tar.xz", tar("w:xz"), "{student}.tar.xz"),
    Shape("tar.bz2", tar("w:bz2"), "{student}.tar.bz2"),
    Shape("a zip that is called tar.gz", zipped(WRITTEN), "{student}.tar.gz"),
    Shape("a folder", moved("tp3/"), "{student}"),
    Shape("a folder of loose files", FORMS["loose"], "{student} - Copie"),
    Shape("with notebook, report and pictures", moved("tp3/") | {
        f"tp3/{course().lab}.ipynb": notebook(10), "tp3/report.pdf": b"%PDF-1.7 torn", "tp3/film.gif": bytes(9000)}),
    Shape("a second version", moved("tp3/"), "{student}_{lab} (1).zip"),
    Shape("a last version", moved("tp3/"), "{student}_final.zip"),
    Shape("Moodle's folder", {"tp3.zip": zipped(WRITTEN)}, f"Zoé Petit_4711{MOODLE}", students=("Zoé Petit_4711",)),
    Shape("Moodle's name without its apostrophe", moved(""), f"Jean DArc_4712{MOODLE}", students=("Jean DArc_4712",)),
    Shape("Moodle's blind marking", moved("x/"), f"Participant_4713{MOODLE}", students=("Participant_4713",)),
    Shape("a team", moved("tp3/"), "DUPONT_Ève+MARTIN_Bob_{lab}.zip", students=("DUPONT_Ève", "MARTIN_Bob")),
    Shape("late by two days", moved("tp3/"), days=1.5),
    Shape("a helper beside textures/", WRITTEN | {
        "textures/gram.py": "from outils import as_they_are\n" + HELPER, "outils.py": OUTILS}),
    Shape("a helper below textures/", WRITTEN | {
        "textures/gram.py": "from .aide.outils import as_they_are\n" + HELPER,
        "textures/aide/__init__.py": "", "textures/aide/outils.py": OUTILS}),
    Shape("a function added to a given file", WRITTEN | {
        "textures/gram.py": "from .images import as_they_are\n" + HELPER, "textures/images.py": IMAGES}),
]  # fmt: skip
NO_CODE = [
    Shape("RAR", b"Rar!\x1a\x07\x01\0 and more", "{student}.rar", status="bad-archive"),
    Shape("RAR that is called zip", b"Rar!\x1a\x07\x01\0 and more", status="bad-archive"),
    Shape("7-Zip", b"7z\xbc\xaf\x27\x1c and more", "{student}.7z", status="bad-archive"),
    Shape("an upload that broke off", zipped(WRITTEN)[:2000], status="bad-archive"),
    Shape("zero bytes", b"", status="bad-archive"),
    Shape("a page that asks to log in", b"<!DOCTYPE html> log in first", status="bad-archive"),
    Shape("the report alone", b"%PDF-1.7", "{student}.pdf", status="no-package"),
    Shape("the report alone, in a zip", {"report.pdf": b"%PDF-1.7"}, status="no-package"),
    Shape("the notebook alone", notebook(10), "{student}.ipynb", status="no-package"),
    Shape("pictures alone", {"tp3/a.png": b"", "tp3/b.jpg": b""}, status="no-package"),
    Shape("an empty zip", {}, status="no-package"),
    Shape("an empty folder", {}, "{student}", status="no-package"),
]
ACCIDENTS = [
    Shape("as it was given", released(), costs=tuple(course().tasks)),
    Shape("half of it", released() | {
        name: WRITTEN[name] for name in ("textures/gram.py", "textures/noise.py")}, "{student}",
        costs=tuple(part for part, task in course().tasks.items() if task.file[9:] not in ("gram.py", "noise.py"))),
    Shape("a NUL byte", WRITTEN | {"textures/noise.py": WRITTEN["textures/noise.py"] + "\0"}),
    Shape("an exception where the file is read", ended("noise.py", "undefined"), costs=of_file("noise.py")),
    Shape("gradients off for all", ended("noise.py", "torch.set_grad_enabled(False)")),
    Shape("float64 for all", ended("movies.py", "torch.set_default_dtype(torch.float64)"), costs=("2.5",)),
    unread("lines of Jupyter", "texturenet.py", "!pip install torch", "error_jupyter"),
    unread("magic of Jupyter", "gatys.py", "%matplotlib inline", "error_jupyter"),
    unread("Google's Colab", "training.py", "from google.colab import drive", "error_colab"),
    unread("OpenCV", "movies.py", "import cv2", "error_module"),
    unread("a conflict of git's", "noise.py", CONFLICT, "error_conflict"),
    unread("Python 2", "gram.py", "print 'begin'", "error_python2"),
    stopped("a question at the keyboard", "2.4", "input('go on?')", "error_keyboard"),
    stopped("a path of one's own", "2.4", "open('C:/Users/alice/noise.npy')", "error_path"),
    stopped("CUDA", "1.1", "features = features.cuda()", "error_device"),
    stopped("no end", "1.1", "while True: pass"),
    stopped("the end of the process", "1.1", "import os; os._exit(0)"),
]  # fmt: skip


def shapes() -> list[Shape]:
    """The whole class; every form of `FORMS` is in it."""
    return [*(Shape(form, members) for form, members in FORMS.items()), *FORMS_OF_FILES, *NO_CODE, *ACCIDENTS]


def students(shape: Shape, number: int) -> tuple[str, ...]:
    """Whose a shape is: a name of its own for each number."""
    last, first = LAST.split(), FIRST.split()
    return shape.students or (f"{last[number % len(last)]}_{first[number // len(last) % len(first)]}",)


def write_class(folder: Path) -> dict[str, Shape]:
    """Write all of it into a new folder; the shape by student."""
    found: dict[str, Shape] = {}
    for number, shape in enumerate(shapes()):
        names = students(shape, number)
        path = folder / shape.name.format(student=names[0], lab=course().lab)
        if isinstance(shape.members, bytes):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(shape.members)
        elif path.suffix == ".zip":
            write_zip(path, shape.members)
        else:
            path.mkdir(parents=True)
            write_folder(path, shape.members)
        moment = (course().deadline + timedelta(days=shape.days)).timestamp()
        for one in (*path.rglob("*"), path):
            os.utime(one, (moment, moment))
        assert not found.keys() & set(names), names
        found |= dict.fromkeys(names, shape)
    # An older version of somebody's: it must not count.
    older = next(name for name, shape in found.items() if shape.title == "a second version")
    path = write_zip(folder / f"{older}_{course().lab}.zip", released())
    moment = (course().deadline - timedelta(days=3)).timestamp()
    os.utime(path, (moment, moment))
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-") or Path(sys.argv[1]).exists():
        sys.exit(f"{__doc__.splitlines()[0]}, a new one")
    print(f"wrote a class of {len(write_class(Path(sys.argv[1])))} into {sys.argv[1]}")
