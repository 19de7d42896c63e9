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


### BEGIN HIDDEN TESTS
@check(part="2.2", points=1, hidden=True)
def test_count_trainable(student):
    """Only what training may change counts, and it counts once: no buffers, nothing frozen, nothing twice.
    Seul compte ce que l'apprentissage peut changer, et une seule fois : ni tampons, ni figé, ni doublons.
    """
    cases = {
        "frozen": (25, {41: "count_frozen", 50: "count_twice"}),
        "batchnorm": (240, {257: "count_buffers", 256: "count_buffers"}),
        "shared": (16, {32: "count_twice"}),
    }
    for kind, (want, wrong) in cases.items():
        got = expect_number(student.ask("count_parameters", kind=kind)["count"], "count_parameters")
        expect(got == want, "wrong_count", wrong.get(int(got)), name=kind, got=int(got), want=want)


### END HIDDEN TESTS
