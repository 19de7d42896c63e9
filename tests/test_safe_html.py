"""What students wrote is shown to those who mark, and finds no handle on the page around it."""

import re
from types import SimpleNamespace

import pytest

from grader.pages.safe_html import harmless, markdown2html

HANDLES = ("class", "id", "name", "for", "style", "role", "data-value", "aria-label", "onclick", "tabindex", "title")


@pytest.mark.parametrize("handle", HANDLES)
@pytest.mark.parametrize("tag", ["div", "i", "a", "p", "td", "img", "code", "h1"])
def test_no_attribute_that_scripts_or_styles_look_for(tag, handle):
    page = harmless(f'<{tag} {handle}="full-credit modal-backdrop">seen</{tag}>')
    assert "full-credit" not in page
    assert f"{handle}=" not in page


def test_headings_and_code_of_an_answer_bring_no_attributes():
    page = markdown2html(
        SimpleNamespace(get=lambda *_: {}), "# full-credit\n\n```python\nx = 1\n```\n\n<div id=answer-R2>"
    )
    assert not re.search(r"<\w+ (?!href=\"https?:)", page)


@pytest.mark.parametrize(
    "formula",
    [
        r"$\class{full-credit}{x}$",
        r"$\cssId{answer-R2}{x}$",
        r"$\mmlToken{mi}[class='full-credit']{x}$",
        r"$\let\x\class \x{full-credit}{x}$",
        r"$\require{html}\style{position:fixed}{x}$",
        r"$\htmlClass{full-credit}{x}$",
        r"$&bsol;class{full-credit}{x}$",
        r"$\cl&#97;ss{full-credit}{x}$",
        r"$\&#x63;lass{full-credit}{x}$",
        r"$\bbox[position:fixed;top:0;left:0;width:100vw;height:100vh]{x}$",
        r"$\def\x#1{\bbox#1{y}}\x{[position:fixed]}$",
        r"$\htmlId{answer-R2}{x}$",
        r"$\htmlData{value=74}{x}$",
        r"$\data{value=74}{x}$",
        r"$\newcommand{\x}{\cssId}\x{answer-R2}{y}$",
        r"$\\\class{full-credit}{x}$",
    ],
)
def test_no_formula_makes_an_element_with_attributes(formula):
    page = harmless(formula)
    assert not re.search(r"\\(class|cssId|mmlToken|require|style|bbox|html|href|data)", page)
    assert "&#" not in page and "&bsol;" not in page


@pytest.mark.parametrize("text", [r"$\lambda' = \min(\lambda, 1 - \lambda)$", r"$\hrefs$", "a < b &amp; c", "l'été"])
def test_what_is_plain_stays_as_it_is(text):
    assert harmless(text) == text.replace(" < ", " &lt; ")


def test_links_lead_out_or_nowhere():
    assert 'href="https://example.org"' in harmless('<a href="https://example.org">out</a>')
    for target in ("#answer-R2", "javascript:alert(1)", "javascript&#58;alert(1)", "/formgrader"):
        assert "href" not in harmless(f'<a href="{target}">in</a>')
