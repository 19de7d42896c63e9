"""`nbgrader autograde` through our sandbox: what a course's nbgrader_config.py puts in the place of nbgrader's own.

nbgrader executes a submission in a kernel that runs as whoever grades, beside the gradebook. Here the submission is
graded as `grader run` grades it, and its notebook is filled with what was found; nbgrader's own preprocessors then save
scores, comments and late penalties as ever. Other assignments of the same course are left to nbgrader.
"""

import glob
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, OverwriteCells, SaveAutoGrades
from traitlets import Enum, Integer, TraitError, default
from traitlets.config import Config

from judging.course import course
from judging.lab import here, using
from judging.messages import LANGUAGES
from workbench.errors import InputError

from ..intake.entries import Entry
from ..marking.grading import Settings, grade_entries, read_work
from ..pages.safe_html import markdown2html
from ..places import ROOT
from ..release.notebook import course_settings
from ..results.stored import read_result
from ..sandbox import LEVELS
from .gradebook import check_assignment, prepare_nbgrader
from .marked_notebook import STAMP, empty_notebook, marked_notebook, score, stamp

_labs: dict[str, Path] = {}
"""The folders of the labs that a course has, by name."""


def configure(config: Config, lab: str | Path = ROOT) -> None:
    """What nbgrader_config.py calls, once for each of its labs: that lab's settings, and its way of grading."""
    prepare_nbgrader()
    with using(Path(lab)):
        _labs[course().lab] = here()
        settings = course_settings(course())
    settings.Autograde.exclude_overwriting |= dict(config.Autograde.get("exclude_overwriting") or {})
    config.merge(settings)
    config.HTMLExporter.filters = {"markdown2html": markdown2html}
    for module in list(sys.modules.values()):
        if module.__name__.startswith("nbgrader.") and getattr(module, "Autograde", None) is Autograde:
            vars(module)["Autograde"] = SandboxedAutograde


class SaveScores(SaveAutoGrades):
    """nbgrader's own step, and a bonus that comes on top."""

    def _add_score(self, cell: nbformat.NotebookNode, resources: dict) -> None:
        super()._add_score(cell, resources)
        if STAMP in cell.metadata:
            name = cell.metadata.nbgrader.grade_id
            grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
            grade.auto_score = score(cell)
            self.gradebook.db.commit()


