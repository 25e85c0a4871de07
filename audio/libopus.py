"""libopus itself, the one that PyAV's FFmpeg is linked with: it decodes straight to the rate that is listened to.

FFmpeg's own decoder makes 48 kHz of everything, three quarters of which the resampler then throws away: together they
take almost twice as long. The functions are those that libopus promises to its callers (`opus.h`); they are looked up
from a module of PyAV, so that it does not matter where its wheel keeps its libraries or how they are called.
"""

import ctypes
import weakref
from functools import cache

import av

from audio.resampling import RATE

_LONGEST = RATE * 120 // 1000
"""Samples of the longest packet."""


@cache
def _library() -> ctypes.CDLL | None:
    """None where PyAV is built without it, or its functions can not be seen from here (Windows)."""
    try:
        library = ctypes.CDLL(av._core.__file__)
        library.opus_decoder_create.restype = ctypes.c_void_p
        library.opus_decoder_create.argtypes = [ctypes.c_int32, ctypes.c_int, ctypes.c_void_p]
        library.opus_decode.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int, ctypes.c_int,
        ]  # fmt: skip
        library.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
        library.opus_decoder_destroy.restype = None
    except (OSError, AttributeError):
        return None
    return library


def is_here() -> bool:
    return _library() is not None


class Libopus:
    """Packets of one stream, mono or stereo, as s16le mono at 16 kHz. Not for two threads at once."""

    def __init__(self) -> None:
        library = _library()
        assert library is not None
        self.has_sound = False
        self._library = library
        self._sound = ctypes.create_string_buffer(2 * _LONGEST)
        self._decoder = library.opus_decoder_create(RATE, 1, None)
        if self._decoder is None:
            raise MemoryError
        weakref.finalize(self, library.opus_decoder_destroy, self._decoder)

    def decode(self, packets: list[bytes]) -> bytes:
        """Nothing of a packet that can not be decoded."""
        return b"".join(map(self._one, packets))

    def finish(self) -> bytes:
        return b""

    def _one(self, packet: bytes) -> bytes:
        samples = self._library.opus_decode(self._decoder, packet, len(packet), self._sound, _LONGEST, 0)
        if samples <= 0:
            return b""
        self.has_sound = True
        return ctypes.string_at(self._sound, 2 * samples)
