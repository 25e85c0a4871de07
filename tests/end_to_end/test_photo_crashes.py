"""A photo that went with a question has that question's fate, also when the process dies in the middle of it."""

import asyncio
from pathlib import Path

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import MissingTurnComplete
from emulators.telegram import Chat, Hang, TelegramEmulator
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import begin
from tests.end_to_end.test_album_crashes import confirmed
from tests.end_to_end.test_conversation import SITE_PHOTO
from tests.end_to_end.test_crash_count import counted
from tests.end_to_end.test_doubtful_sends import Start, start

__all__ = ["start"]

ANSWER = Answer(pcm=speech_like(1), transcript="лестница")


async def test_killed_when_the_answer_had_arrived_its_photos_wait_for_no_other_question(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, start: Start, tmp_path: Path
) -> None:
    gemini.say(ANSWER, Answer(pcm=speech_like(1), transcript="да"))
    gemini.fault(MissingTurnComplete())  # the answer is there, and its turn goes on
    async with start():
        await begin(ivan)
        photo = await ivan.send_photo(SITE_PHOTO)
        album = await ivan.send_album([SITE_PHOTO] * 2)
        await telegram.until(lambda: sum(call.method == "getFile" for call in telegram.calls) == 3 or None, 15)
        asked = await ivan.send_text("Что на снимках?")
        await confirmed(tmp_path / "data")
        await counted(tmp_path / "data", dict.fromkeys([photo, *album], 0) | {asked: 1})
    async with start():
        await counted(tmp_path / "data", {})
        await ivan.send_text("Готово?")
        await ivan.wait_until(lambda chat: chat.messages[-1].caption == "да")
    assert [message.kind for message in ivan.messages] == ["text", "voice", "voice"]
    assert len(gemini.turns[-1].heard.images) == 0


async def test_killed_while_the_answer_was_on_its_way_its_photo_is_told_of_with_it(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, start: Start, tmp_path: Path
) -> None:
    gemini.say(ANSWER)
    telegram.fault("sendVoice", Hang(None))
    async with start():
        await begin(ivan)
        await ivan.send_photo(SITE_PHOTO)
        await ivan.send_text("Что на снимке?")
        await telegram.wait_for(lambda call: call.method == "sendVoice")
    telegram.clear_faults()
    async with start():
        await counted(tmp_path / "data", {})
    assert [message.text for message in ivan.messages[1:]] == [text("recovery.may_be_lost")]


async def test_killed_before_an_answer_the_photo_is_asked_about_with_its_question_again(
    ivan: Chat, gemini: GeminiLiveEmulator, start: Start, tmp_path: Path
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="никогда", hold=asyncio.Event()), ANSWER)
    async with start():
        await begin(ivan)
        await ivan.send_photo(SITE_PHOTO)
        await ivan.send_text("Что на снимке?")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
    async with start():
        await counted(tmp_path / "data", {})
    assert len(gemini.turns[-1].heard.images) == 1
