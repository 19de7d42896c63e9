"""Reading files of weights that may hide code: only tensors and arrays come out, and nothing is ever executed."""

import os
import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .errors import InputError

HELD_AS = ("state_dict", "model_state_dict", "model")
"""What people call a network's tensors in a file that holds other things, too."""
WRAPPED_AS = ("module.", "_orig_mod.")


def read_tensors(path: str | os.PathLike) -> object:
    """What a PyTorch file holds, if that is tensors, numbers, strings and containers of them.

    Raises:
        InputError: the file is damaged, is no PyTorch file, or carries code.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise InputError(f"{path} is refused: it is no PyTorch file, or carries more than weights") from None
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise InputError(f"cannot read {path}: it is truncated or no PyTorch file ({_first_line(error)})") from None


def read_state_dict(path: str | os.PathLike) -> dict[str, Tensor]:
    """The named tensors of a PyTorch file, under the names that the network itself gave them.

    A file may hold more than these, as a state of a training does that has them under a name of `HELD_AS`.

    Raises:
        InputError: as `read_tensors`, or the file holds no named tensors.
    """
    state = read_tensors(path)
    if isinstance(state, Mapping):
        state = next((state[name] for name in HELD_AS if isinstance(state.get(name), Mapping)), state)
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    ):
        raise InputError(f"{path} holds no named tensors: expected the state_dict of a network")
    return unwrapped({name: tensor.detach() for name, tensor in state.items()})


def unwrapped(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without what `DataParallel` and `torch.compile` put before all their names."""
    found = dict(state)
    while prefix := next((one for one in WRAPPED_AS if found and all(name.startswith(one) for name in found)), ""):
        found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return found


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


class _ArrayUnpickler(pickle.Unpickler):
    """Admits NumPy arrays, their types, and the containers and strings that pickle itself builds. No other name."""

    def find_class(self, module: str, name: str) -> object:
        # NumPy 2 renamed numpy.core to numpy._core; files bear the name of the version that wrote them.
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return np.empty(0).__reduce__()[0]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        if (module, name) == ("_codecs", "encode"):  # how old protocols write bytes
            return lambda text, encoding: text.encode("latin1")
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def read_array_dict(path: Path) -> dict[str, list[np.ndarray]]:
    """The dict name → [weight (h, w, I, O), bias (O,)] that `np.save` pickled into a .npy file."""
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            reader = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
            _, _, dtype = reader(file)
            if dtype.kind != "O":
                raise InputError(f"{path} holds an array of {dtype}, expected a dict of weights")
            # latin1: the way in which Python 3 reads the bytes of arrays that Python 2 pickled.
            content = _ArrayUnpickler(file, encoding="latin1").load()
    except InputError:
        raise
    except pickle.UnpicklingError as error:
        raise InputError(f"{path} is refused: it carries more than arrays ({error}) or is damaged") from None
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise InputError(f"cannot read {path}: it is truncated or no .npy file ({_first_line(error)})") from None
    if isinstance(content, np.ndarray) and content.shape == ():
        content = content.item()
    entries = content.values() if isinstance(content, dict) else [None]
    for entry in entries:
        if not (isinstance(entry, list | tuple) and len(entry) == 2 and all(_is_numeric(array) for array in entry)):
            raise InputError(f"{path} holds no weights: expected a dict of name → [weight, bias]")
    return content


def _is_numeric(array: object) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind == "f"
