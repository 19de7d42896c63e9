"""What was found, and what people gave by hand: result.json and tables, read and reckoned with.

In: a folder of results, tables of marks. Out: points, lateness, totals, differences.
May import: nothing of the grader.
"""
