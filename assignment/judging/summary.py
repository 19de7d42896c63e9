"""The page of points that ends a run of the checks: what counts, what is wrong, what to do next."""

import math
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from .course import course, marker
from .messages import decimal, plain, say


@dataclass(frozen=True)
class Result:
    """The verdict on one check, as result.json holds it."""

    id: str
    part: str
    points: float
    max_points: float
    status: str
    """passed, failed, error, timeout or skipped; unjudged where the check itself is broken."""
    message: str
    """What was found; empty when passed."""
    hint: str
    """Where to look, if the mistake is a known one."""
    hint_id: str | None
    hidden: bool
    seconds: float
    sentence: str
    """What the check looks at."""
    message_id: str = ""
    """Its name in messages.toml, and what is filled in: the words may change, and the verdict stand."""
    values: dict[str, object] = field(default_factory=dict)


def worded(result: Result, sentence: Mapping[str, str], language: str) -> Result:
    """The result in words.

    Raises:
        LookupError, ValueError: messages.toml has no such message or hint, or fills in what the result does not know.
    """
    values = {name: _restored(value) for name, value in result.values.items()}
    return replace(
        result,
        message=say("message", result.message_id, language, **values) if result.message_id else "",
        hint=say("hint", result.hint_id, language) if result.hint_id else "",
        sentence=sentence[language],
    )


def kept(values: Mapping[str, object]) -> dict[str, object]:
    """What is filled into a message, as JSON can hold it."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if not isinstance(value, (int, float)):
            found[name] = plain(str(value))
        elif math.isfinite(value):
            found[name] = value
        else:
            found[name] = {"float": str(value)}
    return found


def _restored(value: object) -> object:
    return float(value["float"]) if isinstance(value, dict) else value


SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "timeout": "✗", "skipped": "·", "unjudged": "?"}
PLAIN_SIGNS = {"✓": "+", "✗": "x", "·": "-", "█": "#", "░": ".", "→": "->", "–": "-", "’": "'"}
COLORS = {
    "passed": "green",
    "failed": "red",
    "error": "red",
    "timeout": "red",
    "skipped": "yellow",
    "unjudged": "yellow",
}


def verdict_letter(result: Result) -> str:
    """One character for the line of progress."""
    return {"passed": ".", "skipped": "-", "unjudged": "?"}.get(result.status, "x")


def print_summary(
    terminal: pytest.TerminalReporter, results: list[Result], language: str, whole_task: bool = False
) -> None:
    """Per task the points and what is not right yet; then the total, and what to look at next.

    With `whole_task` points are out of the task's own, as its notebook cell and nbgrader count them.
    """
    if whole_task:
        results = [_scaled(result, results) for result in results]
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)

    def write(text: str, indent: int = 0, **markup: bool) -> None:
        for line in textwrap.wrap(text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2)):
            terminal.write_line(encodable(line, terminal), **markup)

    terminal.write_line("")
    write(say("page", "title", language), bold=True)
    first_open = None
    for part, task in course().tasks.items():
        own = [result for result in results if result.part == part]
        if not own:
            continue
        got, most = (sum(getattr(result, name) for result in own) for name in ("points", "max_points"))
        if got < most and first_open is None:
            first_open = part
        full = round(10 * got / most) if most else 10
        names = textwrap.shorten(", ".join(task.names), 36, placeholder=" …")
        label = f"{part:6} {names:37} {'█' * full}{'░' * (10 - full)}"
        label += f" {decimal(got, language, '4g')} / {decimal(most, language)}"
        waiting = {result.message for result in own if result.status == "skipped"}
        if len(waiting) == 1 and all(result.status == "skipped" for result in own):
            write(f"{label:66} {waiting.pop()}")
            continue
        write(label, bold=True, green=got == most)
        told, repeated = set(), 0
        for result in own:
            if result.status == "passed":
                continue
            place = (result.values.get("kind"), result.values.get("place") or result.message)
            if result.status != "failed" and place in told:  # one cause, such as an error of syntax
                repeated += 1
                continue
            write(f"{SIGNS[result.status]} {result.sentence}", 7, **{COLORS[result.status]: True})
            write(result.message, 9)
            if result.hint and result.hint not in told:
                write(f"→ {say('page', 'hint', language)}: {result.hint}", 9, bold=True)
            told |= {place, result.hint}
        if repeated:
            write(say("page", "same_again", language, count=repeated), 7)
    if whole_task:  # a cell is about one task, and the next one stands below
        return
    terminal.write_line("")
    write(public_points([vars(result) for result in results], language), bold=True)
    others = [part for part in course().tasks if not any(result.part == part for result in results)]
    if first_open is None and not others:
        write(say("page", "done", language), green=True)
        return
    if first_open is None:
        write(say("page", "done_these", language), green=True)
        first_open = next((part for part in others if _is_stub(part)), None)
        if first_open is None:
            write(say("page", "run_all", language, parts=", ".join(others)))
            return
    task = course().tasks[first_open]
    own = [result for result in results if result.part == first_open]
    fresh = all(result.status == "skipped" for result in own)
    words = {"part": first_open, "file": task.file, "names": ", ".join(task.names)}
    write(say("page", "start" if fresh else "next", language, **words))
    write(f"pytest -m {marker(first_open)}", 4)  # in one piece, to be copied


def public_points(results: list[dict], language: str) -> str:
    """The sum in words; a bonus comes on top, so that all the rest is a full mark."""
    sums = {bonus: [0.0, 0.0] for bonus in (False, True)}
    for result in results:
        own = sums[course().tasks[result["part"]].bonus]
        own[0] += result["points"]
        own[1] += result["max_points"]
    names = {False: "total", True: "total_bonus" if sums[False][1] else "bonus_alone"}
    told = [
        say("page", names[bonus], language, points=decimal(got, language), most=decimal(most, language))
        for bonus, (got, most) in sums.items()
        if most
    ]
    return ", ".join(told)


def _scaled(result: Result, results: list[Result]) -> Result:
    """The result with points such that those of its task add up to the task's."""
    task = course().tasks[result.part]
    factor = task.points / sum(other.max_points for other in results if other.part == result.part)
    return replace(result, points=result.points * factor, max_points=result.max_points * factor)


def _is_stub(part: str) -> bool:
    """Whether a place of the task is not filled in yet."""
    path = Path(__file__).resolve().parents[1] / course().tasks[part].file
    return path.is_file() and f'NotImplementedError("TODO {part}:' in path.read_text(encoding="utf-8", errors="replace")


def encodable(line: str, terminal: pytest.TerminalReporter) -> str:
    """The line with signs that the terminal can show."""
    encoding = getattr(terminal._tw._file, "encoding", None) or "utf-8"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        line = "".join(PLAIN_SIGNS.get(sign, sign) for sign in line)
        line = line.encode(encoding, "replace").decode(encoding)
    return line
