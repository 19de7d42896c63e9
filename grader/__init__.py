"""What makes the assignment from the solution and marks what comes back: `python -m grader --help`.

release/             solution/ → assignment/
intake/ · sandbox/   what students sent, read; their code, run
marking/ · results/  the checks are asked, and what was found is kept
pages/ · exports/    what people read; Moodle, Canvas, Brightspace, Gradescope, nbgrader, mail
proof/ · variants/   the checks are checked, on wrong and right code
checks/              this lab's questions

Each room says in its first lines what comes in, what goes out and what it may import; all may import judging/, the
engine of the checks, and workbench/, which every program stands on. tests/test_rooms.py holds them to it.
"""
