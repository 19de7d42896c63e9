"""Does the assignment come out whole, the same everywhere, without a leak, and not at all when something is wrong?"""

import ast
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tokenize
import zipfile
from pathlib import Path

import pytest

from grader.checks.test_2_1_texturenet import COUNT
from grader.marking.verdicts import all_checks
from grader.places import SHARED
from grader.release import assignment as release
from grader.release.answers import read_answers
from grader.release.current import check_current
from judging.course import read_course
from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def tree(tmp_path) -> Path:
    """A copy of the sources, to be spoilt."""
    ignore = shutil.ignore_patterns("__pycache__", "*.png")
    for name in ("solution", "grader", "assignment", *SHARED):
        shutil.copytree(ROOT / name, tmp_path / "lab" / name, ignore=ignore)
    for name in release.given_files():
        (tmp_path / "lab" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "lab" / name).touch()
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / "lab" / name)
    return tmp_path / "lab"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_assignment_is_up_to_date():
    assert release.differences() == []


def test_what_is_in_the_assignment():
    names = {path.name for path in (ROOT / "assignment").iterdir()} - release.IGNORED
    scripts = {"gatys.py", "train_texturenet.py", "sample_texturenet.py", "handin.py"}
    texts = {
        "sujet.md",
        "handout.md",
        "course.toml",
        "requirements.txt",
        "constraints.txt",
        "pytest.ini",
        "tp3.ipynb",
        "conftest.py",
    }
    assert names == scripts | texts | {"textures", "checks", *SHARED, ".vscode"}
    for package, above in (("textures", "solution"), *((name, "") for name in SHARED)):
        sides = [sorted(path.relative_to(top).as_posix() for path in top.rglob("*.py"))
                 for top in (ROOT / above / package, ROOT / "assignment" / package)]  # fmt: skip
        assert sides[0] == sides[1]


def test_a_difference_is_told_by_its_file(tree):
    (tree / "assignment" / "gatys.py").write_text("changed", encoding="utf-8")
    (tree / "assignment" / "handout.md").unlink()
    (tree / "assignment" / "extra.txt").write_text("extra", encoding="utf-8")
    assert release.differences(tree) == [
        "missing: assignment/handout.md",
        "not from the sources: assignment/extra.txt",
        "differs: assignment/gatys.py",
    ]
    release.write(tree)
    assert release.differences(tree) == []


def test_what_is_refused_once_it_is_written_leaves_the_old_one(tree):
    def refuse() -> None:
        assert release.differences(tree) == []  # the new one is what is looked at
        raise InputError("no")

    (tree / "assignment" / "gatys.py").write_text("old", encoding="utf-8")
    before = contents(tree)
    with pytest.raises(InputError, match="no"):
        release.write(tree, check=refuse)
    assert contents(tree) == before
    shutil.rmtree(tree / "assignment")
    with pytest.raises(InputError, match="no"):
        release.write(tree, check=refuse)
    assert not (tree / "assignment").exists()


def test_two_clones_in_other_folders_time_zones_and_locales_make_the_same_bytes(tmp_path):
    made = []
    for i, variables in enumerate(({"TZ": "UTC", "LC_ALL": "C"}, {"TZ": "Asia/Tokyo", "LC_ALL": "fr_FR.UTF-8"})):
        clone = tmp_path / f"clone {i} é"
        for name in ("solution", "grader", *SHARED, "images", "models", "features", "expected"):
            shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "constraints.txt", "LICENSE"):
            shutil.copy(ROOT / name, clone / name)
        elsewhere = tmp_path / f"elsewhere {i}"
        elsewhere.mkdir()
        environment = os.environ | variables | {"PYTHONPATH": str(clone), "PYTHONHASHSEED": str(i)}
        command = [sys.executable, "-m", "grader", "release", "--zip", str(clone / "dist")]
        subprocess.run(command, cwd=elsewhere, env=environment, check=True, capture_output=True)
        made.append(contents(clone / "assignment") | {"archive": (clone / "dist" / "tp3.zip").read_bytes()})
    assert made[0] == made[1]
    committed = {name: data for name, data in contents(ROOT / "assignment").items() if "cache" not in name}
    assert {name: data for name, data in made[0].items() if name != "archive"} == committed


