import audioop
import math
import random
import shutil
from array import array
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from audio import recordings
from audio.level import is_silent, loudness
from audio.listening import listen
from audio.pool import Codecs
from errors import BadInput, RecordingHasNoSoundTrack, RecordingNeedsFfmpeg, RecordingSilent, RecordingUnreadable
from tests.audio.envelope import likeness
from tests.audio.making import blocks_of, heard, left_in, recording, voice_note, wav, with_cover
from tests.audio.speech import hiss, silence, speech_like

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")
SECONDS = 3.0


@dataclass(frozen=True)
class Kind:
    name: str
    container: str
    codec: str
    rate: int = 44_100
    layout: str = "mono"
    picture: bool = False

    def made_from(self, speech: bytes) -> bytes:
        made = recording(speech, self.rate, self.container, self.codec, layout=self.layout, picture=self.picture)
        return with_cover(made) if "cover" in self.name else made


KINDS = [
    Kind("MP3", "mp3", "libmp3lame", layout="stereo"),
    Kind("MP3 with a cover picture", "mp3", "libmp3lame"),
    Kind("M4A, its table of contents at the end", "ipod", "aac", 48_000),
    Kind("video note", "mp4", "aac", layout="stereo", picture=True),
    Kind("telephone video", "3gp", "libopencore_amrnb", 8_000, picture=True),
    Kind("WAV of a dictaphone", "wav", "pcm_s16le", 11_025),
    Kind("WAV of a telephone exchange", "wav", "pcm_mulaw", 8_000),
    Kind("FLAC", "flac", "flac", layout="stereo"),
    Kind("OGG with Vorbis", "ogg", "vorbis", layout="stereo"),
    Kind("OGG with FLAC", "ogg", "flac", 16_000),
    Kind("AMR", "amr", "libopencore_amrnb", 8_000),
    Kind("AAC", "adts", "aac"),
    Kind("WebM of a browser", "webm", "libopus", 48_000),
    Kind("CAF of an iPhone", "caf", "alac"),
    Kind("AIFF", "aiff", "pcm_s16be", 22_050),
]


