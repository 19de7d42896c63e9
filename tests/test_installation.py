"""Is a pair of torch and torchvision that does not belong together told in one line, and no good pair refused?"""

import json
import os
import platform
import re
import runpy
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from textures import command_line, installation

PAIRS = [
    # torch, torchvision, what it asks for, what is told
    ("2.15.0", "0.29.2", "torch (>=2.14.0)", ""),
    ("2.15.0+cu132", "0.29.2+cu132", "torch==2.15.0", ""),
    ("2.15.0+cpu", "0.29.2+cpu", "torch==2.15.0", ""),
    ("2.16.0a0+git1", "0.30.0a0", "torch>=2.15", ""),
    ("2.5.1", "0.20.1", "torch", ""),  # as conda packs it
    ("2.13.0", "0.29.2", "torch>=2.14.0", "torchvision 0.29.2 needs torch>=2.14.0, and torch is 2.13.0: python -m pip"),
    ("2.15.0", "0.27.0", "torch==2.12.0", "needs torch==2.12.0, and torch is 2.15.0"),
    ("2.15.0+cpu", "0.29.2", "torch==2.15.0", "one is for the CPU, the other for CUDA: python -m pip uninstall torch"),
    ("2.15.0+cu132", "0.29.2+cpu", "torch==2.15.0", "one is for the CPU, the other for CUDA"),
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
    assert installation.mismatch().startswith("torch is not installed: python -m pip install -r requirements-cpu.txt")


def test_scripts_say_it_before_torchvision_is_imported(monkeypatch):
    monkeypatch.setattr(installation, "mismatch", lambda: "they do not belong together: way out")
    with pytest.raises(ValueError, match="way out"):
        runpy.run_path(command_line.__file__, {"__package__": "textures"}, "textures.another")


def wheel(folder: Path, name: str, version: str, *requires: str) -> None:
    """A package that holds nothing, in an index of files."""
    name = name.replace("-", "_")
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {"METADATA": about + "".join(f"Requires-Dist: {one}\n" for one in requires)}
    files |= {"WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", "RECORD": ""}
    place = folder / name.replace("_", "-")
    place.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(place / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for file, text in files.items():
            archive.writestr(f"{name}-{version}.dist-info/{file}", text)
    names = (path.name.replace("+", "%2B") for path in place.glob("*.whl"))
    (place / "index.html").write_text("".join(f'<a href="{one}">{one}</a>' for one in names), encoding="utf-8")


@pytest.mark.parametrize(("name", "local"), [("requirements-cpu.txt", "+cpu"), ("requirements.txt", "")])
def test_the_light_install_takes_torch_from_its_own_index_and_all_else_as_ever(tmp_path, name, local):
    """Gigabytes for cards that are not there: pytorch/pytorch#26340, deepspeedai/DeepSpeed#5541. pip itself decides."""
    lab, main, own = ROOT / "assignment", tmp_path / "main", tmp_path / "own"
    pins = [Requirement(line) for line in (lab / "constraints.txt").read_text().splitlines() if line[0] != "#"]
    pins = {pin.name.lower(): str(pin.specifier)[2:] for pin in pins if not pin.marker or pin.marker.evaluate()}
    for pin, version in pins.items():
        needs = {"torch": ["nvidia-cublas"], "torchvision": [f"torch=={pins['torch']}"]}
        wheel(main, pin, version, *needs.get(pin, ()))
        if pin in needs:
            wheel(own, pin, version + "+cpu", *needs[pin][pin == "torch" :])
    wheel(main, "nvidia-cublas", "13.0")
    for file in ("requirements.txt", "requirements-cpu.txt", "constraints.txt"):
        text = re.sub(r"(?<=--extra-index-url )\S+", own.as_uri(), (lab / file).read_text(encoding="utf-8"))
        (tmp_path / file).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--isolated", "--disable-pip-version-check", "--quiet"]
    command += ["--dry-run", "--ignore-installed", "--report", "-", "--index-url", main.as_uri()]
    command += ["-r", name, "-c", "constraints.txt"]
    variables = os.environ | {"PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    found = {one["metadata"]["name"]: one["metadata"]["version"] for one in json.loads(done.stdout)["install"]}
    assert found["torch"] == pins["torch"] + local and found["torchvision"] == pins["torchvision"] + local
    assert ("nvidia_cublas" in found) == (not local)
    assert {"numpy", "jupyterlab", "pytest"} <= found.keys()
