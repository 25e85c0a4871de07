"""`kill -9` while a document is made: one document, sent once."""

import asyncio
import sqlite3
from asyncio import Event
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.faults import Hang, TooManyRequests
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import begin
from tests.end_to_end.dictating import ACT, NOTE, dictated, news, three_files
from tests.end_to_end.test_doubtful_sends import Start, start
from tests.end_to_end.test_function_sending import results
from tests.end_to_end.test_process import DEADLINE_S

__all__ = ("start",)


async def test_killed_between_the_call_and_the_files_one_document_is_sent_once(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    gemini.say(dictated(ACT), dictated(ACT, said="После"))
    async with start() as process:
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(
            lambda emulator: any("toolCall" in str(one.sent) for one in emulator.connections), timeout=DEADLINE_S
        )
        process.kill()
        await process.wait()
    assert not any(message.kind == "document" for message in ivan.messages)
    async with start():
        await three_files(ivan, timeout=DEADLINE_S)
        await news(ivan)
        assert (await news(ivan, DEADLINE_S)).caption == "После"
        await ivan.send_text("/documents")
        assert ((await news(ivan)).text or "").startswith("Документы: 1")
    assert len([message for message in ivan.messages if message.kind == "document"]) == 3


async def test_killed_while_the_files_are_on_their_way_they_are_told_of_and_not_repeated(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    gemini.say(dictated(ACT), dictated(ACT, said="После"))
    async with start() as process:
        await begin(ivan)
        telegram.fault("sendMediaGroup", Hang())
        await ivan.send_voice(NOTE)
        await telegram.wait_for(lambda call: call.method == "sendMediaGroup", timeout=DEADLINE_S)
        process.kill()
        await process.wait()
    async with start():
        told = await news(ivan, DEADLINE_S)
        await news(ivan)
        assert (await news(ivan, DEADLINE_S)).caption == "После"
        await ivan.send_text("/documents")
        listed = await news(ivan)
        await ivan.press(told, "📨 Отправить ещё раз")
        await three_files(ivan, timeout=DEADLINE_S)
    assert "могли не дойти" in (told.text or "")
    assert (listed.text or "").startswith("Документы: 1")


async def test_killed_after_the_files_they_are_not_sent_again(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    never = Event()
    first = dictated(ACT)
    held = Answer(
        input_transcript=first.input_transcript,
        calls=first.calls,
        then=Answer(pcm=speech_like(1), transcript="до", hold=never),
    )
    gemini.say(held, dictated(ACT, said="После"))
    async with start() as process:
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await three_files(ivan, timeout=DEADLINE_S)
        await news(ivan)
        await gemini.wait_until(lambda emulator: bool(results(emulator)), timeout=DEADLINE_S)
        process.kill()
        await process.wait()
    async with start():
        await ivan.wait_until(
            lambda chat: any(message.caption == "После" for message in chat.messages), timeout=DEADLINE_S
        )
    assert len([message for message in ivan.messages if message.kind == "document"]) == 3
    assert results(gemini)[1]["repeated"] is True


async def test_killed_between_the_files_and_the_card_the_card_comes_once_and_the_files_not_again(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start, tmp_path: Path
) -> None:
    """Telegram refuses another message of the chat meanwhile, so that the card is held behind the files."""
    gemini.say(dictated(ACT), dictated(ACT, said="После"))
    async with start() as process:
        await begin(ivan)
        files = telegram.fault("sendMediaGroup", Hang())
        await ivan.send_voice(NOTE)
        await telegram.until(lambda: files.met or None, DEADLINE_S)
        refused = telegram.fault("sendMessage", TooManyRequests(retry_after=120))
        await ivan.send_text("/voice_help")
        await telegram.until(lambda: refused.met or None, DEADLINE_S)
        files.release()
        await three_files(ivan, timeout=DEADLINE_S)
        await _written_down(tmp_path / "data", DEADLINE_S)
        process.kill()
        await process.wait()
    assert not _cards(ivan)
    async with start():
        await ivan.wait_until(
            lambda chat: any(message.caption == "После" for message in chat.messages), timeout=DEADLINE_S
        )
    assert len([message for message in ivan.messages if message.kind == "document"]) == 3
    assert len(_cards(ivan)) == 1
    assert results(gemini)[-1]["result"]["files"] == "sent"


async def test_words_that_came_only_after_the_crash_are_compared_with_what_was_made_before_it(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    """The first process makes the act before a word is transcribed; the model of the second passes other arguments."""
    calls = dictated(ACT, object_name="ЖК Выдумка").calls
    unheard = Answer(calls=calls, then=Answer(pcm=speech_like(1), transcript="до", hold=Event()))
    gemini.say(unheard, dictated(ACT, said="После", object_name="ЖК Другой"))
    async with start() as process:
        await begin(ivan)
        await ivan.send_voice(NOTE)
        data, _, _ = await three_files(ivan, timeout=DEADLINE_S)
        card = await news(ivan)
        await gemini.wait_until(lambda emulator: bool(results(emulator)), timeout=DEADLINE_S)
        process.kill()
        await process.wait()
    assert data["object_name"] == "ЖК Выдумка"
    assert "не сверено" in (card.text or "")
    async with start():
        await ivan.wait_until(
            lambda chat: any(message.caption == "После" for message in chat.messages), timeout=DEADLINE_S
        )
        await ivan.wait_until(lambda chat: "не сверено" not in _card(chat), timeout=DEADLINE_S)
        card_now = _card(ivan)
        await ivan.send_text("/documents")
        await ivan.wait_until(lambda chat: "Документы: 1" in (chat.messages[-1].text or ""), timeout=DEADLINE_S)
    assert "ЖК Выдумка" in card_now
    assert "вы не называли" in card_now
    assert "ЖК Другой" not in card_now


def _card(chat: Chat) -> str:
    """The newest with buttons, as it stands now."""
    return next((one.text or "" for one in reversed(chat.messages) if one.kind == "text" and one.buttons), "")


def _cards(chat: Chat) -> list[str | None]:
    return [one.text for one in chat.messages if (one.text or "").startswith("АОСР")]


async def _written_down(folder: Path, seconds: float) -> None:
    """The bot knows that the files arrived."""
    query = "SELECT count(*) FROM effects WHERE done AND result LIKE '%digest%'"
    end = monotonic() + seconds

    def wait() -> bool:
        with closing(sqlite3.connect(f"file:{folder / 'voice.sqlite3'}?mode=ro", uri=True)) as database:
            while not database.execute(query).fetchone()[0]:
                if monotonic() > end:
                    return False
                sleep(0.02)
        return True

    assert await asyncio.to_thread(wait)
