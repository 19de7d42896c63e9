"""Is a student's report a PDF that can be read? Asked in a process of its own."""

import subprocess
import sys
from pathlib import Path

# A PDF may be made to keep its reader busy for ever.
_INSPECT = """
import logging, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
logging.disable()
from pypdf import PdfReader
report = PdfReader(sys.argv[1])
print("locked" if report.is_encrypted else len(report.pages))
"""


def inspect_report(path: Path) -> tuple[int, str]:
    """The pages of a PDF, and what is wrong with it."""
    command = [sys.executable, "-I", "-c", _INSPECT, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8", timeout=30)
    except subprocess.TimeoutExpired:
        return 0, "report.pdf is no PDF that can be read: reading it takes for ever"
    said = done.stdout.strip()
    if done.returncode == 0 and said == "locked":
        return 0, "report.pdf is locked by a password"
    if done.returncode != 0 or not said.isdigit():
        return 0, "report.pdf is no readable PDF"
    return int(said), "" if int(said) else "report.pdf has no page"
