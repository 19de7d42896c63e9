"""Is every situation that a test takes from somebody's report in the table, situations.md, and nothing else in it?

python tests/test_situations.py writes the table from the docstrings of the tests.
"""

import ast
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = re.compile(r"\b([\w.-]+/[\w.-]+)#(\d+)")


def table() -> str:
    """A row for each test whose docstring, or a comment in it, names a public report, as owner/name#number."""
    rows = ["# What broke elsewhere\n", "| what does not break here | test | reported as |", "|---|---|---|"]
    for path in sorted(HERE.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                inside = "\n".join(text.split("\n")[first - 1 : node.end_lineno])
                found = dict.fromkeys(SOURCE.findall(inside))
                links = ", ".join(f"[{name}#{n}](https://github.com/{name}/issues/{n})" for name, n in found)
                if links:
                    sentence = node.name.removeprefix("test_").replace("_", " ")
                    rows.append(f"| {sentence} | `{path.name}::{node.name}` | {links} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_situations_is_that_of_the_tests():
    assert table().count("\n") > 15
    assert (HERE / "situations.md").read_text(encoding="utf-8") == table(), "python tests/test_situations.py"


if __name__ == "__main__":
    (HERE / "situations.md").write_text(table(), encoding="utf-8", newline="\n")
