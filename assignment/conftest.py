"""Points and hints for pytest, from checks/plugin.py."""

# All of it, not by `pytest_plugins`: that pytest refuses where it was started in a folder above this one.
from checks.plugin import *
