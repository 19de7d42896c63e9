"""`python -m grader mail`: a message for each student, with page and mark, ready for any mail program to send.

A message is a file (.eml, RFC 5322) that mail programs open, Outlook as a draft; nothing is sent from here.
"""

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from judging.course import course
from judging.messages import decimal, say
from workbench.errors import InputError
from workbench.files import whole_file

from ..results.stored import lateness, read_results
from ..results.tables import fold, read_table
from ..results.written import read_marks
from .platform_tables import Line, comment, match

COLUMNS = {
    "name": ("student", "name", "full name", "étudiant", "étudiante", "nom complet", "nom"),
    "email": ("email", "e-mail", "mail", "email address", "courriel", "adresse de courriel", "adresse e-mail"),
    "number": ("identifier", "identifiant"),
}
"""What the columns of a list of addresses may be called; Moodle's worksheet is one."""
ADDRESS = re.compile(r"[^@\s,;:<>\"()\[\]\\]+@[^@\s,;:<>\"()\[\]\\]+")


def write_mails(
    results: Path, addresses: Path, out: Path, marks_files: Sequence[Path] = (), *, skip_unknown: bool = False
) -> tuple[int, list[str]]:
    """A message for each student into `out`, STUDENT.eml.

    Returns:
        How many, and what is to be known about them.

    Raises:
        InputError: no results, no list of addresses, or students who are not in it; nothing is written then.
    """
    graded = read_results(results)
    marks = read_marks(marks_files, graded) if marks_files else {}
    lines, numbered = _read_addresses(addresses)
    # Without Moodle's numbers in the list, those in the names of results tell nothing.
    called = {student: student if numbered else re.sub(r"_\d+$", "", student) for student in graded}
    found, wrong = match(list(called.values()), lines)
    if wrong and not skip_unknown:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError(f"{addresses}: {'; '.join(wrong[:8])}{more}; --skip-unknown leaves these out")
    remarks = [f"left out: {line}" for line in wrong]
    remarks += [] if marks_files else ["the marks are those of the checks alone: give --marks for R1 … R10"]
    logins = {name: line.logins[0] for line in lines if (name := found.get(line.number))}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror}; choose another place with --out") from None
    count = 0
    for student, result in graded.items():
        if called[student] not in logins:
            continue
        own, language = marks.get(student), result["language"]
        points = max(result["score"] + (own.total if own else 0) - lateness(result).penalty, 0)
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = course().mail, logins[called[student]]
        message["Subject"] = say("page", "mail_subject", language, course=course().name, lab=course().lab)
        message["X-Unsent"] = "1"  # Outlook opens it as a draft
        most = course().whole if own else course().points
        got, most = decimal(points, language), decimal(most, language)
        message.set_content(say("page", "mail", language, points=got, most=most, deeds=comment(result, own)))
        page = results / student / "feedback.html"
        if page.is_file():
            message.add_attachment(page.read_bytes(), maintype="text", subtype="html", filename="feedback.html")
        else:
            remarks.append(f"{student}: feedback.html is missing: `grader run --fresh` makes it again")
        if marks_files and own is None:
            remarks.append(f"{student}: no marks for R1 … R10")
        with whole_file(out / f"{student}.eml") as temporary:
            temporary.write_bytes(message.as_bytes())
        count += 1
    return count, remarks


def _read_addresses(path: Path) -> tuple[list[Line], bool]:
    """Who has which address, and whether Moodle's numbers are told too."""
    rows, header = read_table(path)
    folded = {fold(name): name for name in header}
    columns = {ours: next((folded[one] for one in theirs if one in folded), "") for ours, theirs in COLUMNS.items()}
    if not columns["name"] or not columns["email"]:
        raise InputError(f"{path}: the columns are student and email")
    lines = []
    for number, row in rows:
        address = row[columns["email"]].strip()
        if not ADDRESS.fullmatch(address):
            raise InputError(f"{path}, line {number}: '{address}' is no mail address")
        digits = re.search(r"\d+", row[columns["number"]]) if columns["number"] else None
        lines.append(Line(digits[0] if digits else f"{number}.", row[columns["name"]].strip(), (address,), "", 1, row))
    return lines, bool(columns["number"])
