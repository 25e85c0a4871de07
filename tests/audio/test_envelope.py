import pytest

from tests.audio.envelope import best_lag, envelope, likeness
from tests.audio.speech import silence, speech_like

SPEECH = speech_like(4.0)


def test_speech_is_like_itself_at_another_rate_and_loudness() -> None:
    assert likeness(SPEECH, 24_000, SPEECH, 24_000) == pytest.approx(1)


def test_other_speech_is_not_alike() -> None:
    assert likeness(SPEECH, 24_000, speech_like(4.0, seed=2), 24_000) < 0.6


def test_silence_is_like_nothing() -> None:
    assert likeness(SPEECH, 24_000, silence(4.0, 24_000), 24_000) == 0


def test_a_delay_is_found_and_does_not_make_it_another() -> None:
    late = silence(0.24, 24_000) + SPEECH
    assert best_lag(SPEECH, 24_000, late, 24_000) == pytest.approx(0.24)
    assert likeness(SPEECH, 24_000, late, 24_000) > 0.99


def test_an_envelope_has_fifty_frames_a_second_at_any_rate() -> None:
    assert [len(envelope(speech_like(2.0, rate), rate)) for rate in (8_000, 11_025, 44_100)] == [100] * 3
