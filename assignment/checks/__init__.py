"""The checks of the lab: what `pytest` runs for a student, and the grader for a class.

test_*.py            one file per task, one judge per check
probes.py            what a judge asks the student's code to do
check.py             how a check is declared, and how it says what is wrong
messages.toml        what students read, in English and in French
student.py           a student's code, run in this process
plugin.py, summary.py, notebook.py       pytest's side, the page of points, the notebook's side
"""
