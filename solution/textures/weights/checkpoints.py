"""The state of an unfinished training, in a file: so that a kill costs minutes and changes nothing."""

import os

import torch
from torch import nn

from workbench.errors import InputError
from workbench.files import whole_file
from workbench.untrusted import read_tensors

Settings = dict[str, int | float | str]


def save_checkpoint(
    path: str | os.PathLike,
    settings: Settings,
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    losses: list[float],
) -> None:
    """Write all that `load_checkpoint` needs, whole or not at all."""
    state = {
        "settings": settings,
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "generator": generator.get_state(),
        "losses": losses,
    }
    with whole_file(path) as temporary:
        torch.save(state, temporary)


def load_checkpoint(
    path: str | os.PathLike,
    settings: Settings,
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
) -> list[float]:
    """Put `net`, `optimizer` and `generator` in the state of the file, and return the losses so far.

    Raises:
        InputError: the file is damaged, is no checkpoint, or belongs to a training with other settings.
    """
    state = read_tensors(path)
    if not isinstance(state, dict) or state.get("settings", {}).keys() != settings.keys():
        raise InputError(f"{path} is no checkpoint of this training: delete it, or give another -o")
    before = state["settings"]
    differences = [f"{key} {before[key]}, now {settings[key]}" for key in settings if before[key] != settings[key]]
    if differences:
        raise InputError(f"{path} belongs to a training with {'; '.join(differences)}: delete it, or give another -o")
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    generator.set_state(state["generator"])
    return list(state["losses"])
