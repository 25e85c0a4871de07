"""What was sent and what arrived: decoded and compared here, with the emulators' own ears."""

import audioop
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import StatisticsError, correlation
from typing import Self

import av
from av.audio.frame import AudioFrame

from emulators.speech import sound

RATE = 16_000
"""Everything is compared at this rate, s16le mono."""
OPUS_RATE = 48_000
FRAME_S = 0.02
FARTHEST_FRAMES = 5
"""How far the two are moved against each other, either way."""


@dataclass(frozen=True)
class Recording:
    """Sound at `RATE`, wherever it came from."""

    pcm: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(sound.decode(str(path), RATE))

    @classmethod
    def from_pcm(cls, pcm: bytes, rate: int) -> Self:
        return cls(sound.resample(pcm, rate, RATE))

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / RATE

    @cached_property
    def pitch_hz(self) -> float | None:
        return sound.pitch(self.pcm, RATE)

    @cached_property
    def decibels(self) -> float:
        """Of the loudest half second, against full scale; -inf for silence."""
        loudness = sound.loudness(self.pcm, RATE)
        return 20 * math.log10(loudness) if loudness else -math.inf

    @cached_property
    def envelope(self) -> list[float]:
        """RMS of each 20 ms; what is left over at the end does not count."""
        size = 2 * round(RATE * FRAME_S)
        edges = range(0, len(self.pcm) + 1, size)
        return [float(audioop.rms(self.pcm[start:end], 2)) for start, end in pairwise(edges)]

    def likeness(self, other: "Recording") -> float:
        """Correlation of the two envelopes where they fit best, at most 0.1 s apart: 1 is the same, 0 is unlike."""
        lags = range(-FARTHEST_FRAMES, FARTHEST_FRAMES + 1)
        return max(_correlation(self.envelope[max(0, -lag) :], other.envelope[max(0, lag) :]) for lag in lags)


@dataclass(frozen=True)
class Note:
    """An OGG/Opus file and what is in it."""

    ogg: bytes
    sound: Recording

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(path.read_bytes(), Recording.read(path))


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    size = min(len(one), len(other))
    try:
        return correlation(one[:size], other[:size])
    except StatisticsError:  # too short, or all of it equally loud
        return 0.0


def respeak(path: Path, speed: float, target: Path) -> None:
    """Writes the recording played `speed` times as fast, and higher by as much, as OGG/Opus."""
    pcm = sound.resample(sound.decode(str(path), OPUS_RATE), round(OPUS_RATE * speed), OPUS_RATE)
    with av.open(str(target), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=OPUS_RATE, layout="mono")
        stream.bit_rate = 24_000
        frame = AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm)
        frame.sample_rate = OPUS_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
