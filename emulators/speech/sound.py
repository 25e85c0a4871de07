"""Sound as s16le mono PCM: measured, resampled, decoded, cut; without numpy."""

import audioop
from array import array
from itertools import pairwise
from operator import mul
from statistics import median

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

PITCH_RATE = 8_000
LOWEST_HZ, HIGHEST_HZ = 60, 400
FRAME = PITCH_RATE // 20
"""50 ms: three periods of the lowest voice."""
FRAMES = 16
"""So many of the loudest frames are looked at."""
VOICED = 0.6


def loudness(pcm: bytes, rate: int) -> float:
    """Root mean square of the loudest half second, 0..1."""
    half_second = rate // 2 * 2
    pieces = (pcm[start : start + half_second] for start in range(0, len(pcm) - len(pcm) % 2, half_second))
    return max((audioop.rms(piece, 2) for piece in pieces), default=0) / 32768


def pitch(pcm: bytes, rate: int) -> float | None:
    """Median over the voiced ones of the loudest 50 ms frames, in hertz; `None` for fewer than three such frames."""
    narrow, _ = audioop.ratecv(pcm[: len(pcm) // 2 * 2], 2, 1, rate, PITCH_RATE, None)
    samples = array("h", narrow)
    frames = [samples[start : start + FRAME] for start in range(0, len(samples) - FRAME + 1, FRAME)]
    loudest = sorted(frames, key=lambda frame: sum(map(abs, frame)), reverse=True)[:FRAMES]
    found = [hertz for frame in loudest if (hertz := _period(frame)) is not None]
    return median(found) if len(found) >= 3 else None


def _period(frame: "array[int]") -> float | None:
    """The frequency at the first high peak of the normalised autocorrelation; later ones are multiples of it."""
    shortest, longest = PITCH_RATE // HIGHEST_HZ, PITCH_RATE // LOWEST_HZ
    width = FRAME - longest - 1
    head = frame[:width]
    energy = sum(map(mul, head, head))
    likeness = [0.0] * (longest + 2)
    for lag in range(shortest - 1, longest + 2):
        shifted = frame[lag : lag + width]
        power = energy * sum(map(mul, shifted, shifted))
        likeness[lag] = sum(map(mul, head, shifted)) / power**0.5 if power else 0.0
    best = max(likeness[shortest : longest + 1])
    if best < VOICED:
        return None
    for lag in range(shortest, longest + 1):
        before, here, after = likeness[lag - 1 : lag + 2]
        if here >= 0.9 * best and here >= before and here >= after:
            bend = before - 2 * here + after
            return PITCH_RATE / (lag + (0.5 * (before - after) / bend if bend else 0.0))
    return None


def resample(pcm: bytes, source: int, target: int) -> bytes:
    """s16le mono from one rate to another; the length in seconds stays."""
    if source == target or not pcm:
        return pcm
    frame = AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
    frame.planes[0].update(pcm[: len(pcm) // 2 * 2])
    frame.sample_rate = source
    resampler = AudioResampler(format="s16", layout="mono", rate=target)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    return b"".join(bytes(piece.planes[0])[: piece.samples * 2] for piece in pieces)


def decode(path: str, rate: int) -> bytes:
    """A recording as s16le mono at `rate`."""
    resampler = AudioResampler(format="s16", layout="mono", rate=rate)
    with av.open(path) as container:
        pieces = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    pieces += resampler.resample(None)
    return b"".join(bytes(piece.planes[0])[: piece.samples * 2] for piece in pieces)


def pieces(pcm: bytes, rate: int, milliseconds: int) -> list[bytes]:
    """Slices of so many milliseconds; the last one is shorter."""
    size = rate * milliseconds // 1000 * 2
    edges = [*range(0, len(pcm), size), len(pcm)]
    return [pcm[start:end] for start, end in pairwise(edges)]
