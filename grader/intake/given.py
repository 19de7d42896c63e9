"""The lab's given files, and what students add to them: the lab's code stays, and new names come along."""

import ast
from collections.abc import Mapping
from pathlib import PurePosixPath

from judging.course import course
from judging.lab import by_lab, here

HARMLESS = {
    "torch",
    "numpy",
    "workbench",
    "math",
    "typing",
    "collections",
    "itertools",
    "functools",
    "dataclasses",
    "__future__",
}
"""Libraries that change nothing by being imported, and that are there."""


@by_lab
def released() -> dict[str, str]:
    """The Python files of the lab's package as students got them, "textures/gram.py"."""
    above = here() / "assignment"
    paths = sorted((above / course().package).rglob("*.py"))
    return {path.relative_to(above).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def as_given(files: dict[str, str]) -> bool:
    """Whether files of the package are those that students got, all of them."""
    return all(text == released().get(name) for name, text in files.items())


@by_lab
def task_files() -> dict[str, tuple[str, ...]]:
    """The files that students fill in, by name, "gram.py", with what is to be written there."""
    found: dict[str, tuple[str, ...]] = {}
    for task in course().tasks.values():
        name = PurePosixPath(task.file).name
        found[name] = (*found.get(name, ()), *task.names)
    return found


@by_lab
def scripts() -> frozenset[str]:
    """The names of the scripts in the assignment: no student's module."""
    return frozenset(path.name for path in (here() / "assignment").glob("*.py"))


def with_additions(given: str, theirs: str) -> tuple[str, list[str], list[str]]:
    """A given file with what a student added.

    Returns:
        The text, the names that were added, and those of the lab's that the student had changed.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: theirs is not Python.
    """
    ours, sent = ast.parse(given), ast.parse(theirs)
    known = {name: node for node in ours.body for name in _names(node)}
    lines = theirs.split("\n")
    added, changed, imports, pieces = [], [], [], []
    for node in sent.body:
        names = _names(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if getattr(node, "module", "") != "__future__" and not set(names) <= known.keys():
                imports.append(ast.unparse(node))
        elif names and not known.keys() & set(names):
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            pieces.append("\n".join(lines[first - 1 : node.end_lineno]))
            added += names
        else:
            changed += [name for name in names if name in known and ast.dump(node) != ast.dump(known[name])]
    if not pieces:
        return given, [], changed
    # What cannot be imported here must not take the lab's own functions along.
    guarded = [f"try:\n    {line}\nexcept ImportError:\n    pass" for line in imports]
    return "\n\n\n".join([given.rstrip("\n"), *guarded, *pieces]) + "\n", added, changed


def works_alone(files: Mapping[str, str], own: str) -> bool:
    """Whether a task's file has nothing to fear from what students wrote elsewhere: that only defines what was asked.

    Code that runs when a file is imported may fail, or change what all share; so may a given function that was changed.
    """
    return all(only_defines(name, text) for name, text in files.items() if name in released() and name != own)


def only_defines(name: str, text: str) -> bool:
    """Whether a file of the package does nothing where it is imported, and leaves what was given as it is."""
    given = released()[name]
    if text == given:
        return True
    try:
        sent, ours = ast.parse(text).body, ast.parse(given).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    asked = set(task_files().get(PurePosixPath(name).name, ()))
    same = {ast.dump(node) for node in ours}
    changed = {one for node in ours for one in _names(node)} - asked
    return all(ast.dump(node) in same or (_is_inert(node) and not changed & set(_names(node))) for node in sent)


def _is_inert(node: ast.stmt) -> bool:
    """Whether a statement does nothing but give a name to something."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = [one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
        plain = all(ast.unparse(one) == "torch.no_grad()" for one in node.decorator_list)
        return plain and all(isinstance(one, ast.Constant) for one in defaults)
    if isinstance(node, ast.ClassDef):
        return not node.decorator_list and not node.keywords and all(map(_is_inert, node.body))
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        given = isinstance(node, ast.ImportFrom) and node.level and _given(node.module or "")
        return given or all(module.split(".")[0] in HARMLESS for module in modules)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return isinstance(node.value, (ast.Constant, type(None)))
    if isinstance(node, ast.If):  # if __name__ == "__main__"
        return isinstance(node.test, ast.Compare) and getattr(node.test.left, "id", "") == "__name__"
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _given(module: str) -> bool:
    """Whether a module of the package, "gram" or "weights.model_files", is one of the lab's."""
    return f"{course().package}/{module.replace('.', '/')}.py" in released()


def _names(node: ast.stmt) -> list[str]:
    """What a statement at the level of the module defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
