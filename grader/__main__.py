"""The command line of staff: python -m grader release, run, check, …"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from judging.course import course
from judging.messages import LANGUAGES
from workbench.errors import InputError
from workbench.files import NO_ROOM, whole_file

from .intake.platforms import PLATFORMS
from .places import typed, variants_folder
from .results.tables import STYLES
from .sandbox import LEVELS


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see --help")


def main(words: Sequence[str]) -> int:
    """Do what the command says; its exit code. A mistake of the user's is one line, and 2."""
    try:
        return _main(list(words))
    except InputError as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a place that cannot be written
        if error.filename is None and error.errno not in NO_ROOM:
            raise
        where = "" if error.filename is None else f"{error.filename}: "
        print(f"grader: {where}{error.strerror}; make room, or choose another place", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("grader: interrupted; what is ready is written, and the same command goes on from there", file=sys.stderr)
        return 130


def _main(typed: list[str]) -> int:
    if typed[:1] == ["--lab"]:  # before all else, for all else depends on it
        if len(typed) < 2 or not (Path(typed[1]) / "solution" / "course.toml").is_file():
            raise InputError("--lab is a folder with solution/course.toml in it")
        os.environ["GRADER_LAB"] = str(Path(typed[1]).resolve())
        del typed[:2]
    try:
        language = course().language
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"solution/course.toml is not right: {error}") from None
    parser = Parser(prog="python -m grader", description="Makes the assignment, and marks what comes back.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    release = commands.add_parser("release", help="write assignment/ from solution/, grader/checks and the handout")
    release.add_argument("--check", action="store_true", help="write nothing; exit 1 if assignment/ is out of date")
    release.add_argument("--zip", metavar="DIR", type=Path, help="also write the students' archive there")
    words = "grade the solution first, as students are; nothing is written unless it has every point"
    release.add_argument("--prove", action="store_true", help=words)
    release.set_defaults(run=_release)
    run = commands.add_parser("run", help="grade a folder of submissions in a sandbox")
    words = "the folder: a folder, .zip or .tar.gz for each student; or the archive that a platform makes of a class"
    run.add_argument("submissions", type=Path, help=words)
    run.add_argument("--out", metavar="RESULTS", type=Path, required=True, help="where results go, and stay")
    run.add_argument("--fresh", action="store_true", help="grade all again, not only what changed")
    run.add_argument("--executor", metavar="dask://HOST:PORT", default="", help="on a dask.distributed cluster")
    run.add_argument("--only", metavar="STUDENT", nargs="+", default=(), help="grade these again, nobody else")
    words = "columns found (the name of a folder or file) and student: whose is what a name does not tell"
    run.add_argument("--aliases", metavar="CSV", type=Path, help=words)
    run.set_defaults(run=_run)
    check = commands.add_parser("check", help="grade one submission, and print its points")
    check.add_argument("path", type=Path, help="a folder, .zip or .tar.gz")
    check.set_defaults(run=_check)
    marks = commands.add_parser("marks", help="an empty table for the marks given by hand, with all names: marks.csv")
    marks.add_argument("results", type=Path, metavar="RESULTS", help="of grader run")
    marks.add_argument("--out", type=Path, metavar="CSV", help="a new file; RESULTS/marks.csv")
    marks.add_argument("--markers", nargs="+", default=(), metavar="NAME", help="a table for each: marks-NAME.csv")
    marks.add_argument("--by", choices=("students", "questions"), default="students", help="how they share the work")
    marks.set_defaults(run=_marks)
    diff = commands.add_parser("diff", help="whose marks move between two gradings, by how much and why")
    diff.add_argument("old", type=Path, help="a folder of results")
    diff.add_argument("new", type=Path, help="another one")
    diff.set_defaults(run=_diff)
    total = commands.add_parser("total", help="add the marks given by hand for the written answers: totals.csv")
    total.add_argument("results", type=Path, metavar="RESULTS", help="of grader run")
    words = "columns student, R1 … R10, comment; of several markers one each"
    total.add_argument("marks", type=Path, metavar="MARKS.csv", nargs="+", help=words)
    total.set_defaults(run=_total)
    nbgrader = commands.add_parser("nbgrader", help="a course for nbgrader: init, push")
    steps = nbgrader.add_subparsers(required=True, metavar="STEP", parser_class=Parser)
    init = steps.add_parser("init", help="make a course folder whose `nbgrader autograde` uses the sandbox")
    init.add_argument("course", type=Path, metavar="COURSE", help="a new folder, or one that init has made")
    init.add_argument("--students", type=Path, metavar="CSV", help="columns id, first_name, last_name, email")
    init.set_defaults(run=_init)
    push = steps.add_parser("push", help="put results of grader run into the gradebook of a course")
    push.add_argument("results", type=Path, metavar="RESULTS", help="of grader run")
    push.add_argument("course", type=Path, metavar="COURSE", help="the course's folder")
    push.set_defaults(run=_push)
    for command in (run, total, marks):
        words = "how tables are written: fr with ; and decimal commas, en with , and points; as the course's language"
        command.add_argument("--csv", choices=STYLES, help=words)
    for platform in PLATFORMS:
        words = "marks and feedback files" if platform.feedback else "marks"
        export = commands.add_parser(platform.title.lower(), help=f"{words} for {platform.title}")
        export.add_argument("results", type=Path, metavar="RESULTS", help="of grader run")
        export.add_argument("--roster", type=Path, required=True, metavar="CSV", help=platform.how)
        _add_marks(export)
        export.add_argument("--out", type=Path, metavar="DIR", help=f"where they go; RESULTS/{platform.title.lower()}")
        export.add_argument("--skip-unknown", action="store_true", help="leave out who is not in the table")
        if platform.item:
            export.add_argument("--item", default="", metavar="NAME", help="whose grades; the lab's name")
        export.set_defaults(run=_export, platform=platform, item="")
    mail = commands.add_parser("mail", help="a message for each student, with page and mark, to be sent by yourself")
    mail.add_argument("results", type=Path, metavar="RESULTS", help="of grader run")
    words = "columns student and email, or Moodle's worksheet"
    mail.add_argument("--addresses", type=Path, required=True, metavar="CSV", help=words)
    _add_marks(mail)
    mail.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the messages go, STUDENT.eml")
    mail.add_argument("--skip-unknown", action="store_true", help="leave out who has no address")
    mail.set_defaults(run=_mail)
    gradescope = commands.add_parser("gradescope", help="an autograder archive for Gradescope")
    gradescope.add_argument("--out", type=Path, default=Path("autograder.zip"), metavar="FILE.zip")
    gradescope.set_defaults(run=_gradescope)
    selfcheck = commands.add_parser("selfcheck", help="check the checks: wrong code must fail them, right code pass")
    selfcheck.add_argument("--whole", action="store_true", help="every variant through all tasks, not only its own")
    selfcheck.add_argument("--parts", metavar="TASK", nargs="+", default=(), help="variants of these tasks only: 1.1 …")
    selfcheck.add_argument("--seeds", metavar="N", type=int, default=0, help="also compare the marks of N seeds")
    selfcheck.add_argument("--mutants", action="store_true", help="also mutate the solution line by line (an hour)")
    selfcheck.add_argument("--prices", metavar="FILE", type=Path, help="write what each mistake costs, as Markdown")
    selfcheck.set_defaults(run=_selfcheck)
    for command in (run, selfcheck):
        command.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    for command in (release, run, check, selfcheck):
        command.add_argument("--isolation", choices=("auto", *LEVELS), default="auto", help="auto: the strongest")
    for command in (run, check):
        command.add_argument("--seed", type=int, default=0, help="of the hidden inputs; 0")
        command.add_argument("--lang", choices=LANGUAGES, default=language, help="of messages and hints")
    args = parser.parse_args(typed)
    return args.run(args)


def _add_marks(command: argparse.ArgumentParser) -> None:
    words = "marks given by hand, as `total` takes them"
    command.add_argument("--marks", type=Path, nargs="+", default=(), metavar="CSV", help=words)


def _run(args: argparse.Namespace) -> int:
    from .intake.entries import read_aliases
    from .marking import grading as marking
    from .release.current import check_current

    if args.jobs < 1:
        raise InputError(f"-j must be at least 1, got {args.jobs}")
    if args.executor and not args.executor.removeprefix("dask://").partition(":")[2].isdecimal():
        raise InputError(f"--executor is dask://HOST:PORT, got {args.executor}")
    check_current()
    tally, count, remarks = marking.run(
        args.submissions,
        args.out,
        marking.Settings(args.seed, args.lang),
        jobs=args.jobs,
        isolation=args.isolation,
        fresh=args.fresh,
        cluster=args.executor.removeprefix("dask://"),
        only=args.only,
        aliases=read_aliases(args.aliases) if args.aliases else None,
        style=args.csv,
    )
    for remark in remarks:
        print(remark)
    graded = tally.submissions
    print(f"graded {graded} of {count}; the others have not changed" if graded < count else f"graded {count}")
    if tally.known:
        print(f"{tally.ran} checks ran, {tally.known} verdicts stood from before")
    print(f"wrote {args.out / 'grades.csv'}, {args.out / 'class.html'}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from .intake.entries import DOCUMENTS, Entry
    from .intake.unpacking import FOREIGN, SUFFIXES
    from .marking import grading as marking
    from .sandbox.host import Host, choose_level

    if not args.path.exists():
        raise InputError(f"there is no {args.path}: give a folder, .zip or .tar.gz")
    if not args.path.is_dir() and not args.path.name.lower().endswith((*SUFFIXES, *FOREIGN, *DOCUMENTS)):
        raise InputError(f"{args.path} is neither a folder nor a .zip or .tar.gz")
    level, settings = choose_level(args.isolation), marking.Settings(args.seed, args.lang)
    work = marking.read_work(Entry(args.path.name, args.path), args.lang)
    if work.status == "graded":
        host = Host(level)
        try:
            result = marking.grade(work, host, settings)
        finally:
            host.close()
    else:
        result = marking.without_code(work, settings, level)
    for check in result["checks"]:
        if check["status"] != "passed":
            print(f"{check['part']:6} {check['id']}: {check['message']}")
            print(f"       {check['hint']}\n" if check["hint"] else "")
    for line in filter(None, (result["reason"], *result["notes"])):
        print(line)
    bonus = f" (and {course().bonus:g} of a bonus)" if course().bonus else ""
    print(f"{result['status']}, isolation {level}: {result['score']:g} of {result['max_score']:g} points{bonus}")
    return 0


def _diff(args: argparse.Namespace) -> int:
    from .results.comparison import differences

    for line in differences(args.old, args.new):
        print(line)
    return 0


def _total(args: argparse.Namespace) -> int:
    from .results.written import write_totals

    path, remarks = write_totals(args.results, args.marks, args.csv)
    for remark in remarks:
        print(remark)
    print(f"wrote {path}")
    return 0


def _marks(args: argparse.Namespace) -> int:
    from .results.written import write_empty_marks

    out = args.out or args.results / "marks.csv"
    written = write_empty_marks(args.results, out, args.csv, markers=args.markers, by=args.by)
    print(f"wrote {', '.join(map(str, written))}")
    return 0


def _export(args: argparse.Namespace) -> int:
    from .exports.platform_tables import export

    out = args.out or args.results / args.platform.title.lower()
    written, remarks = export(
        args.platform, args.results, args.roster, out, args.marks, item=args.item, skip_unknown=args.skip_unknown
    )
    for remark in remarks:
        print(remark)
    print(f"wrote {', '.join(map(str, written))}")
    return 0


def _mail(args: argparse.Namespace) -> int:
    from .exports.mail import write_mails

    count, remarks = write_mails(args.results, args.addresses, args.out, args.marks, skip_unknown=args.skip_unknown)
    for remark in remarks:
        print(remark)
    print(f"wrote {count} messages into {args.out}: open them in a mail program, which sends them")
    return 0


def _gradescope(args: argparse.Namespace) -> int:
    from .exports.gradescope import write_autograder

    print(f"wrote {write_autograder(args.out)}")
    return 0


def _init(args: argparse.Namespace) -> int:
    from .exports.course_folder import init

    for line in init(args.course, args.students):
        print(line)
    print(f"next: cd {args.course}; nbgrader generate_assignment {course().lab}")
    return 0


def _push(args: argparse.Namespace) -> int:
    from .exports.gradebook import push

    changed, remarks = push(args.results, args.course)
    for remark in remarks:
        print(remark)
    print(f"{changed} submissions changed in the gradebook of {args.course}")
    return 0


def _selfcheck(args: argparse.Namespace) -> int:
    from .proof import selfcheck

    if unknown := set(args.parts).difference(course().tasks):
        raise InputError(f"--parts: there is no task {min(unknown)}; there are {', '.join(course().tasks)}")
    found = list(selfcheck.findings(args.parts, jobs=args.jobs, isolation=args.isolation, whole=args.whole))
    print(selfcheck.table(found))
    if args.prices:
        with whole_file(args.prices) as temporary:
            temporary.write_text(selfcheck.prices(found), encoding="utf-8", newline="\n")
    bad = [] if found else [f"no variants in {variants_folder()}: nothing was proved of the checks"]
    bad += [f"{f.variant.part} {f.variant.title}: {complaint}" for f in found for complaint in f.complaints]
    if args.seeds:
        counts = selfcheck.scores_by_seed(args.seeds, jobs=args.jobs, isolation=args.isolation)
        print("scores of the solution and of a mistaken submission, over the seeds:", dict(counts))
        bad += ["marks change with the seed"] if len(counts) > 1 else []
    if args.mutants:
        from .proof import mutants

        report = mutants.survey(jobs=args.jobs, isolation=args.isolation)
        print(report.text())
        bad += [f"mutant without an explanation: {mutant}" for mutant in report.unexplained]
    for line in bad:
        print(line)
    print("every wrong idea is caught with its hint, every right one accepted" if not bad else f"{len(bad)} complaints")
    return 1 if bad else 0


def _release(args: argparse.Namespace) -> int:
    from .release import assignment as release

    if args.check:
        differences = release.differences()
        for line in differences:
            print(line)
        print("assignment/ is " + (f"out of date: run `{typed('release')}`" if differences else "up to date"))
        return 1 if differences else 0

    def prove() -> None:
        from .proof.full_marks import prove

        if wrong := prove(args.isolation):
            for line in wrong:
                print(line)
            raise InputError(f"the solution has not full marks: {len(wrong)} checks; nothing is written")
        print("the solution has every point")

    print(f"wrote {release.write(check=prove) if args.prove else release.write()}")
    if args.zip is not None:
        print(f"wrote {release.write_archive(args.zip)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
