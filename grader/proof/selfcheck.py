"""`python -m grader selfcheck`: the checks are checked, on wrong code that students write and on right code.

Every misconception must fail its check with its hint and cost its own task only; right code must have every point.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial

from tqdm import tqdm

from judging.course import course
from judging.messages import catalogue
from judging.summary import Result

from ..marking.examiner import examine
from ..marking.workers import each
from ..sandbox.host import Host, choose_level
from .variants import Variant, read_variants, solution


@dataclass(frozen=True)
class Finding:
    """What the checks said of a variant, and what is wrong with that."""

    variant: Variant
    caught_in_public: bool
    """One of the checks that students have fails."""
    complaints: tuple[str, ...]
    """Empty: all as it should be."""
    lost: float = 0
    """Points of its task."""
    failed: tuple[str, ...] = ()
    """The checks of its task that it fails."""
    told: tuple[str, ...] = ()
    """The hints that it gets."""


def judge_variant(variant: Variant, host: Host, *, seed: int, whole: bool) -> Finding:
    """Run the checks on a variant: all of them, or only those of its file."""
    tasks = course().tasks
    parts = [part for part, task in tasks.items() if whole or task.file == variant.file]
    return compare(variant, examine(variant.files(), host, seed=seed, language="en", parts=parts).checks)


def compare(variant: Variant, results: list[Result]) -> Finding:
    """What was found, against what should be."""
    lost = [result for result in results if result.status != "passed"]
    own = [result for result in lost if result.part == variant.part]
    complaints = [f"costs {result.id} of task {result.part}: {result.message}" for result in lost if result not in own]
    complaints += [f"{result.id} is broken: {result.message}" for result in results if result.status == "unjudged"]
    if not results:
        complaints.append("the checks did not run")
    if variant.check is None:
        complaints += [f"right, but fails {result.id}: {result.message}" for result in own]
    else:
        intended = [result for result in own if result.id == variant.check]
        if not intended:
            found = ", ".join(f"{result.id} ({result.hint_id})" for result in own) or "nothing"
            complaints.append(f"{variant.check} does not fail; what fails is {found}")
        elif variant.hints and not (variant.hints & {result.hint_id for result in own}):
            found = ", ".join(f"{result.id}: {result.hint_id or result.message}" for result in own)
            complaints.append(f"no check gives the hint {variant.hint}; there are {found}")
        meant = variant.hints | general_hints()
        complaints += [
            f"{result.id} tells what is not true of it, {result.hint_id}; meant is {variant.hint}"
            for result in own
            if result.hint_id and result.hint_id not in meant
        ]
        complaints += _dear_or_cheap(variant, results)
    public = any(not result.hidden for result in own)
    price = sum(result.max_points - result.points for result in own)
    told = tuple(dict.fromkeys(result.hint_id for result in own if result.hint_id))
    return Finding(variant, public, tuple(complaints), price, tuple(result.id for result in own), told)


def general_hints() -> set[str]:
    """Hints of where to look, where no known mistake was made: true of whatever fails there."""
    return set(catalogue().get("general", {}).get("hints", ()))


def _dear_or_cheap(variant: Variant, results: list[Result]) -> list[str]:
    """A complaint, if a mistake whose price is fixed costs another one."""
    own = [result for result in results if result.part == variant.part]
    whole = sum(result.max_points for result in own)
    lost = whole - sum(result.points for result in own)
    least, most = {"slip": (0, whole / 3), "idea": (whole / 2, whole), "lazy": (whole, whole)}.get(
        variant.kind or "", (0, whole)
    )
    return [] if least <= lost <= most else [f"a {variant.kind}, and costs {lost:g} of {whole:g}"]


def findings(
    parts: Collection[str] = (), *, jobs: int, isolation: str, seed: int = 0, whole: bool = False, every: int = 1
) -> Iterator[Finding]:
    """All variants (of some tasks), or one of `every` so many, with a bar, in the order in which they finish."""
    variants = [variant for variant in read_variants() if not parts or variant.part in parts][::every]
    judged = each(
        partial(judge_variant, seed=seed, whole=whole), variants, isolation=choose_level(isolation), jobs=jobs
    )
    yield from tqdm(judged, total=len(variants), desc="selfcheck", unit="variant")


def scores(seed: int, host: Host) -> tuple[float, ...]:
    """The points of the solution, and of a submission with a mistake in every file, with hidden inputs of that seed."""
    mistakes: dict[str, str] = {}
    for variant in read_variants():
        if variant.check is not None:
            mistakes.setdefault(variant.file, variant.files()[variant.file])
    submissions = (solution(), solution() | mistakes)
    return tuple(
        sum(result.points for result in examine(files, host, seed=seed, language="en").checks) for files in submissions
    )


def scores_by_seed(count: int, *, jobs: int, isolation: str) -> Counter[tuple[float, ...]]:
    """How often each of these pairs of scores comes out, over so many seeds: one pair, if marks are steady."""
    found = each(scores, range(count), isolation=choose_level(isolation), jobs=jobs)
    return Counter(tqdm(found, total=count, desc="seeds", unit="seed"))


def table(found: list[Finding]) -> str:
    """The matrix: by task, what was caught and what was accepted."""
    rows: list[tuple[object, ...]] = [
        ("task", "misconceptions", "caught, with hint", "by public checks", "right variants", "full marks")
    ]
    for part in course().tasks:
        own = [finding for finding in found if finding.variant.part == part]
        rows.append((part, *_counts(own)))
    rows.append(("all", *_counts(found)))
    return "\n".join(f"{row[0]:6}" + "".join(f"{cell:>19}" for cell in row[1:]) for row in rows)


def _counts(found: list[Finding]) -> tuple[int, ...]:
    wrong = [finding for finding in found if finding.variant.check is not None]
    right = [finding for finding in found if finding.variant.check is None]
    good = [sum(not finding.complaints for finding in some) for some in (wrong, right)]
    return len(wrong), good[0], sum(finding.caught_in_public for finding in wrong), len(right), good[1]


def prices(found: list[Finding]) -> str:
    """What each mistake costs, where, and what is said of it: a page in Markdown."""
    wrong = [finding for finding in found if finding.variant.check is not None]
    hinted = sum(bool(finding.told) for finding in wrong)
    public = sum(finding.caught_in_public for finding in wrong)
    lines = [
        "# What mistakes cost",
        "",
        f"{len(wrong)} wrong ways to write a task and {len(found) - len(wrong)} right ones. "
        f"The public checks alone catch {public} ({public / max(len(wrong), 1):.0%}); {hinted} get a hint "
        f"({hinted / max(len(wrong), 1):.0%}). A slip costs a third of its task at most, a missing idea half of it or "
        "more, no work all of it.",
    ]
    for part, task in course().tasks.items():
        own = sorted((one for one in found if one.variant.part == part), key=lambda one: (-one.lost, one.variant.title))
        if not own:
            continue
        lines += ["", f"## {part}: {', '.join(task.names)}, {task.points:g} points", ""]
        lines += ["| what is written | kind | costs | fails | hints |", "|---|---|---|---|---|"]
        for one in own:
            kind = "right" if one.variant.check is None else one.variant.kind or ""
            cells = (one.variant.title, kind, f"{one.lost:g}", ", ".join(one.failed), ", ".join(one.told))
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
