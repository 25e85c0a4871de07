import math
from array import array

import pytest

from audio.level import is_silent, loudness
from tests.audio.speech import hiss, silence, speech_like

RATE = 16_000


def tone(seconds: float, dbfs: float) -> bytes:
    """A sine of that RMS."""
    peak = 32768 * math.sqrt(2) * 10 ** (dbfs / 20)
    return array("h", (round(peak * math.sin(i / 10)) for i in range(round(seconds * RATE)))).tobytes()


@pytest.mark.parametrize("dbfs", [-6.0, -20.0, -40.0, -55.0])
def test_loudness_is_rms_in_decibels_of_full_scale(dbfs: float) -> None:
    assert loudness(tone(1, dbfs)) == pytest.approx(dbfs, abs=0.3)


def test_digital_silence_and_nothing_have_a_finite_loudness() -> None:
    assert loudness(silence(1, RATE)) == loudness(b"") == loudness(b"\x01") == -120


def test_a_constant_offset_is_not_sound() -> None:
    offset = array("h", [3000] * RATE).tobytes()
    assert loudness(offset) == -120
    assert is_silent(offset)


@pytest.mark.parametrize("dbfs", [-75.0, -65.0, -58.0])
def test_the_hiss_of_a_microphone_is_silence(dbfs: float) -> None:
    assert is_silent(hiss(2, RATE, dbfs))


@pytest.mark.parametrize("dbfs", [-50.0, -30.0])
def test_a_soft_voice_is_not_silence(dbfs: float) -> None:
    assert not is_silent(tone(0.2, dbfs))


def test_speech_is_not_silence_at_any_rate() -> None:
    assert not any(is_silent(speech_like(1, rate), rate) for rate in (8_000, 16_000, 24_000, 48_000))


def test_one_vowel_in_a_minute_is_enough() -> None:
    assert not is_silent(silence(30, RATE) + tone(0.12, -30) + silence(30, RATE))


def test_the_knock_of_the_record_button_is_not_speech() -> None:
    assert is_silent(silence(0.03, RATE) + tone(0.015, -12) + silence(1, RATE))


def test_nothing_is_silent() -> None:
    assert is_silent(b"")
