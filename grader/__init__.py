"""What makes the assignment from the solution and marks what comes back: `python -m grader --help`.

release.py, stubs.py, markers.py, notebook.py, answers.py, handout.py     solution/ → assignment/
checks/                                                                   what is checked; also in assignment/
intake.py, sandbox.py, candidate.py, wire.py                              what students sent, and where it runs
examiner.py, marking.py, reports.py, examples.py                          the marks, and the pages people read
"""
