"""Where students' code runs, and where nothing else is.

In: a submission's Python files, and questions. Out: answers, which are data whatever the code did.
candidate.py and wire.py run inside, and import nothing of the grader.
May import: places.
"""
