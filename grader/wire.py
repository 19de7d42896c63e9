"""How examiner and candidate talk: frames of JSON and safetensors over a socket. Nothing is ever unpickled.

This file runs on both sides: in the sandbox it stands beside candidate.py, and imports nothing of the grader.
"""

import json
import select
import socket
import struct
import time

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

MAX_HEAD = 1 << 20
MAX_BODY = 64 << 20
SIZES = struct.Struct(">II")


class WireError(Exception):
    """What came is no frame: cut short, too large, or not what the format says."""


def send(sock: socket.socket, message: dict) -> None:
    """Send tensors, numbers, words, None, and lists and dicts of those.

    Raises:
        WireError: the message is larger than the other side takes; nothing was sent.
    """
    tensors: dict[str, Tensor] = {}
    head = json.dumps(_pack(message, tensors)).encode()
    _check_sizes(len(head), sum(tensor.nbytes for tensor in tensors.values()))
    body = save({name: tensor.cpu().contiguous().clone() for name, tensor in tensors.items()})
    _check_sizes(len(head), len(body))
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
        message = _unpack(json.loads(head, parse_int=_number), load(body))
    except (ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
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


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    parts, missing = [], size
    while missing:
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
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _pack(value: object, tensors: dict[str, Tensor]) -> object:
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach()
        return {"tensor": name}
    if isinstance(value, (list, tuple)):
        return [_pack(item, tensors) for item in value]
    if isinstance(value, dict):
        return {"dict": {str(key): _pack(item, tensors) for key, item in value.items()}}
    return value


def _unpack(value: object, tensors: dict[str, Tensor]) -> object:
    if isinstance(value, list):
        return [_unpack(item, tensors) for item in value]
    if isinstance(value, dict):
        if "tensor" in value:
            return tensors[value["tensor"]]
        return {key: _unpack(item, tensors) for key, item in value["dict"].items()}
    return value
