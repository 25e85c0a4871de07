"""A person who blocks the bot, and a group that throws it out, have no conversation any more."""

from asyncio import Event
from collections.abc import Callable

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin


async def test_whoever_blocks_the_bot_has_ended_his_conversation_without_a_word(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    never = Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="никому", hold=never))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("вопрос")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        ivan.block()
        await gemini.wait_until(lambda emulator: not any(one.open for one in emulator.connections))
        ivan.unblock()
        await ivan.send_text("вопрос")
        assert ((await ivan.next_message()).text or "").startswith("Разговор не начат")
    sent = [call for call in telegram.calls if call.method.startswith("send") and call.method != "sendChatAction"]
    assert len(sent) == 2


@pytest.mark.parametrize("go", [Chat.block, Chat.remove], ids=["kicked", "left"])
async def test_a_group_that_throws_the_bot_out_has_ended_the_conversations_of_all_its_topics(
    go: Callable[[Chat], None], telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ivan = telegram.person(id=1, first_name="Иван")
    forum = telegram.group(id=-200, title="Стройка", members=[ivan], administrators=[], forum=True)
    topics = [forum.create_topic(name) for name in ("General", "Стены", "Кровля")][1:]
    async with run_bot():
        for topic in topics:
            await forum.send_text("/voice_chat@site_bot", by=ivan, thread=topic)
            await forum.next_message()
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 2)
        sent = len(forum.messages)
        go(forum)
        await gemini.wait_until(lambda emulator: not any(one.open for one in emulator.connections))
        forum.unblock()
        for topic in topics:
            await forum.send_text("/stop@site_bot", by=ivan, thread=topic)
            assert (await forum.next_message()).text == text("stop.nothing")
    assert len(forum.messages) == sent + len(topics)
