"""Learning platforms: what they call a student's files when staff download them, and the columns of their tables.

- Moodle (docs.moodle.org, "Assignment settings") tells who is who by its number of a participant: in the names of
  folders characters are missing, a team's name stands before them, or they are no names at all.
- Canvas' files are "lastfirst_LATE_user_file_name"; a column "Name (number)" for each assignment.
- Brightspace's folders are "12-34 - First Last - Sep 24, 2026 926 PM".
"""

import re
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Platform:
    """What differs between platforms."""

    title: str
    packed: re.Pattern[str]
    """The names of what it packs for staff; groups: name and, where there are, number, kind, file and when."""
    columns: dict[str, tuple[str, ...]]
    """Ours, and what they are called there; also in French."""
    needed: tuple[str, ...]
    how: str
    """Where staff find the table."""
    item: re.Pattern[str] | None = None
    """The name of a column with the grades of something, group item, and maybe most; None: there is but one."""
    kept: tuple[str, ...] = ()
    """The only columns that it takes back, besides grades; empty: all."""
    feedback: str = ""
    """Where a student's page lies in an archive of feedback; "" if it takes none."""


MOODLE = Platform(
    "Moodle",
    re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)(_(?P<file>.*))?"),
    {
        "number": ("identifier", "identifiant"),
        "name": ("full name", "nom complet"),
        "login": ("email address", "adresse de courriel", "adresse e-mail"),
        "team": ("group", "groupe", "team", "équipe"),
        "grade": ("grade", "note"),
        "most": ("maximum grade", "note maximale"),
        "comments": ("feedback comments", "feedback par commentaires", "commentaires de feedback"),
        "open": ("grade can be changed", "la note peut être modifiée"),
        "modified": ("last modified (grade)", "dernière modification (note)"),
    },
    ("number", "grade", "most", "comments"),  # some lack names, where marking is blind
    "Moodle's grading worksheet (settings: Feedback comments and Offline grading worksheet; then Grading action: "
    "Download grading worksheet)",
    feedback="{name}_{number}_assignfeedback_file_/feedback.html",
)
CANVAS = Platform(
    "Canvas",
    re.compile(r"(?P<name>[^_A-Z]+)(_LATE)?_(?P<number>\d{2,})_\d{3,}_(?P<file>.+)"),
    {"number": ("id",), "name": ("student",), "login": ("sis login id",), "second": ("sis user id",)},
    ("number", "name"),
    "Canvas' gradebook (Grades: Export, Export Entire Gradebook)",
    item=re.compile(r"(?P<item>.+) \(\d+\)"),
    kept=("student", "id", "sis user id", "sis login id", "integration id", "root account", "section"),
)
BRIGHTSPACE = Platform(
    "Brightspace",
    re.compile(r"\d+-\d+ - (?P<name>.+) - (?P<when>\w+ \d+, \d{4} \d+ [AP]M)"),
    {
        "number": ("orgdefinedid", "username"),
        "login": ("username",),
        "second": ("email",),
        "name": ("last name",),
        "first": ("first name",),
    },
    ("number",),
    "Brightspace's grades (Grades: Enter Grades, Export; key field: both; user details: last name, first name)",
    item=re.compile(r"(?P<item>.+?) Points Grade( <.*?MaxPoints:(?P<most>[\d.]+).*>)?"),
    kept=("orgdefinedid", "username", "end-of-line indicator"),
)
PLATFORMS = (MOODLE, CANVAS, BRIGHTSPACE)


@dataclass(frozen=True)
class Packed:
    """What the name of a folder or file tells that a platform has packed."""

    platform: Platform
    student: str
    """With the platform's number of that person, where there is one."""
    file: str
    """What the student called it; "" of a folder."""
    typed: bool
    """Whether it is text that was typed into the platform, beside or instead of a file."""
    when: datetime | None
    """When it was handed in, where the name says so."""


def packed(name: str) -> Packed | None:
    """What a name tells; None if no platform has made it."""
    for platform in PLATFORMS:
        if found := platform.packed.fullmatch(name):
            told = found.groupdict()
            student = "_".join(filter(None, (told["name"], told.get("number"))))
            file = told.get("file") or ""
            if platform is CANVAS:  # a second attempt: tp3-1.zip
                file = re.sub(r"-\d{1,2}(?=\.\w+$|$)", "", file)
            return Packed(platform, student, file, told.get("kind") == "onlinetext", _moment(told.get("when")))
    return None


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text, "%b %d, %Y %I%M %p") if text else None
    except ValueError:  # in another language
        return None
