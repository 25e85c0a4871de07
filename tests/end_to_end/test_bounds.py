"""What many people make at the same moment is bounded."""

import asyncio
import threading

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from handlers.desk import MOST_PICTURES_AT_ONCE
from handlers.samples import MOST_AT_ONCE
from pictures import photo
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.test_conversation import SITE_PHOTO

VOICES = ("Aoede", "Charon", "Fenrir", "Kore", "Puck")


async def test_of_more_voice_samples_than_the_bound_the_last_is_refused(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    spoken = asyncio.Event()
    gemini.say(*[Answer(pcm=speech_like(1), transcript="образец", hold=spoken)] * MOST_AT_ONCE)
    async with run_bot():
        await ivan.send_text("/voice")
        card = await ivan.next_message()
        for voice in VOICES[:MOST_AT_ONCE]:
            await ivan.press(card, f"▶️ {voice}")
        await gemini.wait_until(lambda emulator: len(emulator.connections) == MOST_AT_ONCE)
        await ivan.press(card, f"▶️ {VOICES[MOST_AT_ONCE]}")
        told = await ivan.next_message()
        spoken.set()
        samples = [await ivan.next_message() for _ in range(MOST_AT_ONCE)]
    assert (told.kind, {sample.kind for sample in samples}) == ("text", {"voice"})
    assert len(gemini.connections) == MOST_AT_ONCE


@pytest.mark.parametrize("at_once", [MOST_PICTURES_AT_ONCE, MOST_PICTURES_AT_ONCE + 1])
async def test_so_many_pictures_and_no_more_are_made_ready_at_once(
    telegram: TelegramEmulator, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    meeting, met, prepare = threading.Barrier(at_once), [], photo.prepare

    def prepared(data: bytes) -> photo.Picture:
        try:
            meeting.wait(0.5)
            met.append(True)
        except threading.BrokenBarrierError:
            pass
        return prepare(data)

    monkeypatch.setattr(photo, "prepare", prepared)
    chats = [telegram.private_chat(telegram.person(id=n, first_name=f"Иван {n}")) for n in range(1, at_once + 1)]
    async with run_bot():
        for chat in chats:
            await begin(chat)
        await asyncio.gather(*(chat.send_photo(SITE_PHOTO, caption="Что тут?") for chat in chats))
        for chat in chats:
            assert (await chat.next_message()).kind == "voice"
    assert bool(met) is (at_once <= MOST_PICTURES_AT_ONCE)
