"""The pages that people read: a student's feedback, and the class for staff. Single files that open offline."""

from collections import Counter
from statistics import mean, median

from judging.course import course
from judging.messages import decimal, say

from ..results.stored import lateness, points_by_part, total
from .similarity import Alike
from .template import page

WORDS = ("hint", "hidden", "feedback", "handed_down", "loss_curve", "bonus")


def feedback_page(result: dict) -> str:
    """A student's page: points by task, what was found, and hints. Hidden checks are named, not shown."""
    language, points = result["language"], points_by_part(result)
    tasks = []
    for part, task in course().tasks.items():
        checks = [check for check in result["checks"] if check["part"] == part]
        told: set[str] = set()  # a hint is given once per task
        for i, check in enumerate(checks):
            checks[i] = check | {"hint": "" if check["hint"] in told else check["hint"]}
            told.add(check["hint"])
        tasks.append(
            {
                "part": part,
                "names": ", ".join(task.names),
                "points": points[part],
                "max_points": task.points,
                "share": round(100 * points[part] / task.points) if task.points else 100,
                "checks": checks,
                "handed": task.needs,
                "pictures": pictures_of(result, part),
            }
        )
    words = {name: say("page", name, language) for name in (*WORDS, *(f"picture_{one}" for one in result["pictures"]))}
    late = lateness(result)
    told_late = say("page", "late", language, late=late.words(language), points=decimal(late.penalty, language))
    return page(
        "feedback.html",
        language,
        result=result,
        tasks=tasks,
        words=words,
        own=sum(value for part, value in points.items() if not course().tasks[part].bonus),
        bonus=sum(value for part, value in points.items() if course().tasks[part].bonus),
        scope=scope(language),
        late=told_late if late.minutes else "",
        team=team(result, language),
    )


def pictures_of(result: dict, part: str) -> dict[str, dict]:
    """The pictures of a result that a task's checks have shown, by name."""
    own = {check["id"] for check in result["checks"] if check["part"] == part}
    return {name: picture for name, picture in result["pictures"].items() if picture.get("check") in own}


def team(result: dict, language: str) -> str:
    """With whom somebody handed in; "" alone."""
    others = [other for other in result.get("team", ()) if other != result["student"]]
    return say("page", "team", language, names=", ".join(others)) if others else ""


def scope(language: str) -> str:
    """Which of the lab's points the checks give: nobody who has them all must think that some are missing."""
    questions, numbers = list(course().questions), {}
    for name in ("points", "whole", "written", "bonus"):
        numbers[name] = decimal(getattr(course(), name), language)
    lines = [say("page", "scope", language, **numbers)]
    if questions:
        lines.append(say("page", "scope_written", language, first=questions[0], last=questions[-1], **numbers))
    if course().bonus:
        lines.append(say("page", "scope_bonus", language, **numbers))
    return " ".join(lines)


def language_of(results: list[dict]) -> str:
    """In which most results are worded."""
    spoken = Counter(result["language"] for result in results)
    return max(sorted(spoken), key=lambda one: spoken[one], default=course().language)


def class_page(results: list[dict], alike: Alike | None = None) -> str:
    """The staff's page: distribution, pass rates, common misconceptions, who failed or was slow, all marks.

    It speaks the language in which hints were given: the course's, unless the class was graded in another.
    """
    language = language_of(results)
    graded = [result for result in results if result["status"] == "graded"]
    scores = [total(result) for result in graded]
    most = course().points
    width = 10
    bars = [0] * (int(most + course().bonus) // width + 1)
    for score in scores:
        bars[min(int(score) // width, len(bars) - 1)] += 1
    rates: dict[str, dict] = {}
    hints: Counter[tuple[str, str]] = Counter()
    for result in graded:
        for check in result["checks"]:
            row = rates.setdefault(check["id"], check | {"passes": 0, "count": 0})
            row["count"] += 1
            row["passes"] += check["status"] == "passed"
        hints.update({(check["part"], check["hint"]) for check in result["checks"] if check["hint"]})
    rows = [
        {
            "student": result["student"],
            "status": result["status"],
            "reason": result["reason"],
            "parts": list(points_by_part(result).values()),
            "report": result["report"],
            "answers": result.get("answers"),
            "score": total(result),
            "late": lateness(result),
            "seconds": result["seconds"],
            "notes": "; ".join(filter(None, (team(result, language), *result["notes"]))),
        }
        for result in results
    ]
    return page(
        "class.html",
        language,
        rows=rows,
        lab=course().lab,
        scope=scope(language),
        questions=len(course().questions),
        any_late=any(row["late"].minutes for row in rows),
        parts=[(part, task.points) for part, task in course().tasks.items()],
        most=most,
        bars=[{"from": width * i, "count": count, "share": count / max(1, *bars)} for i, count in enumerate(bars)],
        mean=mean(scores) if scores else 0,
        median=median(scores) if scores else 0,
        rates=list(rates.values()),
        hints=sorted(hints.items(), key=lambda item: (-item[1], item[0]))[:12],  # the same order in every run
        failed=[row for row in rows if row["status"] != "graded"],
        slowest=sorted(rows, key=lambda row: -row["seconds"])[:5],
        levels=sorted({result["isolation"] for result in results}),
        pairs=alike.pairs if alike else [],
        compared=alike.compared if alike else 0,
        usual=alike.usual if alike else 0.0,
    )
