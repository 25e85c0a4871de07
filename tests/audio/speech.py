"""Something like speech, made up: syllables with a melody, of changing loudness, with pauses between the words."""

import audioop
import math
import random
from array import array
from collections.abc import Iterator
from functools import cache


def speech_like(seconds: float, rate: int = 24_000, *, seed: int = 1) -> bytes:
    """s16le mono PCM of exactly that length, the same for the same seed. Ten minutes cost a moment."""
    size = 2 * round(seconds * rate)
    pcm = bytearray()
    for piece in _words(random.Random(seed), _syllables(rate, seed), rate):
        pcm += piece
        if len(pcm) >= size:
            break
    return bytes(pcm[:size])


def silence(seconds: float, rate: int) -> bytes:
    return bytes(2 * round(seconds * rate))


def hiss(seconds: float, rate: int, dbfs: float, *, seed: int = 1) -> bytes:
    """White noise: a microphone in a quiet room is at -75 to -60 dBFS."""
    luck = random.Random(seed)
    loudness = 32768 * 10 ** (dbfs / 20)
    second = array("h", (round(luck.gauss(0, loudness)) for _ in range(rate))).tobytes()
    return (second * math.ceil(seconds))[: 2 * round(seconds * rate)]


def _words(luck: random.Random, syllables: list[bytes], rate: int) -> Iterator[bytes]:
    while True:
        for _ in range(luck.randint(1, 5)):
            yield audioop.mul(luck.choice(syllables), 2, luck.uniform(0.25, 1.0))
        yield silence(luck.choice((0.08, 0.15, 0.4)), rate)


@cache
def _syllables(rate: int, seed: int) -> list[bytes]:
    luck = random.Random(seed)
    return [_syllable(luck, rate) for _ in range(12)]


def _syllable(luck: random.Random, rate: int) -> bytes:
    """A vowel of a few harmonics with a breath of noise, swelling and fading."""
    length = int(rate * luck.uniform(0.12, 0.28))
    pitch = luck.uniform(90, 240)
    shares = [luck.uniform(0.1, 1.0) / k for k in range(1, 9)]
    pcm = array("h")
    for index in range(length):
        angle = 2 * math.pi * pitch * index / rate
        # sin((k + 1) x) = 2 cos(x) sin(k x) - sin((k - 1) x): one sine for all eight, many modules are made of this.
        twice, before, sine, tone = 2 * math.cos(angle), 0.0, math.sin(angle), 0.0
        for share in shares:
            tone += share * sine
            before, sine = sine, twice * sine - before
        swell: float = math.sin(math.pi * index / length) ** 0.7
        pcm.append(max(-32768, min(32767, round(swell * (5500 * tone + luck.gauss(0, 250))))))
    return pcm.tobytes()
