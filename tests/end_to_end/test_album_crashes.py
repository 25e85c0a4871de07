"""An album is one turn, also when the process dies in the middle of it."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import MissingTurnComplete
from emulators.telegram import Chat, Hang, TelegramEmulator
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import begin
from tests.end_to_end.test_conversation import SITE_PHOTO
from tests.end_to_end.test_crash_count import counted
from tests.end_to_end.test_doubtful_sends import Start, start

__all__ = ["start"]

ANSWER = Answer(pcm=speech_like(1), transcript="ответ")


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


async def test_killed_when_the_answer_to_an_album_had_arrived_nothing_of_it_is_asked_about_again(
    ivan: Chat, gemini: GeminiLiveEmulator, start: Start, tmp_path: Path
) -> None:
    gemini.say(ANSWER)
    gemini.fault(MissingTurnComplete())  # the answer is there, and its turn goes on
    async with start():
        await begin(ivan)
        await ivan.send_album([SITE_PHOTO] * 3, caption="Сравни")
        await confirmed(tmp_path / "data")
    async with start():
        await counted(tmp_path / "data", {})
    assert _kinds(ivan) == ["text", "voice"]


async def test_killed_while_the_answer_to_an_album_is_sent_the_person_is_told_once(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, start: Start, tmp_path: Path
) -> None:
    gemini.say(ANSWER)
    telegram.fault("sendVoice", Hang(None))
    async with start():
        await begin(ivan)
        await ivan.send_album([SITE_PHOTO] * 3, caption="Сравни")
        await telegram.wait_for(lambda call: call.method == "sendVoice")
    telegram.clear_faults()
    async with start():
        await counted(tmp_path / "data", {})
    assert _kinds(ivan) == ["text", "text"]
    assert ivan.messages[1].text == text("recovery.may_be_lost")


async def test_after_two_crashes_an_album_is_set_aside_as_a_whole_with_one_word(
    ivan: Chat, gemini: GeminiLiveEmulator, start: Start, tmp_path: Path
) -> None:
    gemini.say(*[replace(ANSWER, hold=asyncio.Event())] * 2)
    async with start():
        await begin(ivan)
        album = await ivan.send_album([SITE_PHOTO] * 3, caption="Сравни")
        await counted(tmp_path / "data", dict.fromkeys(album, 1))
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 1)
    async with start():
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 2)
        await counted(tmp_path / "data", dict.fromkeys(album, 2))
    async with start():
        await counted(tmp_path / "data", {})
    assert _kinds(ivan) == ["text", "text"]
    told = ivan.messages[1]
    assert (told.text, told.reply_to) == (text("recovery.set_aside"), album[0].message_id)


def _kinds(chat: Chat) -> list[str]:
    return [message.kind for message in chat.messages]


async def confirmed(data_dir: Path) -> None:
    """Wait until the ledger has it that an answer arrived."""

    def states() -> list[str]:
        connection = sqlite3.connect(data_dir / "voice.sqlite3")
        try:
            return [state for (state,) in connection.execute("SELECT state FROM sends")]
        finally:
            connection.close()

    async with asyncio.timeout(15):
        while "confirmed" not in await asyncio.to_thread(states):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
