"""The model does not want its call any more: it stops, is undone, told to the person, and not answered."""

import asyncio
from asyncio import Event
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.faults import Hang
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.dictating import ACT, NOTE, dictated, friday
from tests.end_to_end.test_function_sending import results

PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
UNDONE = "Остановился и отменил начатое; если оно ещё нужно, попросите снова."


def cancelled(answer: Answer, cancel: Event) -> Answer:
    return replace(answer, cancel=cancel, then=Answer(pcm=speech_like(1), transcript="Не делаю"))


def told(chat: Chat) -> Sequence[str]:
    return [one.text or "" for one in chat.messages if (one.text or "").startswith("Остановился")]


async def nothing_is_left(ivan: Chat, gemini: GeminiLiveEmulator, folder: Path) -> None:
    """Neither in the chat nor in the list nor on the disk, and the call was not answered."""
    await ivan.send_text("/documents")
    await ivan.wait_until(lambda chat: (chat.messages[-1].text or "").startswith("Документы"))
    assert "Документов пока нет" in (ivan.messages[-1].text or "")
    assert not [one for one in ivan.messages if one.kind == "document" and not one.deleted]
    assert not [one for one in ivan.messages[:-1] if one.buttons and not one.deleted and "черновик" in (one.text or "")]
    assert results(gemini) == []
    assert not await asyncio.to_thread(lambda: list(folder.rglob("*.pdf")))


async def test_before_there_is_a_draft(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path) -> None:
    at_once = Event()
    at_once.set()
    gemini.say(cancelled(dictated(ACT), at_once))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: any(one.caption == "Не делаю" for one in chat.messages))
        await ivan.wait_until(lambda chat: bool(told(chat)))
        await nothing_is_left(ivan, gemini, tmp_path)
    assert not [one for one in ivan.messages if one.kind == "document"]
    assert len(told(ivan)) == 1


async def test_after_the_draft_is_kept_and_before_its_files_go(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    """The photo that the notice shows is fetched a second time, and that hangs."""
    cancel = Event()
    fields = {"location": "секция 2", "violations": [{"description": "Нет ограждения у края"}]}
    call = Call("create_document", {"kind": "violation_notice", "fields": fields})
    gemini.say(cancelled(Answer(calls=[call]), cancel))
    for_the_model, for_the_notice = telegram.fault("getFile", Hang()), telegram.fault("getFile", Hang())
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_photo(PHOTO, caption="пиши предписание секция два")
        await telegram.wait_for(lambda call: call.method == "getFile")
        for_the_model.release()
        await telegram.until(lambda: for_the_notice.met or None, 10)
        cancel.set()
        await ivan.wait_until(lambda chat: any(one.caption == "Не делаю" for one in chat.messages))
        await ivan.wait_until(lambda chat: bool(told(chat)))
        await nothing_is_left(ivan, gemini, tmp_path)
    assert not [one for one in ivan.messages if one.kind == "document"]
    assert told(ivan) == [UNDONE]


async def test_after_the_files_went(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    """The card is on its way when the model changes its mind: it arrives, and goes with the files."""
    cancel = Event()
    gemini.say(cancelled(dictated(ACT), cancel))
    async with run_bot(today=friday):
        await begin(ivan)
        card = telegram.fault("sendMessage", Hang())
        await ivan.send_voice(NOTE)
        await telegram.until(lambda: card.met or None, 10)
        cancel.set()
        await ivan.wait_until(lambda chat: any(one.caption == "Не делаю" for one in chat.messages))
        card.release()
        await ivan.wait_until(lambda chat: bool(told(chat)))
        await nothing_is_left(ivan, gemini, tmp_path)
    assert len([one for one in ivan.messages if one.kind == "document" and one.deleted]) == 3
    assert told(ivan) == [UNDONE]


async def test_a_correction_that_is_not_wanted_any_more_leaves_the_document_as_it_was(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    cancel = Event()
    change = Call("update_document", {"changes": [{"path": "date", "value": "2026-11-19"}]})
    gemini.say(dictated(ACT), cancelled(Answer(calls=[change]), cancel))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: any(one.caption == "Готово" for one in chat.messages))
        (first,) = [one for one in ivan.messages if one.buttons and not one.deleted and "АОСР" in (one.text or "")]
        shown = first.text
        hung = telegram.fault("sendMessage", Hang())
        await ivan.send_text("исправь дату на девятнадцатое ноября")
        await telegram.until(lambda: hung.met or None, 10)
        cancel.set()
        await ivan.wait_until(lambda chat: any(one.caption == "Не делаю" for one in chat.messages))
        hung.release()
        await ivan.wait_until(lambda chat: bool(told(chat)))
        await ivan.press(first, "Подтвердить")
        await ivan.wait_until(lambda _: "как есть?" in (first.text or ""))
        await ivan.press(first, "Назад")
        await ivan.wait_until(lambda _: "как есть?" not in (first.text or ""))
    assert first.text == shown
    assert "20.11.2026" in (shown or "")
    left = [one for one in ivan.messages if one.kind == "document" and not one.deleted]
    assert len(left) == 3
    assert told(ivan) == [UNDONE]
