"""Is this the same speech? Compares how the loudness of two recordings goes up and down, whatever their rates."""

import audioop
from itertools import pairwise
from math import sqrt
from operator import mul

FRAME_S = 0.02
_FARTHEST_S = 0.5


def envelope(pcm: bytes, rate: int) -> list[float]:
    """RMS of each 20 ms of s16le mono PCM; what is left over at the end does not count."""
    frames = int(len(pcm) / 2 / rate / FRAME_S + 1e-6)
    edges = [2 * round(index * rate * FRAME_S) for index in range(frames + 1)]
    return [float(audioop.rms(pcm[start:end], 2)) for start, end in pairwise(edges)]


def likeness(a: bytes, rate_a: int, b: bytes, rate_b: int) -> float:
    """Correlation of the two envelopes where they fit best, at most half a second apart: 1 is the same."""
    one, other = envelope(a, rate_a), envelope(b, rate_b)
    return max(_correlation(one, other, lag) for lag in _lags())


def best_lag(a: bytes, rate_a: int, b: bytes, rate_b: int) -> float:
    """Seconds by which `b` is later than `a`, in steps of 20 ms."""
    one, other = envelope(a, rate_a), envelope(b, rate_b)
    return max(_lags(), key=lambda lag: (_correlation(one, other, lag), -abs(lag))) * FRAME_S


def _lags() -> range:
    farthest = round(_FARTHEST_S / FRAME_S)
    return range(-farthest, farthest + 1)


def _correlation(one: list[float], other: list[float], lag: int) -> float:
    one, other = one[max(0, -lag) :], other[max(0, lag) :]
    size = min(len(one), len(other))
    if size < 2:
        return 0.0
    one, other = one[:size], other[:size]
    mean_one, mean_other = sum(one) / size, sum(other) / size
    together = sum(map(mul, one, other)) / size - mean_one * mean_other
    spread_one = sum(map(mul, one, one)) / size - mean_one**2
    spread_other = sum(map(mul, other, other)) / size - mean_other**2
    return together / sqrt(spread_one * spread_other) if spread_one > 0 and spread_other > 0 else 0.0
