"""libopus by itself and FFmpeg's decoder hear the same; what libopus is not used for, FFmpeg decodes."""

import ctypes

import pytest

from audio import libopus
from audio.decoder import OpusDecoder
from audio.encoder import VoiceEncoder
from tests.audio.envelope import best_lag, likeness
from tests.audio.making import recording, voice_note
from tests.audio.ogg_check import checked, ogg_page, pages
from tests.audio.speech import speech_like

SPEECH = speech_like(4.0)
NOTE = voice_note(SPEECH)
HALF = (-6 * 256).to_bytes(2, "little", signed=True)
"""A gain of -6 dB, as a head tells it."""


def decoded(data: bytes, *, by_ffmpeg: bool = False) -> bytes:
    decoder = OpusDecoder(by_ffmpeg=by_ffmpeg)
    return decoder.feed(data) + decoder.finish()


def with_head(note: bytes, *, gain: bytes = bytes(2), family: bytes = b"\0") -> bytes:
    first, *others = pages(note)
    head = first[-19:]
    changed = head[:16] + gain + family + (b"\x01\x00\x00" if family != b"\0" else b"")
    return ogg_page([changed], serial=int.from_bytes(first[14:18], "little"), number=0, flags=2) + b"".join(others)


def test_it_is_found_by_itself_and_through_pyav() -> None:
    places = list(libopus._places())
    assert [file.name.partition(".")[0].partition("-")[0] for file in places] == ["libopus", "_core"]
    for file in places:
        libopus._declare(ctypes.CDLL(str(file)))
    assert libopus.is_here()


def test_another_library_is_not_taken_for_it() -> None:
    with pytest.raises(AttributeError):
        libopus._declare(ctypes.CDLL(None))


def test_where_it_is_missing_ffmpeg_hears_the_same() -> None:
    pcm = decoded(NOTE, by_ffmpeg=True)
    assert abs(len(pcm) / 2 - 4 * 16_000) <= 1
    assert likeness(SPEECH, 24_000, pcm, 16_000) >= 0.97
    assert best_lag(SPEECH, 24_000, pcm, 16_000) == 0


@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_both_decode_the_same_but_for_what_each_filters(layout: str) -> None:
    note = recording(SPEECH, 24_000, "ogg", "libopus", layout=layout)
    by_libopus, by_ffmpeg = decoded(note), decoded(note, by_ffmpeg=True)
    assert len(by_libopus) == len(by_ffmpeg)
    assert likeness(by_libopus, 16_000, by_ffmpeg, 16_000) >= 0.995


def test_where_it_is_missing_ffmpeg_encodes_the_same() -> None:
    encoder = VoiceEncoder(by_ffmpeg=True)
    for start in range(0, len(SPEECH), 4_801):
        encoder.feed(SPEECH[start : start + 4_801])
    note = encoder.finish()
    assert checked(note).seconds == 4.0
    assert likeness(decoded(NOTE), 16_000, decoded(note), 16_000) >= 0.995
    assert best_lag(SPEECH, 24_000, decoded(note), 16_000) == 0


def test_a_gain_in_the_head_is_applied() -> None:
    loud, quiet = decoded(NOTE), decoded(with_head(NOTE, gain=HALF))
    assert _level(quiet) == pytest.approx(_level(loud) / 2, rel=0.05)


def test_a_mapping_of_channels_is_heard() -> None:
    pcm = decoded(with_head(NOTE, family=b"\x01"))
    assert likeness(SPEECH, 24_000, pcm, 16_000) >= 0.97


def _level(pcm: bytes) -> float:
    samples = memoryview(pcm).cast("h")
    return float(sum(abs(sample) for sample in samples) / len(samples))
