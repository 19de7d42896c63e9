"""From a solution's Python file to the student's, by nbgrader's own preprocessors."""

import ast
import re
from dataclasses import dataclass

from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from workbench.errors import InputError

from .markers import regions

TODO = re.compile(r"^(?P<indent> *)# TODO (?P<part>[\w.]+): (?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Todo:
    """A place that students fill in."""

    part: str
    line: int


def todos(source: str, name: str) -> list[Todo]:
    """The TODO lines of a file, each right above its solution region.

    Raises:
        InputError: wrong markers, a region without a TODO or a TODO without a region.
    """
    begins = {region.begin for region in regions(source, name) if region.kind == "SOLUTION"}
    found = [Todo(match["part"], source.count("\n", 0, match.start()) + 1) for match in TODO.finditer(source)]
    lines = {todo.line for todo in found}
    for begin in sorted(begins):
        if begin - 1 not in lines:
            raise InputError(f"{name}:{begin}: a solution without a task: write '# TODO 1.1: what to do' right above")
    for line in sorted(lines):
        if line + 1 not in begins:
            raise InputError(f"{name}:{line}: a TODO without a solution: write '### BEGIN SOLUTION' right below")
    return found


def student_version(source: str, name: str) -> str:
    """The file without its solutions and hidden tests; each place to fill in raises an error that names its task.

    nbgrader works on notebooks, and puts one stub into all cells: so each place becomes a cell of its own.

    Raises:
        InputError: as `todos` does, or what is left is not Python.
    """
    todos(source, name)
    starts = [0, *(match.start() for match in TODO.finditer(source))]
    pieces = []
    for start, end in zip(starts, [*starts[1:], len(source)], strict=True):
        cell = new_code_cell(source[start:end])
        todo = TODO.match(cell.source)
        place = _place(source, name, source.count("\n", 0, start) + 1) if todo else ""
        message = f"TODO {todo['part']}: {place} is not written yet" if todo else ""
        stub = ClearSolutions(code_stub={"python": f'raise NotImplementedError("{message}")'})
        stub.enforce_metadata = False  # these cells are no part of a graded notebook
        notebook, resources = stub.preprocess(new_notebook(cells=[cell]), {})
        hidden = ClearHiddenTests(enforce_metadata=False)
        notebook, _ = hidden.preprocess(notebook, resources)
        pieces.append(notebook.cells[0].source)
    stripped = "".join(pieces)
    try:
        compile(stripped, name, "exec")
    except SyntaxError as error:
        line = _line_in_source(source, name, error.lineno or 1)
        raise InputError(f"{name}:{line}: without its solution this is not Python: {error.msg}") from None
    return stripped


def _place(source: str, name: str, line: int) -> str:
    """The function or method that a line stands in: "gram_matrix", "ConvBlock.forward"."""
    try:
        nodes = ast.walk(ast.parse(source, name))
    except SyntaxError as error:
        raise InputError(f"{name}:{error.lineno}: this is not Python: {error.msg}") from None
    around = [
        node
        for node in nodes
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return ".".join(node.name for node in sorted(around, key=lambda node: node.lineno)) or name


def _line_in_source(source: str, name: str, line: int) -> int:
    """The line of the source that a line of the student's version comes from."""
    for region in regions(source, name):
        if line < region.begin:
            break
        kept = 1 if region.kind == "SOLUTION" else 0
        if line < region.begin + kept:
            return region.begin
        line += region.end - region.begin + 1 - kept
    return line
