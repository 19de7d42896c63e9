"""From submissions to marks: the checks are asked about each, in parallel, and results are filed.

In: a folder of submissions. Out: RESULTS/ with result.json and feedback.html by student, grades.csv, class.html.
May import: places, sandbox, intake, results, pages.
"""
