"""The engine of the checks, the same for every lab: students get it, and the grader runs on it.

In: checks of a lab, declared with @check, and a student's code to ask. Out: verdicts, points, hints in two languages.

check.py                what a check says and how a judge compares
student.py, time_limit.py       a student's code, asked in this process
plugin.py, summary.py   pytest's side, the page of points
notebook.py             the notebook's side, and the hand-in's
messages.py, course.py, comparisons.py  words, settings, pictures

May import: nothing of this repository.
"""