def test_the_command_line_checks(tmp_path):
    command = [sys.executable, "-m", "grader", "release"]
    done = subprocess.run([*command, "--check"], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, "assignment/ is up to date\n")
    done = subprocess.run([*command, "--chekc"], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


# --- What is wrong is named, and nothing is lost ----------------------------------------------------------------------


def complaint(tree: Path) -> str:
    """The error of a release that must fail; the old assignment must still be there."""
    before = contents(tree / "assignment")
    with pytest.raises(InputError) as error:
        release.write(tree)
    assert contents(tree / "assignment") == before
    assert not [path for path in tree.iterdir() if path.name.startswith(".")]
    assert "\n" not in str(error.value)
    return str(error.value)


def change(path: Path, old: str, new: str) -> int:
    """Replace the first `old`, and return its line."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_marker_that_is_missing(tree):
    change(tree / "solution/textures/gram.py", "    ### END SOLUTION\n", "")
    assert re.match(r"solution/textures/gram.py:\d+: BEGIN SOLUTION inside", complaint(tree))


def test_a_task_without_points(tree):
    line = change(tree / "solution/textures/gram.py", "# TODO 1.2:", "# TODO 1.9:")
    assert complaint(tree).startswith(f"solution/textures/gram.py:{line}: task 1.9 has no points")


def test_points_without_a_task(tree):
    entry = '[tasks]\n"2.6" = { points = 3, file = "textures/gram.py", names = ["cosine"] }\n'
    change(tree / "solution/course.toml", "[tasks]\n", entry)
    assert complaint(tree).startswith("course.toml: task 2.6 has points, but no '# TODO 2.6")


def test_points_that_do_not_add_up(tree):
    change(tree / "solution/course.toml", '"1.1" = { points = ', '"1.1" = { points = 1')
    assert re.match(r"course.toml: task 1.1 has 1(.*) points, its checks add up to \1$", complaint(tree))


def test_a_check_that_is_hidden_by_half(tree):
    path = tree / "grader/checks/test_1_1_gram_matrix.py"
    line = change(path, ", hidden=True)\ndef test_gram_formula", ")\ndef test_gram_formula")
    assert complaint(tree).startswith(f"grader/checks/test_1_1_gram_matrix.py:{line + 1}: test_gram_formula must")


def test_a_check_in_one_language(tree):
    change(tree / "grader/checks/test_1_1_gram_matrix.py", "    Des cartes rang", "\n    Two.\n    Des cartes rang")
    assert "test_gram_any_layout must be a line in English and" in complaint(tree)


def test_a_message_in_one_language(tree):
    line = change(tree / "judging/messages.toml", ', fr = "pas encore commencé" }', " }")
    assert complaint(tree).startswith(f"judging/messages.toml:{line}: 'not_started' has no translation")


def test_a_cell_twice(tree):
    path = tree / "solution/tp3.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + '\n# %% check="1.1"\ncheck("1.1")\n', encoding="utf-8")
    assert re.match(r"solution/tp3.py:\d+: a second cell check=\"1.1\"; the first is on line \d+", complaint(tree))


def test_a_cell_for_nothing(tree):
    line = change(tree / "solution/tp3.py", 'question="R3"', 'question="R33"')
    assert complaint(tree).startswith(f'solution/tp3.py:{line}: question "R33" has no points')


def test_a_notebook_cell_in_one_language(tree):
    path = tree / "solution/tp3.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n# %% [markdown]\n# English only.\n", encoding="utf-8")
    assert re.match(r"solution/tp3.py:\d+: no translation: the cell has no French", complaint(tree))


def test_a_handout_in_one_language(tree):
    path = tree / "solution/handout.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n## One more section\n", encoding="utf-8")
    assert "a translation is missing" in complaint(tree)
    path.unlink()
    assert complaint(tree).startswith("cannot read ")


def test_a_handout_that_uses_what_is_not_there(tree):
    change(tree / "solution/sujet.md", "{{ course.name }}", "{{ course.nme }}")
    assert complaint(tree).startswith("solution/sujet.md: ")


def test_a_scheme_that_does_not_add_up(tree):
    change(tree / "solution/answers.md", "- 1 point: ", "- 1.5 points: ")
    assert re.match(r"solution/answers.md:\d+: the scheme of R\d+ adds up to", complaint(tree))


def test_a_course_that_is_no_course(tree):
    change(tree / "solution/course.toml", "deadline = ", "deadlin = ")
    assert complaint(tree).startswith("course.toml is not right: ")
    (tree / "solution/course.toml").write_text("name = ", encoding="utf-8")
    assert complaint(tree).startswith("course.toml is not right: ")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('needs = ["2.4"]', 'needs = ["7.7"]', "task 2.5 needs 7.7, which is no task"),
        ('names = ["gram_loss"]', 'names = ["gram_los"]', "task 1.2 names gram_los, which is not in"),
        ("R1 = ", "R1 = -", "the points of R1 are no number: -"),
        ("T23:59:00", "", "the deadline is a day and an hour"),
        ("{last}", "{nom}", "only {last} and {first} are filled in"),
    ],
)
def test_a_setting_that_is_none(tree, old, new, told):
    change(tree / "solution/course.toml", old, new)
    assert told in complaint(tree)


def test_a_message_with_other_words_in_one_language(tree):
    line = change(tree / "judging/messages.toml", "attend la tâche {part}", "attend la tâche {task}")
    assert complaint(tree).startswith(f"judging/messages.toml:{line}: 'waits_for' has other words in braces")


def test_a_check_without_points(tree):
    line = change(tree / "grader/checks/test_1_1_gram_matrix.py", '@check(part="1.1", points=', '@check("1.1", ')
    told = f"grader/checks/test_1_1_gram_matrix.py:{line + 1}: write @check(part=…, points=…)"
    assert complaint(tree).startswith(told)


COURSE = read_course(ROOT / "solution" / "course.toml")
LOSS, NOISE = "grader/checks/test_1_2_gram_loss.py", "grader/checks/test_2_4_noise.py"
NET, WRONG = "grader/checks/test_2_1_texturenet.py", "grader/variants/texturenet.py"
NOTEBOOK, HANDOUT, SUJET = "solution/tp3.py", "solution/handout.md", "solution/sujet.md"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (LOSS, '"loss_halved"', '"loss_halfed"', "'loss_halfed' is no message or hint of messages.toml"),
        (LOSS, '"no_gradient"', '"no_gradients"', "there is no message 'no_gradients'"),
        (LOSS, '"loss_detached"', '"loss_detatched"', "'loss_detatched' is no message or hint"),
        (NOISE, '"interpolation_in_place"', '"in_place"', "there is no hint 'in_place'"),
        (LOSS, ", got=list(loss.shape), want=[])", ", got=[])", "'wrong_shape' has {want}, which is not"),
        (LOSS, 'ask("gram_loss"', 'ask("gram"', "there is no probe 'gram' in probes.py"),
        (LOSS, "grams=grams, t", "gram=grams, t", "the probe 'gram_loss' takes no 'gram'"),
        (NOISE, 'ask("redresse"', 'ask("straighten"', "there is no probe 'straighten'"),
        (NOTEBOOK, "TODO 1.1", "TODO 1.7", "TODO 1.7 is named, and no task"),
        (HANDOUT, "task1_1", "task1_7", "task1_7 is named, and no task"),
        (SUJET, "task1_1", "task7_1", "task7_1 is named, and no task"),
        (SUJET, "`textures/movies.py`", "`textures/films.py`", "textures/films.py is named, and students get no"),
        (NOTEBOOK, "`expected/results.jpg`", "`expected/result.jpg`", "expected/result.jpg is named, and students get"),
        (SUJET, "python sample_texturenet.py", "python sample_texture.py", "sample_texture.py is named, and"),
        (SUJET, "`film_strips.png`", "`film_strip.png`", "film_strip.png is named, and students get no"),
        (HANDOUT, "`gram_matrix`", "`gram_matrices_of`", "gram_matrices_of is named, and is nothing in"),
        ("solution/answers.md", f"{COUNT:,}", f"{COUNT + 1:,}", f"{COUNT + 1:,} is stated, and the code makes no such"),
        (NET, f"COUNT = {COUNT:_}", f"COUNT = {COUNT + 1:_}", f"{COUNT + 1:,} is stated"),
        (WRONG, f"return {COUNT}", f"return {COUNT + 1}", f"{COUNT + 1:,} is stated"),
        (WRONG, 'part="2.1"', 'part="2.9"', "task 2.9 is named, and no task"),
        (WRONG, 'check="convblock_circular"', 'check="convblock_round"', "there is no check 'convblock_round'"),
        (WRONG, 'hint="convblock_padding"', 'hint="convblock_border"', "there is no hint 'convblock_border'"),
    ],
)
def test_a_check_or_a_text_that_names_what_is_not_there(tree, file, old, new, told):
    line = change(tree / file, old, new)
    said = complaint(tree)
    assert said.startswith(f"{file}:{line}: ")
    assert told in said


DUE, R1 = COURSE.tasks["1.2"].points, COURSE.questions["R1"]
FIRST = next(one.points for one in all_checks().values() if one.part == "1.2")
# What an instructor changes for next year: file, old, new; and what is said until the last place is changed, too.
EDITS = {
    "a task is worth more": [
        ("solution/course.toml", f'"1.2" = {{ points = {DUE:g}', f'"1.2" = {{ points = {DUE + 1:g}',
         f"1.2 has {DUE + 1:g} points, its checks add up to {DUE:g}"),
        ("grader/checks/test_1_2_gram_loss.py", f'"1.2", points={FIRST:g}', f'"1.2", points={FIRST + 1:g}', ""),
    ],
    "a question is worth less": [
        ("solution/course.toml", f"R1 = {R1:g}", f"R1 = {R1 - 1:g}",
         f"the scheme of R1 adds up to {R1:g} points, course.toml gives {R1 - 1:g}"),
        ("solution/answers.md", "- 1 point: ", "- 0 points: ", ""),
    ],
    "a function has another name": [
        ("solution/textures/gram.py", "def gram_loss(", "def loss_of_style(", "1.2 names gram_loss, which is not in"),
        ("solution/course.toml", 'names = ["gram_loss"]', 'names = ["loss_of_style"]', "gram_loss is not in"),
        ("grader/checks/probes.py", "from textures.gram import gram_loss", "from textures.gram import loss_of_style",
         "; grader/variants/gatys.py:"),
    ],
    "another deadline, another name": [
        ("solution/course.toml", "deadline = 2", "deadline = 3", ""),
        ("solution/course.toml", 'name = "', 'name = "L\'image : ', ""),
    ],
    "a task has another number": [
        ("solution/textures/gram.py", "# TODO 1.2:", "# TODO 1.4:", "task 1.4 has no points: see course.toml"),
        ("solution/course.toml", '"1.2" = {', '"1.4" = {', "task 1.3 needs 1.2, which is no task"),
    ],
    "no bonus": [
        ("solution/course.toml", "\nbonus = ", "\n# bonus = ", "task bonus has no points: see course.toml"),
    ],
}  # fmt: skip


if not COURSE.bonus:
    del EDITS["no bonus"]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_led_from_place_to_place(tree, edit):
    for file, old, new, told in EDITS[edit]:
        change(tree / file, old, new)
        if told:
            assert told in complaint(tree)
        else:
            release.write(tree)
            assert release.differences(tree) == []


def test_an_exemplar_of_any_format_is_in_the_archive(tree):
    shutil.rmtree(tree / "images")
    (tree / "images").mkdir()
    for name in ("a.png", "b.jpg", "c.TIF", "make.py", "README.md"):
        (tree / "images" / name).touch()
    given = [name for name in release.given_files(tree) if name.startswith("images/")]
    assert given == ["images/a.png", "images/b.jpg", "images/c.TIF"]


# --- Nothing leaks ----------------------------------------------------------------------------------------------------


def secret_lines() -> dict[str, str]:
    """Lines of more than 25 characters that only staff may read, and where they stand."""
    secrets = {}
    for path in [*(ROOT / "solution").rglob("*.py"), *(ROOT / "grader" / "checks").glob("*.py")]:
        inside = False
        for line in path.read_text(encoding="utf-8").split("\n"):
            if re.match(r"\s*### END ", line):
                inside = False
            if inside and len(line.strip()) > 25:
                secrets[line.strip()] = path.name
            if re.match(r"\s*### BEGIN ", line):
                inside = True
    course = read_course(ROOT / "solution" / "course.toml")
    text = (ROOT / "solution" / "answers.md").read_text(encoding="utf-8")
    for question, answer in read_answers(text, "answers.md", course.questions).items():
        for line in f"{answer.model}\n{answer.scheme}".split("\n"):
            if len(line.strip()) > 25:
                secrets[line.strip()] = f"answer {question}"
    return secrets


def given_lines() -> set[str]:
    """Lines of solution and checks that stand in given code or in docstrings: they are no secret."""
    given = set()
    for path in [*(ROOT / "solution").rglob("*.py"), *(ROOT / "grader" / "checks").glob("*.py")]:
        text, inside = path.read_text(encoding="utf-8"), False
        for line in text.split("\n"):
            inside = inside and not re.match(r"\s*### END ", line)
            if not inside:
                given.add(line.strip())
            inside = inside or bool(re.match(r"\s*### BEGIN ", line))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                given |= {line.strip() for line in (ast.get_docstring(node) or "").split("\n")}
    return given


def test_no_secret_stands_in_the_assignment_or_the_archive(tmp_path):
    archive = release.write_archive(tmp_path)
    with zipfile.ZipFile(archive) as opened:
        texts = {
            name: opened.read(name).decode()
            for name in opened.namelist()
            if not name.endswith((".png", ".safetensors", ".mp4", ".jpg"))
        }
    # What JSON escapes is unescaped: sources, metadata and outputs, all of it.
    for name, text in list(texts.items()):
        if name.endswith(".ipynb"):
            texts[name + " unescaped"] = "\n".join(strings(json.loads(text)))
    secrets, given = secret_lines(), given_lines()
    assert len(secrets) > 250
    leaks = {
        (secret, origin, name)
        for secret, origin in secrets.items()
        if not any(secret in line for line in given)
        for name, text in texts.items()
        if secret in text
    }
    assert leaks == set()


def strings(value: object) -> list[str]:
    """All strings in a JSON value."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [string for item in items for string in strings(item)]


def test_no_trace_of_hidden_checks_or_markers_is_left():
    for path in (ROOT / "assignment").rglob("*"):
        if path.suffix in (".py", ".md", ".ipynb", ".toml") and "cache" not in str(path):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN|MARK)", text), path
            if path.suffix == ".py":
                calls = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)]
                assert not re.search(r"@ check \( .* hidden = True", " ".join(calls)), path


