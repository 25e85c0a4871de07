"""Sound made by arithmetic."""

import math
from array import array


def tone(seconds: float, hertz: float = 120, rate: int = 16_000, level: float = 0.3) -> bytes:
    """s16le mono, with an overtone, like a voice."""
    step = 2 * math.pi * hertz / rate
    wave = (math.sin(step * n) + 0.5 * math.sin(2 * step * n) for n in range(round(seconds * rate)))
    return array("h", (round(value * level * 21_000) for value in wave)).tobytes()


def silence(seconds: float, rate: int = 16_000) -> bytes:
    return bytes(round(seconds * rate) * 2)


def envelope(pcm: bytes, rate: int) -> list[float]:
    """Mean level of each 20 ms."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    size = rate // 50
    return [sum(map(abs, samples[at : at + size])) / size for at in range(0, len(samples) - size + 1, size)]


def correlation(one: list[float], other: list[float]) -> float:
    length = min(len(one), len(other))
    one, other = one[:length], other[:length]
    mean_one, mean_other = sum(one) / length, sum(other) / length
    both = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other)
    return float(both / spread**0.5) if spread else 0.0
