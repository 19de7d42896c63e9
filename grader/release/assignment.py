"""`python -m grader release`: the whole of assignment/ from solution/, grader/checks and the handout.

The same input gives the same bytes: nothing depends on the clock, the locale, the folder or the order of a listing.
"""

import ast
import filecmp
import os
import re
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from judging.course import Course, read_course
from judging.lab import here, tomllib
from judging.messages import LANGUAGES
from workbench.errors import InputError

if TYPE_CHECKING:
    from nbformat import NotebookNode

from ..places import IGNORED, ROOT, SHARED
from .answers import read_answers
from .facts import check_gone, check_numbers, check_variants, numbers
from .handout import FILES, check_parallel, handout
from .notebook import as_text, question_texts, source_notebook, student_notebook
from .references import check_references, check_text
from .stubs import student_version, todos

SCRIPTS = Path(__file__).with_name("scripts")
"""What every lab's students get beside their package, unless the lab has one of its own of that name."""

REQUIREMENTS = """\
# On Linux this brings 4 GB for NVIDIA cards, which the lab has no need of. To do without: first install torch and
# torchvision by the command that https://pytorch.org/get-started/locally shows for Linux, Pip, CPU.
"""
PYTEST_INI = """\
# What `pytest` does in this folder: the checks of the lab, with a page of points at the end.
[pytest]
testpaths = checks
pythonpath = .
addopts = -q --tb=no --no-header -r N --capture=sys --disable-warnings
"""

VSCODE = """\
{
    "python.testing.pytestEnabled": true,
    "python.testing.pytestArgs": ["checks"],
    "jupyter.notebookFileRoot": "${workspaceFolder}",
    "jupyter.interactiveWindow.creationMode": "perFile",
    "files.encoding": "utf8",
    "files.exclude": {"**/__pycache__": true, "**/.pytest_cache": true}
}
"""

CONFTEST = """\
\"\"\"Points and hints for pytest, from judging/plugin.py.\"\"\"

# All of it, not by `pytest_plugins`: that pytest refuses where it was started in a folder above this one.
from judging.plugin import *
"""


def build(folder: Path, root: Path | None = None) -> None:
    """Write the assignment made from the sources in `root` into an empty folder.

    Raises:
        InputError: whatever is wrong with the sources, with file and line.
    """
    root = root or here()
    solution, checks = root / "solution", _folder(root, "checks")
    course = read_settings(solution / "course.toml")
    texts: dict[str, str] = {}
    for path in sorted([*solution.glob("*.py"), *solution.glob(f"{course.package}/**/*.py")]):
        if path.name not in (f"{course.lab}.py", *(f"{name}.py" for name in SHARED)):
            texts[path.relative_to(solution).as_posix()] = student_version(_read(path), _name(path, root))
    texts = {path.name: _read(path) for path in sorted(SCRIPTS.glob("*.py"))} | texts
    _check_tasks(solution, root, course)
    check_gone(root, course, _released(root / "assignment" / "course.toml"))
    texts |= _checks(checks, root, course)
    engine = _engine(root)
    texts |= {_name(path, engine): _read(path) for name in SHARED for path in _shared(engine / name)}
    source = build_notebook(root)
    texts[f"{course.lab}.ipynb"] = as_text(student_notebook(source))
    questions = question_texts(source)
    handouts = {}
    for language, name in FILES.items():
        handouts[name] = handout(_read(solution / name), f"solution/{name}", language, course, questions)
    check_parallel({f"solution/{name}": text for name, text in handouts.items()})
    texts |= handouts
    texts["course.toml"] = _read(solution / "course.toml")
    texts["requirements.txt"] = REQUIREMENTS + "\n".join(_dependencies(engine)) + "\n"
    texts["constraints.txt"] = _read(engine / "constraints.txt")
    texts |= {"pytest.ini": PYTEST_INI, "conftest.py": CONFTEST, ".vscode/settings.json": VSCODE}
    files = {*texts, *given_files(root)}
    code = "\n".join(text for name, text in texts.items() if name.endswith((".py", ".toml")))
    for name, text in (handouts | {f"{course.lab}.py": _read(solution / f"{course.lab}.py")}).items():
        check_text(text, f"solution/{name}", course, files, code)
    _check_numbers(root, course)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def build_notebook(root: Path | None = None) -> "NotebookNode":
    """The instructor's notebook, with model answers and marking schemes."""
    root = root or here()
    course = read_settings(root / "solution" / "course.toml")
    path = root / "solution" / "answers.md"
    text = _read(path) if course.questions or path.exists() else ""
    answers = read_answers(text, "solution/answers.md", course.questions)
    name = f"solution/{course.lab}.py"
    return source_notebook(_read(root / name), name, course, answers)


