"""Points and hints for pytest, from judging/plugin.py."""

# All of it, not by `pytest_plugins`: that pytest refuses where it was started in a folder above this one.
from judging.plugin import *
