"""The grader on a class of 200: time, memory, overhead, and marks that do not depend on the neighbours.

python benchmarks/grading.py [--students 200] [--nbgrader N]     writes benchmarks/grading.md
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import jupytext
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from examples import examples

from grader.intake.submission import complete
from grader.marking.grading import Settings, Work, grade
from grader.proof.variants import read_variants, solution
from grader.release import assignment as release
from grader.release.notebook import as_text, course_settings
from grader.sandbox.host import Host, choose_level

CLASS = 30
MENDED = {
    "grader/checks/messages.toml": ("Your matrix is h·w times too large", "Your matrix is too large, h·w times"),
    "grader/checks/test_1_3_synthesize.py": ("abs(length - counts[1]) <= 2", "abs(length - counts[1]) <= 3"),
}
"""What a teacher may change when a class has been graded: in a file, these words for those. A hint, and a judge."""


def kinds() -> dict[str, dict[str, str]]:
    """Submissions of all sorts, files by path: right, wrong, half-done, untouched, hostile."""
    made = dict(examples())
    variants = read_variants()
    for right in (True, False):
        some = [variant for variant in variants if (variant.check is None) == right]
        made |= {f"{variant.part} {variant.title}": variant.files() for variant in some[:: len(some) // 7]}
    cells = jupytext.reads((ROOT / "tests" / "attacks.py").read_text(encoding="utf-8"), "py:percent").cells
    attacks = [cell for cell in cells if "title" in cell.metadata]
    made |= {cell.metadata["title"]: solution() | {"textures/gram.py": cell.source} for cell in attacks[::2]}
    return made


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run(folder: Path, results: Path, jobs: int, repository: Path = ROOT) -> tuple[float, float]:
    """Grade a folder: seconds, and the most memory of the whole tree of processes, in MiB (shared pages once)."""
    command = [sys.executable, "-m", "grader", "run", folder, "--out", results, "-j", str(jobs)]
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=repository, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            total = 0
            try:
                for one in (psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)):
                    total += one.memory_full_info().pss
            except (psutil.Error, OSError):
                continue
            peak[0] = max(peak[0], total / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    done.set()
    watcher.join()
    return time.monotonic() - start, peak[0]


def results_in(folder: Path) -> dict[str, dict]:
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*/result.json")}


def class_of(students: int, jobs: int, folder: Path) -> list[str]:
    """Grade so many students, then each kind of submission alone; the lines of the report."""
    made = kinds()
    names = list(made)
    for i in range(students):
        write(folder / "in" / f"{i:03}", made[names[i % len(names)]])
    copy = folder / "repository"  # in which a teacher mends something, later
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "build", "__pycache__"))
    seconds, memory = run(folder / "in", folder / "out", jobs, copy)
    mended = []
    for name, (before, after) in MENDED.items():
        file = copy / name
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, (name, before)
        file.write_text(text.replace(before, after), encoding="utf-8")
        mended.append(run(folder / "in", folder / "out", jobs, copy)[0])
    found = results_in(folder / "out")
    few = folder / "few"
    for i in range(20):
        write(few / f"{i:03}", made[names[i % len(names)]])
    memory_of_few = run(few, folder / "few-out", jobs)[1]
    alone = {}
    for name, files in made.items():  # each with a host that has seen no other
        host = Host(choose_level("auto"))
        work = Work("x", "x", {name: text for name, text in files.items() if name.startswith("textures/")})
        alone[name] = grade(work, host, Settings(0, "en"))["score"]
        host.close()
    same = sum(found[f"{i:03}"]["score"] == alone[names[i % len(names)]] for i in range(students))
    times = statistics.median(r["seconds"] for r in found.values())
    overhead = [r["seconds"] - sum(check["seconds"] for check in r["checks"]) for r in found.values()]
    return [
        f"## {students} submissions of {len(names)} kinds, right, wrong, half-done, untouched and hostile, -j {jobs}",
        "",
        "| | |",
        "|---|---|",
        f"| rows | {len(found)} |",
        f"| scores equal to those of grading alone | {same} of {students} |",
        f"| submissions per minute | {60 * students / seconds:.1f} |",
        f"| seconds per submission in a worker, median | {times:.2f} |",
        f"| seconds for the class | {seconds:.0f} |",
        f"| the same once more, a hint mended | {mended[0]:.0f} |",
        f"| the same once more, a judge mended | {mended[1]:.0f} |",
        f"| beyond the checks themselves, median | {statistics.median(overhead):.2f} s |",
        f"| most memory of all processes, shared pages counted once | {memory:.0f} MiB |",
        f"| the same with 20 submissions | {memory_of_few:.0f} MiB |",
        "",
    ]


def beside_nbgrader(students: int, jobs: int, folder: Path) -> list[str]:
    """Right submissions through `nbgrader autograde` and through `grader run`, in turn; the lines of the report."""
    rows = []
    sandboxed = through_our_autograde(folder / "ours")
    for what, keep in (("the lab's notebook", lambda cell: True), ("its checks alone", is_check)):
        course = folder / what.replace(" ", "-")
        lab = course / "source" / "tp3"
        shutil.copytree(ROOT / "assignment", lab)
        for name in ("images", "models", "features"):
            shutil.copytree(ROOT / name, lab / name)
        notebook = release.build_notebook()
        notebook.cells = [cell for cell in notebook.cells if keep(cell)]
        (lab / "tp3.ipynb").write_text(as_text(notebook), encoding="utf-8")
        settings = course_settings(release.read_settings(ROOT / "solution" / "course.toml"))
        lines = [f"c.{name}.{key} = {value!r}" for name, some in settings.items() for key, value in some.items()]
        text = "\n".join(["c = get_config()", "c.CourseDirectory.course_id = 'textures'", *lines, ""])
        (course / "nbgrader_config.py").write_text(text, encoding="utf-8")
        nbgrader(course, "generate_assignment", "tp3")
        for i in range(students):
            submitted = course / "submitted" / f"s{i}" / "tp3"
            shutil.copytree(course / "release" / "tp3", submitted)
            write(submitted, solution())
        for i in range(CLASS):
            write(course / "in" / f"s{i}", complete({}) | solution())
        start = time.monotonic()
        nbgrader(course, "autograde", "tp3", "--create")
        theirs = (time.monotonic() - start) / students
        ours = run(course / "in", course / "out", jobs)[0] / CLASS
        cells = [what, *(f"{value:.1f}" for value in (theirs, sandboxed, theirs / sandboxed, ours, theirs / ours))]
        rows.append(f"| {' | '.join(cells)} |")
    return [
        "## Beside nbgrader autograde: seconds for a right submission",
        "",
        f"{students} submissions through nbgrader as it is, {CLASS} through its autograde with our sandbox, as many",
        "through `grader run`, start-up included. Ours runs all checks, hidden ones too; nbgrader the public ones.",
        "",
        f"| notebook | nbgrader autograde | the same, sandboxed | ratio | grader run -j {jobs} | ratio |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def through_our_autograde(folder: Path) -> float:
    """Seconds for a right submission, through `nbgrader autograde` in a course of `grader nbgrader init`."""
    course = folder / "course"
    subprocess.run([sys.executable, "-m", "grader", "nbgrader", "init", course], cwd=ROOT, check=True)
    nbgrader(course, "generate_assignment", "tp3")
    for i in range(CLASS):
        submitted = course / "submitted" / f"s{i}" / "tp3"
        write(submitted, solution())
        shutil.copy(course / "release" / "tp3" / "tp3.ipynb", submitted)
    start = time.monotonic()
    nbgrader(course, "autograde", "tp3")
    return (time.monotonic() - start) / CLASS


def is_check(cell: dict) -> bool:
    about = cell.metadata.get("nbgrader", {})
    return "import" in cell.source or (about.get("grade", False) and cell.cell_type == "code")


def nbgrader(course: Path, *words: str) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "MPLBACKEND": "agg"}
    subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=course, env=environment, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--nbgrader", metavar="N", type=int, default=4, help="how many go through nbgrader too; 4")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = class_of(args.students, args.jobs, Path(folder, "class")) if args.students else []
        lines += beside_nbgrader(args.nbgrader, args.jobs, Path(folder, "nbgrader")) if args.nbgrader else []
    title = f"# Grading on {os.cpu_count()} cores"
    Path(__file__).with_suffix(".md").write_text("\n".join([title, "", *lines]), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