def test_every_message_that_public_checks_use_is_there_and_no_other():
    folder = ROOT / "assignment" / "checks"
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in [*folder.glob("*.py"), *(ROOT / "judging").glob("*.py")]
    )
    shipped, known = (
        set(re.findall(r"(?m)^(\w+) = \{", (where / "messages.toml").read_text(encoding="utf-8").split("[page]")[0]))
        for where in (folder, ROOT / "grader" / "checks")
    )
    assert shipped == {name for name in known if f'"{name}"' in code} | {"error_layers"}  # said of any check
    assert shipped < known


# --- Nobody is graded by another release ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("solution/textures/images.py", "differs: assignment/textures/images.py"),
        ("grader/checks/probes.py", "differs: assignment/checks/probes.py"),
        ("assignment/textures/gram.py", "differs: assignment/textures/gram.py"),
        ("assignment/textures/extra.py", "not from the sources: assignment/textures/extra.py"),
        ("assignment/pictures/mine.txt", None),
        ("solution/answers.md", None),
    ],
)
def test_a_run_refuses_an_assignment_that_is_not_of_today_and_asks_once(tree, monkeypatch, file, told):
    check_current(tree)
    (tree / file).parent.mkdir(exist_ok=True)
    with (tree / file).open("a", encoding="utf-8") as text:
        text.write("\n# changed\n")
    if told:
        with pytest.raises(InputError, match=re.escape(f"({told}), nobody is graded: run `python -m grader release`")):
            check_current(tree)
        release.write(tree)
    check_current(tree)
    monkeypatch.setattr(release, "differences", lambda *_: pytest.fail("asked again"))
    check_current(tree)
