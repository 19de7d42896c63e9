"""Where the computing happens."""

import torch

from .errors import InputError


def choose_device(name: str = "auto") -> torch.device:
    """'auto' is CUDA where there is one, else the CPU; other names are PyTorch's own ('cpu', 'cuda:1', 'mps', …).

    Raises:
        InputError: no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError(f"device '{name}' is not available here: use --device cpu, or auto") from None
    return device
