"""Tables that people and spreadsheets write and read: CSV of any dialect, and names as they are spelt there."""

import csv
import io
import re
import unicodedata
from pathlib import Path

from judging.course import course
from workbench.errors import InputError
from workbench.files import whole_file

STYLES = ("fr", "en")
"""fr: semicolons between the cells, and decimal commas; en: commas, and decimal points."""
FORMULA_STARTS = ("=", "+", "-", "@", "'")


def write_table(path: Path, rows: list[list], style: str | None = None) -> None:
    """A CSV file that spreadsheets open as it is meant.

    Args:
        style: of STYLES, how spreadsheets of that language write lists and numbers; the course's when left out.
    """
    style = style or course().language
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";" if style == "fr" else ",")
        table.writerows([[_cell(value, style) for value in row] for row in rows])


def _cell(value: object, style: str) -> str:
    """A number as people write it; a text that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        text = "" if value is None else f"{value:.10g}"
        return text.replace(".", ",") if style == "fr" else text
    return f"'{value}" if _looks_like_a_formula(value) else value


def _looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for one: by its first sign, narrow or wide, after any that do not show."""
    seen = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] not in "CZ")
    return next(seen, "") in FORMULA_STARTS or text.startswith(("'", "\t", "\r", "\n"))


def read_cell(text: str) -> str:
    """The text of which `write_table` made this one."""
    return text[1:] if text.startswith("'") and _looks_like_a_formula(text[1:]) else text


def read_table(path: Path) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """The rows of a CSV file, each with its line's number, and the names of its columns.

    Raises:
        InputError: there is no such file, or it is no table.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    if data.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path} is a workbook: save it as CSV (UTF-8) from your spreadsheet")
    text = _decoded(data)
    first = text.partition("\n")[0]
    if re.fullmatch(r"sep=.\r?", first):  # a line for Excel
        text = text.partition("\n")[2]
        first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        table = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        lines = [(table.line_num, line) for line in table if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise InputError(f"{path} is no table: {error}") from None
    if not lines:
        raise InputError(f"{path} is empty: the first line names the columns")
    header = lines[0][1]
    for column, name in enumerate(header):
        same = header.index(name)
        if name.strip() and any(line[same : same + 1] != line[column : column + 1] for _, line in lines):
            raise InputError(f"{path}: two columns are called '{name}', and differ: rename one, or delete it")
    for number, line in lines[1:]:
        if len(line) > len(header) and any(cell.strip() for cell in line[len(header) :]):
            raise InputError(f"{path}, line {number}: {len(line)} cells below {len(header)} columns; quote commas")
    return [
        (number, dict(zip(header, [*line, *[""] * len(header)], strict=False))) for number, line in lines[1:]
    ], header


def _decoded(data: bytes) -> str:
    """The text of a table, as spreadsheets save them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    for zeros, encoding in ((data[1:200:2], "utf-16-le"), (data[:200:2], "utf-16-be")):
        if zeros.count(0) > 0.4 * max(len(zeros), 1):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # on Windows


def number_of(text: str) -> float | None:
    """A number as people write it, with a point or a comma."""
    text = text.strip().replace(",", ".").replace("\N{NO-BREAK SPACE}", "")
    return float(text) if re.fullmatch(r"-?\d+(\.\d*)?|-?\.\d+", text) else None


def fold(name: str) -> str:
    """A name without regard to case, to kinds of space, and to how its accents are written: Weiss is not Weiß."""
    return unicodedata.normalize("NFC", " ".join(name.split())).lower()


def words_of(name: str) -> list[str]:
    """The words of a name in any order, without the lab's: "DUPONT_Alice_tp3" is Alice Dupont."""
    return sorted(word for word in re.split(r"[\W_]+", fold(name)) if word and word != fold(course().lab))
