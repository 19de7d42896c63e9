"""The handouts in two languages: templates of solution/ filled in with the course's settings and the questions."""

import re
from datetime import datetime

from babel.dates import format_datetime
from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError

from judging.course import Course
from workbench.errors import InputError

FILES = {"fr": "sujet.md", "en": "handout.md"}
DATES = {"fr": "EEEE d MMMM y 'à' HH 'h' mm", "en": "EEEE d MMMM y 'at' HH:mm"}
NAMES = {"fr": {"last": "NOM", "first": "Prénom"}, "en": {"last": "LASTNAME", "first": "Firstname"}}


def handout(template: str, name: str, language: str, course: Course, questions: dict[str, dict[str, str]]) -> str:
    """The handout in one language.

    Args:
        template: Jinja2 over Markdown; `name` is its path, for errors.
        questions: by id and language.

    Raises:
        InputError: the template uses what does not exist, or is none.
    """
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    tasks = [{"part": part, **vars(task)} for part, task in course.tasks.items()]
    numbered = [part for part in course.tasks if part[0].isdigit()]
    values = {
        "course": {
            "name": course.name,
            "mail": course.mail,
            "deadline": date(course.deadline, language),
            "subject": course.mail_subject.format(**NAMES[language]),
        },
        "tasks": [task | {"points": f"{task['points']:g}"} for task in tasks],
        "questions": [
            {"id": key, "points": f"{points:g}", "text": questions[key][language]}
            for key, points in course.questions.items()
        ],
        "question_points": f"{sum(course.questions.values()):g}",
        "total": f"{sum(course.tasks[part].points for part in numbered) + sum(course.questions.values()):g}",
        "bonus": f"{sum(task.points for part, task in course.tasks.items() if part not in numbered):g}",
    }
    try:
        text = environment.from_string(template).render(values)
    except TemplateSyntaxError as error:
        raise InputError(f"{name}:{error.lineno}: {error.message}") from None
    except (TemplateError, TypeError) as error:
        raise InputError(f"{name}: {error}") from None
    return text.rstrip() + "\n"


def date(moment: datetime, language: str) -> str:
    """A date and hour as people write it: "vendredi 18 décembre 2026 à 23 h 59"."""
    return format_datetime(moment, DATES[language], locale=language)


def check_parallel(texts: dict[str, str]) -> None:
    """Raise `InputError` where the handouts have not the same sections, tables and formulas."""
    shapes = {}
    for name, text in texts.items():
        prose = re.sub(r"(?ms)^```.*?^```", "", text)
        shapes[name] = [len(match) for match in re.findall(r"(?m)^(#+) ", prose)], prose.count("$$")
    (first, one), (second, other) = shapes.items()
    if one[0] != other[0]:
        raise InputError(f"{first} has {len(one[0])} headings and {second} {len(other[0])}: a translation is missing")
    if one[1] != other[1]:
        raise InputError(f"{first} and {second} have not the same number of formulas: a translation is missing")
