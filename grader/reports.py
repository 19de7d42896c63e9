"""The pages that people read: a student's feedback, and the class for staff. Single files that open offline."""

from collections import Counter
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .checks.course import course
from .checks.messages import say
from .results import points_by_part

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,  # what students wrote is text, never markup
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

PICTURES = {"synthesis": "1.3", "film": "2.5"}
WORDS = ("hint", "hidden", "feedback", "handed_down", "picture_synthesis", "picture_film", "loss_curve")


def feedback_page(result: dict) -> str:
    """A student's page: points by task, what was found, and hints. Hidden checks are named, not shown."""
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
                "points": points_by_part(result)[part],
                "max_points": task.points,
                "checks": checks,
                "handed": task.needs,
                "pictures": {
                    name: picture for name, picture in result["pictures"].items() if PICTURES.get(name) == part
                },
            }
        )
    language = result["language"]
    words = {name: say("page", name, language) for name in WORDS}
    return _environment.get_template("feedback.html").render(result=result, tasks=tasks, words=words, language=language)


def class_page(results: list[dict]) -> str:
    """The staff's page: distribution, pass rates, common misconceptions, who failed or was slow, all marks."""
    graded = [result for result in results if result["status"] == "graded"]
    scores = [result["score"] for result in graded]
    most = sum(task.points for task in course().tasks.values())
    width = 10
    bars = [0] * (int(most) // width + 1)
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
            "score": result["score"],
            "seconds": result["seconds"],
            "notes": "; ".join(result["notes"]),
        }
        for result in results
    ]
    return _environment.get_template(
        "class.html"
    ).render(
        rows=rows,
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
    )
