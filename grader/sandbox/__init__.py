"""Where students' code runs, and where nothing else is.

In: a submission's Python files, and questions. Out: answers, which are data whatever the code did.

host.py         our side: starts what is inside, by bubblewrap, unshare or as a plain process
candidate.py    inside: imports the submission, and answers the probes of the lab's checks
wire.py         what is said between the two
admission.py    which answers are let in
lent.py         right functions, lent to a task that builds upon others

marking/examiner.py asks. candidate.py and wire.py import nothing of the grader. A student's own `pytest` runs their
code without any of this: judging/student.py.
May import: places.
"""

LEVELS = ("namespace", "process", "none")
"""From the strongest down. process: limits of memory and time only; the code sees this user's files and network.
none: a process of its own, and its time; for code that you would run yourself."""
