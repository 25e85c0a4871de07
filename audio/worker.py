"""The program of a codec process: it keeps objects for its parent and calls their methods, one after the other.

A request is a tuple, pickled behind four bytes of its length: `("make", key, callable, args)`, `("drop", key)` or
`("call", key, method, args, kwargs)`, which alone is answered, with `(True, result)` or `(False, exception)`; before
them all comes `READY`. An object that could not be made raises why at each call. Without its parent (the pipe ends) it
ends; signals are its parent's.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import IO, Any

LENGTH = 4
READY = b"ready"
LOADED = ("audio.intake", "audio.voice_pieces", "audio.encoder")
"""What the first note and the first answer need."""


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    for name in LOADED:
        import_module(name)
    answers.write(READY)
    answers.flush()
    serve(sys.stdin.buffer, answers)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    kept: dict[int, Any] = {}
    while (request := _read(requests)) is not None:
        match request:
            case "make", key, make, args:
                kept[key] = _made(make, args)
            case "drop", key:
                _close(kept.pop(key))
            case "call", key, method, args, kwargs:
                answers.write(packed(_outcome(kept[key], method, args, kwargs)))
                answers.flush()
    for one in kept.values():
        _close(one)


def packed(message: object) -> bytes:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(LENGTH, "big") + data


class _Failed:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _read(requests: IO[bytes]) -> Any:
    """None at the end."""
    length = requests.read(LENGTH)
    if len(length) < LENGTH:
        return None
    return pickle.loads(requests.read(int.from_bytes(length, "big")))  # noqa: S301 - of our parent


def _made(make: Callable[..., object], args: tuple[Any, ...]) -> object:
    try:
        return make(*args)
    except Exception as error:  # raised where it is used
        return _Failed(error)


def _outcome(one: object, method: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    try:
        if isinstance(one, _Failed):
            raise one.error
        return True, method(one, *args, **kwargs)
    except OSError as error:
        return False, OSError(error.errno, error.strerror)  # without the name of the file
    except Exception as error:
        return False, RuntimeError(type(error).__name__)  # one that is known wherever it is read


def _close(one: object) -> None:
    close = getattr(one, "close", None)
    if close is not None:
        close()
