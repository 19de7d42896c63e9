"""Task 2.2: count_parameters."""

from judging.check import check, expect, expect_number


def ask(student: object, kind: str) -> float:
    """The count of a module that everybody can count, asked twice."""
    answer = student.ask("count_parameters", kind=kind)
    got, again = (expect_number(answer[name], "count_parameters") for name in ("count", "again"))
    expect(got == again, "wrong_count", "count_changes", name=kind, got=again, want=got)
    return int(got) if got.is_integer() else got


@check(part="2.2", points=1)
def test_count_linear(student):
    """A linear layer from 3 to 4 numbers has 16 parameters, and 41 if one from 4 to 5 follows.
    Une couche linéaire de 3 vers 4 nombres a 16 paramètres, et 41 suivie d'une autre de 4 vers 5.
    """
    hints = {
        "linear": {2: "count_tensors", 8: "count_rows", 12: "count_no_bias", 64: "count_bytes", 16e-6: "count_unit"},
        "two": {4: "count_tensors", 18: "count_rows", 32: "count_no_bias", 82: "count_twice"},
    }
    for kind, want in (("linear", 16), ("two", 41)):
        got = ask(student, kind)
        expect(got == want, "wrong_count", hints[kind].get(got), name=kind, got=got, want=want)
