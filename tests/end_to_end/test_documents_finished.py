"""The foreman speaks on while his document is made or on its way: it comes to its end, and the model knows of it."""

import json
from asyncio import Event
from collections.abc import Sequence
from pathlib import Path

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.faults import Hang, InjectedFault
from emulators.telegram.messages import BotMessage
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.dictating import ACT, NOTE, dictated, friday
from tests.end_to_end.test_doubtful_sends import Start, start
from tests.end_to_end.test_function_sending import results
from tests.end_to_end.test_process import DEADLINE_S

__all__ = ("start",)

VIOLATIONS = {"location": "секция 2", "violations": [{"description": "Нет ограждения у края"}]}
NOTICE = Call("create_document", {"kind": "violation_notice", "fields": VIOLATIONS})
PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()


def said(words: str, *calls: Call) -> Answer:
    spoken = Answer(pcm=speech_like(1), transcript=words)
    return Answer(calls=calls, then=spoken) if calls else spoken


def files(chat: Chat) -> list[BotMessage]:
    return [one for one in chat.messages if one.kind == "document" and not one.deleted]


def cards(chat: Chat) -> list[BotMessage]:
    """Those whose buttons can be pressed."""
    shown = [one for one in chat.messages if one.buttons and not one.deleted and "черновик" in (one.text or "")]
    return [one for one in shown if not (one.text or "").startswith("Документы")]


async def heard(chat: Chat, words: str, timeout: float = 20) -> None:
    await chat.wait_until(lambda chat: any(one.caption == words for one in chat.messages), timeout=timeout)


async def complete(chat: Chat, timeout: float = 20) -> None:
    await chat.wait_until(lambda chat: len(files(chat)) == 3 and len(cards(chat)) == 1, timeout=timeout)


async def confirmed(chat: Chat) -> None:
    """The button of the card does what it says."""
    (card,) = cards(chat)
    await chat.press(card, "Подтвердить")
    await chat.wait_until(lambda _: "как есть?" in (card.text or ""))


async def listed(chat: Chat) -> str:
    await chat.send_text("/documents")
    await chat.wait_until(lambda chat: (chat.messages[-1].text or "").startswith("Документы"))
    return chat.messages[-1].text or ""


def notes(gemini: GeminiLiveEmulator, turn: int) -> Sequence[str]:
    """What was told to the model besides the person's words."""
    return [words for words in gemini.turns[turn].heard.texts if words.startswith("Служебно")]


def nothing_was_taken_back(chat: Chat) -> bool:
    return not any(one.deleted or "Остановился" in (one.text or "") for one in chat.messages)


async def test_a_second_note_while_the_files_are_on_their_way(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT), said("Слышу"), said("Да"), said("И это"))
    async with run_bot(today=friday):
        await begin(ivan)
        hung = telegram.fault("sendMediaGroup", Hang())
        await ivan.send_voice(NOTE)
        await telegram.until(lambda: hung.met or None, 10)
        await ivan.send_voice(NOTE)
        await heard(ivan, "Слышу")
        assert not files(ivan), "the answer did not wait for them"
        hung.release()
        await complete(ivan)
        await ivan.send_text("готово?")
        await heard(ivan, "Да")
        await ivan.send_text("а теперь?")
        await heard(ivan, "И это")
        assert "Документы: 1" in await listed(ivan)
        await confirmed(ivan)
    assert results(gemini) == []
    assert "create_hidden_works_act" in notes(gemini, 1)[0]
    ended = [note for turn in (2, 3) for note in notes(gemini, turn) if '"document"' in note]
    assert len(ended) == 1, "told once, with the first question after the end"
    assert nothing_was_taken_back(ivan)


