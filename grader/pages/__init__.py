"""What people read in a browser: a student's feedback, the class, answers, code that is alike.

In: results as data, and texts of students', which are never markup. Out: single files that open offline.
May import: intake, results.
"""
