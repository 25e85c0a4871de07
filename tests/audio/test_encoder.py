import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.decoder import OpusDecoder
from audio.encoder import VoiceEncoder
from tests.audio.envelope import best_lag, likeness
from tests.audio.making import voice_note
from tests.audio.ogg_check import checked
from tests.audio.speech import silence, speech_like

SPEECH = speech_like(1.0)


def played(note: bytes) -> bytes:
    decoder = OpusDecoder()
    return decoder.feed(note) + decoder.finish()


def test_a_voice_message_is_mono_opus_of_48_khz_in_packets_of_20_ms() -> None:
    file = checked(voice_note(speech_like(3.0)))
    assert (file.channels, file.input_rate) == (1, 48_000)
    assert 150 <= len(file.packets) <= 151


@pytest.mark.parametrize("samples", [30, 479, 480, 481, 24_000, 24_242, 31_337])
def test_a_voice_message_plays_exactly_as_long_as_what_was_fed(samples: int) -> None:
    encoder = VoiceEncoder()
    encoder.feed(speech_like(2.0)[: 2 * samples])
    assert encoder.duration == samples / 24_000
    assert checked(encoder.finish()).seconds == pytest.approx(samples / 24_000, abs=1 / 16_000)


def test_speech_takes_about_32_kilobits_a_second() -> None:
    assert 24_000 < len(voice_note(speech_like(10.0))) * 8 / 10 < 38_000


def test_nothing_fed_is_an_empty_file() -> None:
    assert VoiceEncoder().finish() == b""


@given(st.lists(st.integers(0, 4_801), max_size=60))
@settings(max_examples=25, deadline=None)
def test_it_does_not_matter_how_the_pcm_is_cut(sizes: list[int]) -> None:
    encoder, start = VoiceEncoder(), 0
    for size in sizes:
        encoder.feed(SPEECH[start : start + size])
        start += size
    encoder.feed(SPEECH[start:])
    assert encoder.duration == 1.0
    assert played(encoder.finish()) == played(voice_note(SPEECH))


def test_half_a_sample_waits_for_its_other_half() -> None:
    encoder = VoiceEncoder()
    encoder.feed(SPEECH[:1])
    assert encoder.duration == 0
    encoder.feed(SPEECH[1:2])
    assert encoder.duration == 1 / 24_000


@pytest.mark.parametrize("seconds", [0.3, 1.0, 30.0])
def test_the_size_so_far_is_the_size_of_the_file_if_it_ended_now(seconds: float) -> None:
    encoder, speech = VoiceEncoder(), speech_like(seconds)
    for start in range(0, len(speech), 1_920):
        encoder.feed(speech[start : start + 1_920])
    expected = encoder.size
    assert 0 <= expected - len(encoder.finish()) < 1_000


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_any_rate_goes_in_and_comes_out_as_the_same_speech(rate: int) -> None:
    speech = speech_like(2.0, rate)
    pcm = played(voice_note(speech, rate))
    assert likeness(speech, rate, pcm, 16_000) >= 0.97
    assert best_lag(speech, rate, pcm, 16_000) == 0


def test_an_encoder_that_is_done_has_no_threads() -> None:
    encoders = [VoiceEncoder() for _ in range(3)]
    before = threads_of_the_kernel()
    for encoder in encoders:
        encoder.feed(speech_like(0.1))
        encoder.finish()
    assert threads_of_the_kernel() <= before
    assert [encoder.duration for encoder in encoders] == [0.1] * 3


def threads_of_the_kernel() -> int:
    """FFmpeg's threads are none of Python's."""
    return len(os.listdir("/proc/self/task"))


def test_silence_can_be_encoded() -> None:
    assert checked(voice_note(silence(2.0, 24_000))).seconds == 2.0


@pytest.mark.skipif(shutil.which("opusinfo") is None, reason="needs the opusinfo program")
@pytest.mark.parametrize("seconds", [0.01, 1.0, 7.77])
def test_opusinfo_finds_nothing_wrong(seconds: float, tmp_path: Path) -> None:
    file = tmp_path / "answer.ogg"
    file.write_bytes(voice_note(speech_like(seconds)))
    report = subprocess.run(["opusinfo", str(file)], capture_output=True, text=True, timeout=20, check=False)
    assert report.returncode == 0
    assert "WARNING" not in report.stdout + report.stderr
    assert "Channels: 1" in report.stdout
    assert "20.0ms (max)" in report.stdout


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")
def test_ffmpeg_hears_the_same_speech_of_the_same_length(tmp_path: Path) -> None:
    speech, file = speech_like(5.0), tmp_path / "answer.ogg"
    file.write_bytes(voice_note(speech))
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-f", "s16le", "-ar", "16000", "-ac", "1", "-"]
    pcm = subprocess.run(command, capture_output=True, timeout=20, check=True).stdout
    assert len(pcm) == 5 * 32_000
    assert likeness(speech, 24_000, pcm, 16_000) >= 0.97
