"""Model answers and marking schemes of the written questions, from solution/answers.md."""

import re
from dataclasses import dataclass

from workbench.errors import InputError


@dataclass(frozen=True)
class Answer:
    """What staff know of a written question, in Markdown."""

    model: str
    scheme: str


def read_answers(text: str, name: str, points: dict[str, float]) -> dict[str, Answer]:
    """The sections `## R1` … of answers.md, each with `### Model answer` and `### Marking scheme`.

    Raises:
        InputError: a question without answer or the other way round, or a scheme whose points do not add up.
    """
    answers = {}
    parts = re.split(r"(?m)^## (\S+)\s*$", text)
    for question, body in zip(parts[1::2], parts[2::2], strict=True):
        line = text[: text.index(f"## {question}")].count("\n") + 1
        pieces = re.split(r"(?m)^### (Model answer|Marking scheme)\s*$", body)
        if pieces[1::2] != ["Model answer", "Marking scheme"]:
            raise InputError(f"{name}:{line}: {question} needs '### Model answer', then '### Marking scheme'")
        if question not in points:
            raise InputError(f"{name}:{line}: {question} has no points: add it to [questions] in course.toml")
        scheme = pieces[4].strip()
        total = sum(float(number) for number in re.findall(r"(?m)^- ([\d.]+) points?\b", scheme))
        if total != points[question]:
            raise InputError(
                f"{name}:{line}: the scheme of {question} adds up to {total:g} points, course.toml gives "
                f"{points[question]:g}: mend one of them"
            )
        answers[question] = Answer(pieces[2].strip(), scheme)
    for question in points:
        if question not in answers:
            raise InputError(f"{name}: {question} of course.toml has no section: add '## {question}'")
    return answers
