"""Is a student's report a PDF that can be read? Asked in a process of its own."""

import subprocess
import sys
from pathlib import Path

from judging.messages import say

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


def inspect_report(path: Path, language: str = "en") -> tuple[int, str]:
    """The pages of a PDF, and what is wrong with it, in that language."""
    command = [sys.executable, "-I", "-c", _INSPECT, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8", timeout=30)
    except subprocess.TimeoutExpired:
        return 0, say("intake", "report_endless", language)
    said = done.stdout.strip()
    if done.returncode == 0 and said == "locked":
        return 0, say("intake", "report_locked", language)
    if done.returncode != 0 or not said.isdigit():
        return 0, say("intake", "report_unreadable", language)
    return int(said), "" if int(said) else say("intake", "report_without_pages", language)
