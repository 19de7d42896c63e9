"""Who handed in: the students of a folder, or of a platform's archive of a class, each with what is theirs.

A name is guessed from the name of a folder or file: without the lab's name, and without what marks a later version.
A team is its students' names with "+" between them. What cannot be guessed is settled by a list of aliases.
"""

import hashlib
import os
import re
import tempfile
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath

from judging.course import course
from judging.messages import plain
from workbench.errors import InputError

from ..results.tables import fold, read_table, words_of
from .platforms import MOODLE, packed
from .unpacking import ATTACHED, FOREIGN, LEFTOVERS, SUFFIXES, readable, walk

DOCUMENTS = (*ATTACHED, ".docx", ".doc", ".odt", ".pages", ".rtf")
"""Single files that somebody hands in, rather than staff's lists."""
VERSION = re.compile(
    r"(?ix) (?: [\ _-]*\((?P<copy>\d+)\) | [\ ._-]+(?:v|version|vers)[\ ._-]*(?P<number>\d+)"
    r"| [\ ._-]+(?P<word>final|finale|bis|copie|copy|corrig[ée]e?) | -Copy\d+ )$"
)
"""What marks a later version of the same submission: "DUPONT_Alice_tp3 (1)", "…_v2", "…_final"."""
LONGEST = 200
"""Bytes of a student's name: a file system takes 255, with an ending."""
SAME_TIME = 2.0
"""Seconds; archives keep time no better."""


@dataclass(frozen=True)
class Entry:
    """A submission, unread, of one student or of a team."""

    student: str
    path: Path
    beside: tuple[Path, ...] = ()
    """Single files that belong to it too."""
    others: tuple[str, ...] = ()
    """Who else of the team it counts for."""

    @property
    def students(self) -> tuple[str, ...]:
        """All for whom it counts."""
        return self.student, *self.others