def write(root: Path | None = None, check: Callable[[], None] = lambda: None) -> Path:
    """Put a fresh assignment/ in the place of the old one, which stays as it is when anything is wrong.

    Args:
        check: asked once the new one is there; where it raises something, the old one comes back.
    """
    root = root or here()
    target = root / "assignment"
    with tempfile.TemporaryDirectory(dir=root, prefix=".assignment-") as temporary:
        fresh, old = Path(temporary, "fresh"), Path(temporary, "old")
        fresh.mkdir()
        build(fresh, root)
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(fresh, target)
            check()
        except BaseException:
            if target.exists():
                os.rename(target, Path(temporary, "refused"))
            if old.exists():
                os.rename(old, target)
            raise
    return target


def differences(root: Path | None = None) -> list[str]:
    """A line for each file of assignment/ that is not what `write` would make."""
    root = root or here()
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        build(fresh, root)
        wanted, found = _files(fresh), _files(root / "assignment")
        return [
            *(f"missing: assignment/{name}" for name in sorted(wanted - found)),
            *(f"not from the sources: assignment/{name}" for name in sorted(found - wanted)),
            *(
                f"differs: assignment/{name}"
                for name in sorted(wanted & found)
                if not filecmp.cmp(fresh / name, root / "assignment" / name, shallow=False)
            ),
        ]


def write_archive(folder: Path, root: Path | None = None) -> Path:
    """The students' archive, with all that is given besides, as `folder`/LAB.zip.

    Stored, not compressed: nearly all of it is PNG and weights, and compressors differ from machine to machine.
    """
    root = root or here()
    course = read_settings(root / "solution" / "course.toml")
    sources = {f"{course.lab}/{name}": root / "assignment" / name for name in _files(root / "assignment")}
    sources |= {f"{course.lab}/{name}": path for name, path in given_files(root).items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}") from None
    target = folder / f"{course.lab}.zip"
    temporary = target.with_suffix(".part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(sources):
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.create_system, entry.external_attr = 3, 0o100644 << 16
                archive.writestr(entry, sources[name].read_bytes())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def given_files(root: Path | None = None) -> dict[str, Path]:
    """What students get beside assignment/, by name: exemplars, trained weights, what to expect, the licence."""
    root = root or here()
    patterns = read_settings(root / "solution" / "course.toml").given
    given = [path for pattern in patterns for path in sorted(root.glob(pattern)) if path.is_file()]
    # How pictures and weights are made is no student's.
    return {path.relative_to(root).as_posix(): path for path in given if path.suffix not in (".py", ".md")}


def _engine(root: Path) -> Path:
    """Where the packages lie that students get as they are: beside the lab, or in this repository."""
    return root if (root / SHARED[0]).is_dir() else ROOT


def _shared(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.py"), *folder.glob("*.toml")])


def _folder(root: Path, name: str) -> Path:
    """A lab's checks/ or variants/; those of this repository's lie in grader/."""
    return next(path for path in (root / name, root / "grader" / name) if path.is_dir() or path.parent.name == "grader")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read {path}: it is not UTF-8; save it as that") from None


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not IGNORED.intersection(path.relative_to(folder).parts)
    }


def read_settings(path: Path) -> Course:
    try:
        course = read_course(path)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path.name} is not right: {error}") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    if course.language not in LANGUAGES:
        raise InputError(f"{path.name}: language is '{course.language}': choose from {', '.join(LANGUAGES)}")
    for name, points in ({part: task.points for part, task in course.tasks.items()} | course.questions).items():
        if type(points) not in (int, float) or points < 0:
            raise InputError(f"{path.name}: the points of {name} are no number: {points!r}")
    for part, task in course.tasks.items():
        for needed in task.needs:
            if needed not in course.tasks:
                raise InputError(f"{path.name}: task {part} needs {needed}, which is no task")
    if not isinstance(course.deadline, datetime):
        raise InputError(f"{path.name}: the deadline is a day and an hour, such as 2026-12-18T23:59:00")
    try:
        course.mail_subject.format(last="", first="")
    except (KeyError, IndexError, ValueError, AttributeError):
        raise InputError(f"{path.name}: in mail_subject only {{last}} and {{first}} are filled in") from None
    return course


