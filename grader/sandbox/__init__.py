"""Where students' code runs, and where nothing else is.

In: a submission's Python files, and questions. Out: answers, which are data whatever the code did.
candidate.py and wire.py run inside, and import nothing of the grader.
May import: places.
"""

LEVELS = ("namespace", "process", "none")
"""From the strongest down. process: limits of memory and time only; the code sees this user's files and network.
none: a process of its own, and its time; for code that you would run yourself."""
