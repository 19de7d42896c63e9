"""Does everybody get their own page and mark by mail, and do the tables of several markers make one?"""

import csv
import email
import email.policy
from pathlib import Path

import pytest

from grader.exports.mail import write_mails
from grader.marking.filing import write_result
from grader.marking.grading import Settings, Work, without_code
from grader.results.stored import read_results
from grader.results.written import read_marks, write_empty_marks, write_totals
from judging.course import course
from workbench.errors import InputError

TEAMS = {"DUPONT_Alice": ["DUPONT_Alice", "MARTIN_Bob"], "MARTIN_Bob": ["DUPONT_Alice", "MARTIN_Bob"]}
STUDENTS = ("DUPONT_Alice", "MARTIN_Bob", "Noël Élodie_12", "PETIT_Zoé")
ADDRESSES = "student;email\nAlice Dupont;a@x.org\nbob martin;b@x.org\nÉlodie Noël;e@x.org\nPETIT_Zoé;z@x.org\n"


@pytest.fixture
def results(tmp_path) -> Path:
    for i, student in enumerate(STUDENTS):
        result = without_code(Work(student, "0" * 64), Settings(0, "fr" if i % 2 else "en"), "none")
        result |= {"score": 10.0 * i, "team": TEAMS.get(student, [student])}
        (tmp_path / "results").mkdir(exist_ok=True)
        write_result(result, tmp_path / "results")
    return tmp_path / "results"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# --- Mail -------------------------------------------------------------------------------------------------------------


def test_each_has_a_message_with_their_own_page_and_mark(results, tmp_path):
    """Feedback that nobody can send: jupyter/nbgrader#436, jupyter/nbgrader#987."""
    marks = write(tmp_path / "marks.csv", "student,R1,comment\nNoël Élodie_12,2.5,Très bien ! → «R2»\n")
    count, remarks = write_mails(results, write(tmp_path / "a.csv", ADDRESSES), tmp_path / "mail", [marks])
    assert count == 4 and "PETIT_Zoé: no marks for R1 … R10" in remarks
    found = {}
    for path in (tmp_path / "mail").iterdir():
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert not message.defects and b"\n" not in path.read_bytes().replace(b"\r\n", b"")
        page = next(message.iter_attachments())
        assert page.get_filename() == "feedback.html"
        assert page.get_payload(decode=True) == (results / path.stem / "feedback.html").read_bytes()
        found[path.stem] = (message["To"], message.get_body().get_content())
        assert message["From"] == course().mail
    assert {name: to for name, (to, _) in found.items()} == dict(
        zip(STUDENTS, ("a@x.org", "b@x.org", "e@x.org", "z@x.org"), strict=True)
    )
    assert "22.5 of 100 points" in found["Noël Élodie_12"][1] and "Très bien ! → «R2»" in found["Noël Élodie_12"][1]
    assert f"30 points sur {course().points:g}" in found["PETIT_Zoé"][1]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("z@x.org", "z@x.org, y@x.org", "line 5: 'z@x.org, y@x.org' is no mail address"),
        ("z@x.org", '"z@x.org\nBcc: y@x.org"', "is no mail address"),
        ("email", "telephone", "the columns are student and email"),
        ("PETIT_Zoé;z@x.org\n", "", "'PETIT_Zoé' is not in it; --skip-unknown"),
        ("bob martin", "Dupont Alice", "'DUPONT_Alice' may be participant"),
    ],
)
def test_addresses_that_do_not_fit_send_nothing(results, tmp_path, old, new, complaint):
    with pytest.raises(InputError, match=complaint):
        write_mails(results, write(tmp_path / "a.csv", ADDRESSES.replace(old, new)), tmp_path / "mail")
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_result_with_a_number_that_is_none_is_damaged(results, tmp_path, word):
    path = results / "PETIT_Zoé" / "result.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"score": 30.0', f'"score": {word}'), encoding="utf-8")
    with pytest.raises(InputError, match=r"PETIT_Zoé.result\.json is damaged"):
        read_results(results)
    result = without_code(Work("x", "0" * 64), Settings(0, "en"), "none")
    with pytest.raises(ValueError, match="JSON compliant"):
        write_result(result | {"score": float(word)}, results)
    assert not (results / "x" / "result.json").exists()