def list_entries(
    folder: Path, aliases: Mapping[str, str] | None = None, known: Collection[str] = ()
) -> tuple[list[Entry], list[str]]:
    """The submissions in a folder, by student; of several of the same student the latest counts, and a line tells.

    What a team sent counts for each of its students, unless that student sent something later.

    Args:
        aliases: whose something is, by the name of a folder or file; of `read_aliases`.
        known: students who have results already: who is the same but for case or version, has that name.

    Raises:
        InputError: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: give the one that holds a folder or an archive for each student")
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror}") from None
    names = {_key(name): name for name in sorted(known)}
    shares: list[tuple[Path, list[str]]] = []
    owned: dict[str, list[Path]] = defaultdict(list)
    whose, remarks, used = aliases or {}, [], set()
    for path in paths:
        shown = _shown(path.name)
        stem = _stem(shown, path.is_dir())
        alias = next((name for name in (shown, stem) if fold(name) in whose), None)
        if alias is not None:
            used.add(fold(alias))
            members = _members(whose[fold(alias)])
            shares.append((path, members if len(members) > 1 else []))
            if len(members) == 1:
                owned[names.setdefault(_key(members[0]), members[0])].append(path)
        elif _is_typed(path) and not (path.is_dir() and any(path.iterdir())):
            remarks.append(f"{shown}: text typed into Moodle, left out")
        elif path.name in LEFTOVERS or not (path.is_dir() or stem != shown or packed(shown)):
            remarks.append(f"{shown}: neither a folder nor a zip or tar.gz, left out")
        else:
            student = _student(stem)
            members = [student] if packed(stem) else _members(student)
            shares.append((path, members if len(members) > 1 else _team_inside(path)))
            if len(members) == 1:
                owned[names.setdefault(_key(student), student)].append(path)
    for path, members in shares:
        for student in dict.fromkeys(_known_as(member, names) for member in members):
            if path not in owned[student]:
                owned[student].append(path)
    for name in sorted(whose.keys() - used):
        if not known:
            remarks.append(f"aliases: nothing here is called '{name}'")
    if not owned:
        raise InputError(f"{folder} holds no submission: a folder, .zip or .tar.gz for each student is expected")
    chosen: dict[tuple[Path, tuple[Path, ...]], Entry] = {}
    for student, theirs in sorted(owned.items()):
        entry, said = _entry(student, theirs)
        remarks += said
        same = chosen.setdefault((entry.path, entry.beside), entry)
        if same is not entry:
            chosen[entry.path, entry.beside] = replace(same, others=(*same.others, student))
    entries = list(chosen.values())
    _check_class(entries)
    return entries, remarks


def read_aliases(path: Path) -> dict[str, str]:
    """A table with the columns `found`, the name of a folder or file, and `student`.

    Raises:
        InputError: it is no such table.
    """
    rows, header = read_table(path)
    columns = {fold(name): name for name in header}
    if not {"found", "student"} <= columns.keys():
        raise InputError(f"{path}: the columns are found (the name of a folder or file) and student")
    aliases = {}
    for number, row in rows:
        found, student = row[columns["found"]].strip(), row[columns["student"]].strip()
        if not found or not student or "/" in student or "\\" in student or student.startswith("."):
            raise InputError(f"{path}, line {number}: '{student}' cannot be a student's name: it is a folder's")
        aliases[fold(found)] = student
    return aliases


@contextmanager
def submissions_folder(path: Path) -> Iterator[Path]:
    """The folder of submissions; a platform's archive of the whole class is unpacked for as long as it is needed.

    Raises:
        InputError: the archive cannot be opened.
    """
    if not (path.is_file() and path.name.lower().endswith(".zip")):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="submissions-") as temporary:
        try:
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if not member.is_dir():
                        written = Path(archive.extract(member, temporary))
                        _set_time(written, member)
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            raise InputError(f"{path} cannot be unpacked: {error}") from None
        folder = Path(temporary)
        inside = [one for one in folder.iterdir() if one.name not in LEFTOVERS]
        # An archive of a folder that holds the class.
        nested = len(inside) == 1 and inside[0].is_dir() and not packed(inside[0].name)
        yield inside[0] if nested and not (inside[0] / course().package).is_dir() else folder


def _set_time(path: Path, member: zipfile.ZipInfo) -> None:
    try:
        moment = datetime(*member.date_time).timestamp()
        os.utime(path, (moment, moment))
    except (ValueError, OverflowError, OSError):
        return  # a date that is none


def handed_in(entry: Entry) -> datetime:
    """When something was handed in: what nbgrader or Brightspace noted, else the time of the newest file."""
    noted = entry.path / "timestamp.txt"
    if noted.is_file() and not noted.is_symlink():
        from nbgrader.utils import parse_utc

        try:
            text = noted.read_text(encoding="utf-8", errors="replace")[:100].strip()
            return parse_utc(text).replace(tzinfo=timezone.utc).astimezone().replace(tzinfo=None)
        except (ValueError, OverflowError):
            pass
    if (known := packed(entry.path.name)) and known.when:
        return known.when
    return datetime.fromtimestamp(max(_age(path)[0] for path in (entry.path, *entry.beside)))


def _stem(name: str, is_folder: bool) -> str:
    """A name without the ending that says what kind of file it is."""
    if not is_folder:
        for suffix in (*SUFFIXES, *FOREIGN, *DOCUMENTS):
            if name.lower().endswith(suffix) and len(name) > len(suffix):
                return name[: -len(suffix)]
    return name


def _shown(name: str) -> str:
    """The name of a folder or file as people see it: macOS takes accents apart, and some names steer a terminal."""
    return plain(unicodedata.normalize("NFC", readable(name)))


def _student(stem: str) -> str:
    """The student's name in the name of a folder or file, as a name that a folder may have among the results."""
    known = packed(stem)
    name = known.student if known else _without_version(stem)
    # There it must not stand in the place of a table or a page.
    name = re.sub(r"(?i)^similar$", r"_\g<0>", re.sub(r"(?i)\.(csv|html)$", r"_\1", name))
    data = name.encode()
    if len(data) <= LONGEST:
        return name
    return f"{data[: LONGEST - 9].decode(errors='ignore')}~{hashlib.sha256(data).hexdigest()[:8]}"


