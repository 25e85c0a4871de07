"""How loud PCM is, and whether there is any sound in it."""

import audioop
import math

FLOOR_DBFS = -55.0
"""Quieter than this is silence. A phone's microphone in a quiet room records -75 to -60 dBFS of its own hiss, a site
is never below -50, and somebody who speaks softly an arm's length away stays above -45. The floor stands nearer to the
hiss: a note wrongly called silent is refused to a person who did speak, the reverse costs one empty turn."""

WINDOW_MS = 20
FRAME_MS = 100
LOUD_WINDOWS = 3
"""Of the five windows of a frame: the knock of the record button fills one or two, the shortest vowel fills three."""

_FULL_SCALE = 32768
_QUIETEST_DBFS = -120.0


def loudness(pcm: bytes) -> float:
    """RMS of s16le mono PCM in dBFS, -120 for digital silence.

    A constant offset, which cheap recorders have, is not heard and does not count.
    """
    pcm = pcm[: len(pcm) & ~1]
    rms, mean = audioop.rms(pcm, 2), audioop.avg(pcm, 2)
    power = rms * rms - mean * mean
    return 10 * math.log10(power / _FULL_SCALE**2) if power > 0 else _QUIETEST_DBFS


def is_silent(pcm: bytes, rate: int = 16_000) -> bool:
    """Whether no 100 ms of this s16le mono PCM has sound in most of it. Nothing at all is silent."""
    frame = 2 * rate * FRAME_MS // 1000
    return not any(_has_sound(pcm[start : start + frame], rate) for start in range(0, len(pcm), frame))


def _has_sound(frame: bytes, rate: int) -> bool:
    size = 2 * (rate * WINDOW_MS // 1000)
    windows = (frame[start : start + size] for start in range(0, len(frame), size))
    return sum(loudness(window) > FLOOR_DBFS for window in windows) >= LOUD_WINDOWS
