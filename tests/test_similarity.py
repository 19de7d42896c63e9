"""Are copies on top of the list of what is alike, whatever was renamed, and honest work below them?"""

import ast
import random
import re

import pytest

from grader.intake.given import released, task_files
from grader.marking.filing import write_result, write_tables
from grader.marking.grading import Settings, Work, without_code
from grader.pages.similarity import Class, keep_code, tokens
from grader.proof.variants import read_variants
from judging.course import course


def first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])


def written(seed: int) -> dict[str, str]:
    """A student's files: the given ones, with each task written in one of the ways of grader/variants."""
    chance = random.Random(seed)
    files = {}
    for name, functions in task_files().items():
        path = f"textures/{name}"
        text = released()[path]
        lines = text.split("\n")
        nodes = [node for node in ast.parse(text).body if getattr(node, "name", "") in functions]
        for node in reversed(nodes):
            del lines[first_line(node) - 1 : node.end_lineno]
        pieces = []
        for part, task in course().tasks.items():
            if task.file == path:
                pieces.append(chance.choice([one for one in VARIANTS if one.part == part]).code)
        files[path] = "\n".join([*lines, *pieces])
    return files


VARIANTS = read_variants()


def renamed(files: dict[str, str]) -> dict[str, str]:
    """With other names for arguments and variables, other comments and another layout."""
    changed = {}
    for name, text in files.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
                word = getattr(node, "arg", None) or node.id
                if word != "self":
                    text = re.sub(rf"(?<![.\w]){word}\b", f"my_{word}_x", text)
        changed[name] = text.replace("\n    ", "\n\n    # so\n    ")
    return changed


def reordered(files: dict[str, str]) -> dict[str, str]:
    """With the functions in another order."""
    changed = {}
    for name, text in files.items():
        lines, nodes = text.split("\n"), ast.parse(text).body
        pieces = ["\n".join(lines[first_line(node) - 1 : node.end_lineno]) for node in nodes]
        changed[name] = "\n\n".join(reversed(pieces))
    return changed


def touched(files: dict[str, str]) -> dict[str, str]:
    """With one line changed."""
    name = "textures/noise.py"
    return files | {name: files[name].replace("return", "print('ok')\n    return", 1)}


def a_class(first: int) -> tuple[dict[str, dict[str, str]], set[tuple[str, str]]]:
    """Sixty students, and who of them copied."""
    code = {f"student {i:02}": written(first + i) for i in range(60)}
    pairs = set()
    for i, change in enumerate((renamed, reordered, touched)):
        a, b = f"student {2 * i:02}", f"student {2 * i + 1:02}"
        code[b] = change(code[a])
        pairs.add((a, b))
    return code, pairs


@pytest.mark.parametrize("first", [0, 1000, 2000])
def test_planted_copies_are_on_top_and_no_honest_pair_above_them(first):
    """Renamed variables, and no match: jplag/JPlag#430."""
    code, pairs = a_class(first)
    found = Class(code).pairs()
    assert {pair.students for pair in found[:3]} == pairs
    assert found[2].share > found[3].share + 0.03
    assert found[len(found) // 2].share < 0.2


def test_what_was_given_and_what_all_write_counts_for_nothing():
    """Given code in the count: ls1intum/Artemis#10152, mrlvsb/kelvin#602."""
    one = released()
    other = {name: f"# mine\n{text}" for name, text in one.items()}
    assert Class({"a": one, "b": other}).pairs() == []
    # The same function in every submission, and one line of their own.
    same = "def count_parameters(module):\n    return sum(p.numel() for p in module.parameters() if p.requires_grad)\n"
    code = {f"{i}": {"textures/texturenet.py": same + f"\n\ndef own():\n    return {i}\n"} for i in range(12)}
    assert Class(code).pairs() == []


@pytest.mark.parametrize(
    "text",
    ["", "def :", "'''", '"', "\\", "x = '\n\x00\ty = \ud800", "(" * 5000, "'''" * 3001, "\n\r\f\u2028é = 1", "f'{'"],
)
def test_code_that_is_none_can_be_compared(text):
    pieces = [*tokens(text)]
    assert all(1 <= line <= text.count("\n") + 1 for piece in pieces for _, line in piece)
    assert Class({"a": {"x.py": text}, "b": {"x.py": text}}).side("a", "b")[0]["name"] == "x.py"


def test_both_sides_are_a_page_and_teams_are_none(tmp_path):
    """Staff see the pairs, and lines that lead from one side to the other; nobody is alike to their own team."""
    files, other = written(0), written(7)
    files["textures/gram.py"] += "\n# </code><script>alert(1)</script>\n"
    code = {"a<b": files, "b": renamed(files), "c": other, "d": reordered(other), "e": released()}
    for student, theirs in code.items():
        team = ["c", "d"] if student in "cd" else [student]
        write_result(without_code(Work(student, "0" * 64), Settings(0, "en"), "none") | {"team": team}, tmp_path)
        keep_code(theirs, tmp_path / student)
    write_tables(tmp_path)
    text = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert "a&lt;b · b" in text and "similar/1.html" in text
    assert "c · d" not in text and "· e<" not in text
    page = (tmp_path / "similar" / "1.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert set(re.findall(r'href="#(.*?)"', page)) <= set(re.findall(r'id="(.*?)"', page))
    assert page.count('class="same"') > 100
