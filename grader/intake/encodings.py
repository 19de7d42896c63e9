"""Text out of bytes, in whatever encoding an editor, a shell or a full disk left them."""

import codecs
import re

WINDOWS = "cp1252"
# What bytes of UTF-8 look like where they are read one by one; five of them have no character in Windows-1252.
_SHOWN = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0x100)}
_BYTES = {shown: byte for byte, shown in _SHOWN.items()}
_REST = f"[{re.escape(''.join(_SHOWN[byte] for byte in range(0x80, 0xC0)))}]"
_TWICE = re.compile(f"[Â-ß]{_REST}|[à-ï]{_REST}{{2}}|[ð-ô]{_REST}{{3}}")


def decode(data: bytes, single: str = WINDOWS) -> tuple[str, str]:
    """The text of a file, and which encoding it was in: "utf-8", "utf-16", or that of single bytes.

    With a byte order mark or without. Where single bytes are no UTF-8 the others still are, for merges and editors mix
    the two. NUL characters, which no text has and a full disk leaves, are dropped; lines end in "\\n".

    Args:
        single: what files that are no UTF-8 may be in: the name of an encoding with a byte for each character.
    """
    encoding = _wide(data)
    if encoding:
        # Cut at the line ends first: where a byte is missing, one line is lost and not all that follow it.
        lines = data.split("\n".encode(encoding))
        text, encoding = "\n".join(line.decode(encoding, "replace") for line in lines), "utf-16"
    else:
        try:
            text, encoding = data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            text = data.decode("utf-8", _as_windows.__name__) if single == WINDOWS else data.decode(single, "replace")
            encoding = single
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _wide(data: bytes) -> str:
    """Which UTF-16 it is, if it is one: by its mark, or because every other byte is nought."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return encoding
    sample = re.sub(rb"\0{3,}", b"", data[: 1 << 16])  # holes, as of a disk that was full
    for odd, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = sample[odd::2], sample[1 - odd :: 2]
        if high.count(0) > 0.6 * len(high) and low.count(0) < 0.1 * len(low):
            return encoding
    return ""


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """An error handler of `bytes.decode`: the undecodable bytes, each as Windows-1252 has it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(bytes([byte]).decode("cp1252", "replace") for byte in wrong), error.end


codecs.register_error(_as_windows.__name__, _as_windows)


def mended_accents(text: str) -> str:
    """The text, if it was written as UTF-8, read as Windows-1252 and written again ("Ã©" for "é"): as it was before.

    That is so if hardly any character beyond ASCII stands outside such pairs and triples; else the text is returned.
    """
    for _ in range(3):  # some files go there and back more than once
        pieces = _TWICE.findall(text)
        if len(pieces) < 3 or sum(map(len, pieces)) < 0.9 * len(re.findall(r"[^\x00-\x7f]", text)):
            break
        text = _TWICE.sub(lambda m: bytes(_BYTES[one] for one in m[0]).decode("utf-8", "replace"), text)
    return text
