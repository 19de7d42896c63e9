"""A student's code, asked in this process: quick, and open to the debugger. The grader asks it in a sandbox instead."""

from torch import Tensor

from . import probes


class Student:
    """Answers a judge's questions by running probes here."""

    def ask(self, probe: str, **inputs: object) -> dict[str, object]:
        """The answers of a probe of probes.py: tensors, numbers, words, None, and lists of those.

        Raises:
            Exception: whatever the student's code raises.
        """
        answers = getattr(probes, probe)(**inputs)
        return {name: plain(value) for name, value in answers.items()}


def plain(value: object) -> object:
    """Data that can travel: anything else becomes the name of its type in angle brackets."""
    if isinstance(value, Tensor):
        return value.detach().cpu().clone()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    return f"<{type(value).__name__}>"
