"""Everything that is not a voice note: other recordings, noise reduction, drawings, late words."""

import io
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from audio.pcm import RATE
from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import LateTranscript
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat
from tests.audio.envelope import likeness
from tests.audio.making import recording, voice_note, wav, with_cover
from tests.audio.speech import hiss, speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.pictures.samples import pdf

SITE_PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
DRAWING = Path("emulators/fixtures/drawing.pdf").read_bytes()


@cache
def speech() -> bytes:
    return speech_like(4, 48_000)


needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")


@pytest.mark.parametrize(
    ("name", "mime", "made"),
    [
        ("song.mp3", "audio/mpeg", lambda pcm: with_cover(recording(pcm, 48_000, "mp3", "libmp3lame"))),
        ("memo.m4a", "audio/mp4", lambda pcm: recording(pcm, 48_000, "mp4", "aac")),
        ("memo.wav", "audio/x-wav", lambda pcm: wav(pcm, 48_000)),
        ("old.ogg", "audio/ogg", lambda pcm: recording(pcm, 48_000, "ogg", "vorbis", layout="stereo")),
        ("dictaphone.jpg", "image/png", lambda pcm: wav(pcm, 48_000)),
        ("dictaphone.bin", "application/octet-stream", lambda pcm: recording(pcm, 48_000, "mp3", "libmp3lame")),
    ],
)
async def test_a_recording_as_a_document_is_heard_whatever_it_claims_to_be(
    name: str, mime: str, made: Callable[[bytes], bytes], ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="слышу"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(made(speech()), name=name, mime=mime)
        assert (await ivan.next_message()).caption == "слышу"
    assert likeness(speech(), 48_000, gemini.turns[0].heard.pcm, RATE) >= 0.95


async def test_a_video_note_is_heard(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="слышу"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_video_note(recording(speech(), 48_000, "mp4", "aac", picture=True))
        assert (await ivan.next_message()).caption == "слышу"
    assert likeness(speech(), 48_000, gemini.turns[0].heard.pcm, RATE) >= 0.95


@needs_ffmpeg
async def test_noise_reduction_is_switched_for_the_chat(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    noisy = voice_note(hiss(4, 24_000, -30))
    gemini.say(*[Answer(pcm=speech_like(1), transcript="слышу")] * 2)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(noisy)
        await ivan.next_message()
        await ivan.send_text("/noise")
        switched_on = await ivan.next_message()
        await ivan.send_voice(voice_note(speech_like(4)))
        await ivan.next_message()
        await ivan.send_text("/noise")
        switched_off = await ivan.next_message()
    assert (switched_on.text or "").startswith("Шумоподавление включено")
    assert switched_off.text == "Шумоподавление выключено."
    assert len(gemini.turns) == 2


async def test_noise_reduction_without_ffmpeg_is_one_sentence(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with run_bot():
        await ivan.send_text("/noise")
        assert ((await ivan.next_message()).text or "").startswith("Шумоподавление недоступно")


async def test_a_drawing_is_shown_to_the_model_page_by_page(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="вижу"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(DRAWING, name="КЖ-1.pdf", mime="application/pdf", caption="Какая толщина?")
        assert (await ivan.next_message()).caption == "вижу"
    (page,) = gemini.turns[0].heard.pictures
    assert max(page.size) > 1536


async def test_sheets_of_a_drawing_that_are_not_looked_at_are_told_once(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    sheets = pdf([(1000.0, 500.0, b"0 0 500 250 re f") for _ in range(7)])
    gemini.say(Answer(pcm=speech_like(1), transcript="вижу"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(sheets, name="АР.pdf", mime="application/pdf", caption="Что тут?")
        assert (await ivan.next_message()).text == (
            "В этом PDF листов: 7, а смотрю только 5; остальные пришлите отдельным файлом."
        )
        assert (await ivan.next_message()).caption == "вижу"
    assert len(gemini.turns[0].heard.pictures) == 5


async def test_a_photo_is_turned_upright_made_smaller_and_loses_its_metadata(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    with Image.open(io.BytesIO(SITE_PHOTO)) as original:
        assert original.size == (1280, 960)
        assert original.getexif()
    gemini.say(Answer(pcm=speech_like(1), transcript="вижу"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(SITE_PHOTO, name="site.jpg", mime="image/jpeg", caption="Что это?")
        await ivan.next_message()
    (seen,) = gemini.turns[0].heard.pictures
    with Image.open(io.BytesIO(seen.data)) as picture:
        assert picture.size == (960, 1280)
        assert not picture.getexif()


async def test_words_that_come_late_complete_the_caption(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="первые слова и последние слова"))
    gemini.fault(LateTranscript())
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(QUESTION.path.read_bytes())
        answer = await ivan.next_message()
        await ivan.wait_until(lambda chat: answer.caption == "первые слова и последние слова")
    assert len(ivan.messages) == 2
