"""libopus itself, the one that PyAV's FFmpeg is linked with: it works at the rates that are heard and spoken.

FFmpeg's own decoder makes 48 kHz of everything, three quarters of which the resampler then throws away: together they
take almost twice as long; its encoder wants 48 kHz and takes a third longer. The functions are those that libopus
promises to its callers (`opus.h`, `opus_defines.h`). It comes with PyAV, which is not loaded for it: that takes 20 MB.
"""

import ctypes
import weakref
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from audio.pcm import RATE

RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
"""Hz that libopus takes and gives."""
_LONGEST = RATE * 120 // 1000
"""Samples of the longest packet."""
_LARGEST = 1275
"""Bytes of a packet of one frame."""
_VOIP = 2048
_SET_BITRATE, _SET_VBR, _SET_COMPLEXITY, _SET_VBR_CONSTRAINT, _GET_LOOKAHEAD = 4002, 4006, 4010, 4020, 4027


@cache
def _library() -> ctypes.CDLL | None:
    """None where PyAV is built without it, or its functions can not be seen from here (Windows)."""
    for file in _places():
        try:
            library = ctypes.CDLL(str(file))
            _declare(library)
        except (OSError, AttributeError):
            continue
        return library
    return None


def _places() -> Iterator[Path]:
    """The library where PyAV's wheels have it: alone it takes 10 MB less than all of FFmpeg. Then a module of PyAV,
    through which the dynamic linker finds it wherever it is."""
    package = find_spec("av")
    for place in (package.submodule_search_locations or ()) if package is not None else ():
        folder = Path(place)
        for libraries in (folder.parent / "av.libs", folder / ".dylibs"):
            yield from libraries.glob("libopus*")
        yield from (file for file in folder.glob("_core.*") if file.suffix == ".so")


def _declare(library: ctypes.CDLL) -> None:
    """Raises AttributeError when it is another one."""
    state, count, data = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
    library.opus_decoder_create.restype = state
    library.opus_decoder_create.argtypes = [ctypes.c_int32, count, data]
    library.opus_decode.argtypes = [state, ctypes.c_char_p, ctypes.c_int32, data, count, count]
    library.opus_decoder_destroy.argtypes = [state]
    library.opus_decoder_destroy.restype = None
    library.opus_encoder_create.restype = state
    library.opus_encoder_create.argtypes = [ctypes.c_int32, count, count, data]
    library.opus_encode.argtypes = [state, ctypes.c_char_p, count, data, ctypes.c_int32]
    library.opus_encoder_ctl.argtypes = [state, count]
    library.opus_encoder_destroy.argtypes = [state]
    library.opus_encoder_destroy.restype = None


def is_here() -> bool:
    return _library() is not None


class LibopusDecoder:
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


class LibopusEncoder:
    """s16le mono PCM at one of `RATES` as packets of `milliseconds`. Not for two threads at once."""

    def __init__(self, rate: int, milliseconds: int, *, bit_rate: int, complexity: int) -> None:
        """`bit_rate` in bits a second, on average; `complexity` of 0 to 10."""
        library = _library()
        assert library is not None
        self._library = library
        self._samples = rate * milliseconds // 1000
        self._rest = b""
        self._packet = ctypes.create_string_buffer(_LARGEST)
        self._encoder = library.opus_encoder_create(rate, 1, _VOIP, None)
        if self._encoder is None:
            raise MemoryError
        weakref.finalize(self, library.opus_encoder_destroy, self._encoder)
        wanted = ((_SET_BITRATE, bit_rate), (_SET_VBR, 1), (_SET_VBR_CONSTRAINT, 0), (_SET_COMPLEXITY, complexity))
        for request, value in wanted:
            library.opus_encoder_ctl(self._encoder, request, ctypes.c_int(value))
        ahead = ctypes.c_int()
        library.opus_encoder_ctl(self._encoder, _GET_LOOKAHEAD, ctypes.byref(ahead))
        self._lookahead = ahead.value
        self.pre_skip = ahead.value * 48_000 // rate
        """Samples at 48 kHz that come out before the first that went in."""

    def encode(self, pcm: bytes) -> list[bytes]:
        """Whole samples; the packets that they complete."""
        pcm = self._rest + pcm
        size = 2 * self._samples
        whole = len(pcm) - len(pcm) % size
        self._rest = pcm[whole:]
        return [self._one(pcm[start : start + size]) for start in range(0, whole, size)]

    def finish(self) -> list[bytes]:
        """What is left, and as much silence as makes the last sample come out."""
        pcm = self._rest + bytes(2 * self._lookahead)
        self._rest = b""
        return self.encode(pcm + bytes(-len(pcm) % (2 * self._samples)))

    def _one(self, pcm: bytes) -> bytes:
        size = self._library.opus_encode(self._encoder, pcm, self._samples, self._packet, _LARGEST)
        if size <= 0:
            raise RuntimeError(f"libopus: {size}")
        return ctypes.string_at(self._packet, size)
