"""What makes the assignment from the solution and marks what comes back: `python -m grader --help`.

release.py, stubs.py, markers.py, notebook.py, handout.py     solution/ → assignment/
checks/                                                       what is checked, also in assignment/
"""
