"""What many people make at the same moment is bounded."""

import asyncio

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat
from handlers.samples import MOST_AT_ONCE
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot

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
