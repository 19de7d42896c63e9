"""Files of trained generators: weights as .safetensors, a .json card beside. Knows names, not networks."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from workbench.errors import InputError
from workbench.files import check_downloaded, find_file, lab_folder, whole_file
from workbench.untrusted import read_state_dict, unwrapped

# What the original implementation's networks make: B, G, R minus these means (of R, G, B), times 255.
ORIGINAL_MEAN = (0.48501961, 0.45795686, 0.40760392)


def model_names() -> list[str]:
    """The trained generators of the lab, in alphabetical order: the file names in models/ without their suffix."""
    return list(_models())


def _models() -> dict[str, Path]:
    """The generators' files by name."""
    return {path.stem: path for path in sorted(lab_folder("models").glob("*.safetensors"))}


def find_model(name: str | os.PathLike) -> Path:
    """The file of a trained generator: `name` is a path, or the name of a model in models/.

    Raises:
        InputError: there is no such file and no such name (the nearest name is suggested), or it is a folder.
    """
    return find_file(name, "model", _models())


def read_model(path: Path) -> dict[str, Tensor]:
    """The weights of a generator by their name in `TextureNet`, from our format or the original implementation's.

    Raises:
        InputError: the file is neither, or damaged, or carries code, or is not the one that its card describes, or has
            weights that are not finite.
    """
    check_downloaded(path)
    if path.suffix == ".safetensors":
        state = read_weights(path, "train it again")
    else:
        state = _from_original(read_state_dict(path), path)
    if not all(tensor.isfinite().all() for tensor in state.values()):
        raise InputError(f"{path} has weights that are not finite: train it again, with a smaller --learning-rate")
    return state


def read_weights(path: Path, way_out: str) -> dict[str, Tensor]:
    """The tensors of a .safetensors file, which must be the one that the card beside it, if there is one, describes.

    Raises:
        InputError: it is not, or is damaged; `way_out` says what to do then.
    """
    check_downloaded(path)
    content = path.read_bytes()
    card = _read_card(path.with_suffix(".json"))
    expected = card.get("weights_sha256")
    if expected is not None and expected != hashlib.sha256(content).hexdigest():
        raise InputError(f"{path.name} is not the file that its card {path.stem}.json describes: {way_out}")
    try:
        return unwrapped(load(content))
    except SafetensorError as error:
        raise InputError(f"cannot read {path}: it is truncated or no safetensors file ({error}): {way_out}") from None


def _read_card(path: Path) -> dict:
    try:
        card = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the card {path}: {error}") from None
    if not isinstance(card, dict):
        raise InputError(f"cannot read the card {path}: expected an object of JSON")
    return card


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def write_model(state: Mapping[str, Tensor], path: str | os.PathLike, card: Mapping[str, object]) -> None:
    """Write the weights as `path` (.safetensors), and the card, with the weights' hash, beside it as .json.

    Raises:
        InputError: the suffix is another, the place cannot be written, or weights or card are not finite.
    """
    if not all(tensor.isfinite().all() for tensor in state.values()):
        raise InputError(f"the weights are not finite, and {path} is not written: use a smaller --learning-rate")
    content = save({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()})
    card = {**card, "weights_sha256": hashlib.sha256(content).hexdigest()}
    try:
        text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise InputError(f"the card of {path} has values that are not finite, and nothing is written") from None
    with whole_file(path, [".safetensors"]) as weights, whole_file(Path(path).with_suffix(".json")) as description:
        weights.write_bytes(content)
        description.write_text(text + "\n", encoding="utf-8")


def _from_original(state: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Rename the original's blocks, numbered from the coarsest scale 1 to the finest n, and make its output RGB."""
    scales = max((int(key[2]) for key in state if re.match(r"cb\d_1\.", key)), default=0)
    if not scales or not {"last_conv.weight", "last_conv.bias"} <= state.keys():
        raise InputError(f"{path} holds no TextureNet: its keys are not cb1_1.conv1.weight, …")
    renamed = {}
    for key, tensor in state.items():
        key = re.sub(r"^cb(\d)_1\.", lambda m: f"read.{scales - int(m[1])}.", key)
        key = re.sub(r"^cb(\d)_2\.", lambda m: f"join.{scales - int(m[1])}.", key)
        key = re.sub(r"^up(\d)\.", lambda m: f"up.{scales - 1 - int(m[1])}.", key)
        renamed[key.replace("last_conv.", "last.")] = tensor
    renamed["last.weight"] = renamed["last.weight"].flip(0) / 255
    renamed["last.bias"] = renamed["last.bias"].flip(0) / 255 + torch.tensor(ORIGINAL_MEAN)
    return renamed
