"""What reaches the model and what reaches the chat is what was said: same loudness, same length."""

from collections.abc import AsyncIterator

import pytest

from audio.decoder import OpusDecoder
from audio.pcm import RATE
from emulators.gemini_live import EchoModel, GeminiLiveEmulator
from emulators.telegram import Chat
from tests.audio.envelope import likeness
from tests.audio.making import voice_note
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.volume import long

CODEC_FRAME_S = 0.02
LIKE = 0.97


@pytest.fixture
async def gemini(request: pytest.FixtureRequest) -> AsyncIterator[GeminiLiveEmulator]:
    """Says what it heard; in pieces of 40 ms, or of what a test asks for."""
    async with GeminiLiveEmulator(key="test-key", model=EchoModel(getattr(request, "param", 40))) as emulator:
        yield emulator


def _decoded(ogg: bytes) -> bytes:
    decoder = OpusDecoder()
    return decoder.feed(ogg) + decoder.finish()


async def _heard(chat: Chat, seconds: float) -> bytes:
    """All of a long answer, in however many messages it comes."""
    received = b""
    while len(received) < (seconds - 0.1) * 2 * RATE:
        received += _decoded((await chat.next_message(timeout=100)).data or b"")
    return received


@pytest.mark.parametrize("seconds", [1, 5, 60])
async def test_a_note_is_heard_and_answered_as_it_was_spoken(
    seconds: int, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    spoken = speech_like(seconds)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(voice_note(spoken), duration=seconds)
        received = await _heard(ivan, seconds)
    heard, said = gemini.turns[0].heard.pcm, gemini.turns[0].said.pcm
    assert likeness(spoken, 24_000, heard, RATE) >= LIKE
    assert abs(len(heard) / 2 / RATE - seconds) <= CODEC_FRAME_S
    assert likeness(said, 24_000, received, RATE) >= LIKE
    assert abs(len(received) / 2 / RATE - len(said) / 2 / 24_000) <= CODEC_FRAME_S
    voices = [message for message in ivan.messages if message.kind == "voice"]
    assert abs(sum(voice.duration or 0 for voice in voices) - seconds) <= len(voices) / 2
    assert all(len(voice.data or b"") < 1_000_000 for voice in voices)


@long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("gemini", [400], indirect=True, ids=["in large pieces"])
async def test_ten_minutes_are_heard_to_the_end(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    minute = speech_like(60)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(voice_note(minute * 10), duration=600)
        received = await _heard(ivan, 600)
    heard, said = gemini.turns[0].heard.pcm, gemini.turns[0].said.pcm
    assert likeness(minute * 10, 24_000, heard, RATE) >= LIKE
    assert abs(len(heard) / 2 / RATE - 600) <= CODEC_FRAME_S
    assert all(len(answer.data or b"") < 1_000_000 for answer in ivan.messages)
    assert likeness(said, 24_000, received, RATE) >= LIKE
    assert abs(len(received) / 2 / RATE - len(said) / 2 / 24_000) <= CODEC_FRAME_S
