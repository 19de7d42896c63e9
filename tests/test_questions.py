"""Does all that students are given ask the ten questions without answering them?"""

import ast
import io
import re
import tokenize
from pathlib import Path

import nbformat
import pytest

from grader.release.answers import read_answers
from judging.course import course
from judging.lab import tomllib

ROOT = Path(__file__).resolve().parents[1]
FACTS = {
    "R1": (
        r"responses occur together|(channels|responses) (occur|respond) together|lose where|forgets? where",
        r"edges and spots|edges, corners, spots",
        r"parts of the elements",
        r"palette, grain|layers? (gives?|sees?|keeps?) (the )?(palette|colours)",
        r"means? over all positions",
        r"répondent ensemble|oublie où|perd(ent)? où|contours et taches|quelles couleurs|\b10, 24, 52\b",
    ),
    "R2": (
        r"looks? further|field of view|\bbreaks? up|only (fine|shallow) layers|shallow layers only",
        r"under fine noise|fine detail",
        r"champ de vision|détails? fins?|seulement des couches fines",
    ),
    "R3": (
        r"quasi-Newton|Hessian",
        r"curvature|line search (chooses|makes|in place of)",
        r"deterministic",
        r"No learning rate|another one each time|ill-conditioned",
        r"hessienne|courbure|recherche linéaire|déterministe|chaque fois une autre|mal conditionné",
    ),
    "R4": (
        r"ignores the noise|same image every time",
        r"by heart|reuses them",
        r"two noises give two different|rewards? .*diversity|nearest neighbour in the exemplar",
        r"par cœur|ignore le bruit|diversité",
    ),
    "R5": (
        r"116,835|117,000|about 117",
        r"8, 16, 24, 32, 40, 48|48 channels",
        r"where the large elements lie",
        r"116.835|117.000|196.608|48 canaux",
    ),
    "R6": (
        r"long-range order",
        r"mean over positions",
        r"look alike everywhere, such as|irregular textures",
        r"ordre à (grande|longue) (portée|distance)",
    ),
    "R7": (r"deform, merge|not a fade", r"n'est pas un fondu|se déforment"),
    "R8": (
        r"trapezium|triangle\b[^.]{0,20} with|law[^.]* triangle",
        r"\bvariance[^.]{0,60}(λ|noise)|noise[^.]{0,60}\bvariance",
        r"washed-out|loses contrast|middle[^.]{0,20} (is )?worse|worst",
        r"never seen such noise|learnt uniform|trained on uniform",
        r"trapèze|loi[^.]*triangle|bruit[^.]{0,60}\bvariance|délavé|milieu est moins bon|appris que le bruit uniforme",
    ),
    "R9": (
        r"cumulative|distribution function",
        r"uniform again|uniform law back|law of the training|mixture[^.]* is not uniform",
        r"fonction de répartition|(de nouveau|redevient) uniforme|de la loi uniforme|mélange[^.]* n'est pas uniforme",
    ),
    "R10": (
        r"subsampled",
        r"multiples? of 2\^k|one pixel in",
        r"scales are not independent|independent noise (for each|per) scale",
        r"sous-échantillon|un pixel sur|multiples? de 2\^k|échelles ne sont pas indépendantes",
    ),
}
"""By question what earns its points: patterns of the model answer's words, the last one of their French."""


def sources() -> dict[str, str]:
    """All the prose that a student reads before answering, each as one line."""
    assignment = ROOT / "assignment"
    found = {name: (assignment / name).read_text(encoding="utf-8") for name in ("sujet.md", "handout.md")}
    notebook = nbformat.read(assignment / "tp3.ipynb", as_version=4)
    found["tp3.ipynb"] = "\n".join(cell.source.replace("\n> ", "\n") for cell in notebook.cells)
    for path in [*assignment.glob("*.py"), *assignment.glob("textures/**/*.py"), *assignment.glob("checks/test_*.py")]:
        found |= prose(path)
    words = tomllib.loads((assignment / "checks" / "messages.toml").read_text(encoding="utf-8"))
    found |= {name: " ".join(said.values()) for kind in ("message", "hint") for name, said in words[kind].items()}
    return {name: re.sub(r"[\s*#]+", " ", text) for name, text in found.items()}


def prose(path: Path) -> dict[str, str]:
    """Docstrings and comments of a file, by function or class and for the rest of it."""
    code = path.read_text(encoding="utf-8")
    tree = ast.parse(code)
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    found = {f"{path.name}: {node.name}": ast.get_docstring(node) or "" for node in nodes}
    lines = tokenize.generate_tokens(io.StringIO(code).readline)
    comments = [token.string for token in lines if token.type == tokenize.COMMENT]
    return found | {path.name: "\n".join([ast.get_docstring(tree) or "", *comments])}


@pytest.mark.parametrize("question", course().questions)
def test_what_earns_its_points_is_not_in_what_students_are_given(question):
    answer = read_answers((ROOT / "solution" / "answers.md").read_text(encoding="utf-8"), "", course().questions)
    model = re.sub(r"[\s*]+", " ", answer[question].model)
    for pattern in FACTS[question][:-1]:
        assert re.search(pattern, model, re.IGNORECASE), f"{pattern} is no longer in the model answer"
    bonus = {"movies.py: displacement_frames"} if question == "R10" else set()  # it must say what to write
    for name, text in sources().items():
        if name not in bonus:
            for pattern in FACTS[question]:
                found = re.search(pattern, text, re.IGNORECASE)
                assert found is None, (
                    f"{name} answers {question}: …{text[max(0, found.start() - 60) : found.end() + 60]}…"
                )


def test_r10_has_its_film_without_the_bonus():
    notebook = (ROOT / "assignment" / "tp3.ipynb").read_text(encoding="utf-8")
    for name in ("sujet.md", "handout.md"):
        assert "expected/naive_film.mp4" in (ROOT / "assignment" / name).read_text(encoding="utf-8")
    assert "expected/naive_film.mp4" in notebook
    assert (ROOT / "expected" / "naive_film.mp4").stat().st_size < 1_000_000


@pytest.mark.parametrize("name", ["sujet.md", "handout.md"])
def test_each_given_script_has_reading_questions(name):
    text = (ROOT / "assignment" / name).read_text(encoding="utf-8")
    margins = re.findall(r"(?m)^> \*\*(?:En marge|In the margin)\*\*(?:.|\n> ?)*", text)
    scripts = {"gatys.py", "train_texturenet.py", "sample_texturenet.py"}
    assert {script for script in scripts for margin in margins if f"`{script}`" in margin} == scripts
    assert all(2 <= margin.count("> - ") <= 3 for margin in margins)
