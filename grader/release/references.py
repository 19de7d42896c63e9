"""Whether what checks and handouts name is there: messages, hints and their fields, probes, tasks, files, functions.

A name that leads nowhere is found by the first student who makes that mistake; `release` finds it before.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from string import Formatter

from judging.course import Course, marker
from workbench.errors import InputError

SAID = {"expect": 1, "WrongError": 0, "NoAnswerError": 1}
"""Which argument of these is the name of a message; the next one may be that of a hint."""
WORD = re.compile(r"[a-z]+(_[a-z\d]+)+")
"""What looks like such a name, and like none with a number, relu1_1, which code makes."""
TORCHS = {"running_mean", "running_var", "num_batches_tracked"}
"""Names of PyTorch's own."""
MADE = ("report.pdf",)
"""What students write, by their own hands."""


def check_references(
    sources: Mapping[str, str], catalogue: Mapping[str, Mapping[str, dict]], package: Mapping[str, str], course: Course
) -> None:
    """Raise `InputError`, with file and line, where a check names what does not exist.

    Args:
        sources: the files of grader/checks, by path; one of them is probes.py.
        catalogue: what messages.toml holds.
        package: the modules of the solution, by name: "gram".
    """
    trees = {name: ast.parse(source, name) for name, source in sources.items()}
    probes = {
        node.name: node
        for name, tree in trees.items()
        if PurePosixPath(name).name == "probes.py"
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    entries = {entry for kind in catalogue.values() for entry in kind}
    checks = set(re.findall(r"(?m)^def (?:test_)?(\w+)", "\n".join(sources.values())))
    asking = [source for name, source in sources.items() if PurePosixPath(name).name == "probes.py"]
    known = set(re.findall(r"\w+", "\n".join([*package.values(), *asking])))
    words = known | entries | probes.keys() | checks | TORCHS
    for name, tree in trees.items():
        is_test = PurePosixPath(name).name.startswith("test_")
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for complaint in _complaints(node, catalogue, probes):
                    raise InputError(f"{name}:{node.lineno}: {complaint}")
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{course.package}."):
                module = node.module.removeprefix(f"{course.package}.")
                for word in (alias.name for alias in node.names):
                    if not re.search(rf"(?m)^(?:(?:def|class) )?{word}\b", package.get(module, "")):
                        raise InputError(
                            f"{name}:{node.lineno}: there is no {word} in solution/{course.package}/{module}.py"
                        )
            if not is_test or not isinstance(node, ast.Constant):
                continue
            quoted = node.value
            if isinstance(quoted, str) and WORD.fullmatch(quoted) and quoted not in words:
                raise InputError(
                    f"{name}:{node.lineno}: '{quoted}' is no message or hint of messages.toml, no check or probe, and "
                    "nothing that the code knows"
                )


def _complaints(call: ast.Call, catalogue: Mapping[str, Mapping[str, dict]], probes: Mapping) -> Iterator[str]:
    """What a call names that does not exist."""
    called = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = {word.arg for word in call.keywords if word.arg is not None}
    open_ended = any(word.arg is None for word in call.keywords)  # **words
    if called in SAID:
        at = SAID[called]
        for entry in _texts(call.args[at : at + 1]):
            if entry not in catalogue["message"]:
                yield f"there is no message '{entry}' in messages.toml"
            elif not open_ended and (missing := fields(catalogue["message"][entry]) - given):
                yield f"the message '{entry}' has {{{min(missing)}}}, which is not given"
        hints = call.args[at + 1 : at + 2] if called != "NoAnswerError" else []
        for entry in _texts(hints):
            if entry not in catalogue["hint"]:
                yield f"there is no hint '{entry}' in messages.toml"
    if called == "ask" and call.args:
        for probe in _texts(call.args[:1]):
            if probe not in probes:
                yield f"there is no probe '{probe}' in probes.py"
                continue
            taken = probes[probe].args
            names = {arg.arg for arg in (*taken.args, *taken.kwonlyargs)}
            if not open_ended and taken.kwarg is None and (unknown := given - names):
                yield f"the probe '{probe}' takes no '{min(unknown)}'"


def _texts(arguments: list[ast.expr]) -> Iterator[str]:
    """The words that arguments may be, as far as they are written there."""
    for argument in arguments:
        if isinstance(argument, ast.IfExp):
            yield from _texts([argument.body, argument.orelse])
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def fields(entry: Mapping[str, str]) -> set[str]:
    """The words in braces of a message."""
    return {field for _, field, _, _ in Formatter().parse(entry["en"]) if field}


def check_text(text: str, name: str, course: Course, files: Collection[str], code: str) -> None:
    """Raise `InputError`, with the line, where a text for students names a task, marker, file or function not there.

    Args:
        text: a handout, or the notebook's source.
        files: what students get, by path.
        code: theirs, whose words may be named.
    """
    names = {PurePosixPath(file).name for file in files} | set(MADE) | {f"{course.lab}.ipynb", f"{course.lab}.zip"}
    markers = {marker(part) for part in course.tasks}
    words = set(re.findall(r"\w+", code))
    for number, line in enumerate(text.split("\n"), start=1):
        if re.search(r"\bbonus\b", line) and not any(task.bonus for task in course.tasks.values()):
            raise InputError(f"{name}:{number}: a bonus is named, and course.toml has none")
        for part in re.findall(r"\bTODO ([\d.]*\d|bonus)\b", line):
            if part not in course.tasks:
                raise InputError(f"{name}:{number}: TODO {part} is named, and no task of course.toml")
        for word in re.findall(r"\btask\d\w*", line):
            if word not in markers:
                raise InputError(f"{name}:{number}: {word} is named, and no task of course.toml has that marker")
        for file in re.findall(r"`([\w/-]+\.(?:py|md|png|jpg|mp4|toml|txt|safetensors|json))`", line):
            made = file.rpartition("/")[2] in code  # by a script
            if not (made or (file in files if "/" in file else file in names)):
                raise InputError(f"{name}:{number}: {file} is named, and students get no such file")
        for script in re.findall(r"\bpython ([\w/]+\.py)\b", line):
            if script not in files:
                raise InputError(f"{name}:{number}: {script} is named, and students get no such file")
        for word in re.findall(r"`((?!relu|conv|pool)\w+_\w+)(?:\([^`]*)?`", line):
            if word not in words:
                raise InputError(f"{name}:{number}: {word} is named, and is nothing in the students' code")
