"""A short answer is one message, and it goes with its last sound."""

from collections.abc import AsyncIterator

import pytest

from emulators.gemini_live import Behaviour, GeminiLiveEmulator
from emulators.telegram import Chat
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.long_answers import assert_is_the_answer, counting


@pytest.fixture
async def gemini() -> AsyncIterator[GeminiLiveEmulator]:
    """`turnComplete` comes when the answer would have been played."""
    async with GeminiLiveEmulator(key="test-key", behaviour=Behaviour(playback_scale=1.0)) as emulator:
        yield emulator


@pytest.mark.parametrize("seconds", [1.0, 2.6])
async def test_a_short_answer_goes_with_its_last_sound(
    seconds: float, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    answer = counting(seconds, pace=2.0)
    gemini.say(answer)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        message = await ivan.next_message()
        assert not gemini.turns, "the turn is not complete yet"
        await gemini.wait_until(lambda emulator: len(emulator.turns) == 1)
    assert_is_the_answer([message], answer)


async def test_an_answer_that_is_made_at_once_is_one_message(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    answer = counting(8)
    gemini.say(answer)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        assert_is_the_answer([await ivan.next_message()], answer)
