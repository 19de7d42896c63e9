"""Is a pair of torch and torchvision that does not belong together told in one line, and no good pair refused?"""

import platform
import runpy
from importlib.metadata import PackageNotFoundError

import pytest

from workbench import command_line, installation

PAIRS = [
    # torch, torchvision, what it asks for, what is told
    ("2.15.0", "0.29.2", "torch (>=2.14.0)", ""),
    ("2.15.0+cu132", "0.29.2+cu132", "torch==2.15.0", ""),
    ("2.15.0+cpu", "0.29.2+cpu", "torch==2.15.0", ""),
    ("2.16.0a0+git1", "0.30.0a0", "torch>=2.15", ""),
    ("2.5.1", "0.20.1", "torch", ""),  # as conda packs it
    ("2.13.0", "0.29.2", "torch>=2.14.0", "torchvision 0.29.2 needs torch>=2.14.0, and torch is 2.13.0: python -m pip"),
    ("2.15.0", "0.27.0", "torch==2.12.0", "needs torch==2.12.0, and torch is 2.15.0"),
    ("2.15.0+cpu", "0.29.2", "torch==2.15.0", "one is for the CPU, the other for CUDA: python -m pip uninstall"),
    ("2.15.0+cu132", "0.29.2+cpu", "torch==2.15.0", "one is for the CPU, the other for CUDA: python -m pip uninstall"),
]


@pytest.mark.parametrize(("torch", "torchvision", "needs", "told"), PAIRS)
def test_pairs_that_fail_far_away_are_told_at_once(monkeypatch, torch, torchvision, needs, told):
    """pytorch/vision#8985, pytorch/vision#9174, pytorch/pytorch#122494: "operator torchvision::nms does not exist"."""
    monkeypatch.setattr(installation, "version", {"torch": torch, "torchvision": torchvision}.get)
    monkeypatch.setattr(installation, "requires", lambda _: ["numpy", needs, "gdown>=4; extra == 'gdown'"])
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert (told in installation.mismatch()) if told else installation.mismatch() == ""
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    assert bool(installation.mismatch()) == (bool(told) and "CUDA" not in told)


def test_a_package_that_is_missing_is_named(monkeypatch):
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installation, "version", missing)
    assert installation.mismatch().startswith("torch is not installed: python -m pip install -r requirements.txt")


def test_scripts_say_it_before_torchvision_is_imported(monkeypatch):
    monkeypatch.setattr(installation, "mismatch", lambda: "they do not belong together: way out")
    with pytest.raises(ValueError, match="way out"):
        runpy.run_path(command_line.__file__, {"__package__": "workbench"}, "workbench.another")
