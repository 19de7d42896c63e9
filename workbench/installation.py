"""Whether torch and torchvision belong together: a pair that does not fails far away, with words that nobody knows."""

import platform
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.version import Version

WAY_OUT = "python -m pip install -r requirements.txt -c constraints.txt"

ANEW = "python -m pip uninstall torch torchvision, then "  # pip takes either for what is asked


def mismatch() -> str:
    """What is wrong with the installation, and the way out; "" if nothing is."""
    try:
        torch, torchvision = version("torch"), version("torchvision")
        needs = [Requirement(line) for line in requires("torchvision") or ()]
    except PackageNotFoundError as error:
        return f"{error.name} is not installed: {WAY_OUT}"
    for need in needs:
        if need.name == "torch" and not need.specifier.contains(Version(torch).base_version, prereleases=True):
            return f"torchvision {torchvision} needs torch{need.specifier}, and torch is {torch}: {WAY_OUT}"
    kinds = {Version(torch).local or "cuda", Version(torchvision).local or "cuda"}
    # On PyPI the wheels for Linux are CUDA's, and say nothing of it; elsewhere all are for the CPU.
    if len(kinds) > 1 and "cpu" in kinds and (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return f"torch {torch} and torchvision {torchvision}: one is for the CPU, the other for CUDA: {ANEW}{WAY_OUT}"
    return ""
