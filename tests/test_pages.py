"""Can the pages be read: on a phone, in the dark, on paper, by a screen reader – and do they say what is meant?"""

import base64
import html
import io
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from pypdf import PdfReader

from grader.marking.filing import write_result, write_tables
from grader.marking.grading import Settings, Work, without_code
from grader.pages.answer_page import answer_page
from grader.pages.similarity import keep_code
from grader.proof.variants import solution
from judging.course import course
from judging.messages import catalogue
from judging.notebook import EMPTY_ANSWER

ROOT = Path(__file__).resolve().parents[1]
NAMES = [
    "Zoé Petit",
    "O'Brien & Söhne <b>",
    "van der Berg-Dubois de la Très Longue Rue_123456",
    *"ABCDEFGHIJKLMNOPQRSTUV",
]


def picture() -> str:
    file = io.BytesIO()
    Image.new("RGB", (2000, 64), "teal").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def notebook() -> bytes:
    """The lab's, with an answer to the first question, and a wide picture below it."""
    data = json.loads((ROOT / "assignment" / f"{course().lab}.ipynb").read_text(encoding="utf-8"))
    first = next(iter(course().questions))
    at = next(
        i
        for i, cell in enumerate(data["cells"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"answer-{first}"
    )
    words = "Deep **layers**, for $G_{ij}$ <script>alert(1)</script> " + "x" * 300
    data["cells"][at]["source"] = words
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture(), "text/html": "<b>no</b>"}}
    code = {"cell_type": "code", "source": "show()", "metadata": {}, "outputs": [shown], "execution_count": 1}
    data["cells"].insert(at + 1, code | {"id": "mine"})
    return json.dumps(data).encode()


def check(part: str, status: str, hidden: bool = False) -> dict:
    points = 2.5 if status == "passed" else 0
    return {"id": "a_check", "part": part, "points": points, "max_points": 2.5, "status": status, "message": "m" * 90,
            "hint": "" if status == "passed" else "Think again, of h·w.", "hint_id": None, "hidden": hidden,
            "seconds": 0.1, "sentence": "What it looks at."}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """A class of 20, as `grader run` leaves it; nobody was graded for it."""
    folder = tmp_path_factory.mktemp("results")
    parts = list(course().tasks)
    for i, name in enumerate(NAMES):
        student = name.replace("/", " ")
        result = without_code(
            Work(student, "0" * 64, notes=["tp3/textures (1)/gram.py was taken for textures/gram.py"] * (i % 9)),
            SETTINGS,
            "x",
        )
        checks = [check(part, ("passed", "failed", "error", "skipped")[(i + j) % 4], j % 2 == 0)
                  for j, part in enumerate(parts)]  # fmt: skip
        curve = {"points": "0,0 50,20 100,38", "first": 10.0, "last": 0.1}
        image = "data:image/png;base64," + picture()
        result |= {"checks": checks, "score": sum(one["points"] for one in checks), "answers": 1,
                   "report": {"pages": 3, "problem": ""},
                   "handed_in": f"{course().deadline.year + i % 2}-01-01 10:00:00",
                   "pictures": {"synthesis": {"image": image, "curve": curve}}}  # fmt: skip
        write_result(result, folder)
        keep_code({name: text for name, text in solution().items() if i < 2}, folder / student)
        page, answered = answer_page(notebook(), student, "fr")
        assert answered == 1
        (folder / student / "answers.html").write_text(page, encoding="utf-8")
    write_tables(folder)
    return folder


