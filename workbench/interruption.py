"""Ctrl-C at a good moment: between two steps of long work, where nothing is half done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def between_steps() -> Iterator[Callable[[], None]]:
    """In this block Ctrl-C waits until the function that it gives is called, which then raises KeyboardInterrupt.

    Python raises it wherever it happens to be: in the middle of a step, or in a finaliser, where it is lost. A second
    Ctrl-C does not wait.
    """
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def stop_if_asked() -> None:
        if asked:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals go to the main thread alone
        yield stop_if_asked
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGINT, before)