def _check_tasks(solution: Path, root: Path, course: Course) -> None:
    """Every TODO is a task of course.toml, in the file that it names, and every task has a TODO."""
    seen = set()
    for path in sorted(solution.glob(f"{course.package}/**/*.py")):
        for todo in todos(_read(path), _name(path, root)):
            task = course.tasks.get(todo.part)
            if task is None:
                raise InputError(f"{_name(path, root)}:{todo.line}: task {todo.part} has no points: see course.toml")
            if solution / task.file != path:
                raise InputError(
                    f"{_name(path, root)}:{todo.line}: course.toml says that task {todo.part} is in {task.file}"
                )
            seen.add(todo.part)
    for part in course.tasks:
        if part not in seen:
            raise InputError(f"course.toml: task {part} has points, but no '# TODO {part}: …' stands in solution/")
    for part, task in course.tasks.items():
        file = _name(solution / task.file, root)
        there = {getattr(node, "name", "") for node in ast.parse(_read(solution / task.file), file).body}
        for name in task.names:
            if name not in there:
                raise InputError(f"course.toml: task {part} names {name}, which is not in {file}")


def _released(path: Path) -> Course | None:
    """The settings of the last release, if there are any that can be read."""
    try:
        return read_course(path)
    except (OSError, KeyError, TypeError, AttributeError, ValueError):
        return None


def _check_numbers(root: Path, course: Course) -> None:
    """Numbers stated in texts, hints, checks and variants are those that the code makes."""
    known = numbers(root, course)
    checks, variants = (_folder(root, name).relative_to(root).as_posix() for name in ("checks", "variants"))
    patterns = ("solution/*.md", f"solution/{course.lab}.py", f"{checks}/test_*.py", f"{checks}/messages.toml",
                f"{variants}/*.py", "README.md", "models/README.md")  # fmt: skip
    for path in (path for pattern in patterns for path in sorted(root.glob(pattern))):
        check_numbers(_read(path), _name(path, root), known)


def _checks(folder: Path, root: Path, course: Course) -> dict[str, str]:
    """What students get of grader/checks, by path in the assignment."""
    points: dict[str, float] = defaultdict(float)
    texts = {}
    for needed in ("__init__.py", "probes.py"):
        if not (folder / needed).is_file():
            raise InputError(f"there is no {_name(folder / needed, root)}: the sandbox needs it, be it empty")
    for path in sorted(folder.glob("*.py")):
        name, source = _name(path, root), _read(path)
        shown = student_version(source, name)
        for check in _declared(source, name):
            points[check["part"]] += check["points"]
            if check["part"] not in course.tasks:
                raise InputError(f"{name}:{check['line']}: task {check['part']} has no points: see course.toml")
            if check.get("hidden", False) == (f"def {check['function']}(" in shown):
                raise InputError(
                    f"{name}:{check['line']}: {check['function']} must have hidden=True inside of "
                    "### BEGIN HIDDEN TESTS … ### END HIDDEN TESTS, and nowhere else"
                )
        texts[f"checks/{path.name}"] = re.sub(r"\n{4,}", "\n\n\n", shown).rstrip() + "\n"
    for part, task in course.tasks.items():
        if points[part] != task.points:
            raise InputError(
                f"course.toml: task {part} has {task.points:g} points, its checks add up to {points[part]:g}"
            )
    engine = _engine(root)
    sources = {_name(path, root): _read(path) for path in sorted(folder.glob("*.py"))}
    sources |= {_name(path, engine): _read(path) for path in sorted(engine.glob("judging/*.py"))}
    package = {
        ".".join(path.relative_to(root / "solution" / course.package).with_suffix("").parts): _read(path)
        for path in sorted(root.glob(f"solution/{course.package}/**/*.py"))
    }
    words = [folder / "messages.toml", engine / "judging" / "messages.toml"]
    own, shared = (_catalogue(path, _name(path, above)) for path, above in zip(words, (root, engine), strict=True))
    catalogue = {kind: {**shared.get(kind, {}), **own.get(kind, {})} for kind in {**shared, **own}}
    check_references(sources, catalogue, package, course)
    variants = {_name(path, root): _read(path) for path in sorted(_folder(root, "variants").glob("*.py"))}
    named = {check["function"].removeprefix("test_") for name in sources for check in _declared(sources[name], name)}
    check_variants(variants, course, named, catalogue["hint"])
    code = "\n".join(texts.values())
    texts["checks/messages.toml"] = _messages(_read(words[0]), own, code)
    return texts


