"""What students get, made from what staff write.

In: solution/, the checks, course.toml, the two handouts and the notebook's source.
Out: assignment/, the students' archive, the source notebook; or file and line of what is wrong.
May import: places.
"""
