"""PCM -> a voice message: OGG/Opus, encoded while the answer is still being spoken."""

from typing import Protocol

from audio import libopus, opus
from audio.ogg import Writer

BIT_RATE = 32_000
PACKET_MS = 20
COMPLEXITY = 2
"""With 2 instead of 10, libopus's own, a second of speech costs half; how like the speech what comes out is (signal to
noise, correlation) and how large stay the same within two percent. At 1 it shows."""
_PER_PACKET = opus.RATE * PACKET_MS // 1000
_END = 300
"""Bytes that the end may add: one or two packets of what the encoder looks ahead, rounded up."""


class VoiceEncoder:
    """One voice message: mono, 32 kbit/s VBR, packets of 20 ms. Not for two threads at once.

    `feed` costs about 0.3 ms per 40 ms of sound; `finish` a third of a millisecond whatever the length.
    """

    def __init__(self, rate: int = 24_000, *, by_ffmpeg: bool = False) -> None:
        """`rate` of the PCM that is fed, in Hz. `by_ffmpeg`: also what libopus could encode by itself."""
        self._rate = rate
        self._odd = b""
        self._samples = 0
        self._codec = _codec(rate, by_ffmpeg=by_ffmpeg)
        self._file = Writer()
        self._begun = False

    @property
    def duration(self) -> float:
        """Seconds of PCM fed so far; the finished file plays exactly as long."""
        return self._samples / self._rate

    @property
    def size(self) -> int:
        """Bytes of the file if it were finished now, within a few hundred and never too few."""
        return self._file.size + _END

    def feed(self, pcm: bytes) -> None:
        """s16le mono PCM, any number of bytes: half a sample is kept for the next piece."""
        pcm = self._odd + pcm
        whole = len(pcm) & ~1
        self._odd = pcm[whole:]
        if whole:
            self._samples += whole // 2
            self._write(self._codec.encode(pcm[:whole]))

    def finish(self) -> bytes:
        """The complete file; empty when nothing was fed. The encoder is spent.

        Whoever keeps it for its figures keeps nothing of the codec: FFmpeg's resampler has a thread for each core.
        """
        if not self._samples:
            return b""
        rest = self._codec.finish()
        length = self._codec.pre_skip + round(self._samples * opus.RATE / self._rate)
        self._write(rest)
        file = self._file.finish(length, _PER_PACKET)
        del self._codec, self._file
        return file

    def _write(self, packets: list[bytes]) -> None:
        if not self._begun and packets:
            self._begun = True
            self._file.head(opus.head_of(self._codec.pre_skip), opus.TAGS)
        self._file.sound(packets, _PER_PACKET)


class _Codec(Protocol):
    @property
    def pre_skip(self) -> int:
        """Samples at 48 kHz, known with the first packet."""
        ...

    def encode(self, pcm: bytes) -> list[bytes]: ...

    def finish(self) -> list[bytes]: ...


def _codec(rate: int, *, by_ffmpeg: bool) -> _Codec:
    if by_ffmpeg or rate not in libopus.RATES or not libopus.is_here():
        from audio.ffmpeg_opus import FFmpegEncoder  # loads PyAV

        return FFmpegEncoder(rate, PACKET_MS, bit_rate=BIT_RATE, complexity=COMPLEXITY)
    return libopus.LibopusEncoder(rate, PACKET_MS, bit_rate=BIT_RATE, complexity=COMPLEXITY)
