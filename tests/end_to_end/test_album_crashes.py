"""An album is one turn, also when the process dies in the middle of it."""

import asyncio

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import begin
from tests.end_to_end.test_conversation import SITE_PHOTO
from tests.end_to_end.test_doubtful_sends import Start, start

__all__ = ["start"]


async def test_killed_while_the_answer_to_an_album_is_made_all_its_pictures_are_asked_about_again(
    ivan: Chat, gemini: GeminiLiveEmulator, start: Start
) -> None:
    never = asyncio.Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="до", hold=never), Answer(pcm=speech_like(1), transcript="после"))
    async with start():
        await begin(ivan)
        await ivan.send_album([SITE_PHOTO] * 3, caption="Сравни")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        # A row that ended before its turn would be gone by now.
        await ivan.send_text("/voice_chat")
        await ivan.wait_until(lambda chat: "Разговор уже идёт" in (chat.messages[-1].text or ""))
    async with start():
        await ivan.wait_until(lambda chat: any(message.kind == "voice" for message in chat.messages))
        await ivan.send_text("/stop")
        await ivan.wait_until(lambda chat: "завершён" in (chat.messages[-1].text or ""))
    assert [message.caption for message in ivan.messages if message.kind == "voice"] == ["после"]
    heard = gemini.turns[-1].heard
    assert (len(heard.images), heard.texts) == (3, ("Сравни",))
    async with start():
        await ivan.send_text("/voice_chat")
        await ivan.wait_until(lambda chat: "ЗАПУЩЕН" in (chat.messages[-1].text or ""))
    assert len(gemini.turns) == 1, "nothing of it was asked a third time"
