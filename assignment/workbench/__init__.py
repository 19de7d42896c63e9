"""What every program of a lab stands on: errors, files, the command line, devices, languages. It knows no lab.

In: what people type and disks hold. Out: one clear line where something is wrong, files that are whole.
May import: nothing of this repository.
"""
