"""What students sent, in whatever form, read and never run.

In: folders and archives as platforms, mail programs and students make them.
Out: who handed in, the files that matter by their place in the lab, the notebook rebuilt, the report.
May import: places, results.
"""