def _without_version(stem: str) -> str:
    before = None
    while before != stem:
        before, stem = stem, VERSION.sub("", stem).strip() or stem
        stem = re.sub(rf"(?i)[ _-]+{re.escape(course().lab)}$", "", stem) or stem
    return stem


def _key(student: str) -> str:
    return fold(_student(student))


def _members(name: str) -> list[str]:
    """The students of a name: "DUPONT_Alice+MARTIN_Bob" are two, "C++" is one."""
    members = [_student(word.strip()) for word in name.split("+")]
    return members if all(members) else [name]


def _team_inside(path: Path) -> list[str]:
    """The students of a team's archive that somebody handed in, as `handin.py` names it; Moodle names one of them."""
    known = packed(path.name)
    named = [known.file] if known else []
    if path.is_dir():
        named += sorted(one.name for one in path.iterdir())
    for name in named:
        stem = _shown(_stem(name, False))
        if "+" in stem and _student(stem) != stem and len(members := _members(_student(stem))) > 1:
            return members
    return []


def _known_as(member: str, names: dict[str, str]) -> str:
    """What a team's student is called here already: "DUPONT_Alice" may be "Alice Dupont_123" of Moodle."""
    alike = [name for name in names.values() if words_of(re.sub(r"_\d+$", "", name)) == words_of(member)]
    return names.setdefault(_key(member), alike[0] if len(alike) == 1 else member)


def _entry(student: str, paths: list[Path]) -> tuple[Entry, list[str]]:
    """What counts of all that a student sent: the latest archive or folder, and single files with it."""
    whole = [path for path in paths if _is_whole(path)]
    loose = [path for path in paths if path not in whole]
    typed = [path for path in whole if _is_typed(path)]
    remarks = []
    if typed and len(paths) > len(typed):
        remarks.append(f"{student}: text typed into Moodle, left out")
        whole = [path for path in whole if path not in typed]
    if not whole:
        return Entry(student, loose[0], tuple(loose[1:])), remarks
    whole.sort(key=_age)
    last = whole[-1]
    if len(whole) > 1:
        which = "is the later and counts"
        if _age(last)[0] - _age(whole[-2])[0] < SAME_TIME:
            which = "counts; they are of the same time, which makes it a guess"
        number = {2: "two"}.get(len(whole), str(len(whole)))
        remarks.append(f"{student}: {number} submissions; {_shown(last.name)} {which}")
    return Entry(student, last, tuple(loose)), remarks


def _is_typed(path: Path) -> bool:
    known = packed(path.name)
    return known is not None and known.typed


def _is_whole(path: Path) -> bool:
    return path.is_dir() or path.name.lower().endswith((*SUFFIXES, *FOREIGN))


def _age(path: Path) -> tuple[float, int, str]:
    """When it was changed last, then which version it calls itself."""
    if (known := packed(path.name)) and known.when:
        return known.when.timestamp(), 0, path.name
    times = [one.lstat().st_mtime for one in walk(path)] if path.is_dir() else []
    version = VERSION.search(_stem(path.name, path.is_dir()))
    number = 0 if version is None else int(version["copy"] or version["number"] or 1)
    return max(times, default=path.lstat().st_mtime), number, path.name


def _check_class(entries: list[Entry]) -> None:
    """Raise `InputError` where what looks like a student is a class of them."""
    for entry in entries:
        path, inside = entry.path, set()
        if path.is_dir():
            inside = {one.name for one in path.iterdir()}
        elif path.name.lower().endswith(".zip"):
            try:
                with zipfile.ZipFile(path) as archive:
                    inside = {PurePosixPath(name).parts[0] for name in archive.namelist() if name.strip("/")}
            except Exception:  # damaged: told of when it is read
                continue
        named = {known.student: known.platform for name in inside if (known := packed(name))}
        if len(named) > 1 or MOODLE in named.values():
            title = next(iter(named.values())).title
            raise InputError(
                f"{path} holds a class, as {title} packs it: give {path} itself in the place of its folder"
            )
