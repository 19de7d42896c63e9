"""How examiner and candidate talk: frames of JSON and tensors' bytes over a socket. Nothing is ever unpickled.

A frame is two lengths, the JSON, and the bytes of its tensors one after the other; the JSON has their types and shapes.
A synthesis sends thousands of small ones: with safetensors each took three times as long.

This file runs on both sides: in the sandbox it stands beside candidate.py, and imports nothing of the grader.
"""

import json
import math
import select
import socket
import struct
import time

import torch
from torch import Tensor

MAX_HEAD = 1 << 20
MAX_BODY = 64 << 20
SIZES = struct.Struct(">II")
TYPES = {
    str(kind).removeprefix("torch."): kind
    for kind in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128),
        *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
    )
}
NAMES = {kind: name for name, kind in TYPES.items()}
MAX_SIDES = 16
ALIGNED = 16
"""Each tensor's bytes begin at a multiple of this."""


class WireError(Exception):
    """What came is no frame: cut short, too large, or not what the format says."""


def send(sock: socket.socket, message: dict) -> None:
    """Send tensors, numbers, words, None, and lists and dicts of those.

    Raises:
        WireError: the message is larger than the other side takes, or holds a tensor of a rare kind; nothing was sent.
    """
    tensors: list[Tensor] = []
    head = json.dumps(_pack(message, tensors)).encode()
    _check_sizes(len(head), sum(_padded(tensor.nbytes) for tensor in tensors))
    body = b"".join(_bytes(tensor) for tensor in tensors)
    sock.sendall(SIZES.pack(len(head), len(body)) + head + body)


def ready(sock: socket.socket, seconds: float) -> bool:
    """Whether something is there to be received, or the other side is gone, within so many seconds."""
    return bool(select.select([sock], [], [], max(seconds, 0))[0])


def receive(sock: socket.socket, seconds: float | None = None) -> dict:
    """The next message, whole.

    Raises:
        TimeoutError: it is not there within so many seconds, first byte to last.
        WireError: it is no message.
        EOFError: the other side is gone.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    head_size, body_size = SIZES.unpack(_exactly(sock, SIZES.size, deadline))
    _check_sizes(head_size, body_size)
    head, body = _exactly(sock, head_size, deadline), _exactly(sock, body_size, deadline)
    try:
        message = _unpack(json.loads(head, parse_int=_number), _Body(body))
    except Exception as error:  # whatever odd bytes lead to
        raise WireError(f"a frame that is none: {type(error).__name__}") from None
    if not isinstance(message, dict):
        raise WireError("a frame that is no message")
    return message


def _check_sizes(head: int, body: int) -> None:
    if head > MAX_HEAD or body > MAX_BODY:
        raise WireError(f"a message of {head} + {body} bytes; at most {MAX_HEAD} + {MAX_BODY} are taken")


def _number(digits: str) -> int | float:
    """A whole number; as a float where it is so long that arithmetic with it would fail, or take for ever."""
    return int(digits) if len(digits) < 19 else float(digits)


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytearray:
    """So many bytes, in memory that grows as they come."""
    found = bytearray()
    while missing := size - len(found):
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left)
        try:
            part = sock.recv(min(missing, 1 << 20))
        except ConnectionError:
            raise EOFError from None
        if not part:
            raise EOFError
        found += part
    return found


def _padded(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


def _bytes(tensor: Tensor) -> bytes:
    flat = tensor.cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes().ljust(_padded(tensor.nbytes), b"\0")


class _Body:
    """The tensors of a frame, taken one after the other."""

    def __init__(self, data: bytearray):
        self._data, self._offset = data, 0

    def take(self, name: str, shape: list[int]) -> Tensor:
        """The next one, which shares the memory of the frame.

        Raises:
            ValueError: there are not so many bytes, or the shape is none.
        """
        kind = TYPES[name]
        if len(shape) > MAX_SIDES or any(type(side) is not int or side < 0 for side in shape):
            raise ValueError(f"no shape: {shape}")
        if math.prod(max(side, 1) for side in shape) > MAX_BODY:  # also rows of nothing, which somebody may count
            raise ValueError(f"a shape too large: {shape}")
        size = math.prod(shape) * kind.itemsize
        if self._offset + size > len(self._data):
            raise ValueError("a frame cut short")
        if size == 0:
            return torch.empty(shape, dtype=kind)
        raw = torch.frombuffer(self._data, dtype=torch.uint8, count=size, offset=self._offset)
        self._offset += _padded(size)
        return ((raw != 0) if kind is torch.bool else raw.view(kind)).reshape(shape)


def _pack(value: object, tensors: list[Tensor]) -> object:
    if isinstance(value, Tensor):
        if value.dtype not in NAMES or value.ndim > MAX_SIDES:
            raise WireError(f"a tensor of {value.ndim} dimensions and type {value.dtype}")
        tensors.append(value.detach())
        return {"tensor": [NAMES[value.dtype], list(value.shape)]}
    if isinstance(value, (list, tuple)):
        return [_pack(item, tensors) for item in value]
    if isinstance(value, dict):
        return {"dict": {str(key): _pack(item, tensors) for key, item in value.items()}}
    return value


def _unpack(value: object, body: _Body) -> object:
    if isinstance(value, list):
        return [_unpack(item, body) for item in value]
    if isinstance(value, dict):
        if "tensor" in value:
            return body.take(*value["tensor"])
        return {key: _unpack(item, body) for key, item in value["dict"].items()}
    return value