class SandboxedAutograde(Autograde):
    """nbgrader's autograde with this lab's submissions graded in the sandbox."""

    isolation = Enum(("auto", *LEVELS), "auto", help="how code is kept apart: as `grader run`").tag(config=True)
    jobs = Integer(os.cpu_count() or 1, min=1, help="how many submissions are graded at once").tag(config=True)
    seed = Integer(0, min=0, help="of the hidden inputs").tag(config=True)
    language = Enum(LANGUAGES, help="of messages and hints").tag(config=True)

    @default("language")
    def _language(self) -> str:
        return course().language

    def __init__(self, *args: object, **settings: object):
        try:
            super().__init__(*args, **settings)
        except TraitError as error:  # which nbgrader shows as a traceback
            print(f"nbgrader_config.py: {error}", file=sys.stderr)
            sys.exit(2)

    def start(self) -> None:
        with using(_labs.get(self.coursedir.assignment_id, here())):
            super().start()

    @property
    def _is_ours(self) -> bool:
        return self.coursedir.assignment_id in _labs

    @property
    def _results(self) -> Path:
        return Path(self.coursedir.root, "results", course().lab)

    def init_notebooks(self) -> None:
        """Every folder that was handed in is looked at, also one without a notebook."""
        if not self._is_ours:
            return super().init_notebooks()
        folders = glob.glob(
            self.coursedir.format_path(self.coursedir.submitted_directory, self.coursedir.student_id, course().lab)
        )
        if not folders:
            return super().init_notebooks()  # which says so
        name = f"{course().lab}.ipynb"
        self.assignments = {folder: [os.path.join(folder, name)] for folder in folders if os.path.isdir(folder)}

    def convert_notebooks(self) -> None:
        if self._is_ours:
            try:
                self._grade()
            except InputError as error:
                self.log.error(str(error))
                raise NbGraderException(str(error)) from None
        super().convert_notebooks()

    def _grade(self) -> None:
        """What `grader run` does, into results/ of the course's folder."""
        source = self.coursedir.format_path(self.coursedir.source_directory, ".", course().lab)
        self._empty = empty_notebook(Path(source, f"{course().lab}.ipynb"))
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            check_assignment(gradebook)
        entries = [Entry(self._student_of(folder), Path(folder)) for folder in sorted(self.assignments)]
        grade_entries(
            [entry for entry in entries if entry.student not in self.coursedir.student_id_exclude.split(",")],
            self._results,
            Settings(self.seed, self.language),
            jobs=self.jobs,
            isolation=self.isolation,
            fresh=self.force,
        )

    def _student_of(self, folder: str) -> str:
        pattern = self.coursedir.format_path(
            self.coursedir.submitted_directory, "(?P<student_id>.*)", "(?P<assignment_id>.*)", escape=True
        )
        found = re.match(pattern, folder)
        assert found is not None  # nbgrader lists folders by this very pattern
        return found["student_id"]

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Whether to go on: not where all is there already, of this very submission and by these checks."""
        if not self._is_ours:
            return super().init_destination(assignment_id, student_id)
        if student_id in self.coursedir.student_id_exclude.split(","):
            return False
        folder = Path(self._format_dest(assignment_id, student_id))
        result = read_result(student_id, self._results)
        if not self.force and _is_whole(folder, result) and self._has_scores(student_id):
            self.log.info("Skipping existing assignment: %s", folder)
            return False
        if folder.exists():
            shutil.rmtree(folder)
        return True

    def _has_scores(self, student_id: str) -> bool:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                submission = gradebook.find_submission_notebook(course().lab, course().lab, student_id)
            except MissingEntry:
                return False
            return all(grade.auto_score is not None for grade in submission.grades if grade.cell_type == "code")

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Student, submission and time go into the gradebook; code and report, beside the notebook."""
        if not self._is_ours:
            return super().init_assignment(assignment_id, student_id)
        source, folder = (
            Path(self._format_source(assignment_id, student_id)),
            Path(self._format_dest(assignment_id, student_id)),
        )
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            if self.create_student:
                gradebook.update_or_create_student(student_id)
            time = self.coursedir.get_existing_timestamp(str(source))
            known = {"timestamp": time} if time else {}
            submission = gradebook.update_or_create_submission(assignment_id, student_id, **known)
            if time and submission.total_seconds_late > 0:
                self.log.warning("%s is %s seconds late", submission, submission.total_seconds_late)
        for name, text in read_work(Entry(student_id, source), self.language).files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")
        folder.mkdir(parents=True, exist_ok=True)
        for kept in (self._results / student_id / "report.pdf", source / "timestamp.txt"):
            if kept.is_file() and not kept.is_symlink():
                shutil.copyfile(kept, folder / kept.name)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        if not self._is_ours:
            return super().convert_single_notebook(notebook_filename)
        resources = self.init_single_notebook_resources(notebook_filename)
        student = resources["nbgrader"]["student"]
        result = read_result(student, self._results)
        if result is None:
            raise NbGraderException(f"there is no result of {student}")
        kept = self._results / student / f"{course().lab}.ipynb"
        notebook, notes = marked_notebook(self._empty, kept.read_bytes() if kept.is_file() else None, result)
        for note in notes:
            self.log.warning("%s: %s", student, note)
        self.exporter._preprocessors = []
        for step in (OverwriteCells, SaveScores, AssignLatePenalties, CheckCellMetadata):
            self.exporter.register_preprocessor(step, enabled=True)
        output, resources = self.exporter.from_notebook_node(notebook, resources)
        self.write_single_notebook(output, resources)


def _is_whole(folder: Path, result: dict | None) -> bool:
    """Whether a marked notebook is there, and is of this result."""
    try:
        notebook = nbformat.read(folder / f"{course().lab}.ipynb", as_version=4)
    except Exception:  # none, or half of one
        return False
    return result is not None and notebook.metadata.get(STAMP) == stamp(result)
