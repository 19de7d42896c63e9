"""`python -m grader gradescope`: an autograder for Gradescope, and what runs in it.

Layout and results are those of https://gradescope-autograders.readthedocs.io: the archive is unpacked into
/autograder/source, setup.sh runs once, run_autograder for each submission.
"""

import json
import sys
import zipfile
from pathlib import Path

from judging.course import course
from judging.lab import here
from judging.messages import say
from workbench.errors import InputError
from workbench.files import whole_file

from ..intake.entries import Entry
from ..marking.grading import Settings, grade, read_work
from ..places import IGNORED, ROOT, SHARED
from ..sandbox.host import Host, choose_level

ENGINE = ("grader", *SHARED, "constraints.txt", "pyproject.toml", "README.md", "LICENSE")
LAB = ("solution", "assignment", "checks", "variants", "expected")
SEED = 20161

ISOLATION = {
    "namespace": "The code ran in namespaces of its own: no network, no files but its own.",
    "own user": "The container allows no namespaces: the code ran as a user of its own, who cannot read the checks or "
    "write results, but with the container's network.",
    "process": "The container allows no namespaces: memory and time were capped, but the code could read and write "
    "what the grader can. Look at surprising scores.",
}


def write_autograder(path: Path) -> Path:
    """The archive for Gradescope's "Configure autograder" page."""
    container = ROOT / "grader" / "exports" / "container"
    members = {name: container / name for name in ("setup.sh", "run_autograder")}
    for above, names in ((ROOT, ENGINE), (here(), (*LAB, *course().folders))):
        inside = "" if above == ROOT else "lab/"
        for place in (above / name for name in names):
            for found in [place] if place.is_file() else sorted(place.rglob("*")):
                if found.is_file() and not IGNORED.intersection(found.relative_to(above).parts):
                    members[inside + found.relative_to(above).as_posix()] = found
    with whole_file(path, [".zip"]) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, found in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if found.parent.name == "container" else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, found.read_bytes())
    return path


def results_of(submission: Path) -> dict:
    """results.json of a submission: a test for each check; hidden ones are shown once marks are published."""
    try:
        level = choose_level("auto")
    except InputError:
        level = "process"
    work = read_work(Entry("submission", submission), course().language)
    host = Host(level)
    try:
        result = grade(work, host, Settings(SEED, course().language))
        kept = "own user" if level == "process" and host.user else level
    finally:
        host.close()
    language = result["language"]
    tests, told = [], set()
    for check in result["checks"]:
        words = [check["message"]] if check["message"] else []
        if check["hint"] and (check["part"], check["hint"]) not in told:
            told.add((check["part"], check["hint"]))
            words.append(f"{say('page', 'hint', language)}: {check['hint']}")
        tests.append(
            {
                "name": f"{check['part']} {check['sentence']}",
                "score": check["points"],
                "max_score": check["max_points"],
                "status": "passed" if check["status"] == "passed" else "failed",
                "output": "\n".join(words),
                "output_format": "text",  # what students wrote is never markup
                "visibility": "after_published" if check["hidden"] else "visible",
            }
        )
    lines = [result["reason"], *result["notes"], ISOLATION[kept]]
    return {
        "score": result["score"],
        "output": "\n".join(line for line in lines if line),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": round(result["seconds"]),
        "tests": tests,
        "extra_data": {key: result[key] for key in ("status", "isolation", "submission_sha256", "checks_version")},
    }


if __name__ == "__main__":
    found = results_of(Path(sys.argv[1]))
    with whole_file(sys.argv[2]) as temporary:
        temporary.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
