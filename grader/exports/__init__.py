"""To and from the tools of a course: Moodle, Canvas, Brightspace, Gradescope, nbgrader, mail.

In: RESULTS/ and a platform's table; or, in nbgrader and Gradescope, submissions as they come.
Out: what that tool takes.
May import: places, release, sandbox, intake, results, pages, marking.
"""
