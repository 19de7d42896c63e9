"""Points and hints for pytest, from checks/plugin.py."""

pytest_plugins = ["checks.plugin"]