async def test_a_second_note_while_the_function_runs(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    """It waits for the photo that the notice shows."""
    gemini.say(said("никогда", NOTICE), said("Слышу"))
    async with run_bot(today=friday):
        await begin(ivan)
        hung = await _made_and_spoken_over(ivan, telegram, gemini)
        await heard(ivan, "Слышу")
        hung.release()
        await complete(ivan)
        assert "Документы: 1" in await listed(ivan)
    assert nothing_was_taken_back(ivan)


async def test_what_the_second_note_adds_is_a_correction_of_the_same_document(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    change = Call("update_document", {"changes": [{"path": "date", "value": "2026-11-19"}]})
    gemini.say(dictated(ACT), said("Исправил", change))
    async with run_bot(today=friday):
        await begin(ivan)
        hung = telegram.fault("sendMediaGroup", Hang())
        await ivan.send_voice(NOTE)
        await telegram.until(lambda: hung.met or None, 10)
        await ivan.send_text("дату поставь девятнадцатое ноября")
        await gemini.wait_until(lambda emulator: sum("toolCall" in one for one in _sent(emulator)) == 2)
        hung.release()
        await heard(ivan, "Исправил")
        await ivan.wait_until(lambda chat: len(files(chat)) == 6 and len(cards(chat)) == 1)
        assert "Документы: 1" in await listed(ivan)
    assert [json.loads(file.data or b"")["date"] for file in files(ivan)[::3]] == ["2026-11-20", "2026-11-19"]
    assert "19.11.2026" in (cards(ivan)[0].text or "")
    assert nothing_was_taken_back(ivan)


async def test_the_end_of_the_conversation_does_not_end_the_document(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        hung = telegram.fault("sendMediaGroup", Hang())
        await ivan.send_voice(NOTE)
        await telegram.until(lambda: hung.met or None, 10)
        await ivan.send_text("/stop")
        await ivan.wait_until(lambda chat: any("завершён" in (one.text or "") for one in chat.messages))
        assert not files(ivan)
        hung.release()
        await complete(ivan)
        assert "Документы: 1" in await listed(ivan)
        await confirmed(ivan)
    assert nothing_was_taken_back(ivan)


async def test_killed_after_the_interruption_what_had_not_left_comes_once(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    """Nor does the model come to its call a second time, because the person interrupts it again."""
    held = Answer(pcm=speech_like(1), transcript="никогда", hold=Event())
    gemini.say(said("никогда", NOTICE), said("Слышу"), held, said("Да"))
    async with start() as process:
        await begin(ivan)
        await _made_and_spoken_over(ivan, telegram, gemini)
        await heard(ivan, "Слышу", DEADLINE_S)
        process.kill()
        await process.wait()
    assert not files(ivan)
    telegram.clear_faults()
    async with start():
        await gemini.wait_until(
            lambda emulator: sum(len(one.activities) for one in emulator.connections) == 3, timeout=DEADLINE_S
        )
        await ivan.send_text("где предписание?")
        await heard(ivan, "Да", DEADLINE_S)
        await complete(ivan, DEADLINE_S)
        assert "Документы: 1" in await listed(ivan)
        await confirmed(ivan)
    assert len([one for one in ivan.messages if one.kind == "document"]) == 3


async def test_stopped_after_the_interruption_what_had_not_left_comes_once(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(said("никогда", NOTICE), said("Слышу"), said("После", NOTICE))
    async with run_bot(today=friday, drain_seconds=0.1):
        await begin(ivan)
        await _made_and_spoken_over(ivan, telegram, gemini)
    assert not files(ivan)
    telegram.clear_faults()
    async with run_bot(today=friday):
        await complete(ivan)
        assert "Документы: 1" in await listed(ivan)
    assert len([one for one in ivan.messages if one.kind == "document"]) == 3


async def test_killed_after_the_interruption_what_may_have_arrived_is_told_of(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    gemini.say(dictated(ACT), said("Слышу"), dictated(ACT, said="После"))
    async with start() as process:
        await begin(ivan)
        hung = telegram.fault("sendMediaGroup", Hang())
        await ivan.send_voice(NOTE)
        await telegram.until(lambda: hung.met or None, DEADLINE_S)
        await ivan.send_text("ну что там?")
        await heard(ivan, "Слышу", DEADLINE_S)
        process.kill()
        await process.wait()
    async with start():
        await ivan.wait_until(lambda chat: len(cards(chat)) == 1, timeout=DEADLINE_S)
        (told,) = [one for one in ivan.messages if "могли не дойти" in (one.text or "")]
        assert not files(ivan)
        await ivan.press(told, "📨 Отправить ещё раз")
        await complete(ivan, DEADLINE_S)
        assert "Документы: 1" in await listed(ivan)


async def _made_and_spoken_over(ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> InjectedFault:
    """The draft is kept; the photo that it shows is fetched a second time, and that hangs."""
    for_the_model, for_the_notice = telegram.fault("getFile", Hang()), telegram.fault("getFile", Hang())
    await ivan.send_photo(PHOTO, caption="пиши предписание секция два")
    await telegram.until(lambda: for_the_model.met or None, DEADLINE_S)
    for_the_model.release()
    await telegram.until(lambda: for_the_notice.met or None, DEADLINE_S)
    await ivan.send_text("ну что там?")
    await gemini.wait_until(lambda emulator: len(emulator.turns) >= 1, timeout=DEADLINE_S)
    return for_the_notice


def _sent(gemini: GeminiLiveEmulator) -> list[str]:
    return [str(message) for one in gemini.connections for message in one.sent]
