"""Do French and English spreadsheets read our tables as they are meant, and we what they save?"""

import csv
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.marking.filing import write_result, write_tables
from grader.marking.grading import Settings, Work, without_code
from grader.results.written import read_marks, write_empty_marks, write_totals

NAMES = ["Élodie Noël_12", "=1+1", "-Alain", "DUPONT; Alice", 'Ann "O"', "00123", "20241234"]
CONVENTIONS = {"fr": (";", re.compile(r"-?\d+(,\d+)?")), "en": (",", re.compile(r"-?\d+(\.\d+)?"))}
LOCALES = {"fr": ("fr-FR", 59), "en": ("en-US", 44)}  # 59 and 44: the separator as a number
TEXT = {"student", "status", "comment"}


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for i, name in enumerate(NAMES):
        empty = without_code(Work(name, name), Settings(0, "fr"), "none")
        write_result(empty | {"score": i + 0.125}, folder)
    return folder


def tables(results: Path, style: str) -> dict[str, Path]:
    """grades.csv, totals.csv and an empty marks.csv, in that style."""
    write_tables(results, style)
    marks = results / f"marks-{style}.csv"
    marks.unlink(missing_ok=True)
    write_empty_marks(results, marks, style)
    totals, _ = write_totals(results, [marks], style)
    return {"grades": results / "grades.csv", "totals": totals, "marks": marks}


@pytest.mark.parametrize("style", CONVENTIONS)
def test_lists_and_numbers_are_written_as_that_language_has_them(results, style):
    """Decimal commas between commas: ls1intum/Artemis#10679."""
    separator, number = CONVENTIONS[style]
    for path in tables(results, style).values():
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # by which Excel tells UTF-8
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter=separator):
                cells = {name: cell for name, cell in row.items() if name not in TEXT and cell}
                assert all(number.fullmatch(cell) for cell in cells.values()), cells


@pytest.fixture(scope="module")
def spreadsheet(tmp_path_factory) -> Callable[[Path, str, str], Path]:
    """LibreOffice of a language opens a table, and saves it in another format."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("there is no LibreOffice here")
    folder = tmp_path_factory.mktemp("office")

    def convert(path: Path, style: str, kind: str) -> Path:
        locale, separator = LOCALES[style]
        profile = folder / locale
        (profile / "user").mkdir(parents=True, exist_ok=True)
        (profile / "user" / "registrymodifications.xcu").write_text(
            '<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">'
            f'<prop oor:name="ooSetupSystemLocale"><value>{locale}</value></prop></item></oor:items>',
            encoding="utf-8",
        )
        reading = f"--infilter=Text - txt - csv (StarCalc):{separator},34,76,1,,0"
        words = [f"-env:UserInstallation={profile.as_uri()}", "--headless", reading, "--convert-to", kind]
        subprocess.run([program, *words, "--outdir", folder, path], check=True, capture_output=True)
        return folder / f"{path.stem}.{kind.partition(':')[0]}"

    return convert


def cells_of(path: Path) -> list[list[tuple[str, str]]]:
    """Of each row the kind and value of its cells, in a flat OpenDocument sheet."""
    office, table = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table"))
    rows = []
    for row in ElementTree.parse(path).iter(f"{table}table-row"):
        cells = []
        for cell in row.iter(f"{table}table-cell"):
            kind = cell.get(f"{office}value-type", "")
            value = cell.get(f"{office}value") or "".join(cell.itertext()).strip()
            cells += [(kind, value)] * min(int(cell.get(f"{table}number-columns-repeated", 1)), 50)
        rows.append(cells)
    return rows


@pytest.mark.parametrize("style", CONVENTIONS)
@pytest.mark.slow
def test_libreoffice_opens_numbers_as_numbers_and_no_name_as_a_formula(results, spreadsheet, style):
    written = tables(results, style)
    for name in ("grades", "totals"):
        header, *rows = cells_of(spreadsheet(written[name], style, "fods"))[: len(NAMES) + 1]
        names = [value for _, value in header if value]
        for student, row in zip(sorted(NAMES), rows, strict=True):
            found = dict(zip(names, row, strict=False))
            # A number without its zeros, and a "'" before what might be a formula, still tell who it is.
            assert found["student"][1].lstrip("'0") == student.lstrip("0")
            assert {kind for column, (kind, _) in found.items() if column not in TEXT} <= {"float", ""}
            assert float(found["total"][1]) == NAMES.index(student) + 0.125


@pytest.mark.parametrize("style", CONVENTIONS)
@pytest.mark.slow
def test_what_libreoffice_saves_goes_to_the_same_students(results, spreadsheet, style):
    """Reported as cgwire/kitsu#863, SEED-platform/seed#2562."""
    saved = spreadsheet(tables(results, style)["marks"], style, "csv:Text - txt - csv (StarCalc):44,34,76")
    with saved.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    for i, row in enumerate(rows):
        row[header.index("R1")] = str(i / 4)
    with saved.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    marks = read_marks([saved], {name: {} for name in NAMES})
    assert {name: own.points["R1"] for name, own in marks.items()} == {n: i / 4 for i, n in enumerate(sorted(NAMES))}
