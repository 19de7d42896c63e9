"""Where things lie in this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ("images", "models", "features")
"""Folders of pictures and weights that students have, and that hold no code of theirs."""
SHARED = ("judging", "workbench")
"""Packages that students get as they are: the checks' engine, and what all programs stand on."""
IGNORED = {"__pycache__", ".pytest_cache", ".ipynb_checkpoints"}
"""What programs leave behind."""