@pytest.fixture(params=["ffmpeg", "PyAV"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test once with the program, once without."""
    name = str(request.param)
    if name == "PyAV":
        monkeypatch.setenv("PATH", "")
    elif shutil.which("ffmpeg") is None:
        pytest.skip("needs the ffmpeg program")
    return name


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_every_kind_of_recording_is_heard(kind: Kind, codecs: Codecs, tmp_path: Path) -> None:
    speech = speech_like(SECONDS, kind.rate)
    pcm = await heard(kind.made_from(speech), codecs, scratch=tmp_path)
    # A codec frame of these is up to 64 ms, and not every file says where in it the sound ends.
    assert len(pcm) / 32_000 == pytest.approx(SECONDS, abs=0.064)
    assert likeness(speech, kind.rate, pcm, 16_000) >= 0.97
    assert left_in(tmp_path) == []


@pytest.mark.usefixtures("reader")
async def test_a_film_without_a_sound_track_is_told(codecs: Codecs, tmp_path: Path) -> None:
    film = recording(b"", 44_100, "mp4", "aac", picture=True)
    with pytest.raises(RecordingHasNoSoundTrack):
        await heard(film, codecs, scratch=tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "beginning", [b"", b"RIFF\x00\x00\x00\x00WAVE", b"\x00\x00\x00\x20ftypisom", b"fLaC", b"OggS\x00", b"ID3\x03"]
)
async def test_random_bytes_are_unreadable_whatever_they_begin_with(beginning: bytes, codecs: Codecs) -> None:
    with pytest.raises(RecordingUnreadable) as refused:
        await heard(beginning + random.Random(3).randbytes(30_000), codecs)
    assert not isinstance(refused.value, RecordingNeedsFfmpeg)


@pytest.mark.usefixtures("reader")
async def test_a_playlist_is_not_followed(codecs: Codecs, tmp_path: Path) -> None:
    secret = tmp_path / "other.wav"
    secret.write_bytes(wav(speech_like(1.0), 24_000))
    for playlist in (f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n", f"ffconcat version 1.0\nfile {secret}\n"):
        with pytest.raises(RecordingUnreadable):
            await heard(playlist.encode(), codecs)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[5], KINDS[8]], ids=lambda kind: kind.name)
async def test_a_file_that_breaks_off_is_heard_as_far_as_it_goes(kind: Kind, codecs: Codecs) -> None:
    speech = speech_like(SECONDS, kind.rate)
    made = kind.made_from(speech)
    pcm = await heard(made[: len(made) // 2], codecs)
    assert 0.3 * SECONDS < len(pcm) / 32_000 < 0.7 * SECONDS
    assert likeness(speech[: round(len(pcm) / 16_000 * kind.rate)], kind.rate, pcm, 16_000) > 0.9


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("kind", KINDS[:9], ids=lambda kind: kind.name)
async def test_damaged_files_are_heard_or_refused_never_a_crash(kind: Kind, codecs: Codecs) -> None:
    made, luck = kind.made_from(speech_like(1.0, kind.rate)), random.Random(5)
    damaged = bytearray(made)
    for _ in range(200):
        damaged[luck.randrange(len(damaged))] ^= 1 << luck.randrange(8)
    with suppress(BadInput):
        assert len(await heard(bytes(damaged), codecs, max_seconds=60)) <= 61 * 32_000


@pytest.mark.usefixtures("reader")
async def test_a_long_recording_is_handed_on_whole_and_in_order(codecs: Codecs, tmp_path: Path) -> None:
    speech = speech_like(100, 16_000)
    assert await heard(wav(speech, 16_000), codecs, scratch=tmp_path) == speech


@pytest.mark.usefixtures("reader")
async def test_a_long_recording_is_cut_in_its_pauses(codecs: Codecs) -> None:
    sentence = speech_like(7, 16_000)
    dictation = (sentence + silence(0.8, 16_000)) * 12
    file = wav(dictation, 16_000)
    reading = recordings.read(blocks_of(file), codecs, max_seconds=900, noise_reduction=False, scratch=None)
    async with aclosing(reading) as pieces:
        found = [piece async for piece in pieces]
    assert b"".join(found) == dictation
    assert len(found) > 2
    assert all(is_silent(piece[-3_200:]) for piece in found[:-1])


@needs_ffmpeg
async def test_noise_reduction_takes_away_hum_and_hiss_and_leaves_the_speech(codecs: Codecs) -> None:
    speech = silence(0.5, 24_000) + speech_like(6)
    noisy = audioop.add(speech, audioop.add(hiss(6.5, 24_000, -42), hum(6.5, 24_000, -30), 2), 2)
    plain, reduced = await heard(voice_note(noisy), codecs), await cleaned(voice_note(noisy), codecs)
    assert len(reduced) == len(plain)
    assert speech_above_noise(reduced) > speech_above_noise(plain) + 10
    assert likeness(speech, 24_000, reduced, 16_000) > 0.7


@needs_ffmpeg
async def test_noise_reduction_makes_no_speech_of_a_silent_room(codecs: Codecs) -> None:
    with pytest.raises(RecordingSilent):
        await cleaned(wav(hiss(3, 16_000, -62), 16_000), codecs)


@pytest.mark.usefixtures("without_ffmpeg")
async def test_noise_reduction_without_ffmpeg_is_refused_before_anything_is_taken(codecs: Codecs) -> None:
    note = voice_note(speech_like(1))
    blocks = blocks_of(note)
    with pytest.raises(RecordingNeedsFfmpeg) as refused:
        await anext(listen(blocks, codecs, max_seconds=60, noise_reduction=True))
    assert refused.value.details == {"wanted": "noise_reduction"}
    assert await anext(blocks) == note


async def cleaned(data: bytes, codecs: Codecs) -> bytes:
    async with aclosing(listen(blocks_of(data), codecs, max_seconds=60, noise_reduction=True)) as chunks:
        return b"".join([chunk async for chunk in chunks])


def hum(seconds: float, rate: int, dbfs: float) -> bytes:
    peak = 32768 * math.sqrt(2) * 10 ** (dbfs / 20)
    return array(
        "h", (round(peak * math.sin(2 * math.pi * 50 * i / rate)) for i in range(int(seconds * rate)))
    ).tobytes()


def speech_above_noise(pcm: bytes) -> float:
    """Decibels between the half second before the speech and the speech."""
    return loudness(pcm[16_000:]) - loudness(pcm[3_200:12_800])