SETTINGS = Settings(0, "fr")
PAGES = {
    "class": "class.html",
    "feedback": f"{NAMES[1]}/feedback.html",
    "answers": f"{NAMES[2]}/answers.html",
    "similar": "similar/1.html",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits(results, browser, name, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto((results / PAGES[name]).as_uri())
    found = Axe().run(page).response["violations"]
    assert [(one["impact"], one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if name == "class" and width >= 1280:  # then no table has to be moved to be read
        assert (
            page.locator(".scroll").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)") == [0] * 4
        )
    context.close()


TORN = """cells => cells.filter(cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return /^[\\d.]+$/.test(cell.textContent) && new Set([...range.getClientRects()].map(box => box.top)).size > 1;
}).map(cell => cell.textContent)"""
"""Which numbers stand on more than one line."""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_on_paper(results, browser, tmp_path, name):
    """Every element lies within the width of the sheet, and every student is on it."""
    size = {"width": 1047 if name == "class" else 703, "height": 1000}  # A4 less its margins, at 96 dots per inch
    context = browser.new_context(viewport=size)
    page = context.new_page()
    page.goto((results / PAGES[name]).as_uri())
    page.emulate_media(media="print")
    widest = "Math.max(...[...document.querySelectorAll('body *')].map(one => one.getBoundingClientRect().right))"
    assert page.evaluate(widest) <= size["width"] + 1
    torn = page.locator("#marks td").evaluate_all(TORN)
    assert torn == []  # a number stays in one piece, however long the notes beside it
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    context.close()
    sheets = PdfReader(tmp_path / "page.pdf").pages
    sides = sorted(float(side) / 72 * 25.4 for side in sheets[0].mediabox[2:])
    assert [round(side) for side in sides] == [210, 297]
    text = "".join("".join(sheet.extract_text() for sheet in sheets).split())
    for student in NAMES if name == "class" else ():
        assert "".join(student.split())[:12] in text


def test_the_marks_have_their_head_on_every_sheet(results, browser, tmp_path):
    page = browser.new_page()
    page.goto((results / "class.html").as_uri())
    page.evaluate("""() => {
        const body = document.querySelector("#marks tbody"), row = body.rows[0];
        row.cells[0].textContent = "Somebody";
        for (let i = 0; i < 90; i++) body.append(row.cloneNode(true));
    }""")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    page.close()
    sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "page.pdf").pages]
    marks = [text for text in sheets if text.count("Somebody") > 9]
    assert len(marks) > 2
    for text in marks:
        assert all(part in text for part in course().tasks)


def test_the_class_page_leads_to_what_was_kept(results, browser):
    page = browser.new_page()
    page.goto((results / "class.html").as_uri())
    row = page.locator("#marks tbody tr", has_text="O'Brien")
    links = row.locator("a").evaluate_all("all => all.map(one => decodeURIComponent(new URL(one.href).pathname))")
    kept = ("feedback.html", "report.pdf", "answers.html", f"{course().lab}.ipynb")
    assert links == [str(results / NAMES[1] / name) for name in kept]
    page.close()


@pytest.mark.parametrize("student", ["a b", "50% #1", "a+b&c", 'it\'s "x"', "who?", "x;y=z", "a:b", "été", "_<i>"])
def test_pages_lead_to_students_of_any_name(tmp_path, student):
    """Blanks: TU-Wien-dataLAB/grader-service#265, Submitty/Submitty#583. Quotes: Submitty/Submitty#13091."""
    write_result(without_code(Work(student, "0" * 64), Settings(0, "en"), "none"), tmp_path)
    write_tables(tmp_path)
    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    links = [unquote(html.unescape(link)) for link in re.findall(r'href="([^"#]+)"', page)]
    assert f"{student}/feedback.html" in links
    assert all((tmp_path / link).exists() for link in links)
    assert html.escape(student, quote=False) in page.replace("&#39;", "'").replace("&#34;", '"')


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_staffs_pages_speak_the_language_of_the_results(language, tmp_path):
    """No word of the other language's is left, and numbers are written as people there write them."""
    for student in ("ada", "bob"):
        result = without_code(Work(student, ""), Settings(0, language), "x")
        result |= {"checks": [check(next(iter(course().tasks)), "passed") | {"points": 1.75}], "score": 1.75}
        write_result(result | {"answers": 1}, tmp_path)
        keep_code(solution(), tmp_path / student)
    write_tables(tmp_path)
    pages = [
        (tmp_path / name).read_text(encoding="utf-8") for name in ("class.html", "similar/1.html", "ada/feedback.html")
    ]
    text = "".join(re.sub(r"(?s)<(script|style)>.*?</\1>|<code>.*?</code>|<[^>]*>", "|", page) for page in pages)
    other = "fr" if language == "en" else "en"
    said = {
        words[other]
        for kind in ("staff", "status")
        for words in catalogue()[kind].values()
        if words[other] != words[language]
    }
    assert [words for words in said if "{" not in words and f"|{words}" in text] == []
    assert (f'<html lang="{language}">' in pages[0]) and (f'<html lang="{language}">' in pages[1])
    assert ("1,75" in text, "1.75" in text) == (language == "fr", language == "en")


def test_answers_are_shown_and_never_run(results, browser):
    page = browser.new_page()
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    page.goto((results / PAGES["answers"]).as_uri())
    first = page.locator("section.answer").first
    assert "Deep layers, for $G_{ij}$ <script>alert(1)</script>" in first.inner_text()
    assert first.locator("strong").all_inner_texts()[-1] == "layers"
    assert first.locator("img").evaluate("one => one.naturalWidth") == 2000
    assert page.locator("section.answer").count() == len(course().questions)
    assert EMPTY_ANSWER.strip("*") not in page.inner_text("body")
    page.close()


def test_a_full_mark_without_the_bonus_reads_as_full(tmp_path):
    result = without_code(Work("a", ""), Settings(0, "en"), "namespace")
    checks = []
    for part, task in course().tasks.items():
        if not task.bonus:
            checks.append(check(part, "passed") | {"points": task.points, "max_points": task.points})
    score = sum(one["points"] for one in checks)
    write_result(result | {"checks": checks, "score": score}, tmp_path)
    page = (tmp_path / "a" / "feedback.html").read_text(encoding="utf-8")
    assert f'<p class="total">{score:g} <small>/ {score:g}</small></p>' in page
    assert f"The checks are about {score:g} of the lab" in page
    assert result["max_score"] == score
