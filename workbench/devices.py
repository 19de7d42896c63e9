"""Where the computing happens."""

import platform

import torch

from .errors import InputError


def choose_device(name: str = "auto") -> torch.device:
    """'auto' is CUDA or Apple's GPU where there is one, else the CPU; other names are PyTorch's ('cuda:1', 'mps', …).

    Raises:
        InputError: no such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError(f"device '{name}' is not available here: use --device cpu, or auto") from None
    return device


def device_name(device: torch.device) -> str:
    """What a card says of it: the GPU's name, or the processor's kind."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{platform.machine()} CPU"


def _leave_the_compiler_out() -> None:
    """Let optimisers begin without PyTorch's compiler, which the lab does not use: to import it takes two seconds.

    Some of their methods are never to be compiled, and ask the compiler for a version of theirs when they are first
    called, which they keep. Here each keeps itself. Where PyTorch does it in another way this does nothing.
    """
    for method in vars(torch.optim.Optimizer).values():
        plain = getattr(method, "__wrapped__", None)
        if plain is not None and not hasattr(plain, "__dynamo_disable"):
            setattr(plain, "__dynamo_disable", plain)


_leave_the_compiler_out()
