"""A crash counts against the updates that were being handled, at whatever stage, and not against those that waited."""

import asyncio
import sqlite3
from pathlib import Path

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, Hang, SentMessage, TelegramEmulator
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.test_doubtful_sends import Start, start

__all__ = ["start"]

NOTE = QUESTION.path.read_bytes()
PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
SET_ASIDE = "Это сообщение обработать не удалось; отправьте его иначе, например текстом."
VOICE = speech_like(1)


async def counted(data_dir: Path, expected: dict[SentMessage, int]) -> None:
    """Wait until exactly these updates are unfinished, a crash counting so often with this one."""
    wanted = {sent.update_id: attempts for sent, attempts in expected.items()}
    found: dict[int, int] | None = None
    try:
        async with asyncio.timeout(15):
            while found != wanted:
                await asyncio.sleep(0.01)
                found = await asyncio.to_thread(_unfinished, data_dir / "voice.sqlite3")
    except TimeoutError:
        raise AssertionError(f"unfinished: {found}, not {wanted}") from None


def _unfinished(file: Path) -> dict[int, int]:
    connection = sqlite3.connect(file)
    try:
        return dict(connection.execute("SELECT update_id, attempts FROM inbox WHERE done_at IS NULL").fetchall())
    finally:
        connection.close()


async def test_after_two_crashes_those_that_were_being_handled_are_set_aside_and_the_others_answered(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start, tmp_path: Path
) -> None:
    ivan, petr, anna = (
        telegram.private_chat(telegram.person(id=number, first_name=name))
        for number, name in enumerate(("Иван", "Пётр", "Анна"), 1)
    )
    gemini.say(*[Answer(pcm=VOICE, transcript="никогда", hold=asyncio.Event())] * 2)
    telegram.fault("file", Hang(None), times=100)
    async with start():
        for chat in (ivan, petr, anna):
            await begin(chat)
        downloading = await ivan.send_voice(NOTE)
        waiting = await ivan.send_text("что дальше?")
        fetched = await petr.send_photo(PHOTO)
        answered = await anna.send_text("где лестница?")
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 1)
        await counted(tmp_path / "data", {downloading: 1, waiting: 0, fetched: 1, answered: 1})
    async with start():
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 2)
        await counted(tmp_path / "data", {downloading: 2, waiting: 0, fetched: 2, answered: 2})
    telegram.clear_faults()
    gemini.say(Answer(pcm=VOICE, transcript="дальше кровля"))
    async with start():
        for chat, sent in ((petr, fetched), (anna, answered), (ivan, downloading)):
            told = await chat.next_message()
            assert (told.text, told.reply_to) == (SET_ASIDE, sent.message_id)
        assert (await ivan.next_message()).caption == "дальше кровля"


async def test_a_question_that_waited_counts_from_its_turn_on(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    never = asyncio.Event()
    gemini.say(*[Answer(pcm=VOICE, transcript="никогда", hold=never)] * 2)
    hanging = telegram.fault("file", Hang(None))
    async with run_bot(drain_seconds=0.1):
        await begin(ivan)
        first, second = await ivan.send_voice(NOTE), await ivan.send_text("что дальше?")
        await counted(tmp_path, {first: 1, second: 0})
        hanging.release()
        await counted(tmp_path, {second: 1})  # it interrupted the first
    assert await asyncio.to_thread(_unfinished, tmp_path / "voice.sqlite3") == {second.update_id: 0}


async def test_a_photo_counts_while_it_is_made_ready_not_while_it_waits_for_its_question(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    gemini.say(Answer(pcm=VOICE, transcript="вижу"))
    hanging = telegram.fault("file", Hang(None))
    async with run_bot():
        await begin(ivan)
        photo = await ivan.send_photo(PHOTO)
        await counted(tmp_path, {photo: 1})
        hanging.release()
        await counted(tmp_path, {photo: 0})
        await ivan.send_text("что на снимке?")
        assert (await ivan.next_message()).caption == "вижу"
        await counted(tmp_path, {})
    assert len(gemini.turns[0].heard.images) == 1
