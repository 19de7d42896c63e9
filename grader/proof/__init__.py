"""The checks are checked: on the solution, on wrong and right variants of it, on mutants.

In: the solution and variants/. Out: what was not caught, or not accepted; example submissions.
May import: places, sandbox, intake, marking, results.
"""
