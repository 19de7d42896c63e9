"""Task 2.2: count_parameters."""

from .check import check, expect, expect_number


@check(part="2.2", points=1)
def test_count_linear(student):
    """A linear layer from 3 to 4 numbers has 16 parameters.
    Une couche linéaire de 3 vers 4 nombres a 16 paramètres.
    """
    got = expect_number(student.ask("count_parameters", kind="linear")["count"], "count_parameters")
    hint = {2: "count_tensors", 8: "count_rows", 12: "count_no_bias"}.get(int(got))
    expect(got == 16, "wrong_count", hint, name="Linear(3, 4)", got=int(got), want=16)
