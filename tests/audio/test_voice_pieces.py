"""Voice messages that are one answer when they are played one after the other."""

import audioop
from itertools import pairwise

import pytest

from audio.decoder import OpusDecoder
from audio.voice_pieces import MOST_BYTES, Voice, VoicePieces
from emulators.speech.recordings import DICTATION
from emulators.speech.sound import decode
from tests.audio.envelope import likeness
from tests.audio.ogg_check import checked
from tests.audio.speech import speech_like

RATE = 24_000


def made(pcm: bytes, *, may_cut: bool = True) -> list[Voice]:
    pieces, voices = VoicePieces(), []
    for start in range(0, len(pcm), 1_920):
        voice = pieces.feed(pcm[start : start + 1_920], may_cut=may_cut)
        if voice is not None:
            voices.append(voice)
    return [*voices, pieces.finish()]


def played(voice: Voice) -> bytes:
    decoder = OpusDecoder()
    return decoder.feed(voice.ogg) + decoder.finish()


@pytest.mark.parametrize("speech", ["made up", "dictation"])
def test_each_piece_is_a_file_of_its_own_and_together_they_are_the_answer(speech: str) -> None:
    pcm = speech_like(30) if speech == "made up" else decode(str(DICTATION.path), RATE)
    voices = made(pcm)
    assert len(voices) >= 4
    for voice in voices:
        assert checked(voice.ogg).seconds == pytest.approx(voice.seconds, abs=1 / 16_000)
    assert sum(voice.seconds for voice in voices) == pytest.approx(len(pcm) / 2 / RATE, abs=1e-6)
    joined = b"".join(played(voice) for voice in voices)
    assert abs(len(joined) / 2 / 16_000 - len(pcm) / 2 / RATE) < 0.02
    assert likeness(pcm, RATE, joined, 16_000) >= 0.97


def test_nothing_clicks_where_pieces_meet() -> None:
    voices = made(decode(str(DICTATION.path), RATE))
    sounds = [played(voice) for voice in voices]
    speech = audioop.rms(b"".join(sounds), 2)
    for end, beginning in pairwise(sounds):
        seam = end[-640:] + beginning[:640]  # 20 ms on either side, at 16 kHz
        assert audioop.max(seam, 2) < speech / 2


def test_what_may_not_be_cut_is_one_piece_until_it_becomes_large() -> None:
    voices = made(speech_like(20), may_cut=False)
    assert [round(voice.seconds) for voice in voices] == [20]


def test_no_piece_is_larger_than_telegram_draws_a_waveform_for() -> None:
    pcm = speech_like(20)
    pieces, voices = VoicePieces(), []
    for _ in range(15):
        for start in range(0, len(pcm), 48_000):
            voice = pieces.feed(pcm[start : start + 48_000], may_cut=False)
            voices += [voice] if voice is not None else []
    voices.append(pieces.finish())
    assert len(voices) >= 2
    assert all(len(voice.ogg) < MOST_BYTES + 10_000 for voice in voices)
    assert sum(voice.seconds for voice in voices) == pytest.approx(300)


def test_no_sound_is_an_empty_file() -> None:
    assert VoicePieces().finish() == Voice(b"", 0.0)
