"""A send whose outcome nobody knows is never repeated by itself; a crash is made good."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, DeliveredButNotTold, Hang, Refusal, TelegramEmulator
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.forked import Forked, Programs

ROOT = Path(__file__).parents[2]
NOTE = QUESTION.path.read_bytes()
Start = Callable[[], AbstractAsyncContextManager[Forked]]
MAY_BE_LOST = "Ответ мог не дойти: Telegram не подтвердил доставку; если его нет выше, нажмите кнопку."


async def test_an_answer_that_may_have_arrived_is_sent_again_only_when_the_person_asks(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(2), transcript="ответ"))
    telegram.fault("sendVoice", DeliveredButNotTold())
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        first = await ivan.next_message()
        told = await ivan.next_message()
        await ivan.press(told, "📨 Отправить ещё раз")
        again = await ivan.next_message()
        pressed = await ivan.press(told, "📨 Отправить ещё раз")
        assert (await pressed.answer()).text == "Отправлять нечего: ответ уже доставлен или устарел; спросите ещё раз."
    assert told.text == MAY_BE_LOST
    assert (again.kind, again.caption, again.duration) == ("voice", "ответ", 2)
    assert again.data == first.data


@pytest.fixture
def start(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, programs: Programs, tmp_path: Path, migrated: Path
) -> Start:
    """`bot.py` in a process of its own; the block ends with `kill -9`."""
    (tmp_path / "data").mkdir()
    shutil.copy(migrated, tmp_path / "data")

    @asynccontextmanager
    async def started() -> AsyncIterator[Forked]:
        known = len(telegram.calls)
        async with programs("bot.py", environment(telegram, gemini, tmp_path / "data"), tmp_path) as process:
            await telegram.wait_for(lambda call: call.method == "getUpdates" and call.number > known, timeout=60)
            yield process
        # A call that hangs must have seen its client go before a test lets it go on: else it delivers.
        await telegram.until(lambda: all(call.outcome != "pending" for call in telegram.calls) or None, 10)

    return started


def environment(telegram: TelegramEmulator, gemini: GeminiLiveEmulator, data_dir: Path) -> dict[str, str]:
    """Of `bot.py` as a program."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE_URL": telegram.url,
        "GOOGLE_API_KEY": "test-key",
        "GOOGLE_GEMINI_BASE_URL": gemini.url,
        "SSL_CERT_FILE": str(gemini.ca_file),
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
        "ADMIN_USERS": os.environ.get("ADMIN_USERS", ""),
    }


async def test_killed_while_the_answer_is_made_it_is_answered_once_after_the_restart(
    ivan: Chat, gemini: GeminiLiveEmulator, start: Start
) -> None:
    never = asyncio.Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="до", hold=never), Answer(pcm=speech_like(1), transcript="после"))
    async with start():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
    async with start():
        assert (await ivan.next_message()).caption == "после"
    assert [message.kind for message in ivan.messages] == ["text", "voice"]


async def test_killed_while_the_answer_is_sent_the_person_is_told_and_can_have_it(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="ответ"))
    telegram.fault("sendVoice", Hang(None))
    async with start():
        await begin(ivan)
        asked = await ivan.send_voice(NOTE)
        await telegram.wait_for(lambda call: call.method == "sendVoice")
    telegram.clear_faults()
    async with start():
        told = await ivan.next_message()
        assert (told.text, told.reply_to) == (MAY_BE_LOST, asked.message_id)
        await ivan.press(told, "📨 Отправить ещё раз")
        assert (await ivan.next_message()).caption == "ответ"
    assert len(gemini.turns) == 1


async def test_an_update_that_kills_the_bot_twice_is_set_aside_with_a_word_to_the_person_and_the_administrators(
    ivan: Chat,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ADMIN_USERS", "3")
    boss = telegram.private_chat(telegram.person(id=3, first_name="Начальник"))
    never = asyncio.Event()
    gemini.say(*[Answer(pcm=speech_like(1), transcript="никогда", hold=never)] * 2)
    async with start():
        await begin(ivan)
        note = await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 1)
    async with start():
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 2)
    async with start():
        told = await ivan.next_message()
        assert (await boss.next_message()).text == text("admin.set_aside", update=note.update_id)
    assert told.text == "Это сообщение обработать не удалось; отправьте его иначе, например текстом."


async def test_killed_before_it_was_said_that_it_is_set_aside_it_is_said_once(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    never = asyncio.Event()
    gemini.say(*[Answer(pcm=speech_like(1), transcript="никогда", hold=never)] * 2)
    async with start():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 1)
    async with start():
        await gemini.wait_until(lambda emulator: sum(len(one.activities) for one in emulator.connections) == 2)
    hanging = telegram.fault("sendMessage", Hang(None))
    async with start():
        await telegram.wait_for(lambda call: "обработать не удалось" in str(call.params.get("text")))
    hanging.release()
    telegram.clear_faults()
    async with start():
        await ivan.send_text("/voice_chat")
        await ivan.wait_until(lambda chat: any("Разговор уже идёт" in (one.text or "") for one in chat.messages))
        await ivan.wait_until(lambda chat: any("обработать не удалось" in (one.text or "") for one in chat.messages))
    async with start():
        await ivan.send_text("/stop")
        await ivan.wait_until(lambda chat: "завершён" in (chat.messages[-1].text or ""))
    assert sum("обработать не удалось" in (one.text or "") for one in ivan.messages) == 1


async def test_recordings_that_went_stale_get_one_apology(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
    gemini.say(Answer(pcm=speech_like(1), transcript="на текст"))
    telegram.advance(-31 * 60)
    for _ in range(3):
        await ivan.send_voice(NOTE)
    telegram.advance(31 * 60)
    async with run_bot():
        apology = await ivan.next_message()
        await ivan.send_text("а текст?")
        assert (await ivan.next_message()).caption == "на текст"
    assert (apology.text or "").startswith("Пока бот был недоступен, запись устарела")
    assert len(gemini.turns) == 1


async def test_a_recording_settled_after_a_crash_is_erased(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start, run_bot: RunBot, tmp_path: Path
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="ответ"))
    telegram.fault("sendVoice", Hang(None))
    async with start():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await telegram.wait_for(lambda call: call.method == "sendVoice")
    telegram.clear_faults()
    async with run_bot(data_dir=tmp_path / "data"):
        assert "мог не дойти" in ((await ivan.next_message()).text or "")
        await ivan.send_text("ещё")
        await ivan.next_message()
    assert not await asyncio.to_thread(lambda: list(tmp_path.rglob("recordings/*/*")))


async def test_an_answer_that_telegram_will_not_have_arrives_as_words(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    telegram.fault("sendVoice", Refusal(400, "Bad Request: file is too weird"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("раз")
        await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 400)
        assert (await ivan.next_message(timeout=5)).kind == "text"
    assert sum(call.method == "sendVoice" for call in telegram.calls) == 1