# --- Several markers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["students", "questions"])
@pytest.mark.parametrize("markers", [["Ada"], ["Ada", "Bob"], ["A", "B", "C", "D", "E", "F"]])
def test_the_tables_of_all_markers_are_the_whole(results, tmp_path, markers, by):
    """Each mark is asked of one marker, and a team of one; filled in, the tables merge into one.

    Sheets of several graders: federicazoe/gradetools#36.
    """
    written = write_empty_marks(results, tmp_path / "marks.csv", "en", markers=markers, by=by)
    assert [path.name for path in written] == [f"marks-{marker}.csv" for marker in markers]
    asked = []
    for path in written:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        students = {row[0] for row in rows[1:]}
        assert ("DUPONT_Alice" in students) == ("MARTIN_Bob" in students)
        asked += [(row[0], question) for row in rows[1:] for question in rows[0][1:-1]]
        filled = [rows[0], *([row[0], *(["1"] * (len(row) - 2)), path.stem] for row in rows[1:])]
        write(path, "\n".join(",".join(row) for row in filled))
    assert sorted(asked) == sorted((student, question) for student in STUDENTS for question in course().questions)
    marks = read_marks(written, read_results(results))
    assert all(own.total == len(course().questions) for own in marks.values()) and len(marks) == 4
    with pytest.raises(InputError, match="is there already"):
        write_empty_marks(results, tmp_path / "marks.csv", "en", markers=markers, by=by)


def test_markers_who_differ_are_named_and_comments_come_together(results, tmp_path):
    """The last who saves wins: Submitty/Submitty#1710."""
    one = write(tmp_path / "ada.csv", "student,R1,R2,comment\nPETIT_Zoé,1,2,fine\nMARTIN_Bob,,1,\n")
    two = write(tmp_path / "bob.csv", "student,R1,R3,comment\nPETIT_Zoé,1,2,short\n")
    write_totals(results, [one, two])
    marks = read_marks([one, two], read_results(results))
    assert marks["PETIT_Zoé"].total == 5 and marks["PETIT_Zoé"].comment == "fine\nshort"
    assert marks["DUPONT_Alice"].total == 1  # of the same team
    write(two, "student,R1,R2,comment\nPETIT_Zoé,0.5,2,short\nMARTIN_Bob,3,0,\n")
    with pytest.raises(InputError) as error:
        write_totals(results, [one, two])
    told = "markers differ: PETIT_Zoé, R1: 1 in ada.csv, 0.5 in bob.csv; MARTIN_Bob, R2: 1 in ada.csv, 0 in bob.csv"
    assert str(error.value) == told


def test_comments_that_come_again_are_written_once(results, tmp_path):
    """Beside a table of marks, @code in a comment stands for a sentence; a code that is not there is named."""
    write(
        tmp_path / "comments.csv",
        'code;text\nshape;"Les formes ne sont pas jugées ; regardez pool3."\n@R3.a;Pourquoi ?\n',
    )
    table = "student;R1;comment\nPETIT_Zoé;1;Bien. @Shape @r3.a ; mail : z@x.org @ 5\nMARTIN_Bob;1;rien\n"
    marks = read_marks([write(tmp_path / "marks.csv", table.replace(" ;", ","))], read_results(results))
    told = "Bien. Les formes ne sont pas jugées ; regardez pool3. Pourquoi ?, mail : z@x.org @ 5"
    assert (marks["PETIT_Zoé"].comment, marks["MARTIN_Bob"].comment) == (told, "rien")
    write(tmp_path / "marks.csv", "student,comment\nPETIT_Zoé,@shapes\n")
    with pytest.raises(InputError, match="line 2, PETIT_Zoé: unknown comment 'shapes': did you mean 'shape'"):
        read_marks([tmp_path / "marks.csv"], read_results(results))
    (tmp_path / "comments.csv").unlink()
    assert read_marks([tmp_path / "marks.csv"], read_results(results))["PETIT_Zoé"].comment == "@shapes"


@pytest.mark.parametrize(
    "table", ["code,word\na,b\n", "code,text\na b,c\n", "code,text\na,b\nA,c\n", "code,text\n,c\n"]
)
def test_a_table_of_comments_that_is_none_is_refused(results, tmp_path, table):
    write(tmp_path / "comments.csv", table)
    with pytest.raises(InputError, match=r"comments\.csv"):
        read_marks([write(tmp_path / "marks.csv", "student,R1\nPETIT_Zoé,1\n")], read_results(results))
