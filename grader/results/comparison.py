"""`python -m grader diff OLD NEW`: whose marks move from one grading to another, by how much, and why."""

from collections.abc import Iterator
from pathlib import Path

from .stored import points_by_part, read_results

CAUSES = {
    "submission_sha256": "another submission",
    "checks_version": "other checks",
    "seed": "another seed",
    "isolation": "another isolation",
}


def differences(old: Path, new: Path) -> Iterator[str]:
    """A line for each student whose marks move, in some task at least, with the checks that moved below it; the sum at
    the end. Who keeps every mark is passed over, whatever the reasons have become.

    Raises:
        InputError: one of the two holds no result.
    """
    before, after = read_results(old), read_results(new)
    moved = 0
    for student in sorted(before.keys() | after.keys()):
        if student not in after or student not in before:
            yield f"{student}: only in {old if student in before else new}"
            continue
        a, b = before[student], after[student]
        if a["score"] != b["score"] or points_by_part(a) != points_by_part(b):
            moved += a["score"] != b["score"]
            causes = ", ".join(words for key, words in CAUSES.items() if a.get(key) != b.get(key)) or "the same grading"
            yield f"{student}: {_outcome(a)} → {_outcome(b)} ({b['score'] - a['score']:+g}; {causes})"
            yield from _moved_checks(a, b)
    yield f"{moved} of {len(before.keys() & after.keys())} marks move"


def _outcome(result: dict) -> str:
    return f"{result['score']:g}" + ("" if result["status"] == "graded" else f" {result['status']}")


def _moved_checks(a: dict, b: dict) -> Iterator[str]:
    before, after = ({check["id"]: check for check in result["checks"]} for result in (a, b))
    for name in before | after:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            check, word = old or new or {}, "gone" if new is None else "new"
            yield f"    {check['part']} {name}: {word}, {check['points']:g} of {check['max_points']:g}"
        elif old["points"] != new["points"]:
            why = new["message"] or old["message"]
            points = f"{old['points']:g} → {new['points']:g}"
            yield f"    {new['part']} {name}: {points}, {old['status']} → {new['status']}: {why}"
