"""This lab's questions: what `pytest` runs for a student, and the grader for a class. The engine is judging/.

test_*.py            one file per task, one judge per check
probes.py            what a judge asks the student's code to do
law.py, texture.py   how far values and images are from what they should be
messages.toml        what students read, in English and in French

May import: judging, textures, workbench.
"""
