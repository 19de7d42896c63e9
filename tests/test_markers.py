"""Are nbgrader's markers read as people write them, and are their slips named with file and line?"""

import pytest

from grader.release.markers import Region, regions
from grader.release.stubs import student_version
from workbench.errors import InputError

GOOD = '''def double(x):
    """2 x."""
    # TODO 1.1: return twice x.
    ### BEGIN SOLUTION
    y = x + x
    return y
    ### END SOLUTION


def triple(x):
    return 3 * x
'''


def test_a_region_has_its_lines():
    assert regions(GOOD, "double.py") == [Region("SOLUTION", 4, 7)]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (GOOD.replace("    ### END SOLUTION\n", ""), "double.py:4: BEGIN SOLUTION without an end"),
        (GOOD.replace("    ### BEGIN SOLUTION\n", ""), "double.py:6: END SOLUTION, but nothing has begun"),
        (GOOD.replace("    return y", "    ### BEGIN SOLUTION"), "double.py:6: BEGIN SOLUTION inside"),
        (GOOD.replace("### END SOLUTION", "### END HIDDEN TESTS"), "double.py:7: END HIDDEN TESTS, but line 4 begins"),
        (GOOD.replace("### END SOLUTION", "### END SOLUTON"), "double.py:7: misspelt marker '### END SOLUTON'"),
        (GOOD.replace("### BEGIN SOLUTION", "### BEGINN SOLUTION"), "double.py:4: misspelt marker"),
        (GOOD.replace("### BEGIN SOLUTION", "# BEGIN SOLUTION"), "double.py:4: misspelt marker"),
        (GOOD.replace("### begin", "").replace("### END SOLUTION", "### end solution"), "double.py:7: misspelt marker"),
    ],
)
def test_a_wrong_marker_is_named_with_its_line(wrong, complaint):
    with pytest.raises(InputError) as error:
        regions(wrong, "double.py")
    assert str(error.value).startswith(complaint)


def test_the_students_version_names_the_task_and_keeps_the_rest():
    assert student_version(GOOD, "double.py") == GOOD.replace(
        "    ### BEGIN SOLUTION\n    y = x + x\n    return y\n    ### END SOLUTION\n",
        '    raise NotImplementedError("TODO 1.1: double is not written yet")\n',
    )


def test_a_method_is_named_with_its_class():
    source = "class A:\n" + "".join(f"    {line}\n" for line in GOOD.replace("1.1", "2.1").split("\n"))
    assert "TODO 2.1: A.double is not written yet" in student_version(source, "a.py")


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (GOOD.replace("    # TODO 1.1: return twice x.\n", ""), "double.py:3: a solution without a task"),
        (GOOD.replace("return twice x.\n", "return twice x.\n\n"), "double.py:5: a solution without a task"),
        (GOOD.replace("    return 3 * x", "    # TODO 1.2: triple.\n    return 3 * x"), "double.py:11: a TODO without"),
        (
            GOOD.replace("    return y\n", "    try:\n        return y\n").replace(
                "\n\n\ndef triple(x):\n", "\n    except ValueError:\n    "
            ),
            "double.py:9: without its solution this is not Python",
        ),
        (GOOD.replace("return 3 * x", "return 3 *"), "double.py:11: this is not Python"),
    ],
)
def test_a_stub_that_could_not_work_is_refused_with_its_line(wrong, complaint):
    with pytest.raises(InputError) as error:
        student_version(wrong, "double.py")
    assert str(error.value).startswith(complaint)


def test_hidden_tests_disappear():
    source = "a = 1\n### BEGIN HIDDEN TESTS\nb = 2\n### END HIDDEN TESTS\nc = 3\n"
    assert student_version(source, "a.py") == "a = 1\nc = 3\n"