def _declared(source: str, name: str) -> list[dict]:
    """The keywords of each @check of a file, with its function and line; every check speaks two languages."""
    found = []
    for node in ast.walk(ast.parse(source, name)):
        if not isinstance(node, ast.FunctionDef):
            continue
        for call in node.decorator_list:
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check":
                nodes = {str(word.arg): word.value for word in call.keywords}
                if call.args or not {"part", "points"} <= nodes.keys() <= {"part", "points", "hidden"}:
                    raise InputError(f"{name}:{node.lineno}: write @check(part=…, points=…) above {node.name}")
                try:
                    words = {word: ast.literal_eval(value) for word, value in nodes.items()}
                except ValueError:
                    raise InputError(f"{name}:{node.lineno}: the words of @check must be plain values") from None
                sentences = [line for line in (ast.get_docstring(node) or "").splitlines() if line.strip()]
                if len(sentences) != 2:
                    raise InputError(
                        f"{name}:{node.lineno}: the docstring of {node.name} must be a line in English and "
                        "its translation, a line in French"
                    )
                found.append(words | {"function": node.name, "line": node.lineno})
    return found


def _catalogue(path: Path, name: str) -> dict[str, dict]:
    """What messages.toml holds: each entry in all languages, with the same words in braces.

    Raises:
        InputError: with the line, an entry that is not so.
    """
    text = _read(path)
    try:
        catalogue = tomllib.loads(text)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None
    for entry, words in ((entry, words) for kind in catalogue.values() for entry, words in kind.items()):
        if not isinstance(words, dict):
            continue
        before = re.split(rf"^\s*{entry}\s*=", text, maxsplit=1, flags=re.MULTILINE)[0]
        number = 1 + before.count("\n")
        for language in LANGUAGES:
            if not words.get(language):
                raise InputError(f"{name}:{number}: '{entry}' has no translation: add {language} = \"…\"")
        fields = [_fields(words[language]) for language in LANGUAGES]
        if None in fields or any(other != fields[0] for other in fields):
            raise InputError(f"{name}:{number}: '{entry}' has other words in braces in one language than in another")
    return catalogue


def _messages(text: str, catalogue: dict[str, dict], code: str) -> str:
    """messages.toml without the entries that only hidden checks use."""
    lines = []
    for line in text.split("\n"):
        entry = re.match(r"(\w+)\s*=\s*\{", line)
        if entry:
            kind = next(kind for kind, entries in catalogue.items() if entry[1] in entries)
            if kind != "page" and f'"{entry[1]}"' not in code and entry[1] not in catalogue.get("raised", {}):
                continue
        lines.append(line)
    return "\n".join(lines)


def _fields(text: str) -> set[str] | None:
    """The words in braces of a message; None if it cannot be filled in."""
    try:
        return {field for _, field, _, _ in Formatter().parse(text) if field is not None}
    except ValueError:
        return None


def _dependencies(root: Path) -> list[str]:
    """What pyproject.toml asks for without any extra: what students need."""
    return tomllib.loads(_read(root / "pyproject.toml"))["project"]["dependencies"]
