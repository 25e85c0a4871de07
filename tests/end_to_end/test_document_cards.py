"""The card of a document of which nobody knows whether it arrived: told of, sent again by a button, and it works."""

from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import Chat, DeliveredButNotTold, TelegramEmulator
from emulators.telegram.faults import Hang
from emulators.telegram.messages import BotMessage
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.dictating import ACT, NOTE, dictated, friday, three_files
from tests.end_to_end.test_doubtful_sends import Start, start
from tests.end_to_end.test_process import DEADLINE_S

__all__ = ("start",)

TOLD = "Карточка документа АОСР от 20.11.2026 с кнопками могла не дойти: Telegram этого не подтвердил"


def card(chat: Chat) -> BotMessage | None:
    return next((one for one in reversed(chat.messages) if (one.text or "").startswith("АОСР")), None)


async def works(chat: Chat, shown: BotMessage) -> None:
    """All that its buttons do happens on this very card."""
    await chat.press(shown, "Подтвердить")
    await chat.wait_until(lambda _: "как есть?" in (shown.text or ""))
    await chat.press(shown, "Подтвердить так")
    await chat.wait_until(lambda chat: any("подтверждён" in (one.text or "") and one.buttons for one in chat.messages))


async def test_killed_while_the_card_is_on_its_way_it_is_told_of_and_sent_by_a_button(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    gemini.say(dictated(ACT, date="2026-11-20"), dictated(ACT, said="После", date="2026-11-20"))
    async with start() as process:
        await begin(ivan)
        hung = telegram.fault("sendMessage", Hang())
        await ivan.send_voice(NOTE)
        await three_files(ivan, timeout=DEADLINE_S)
        await telegram.until(lambda: hung.met or None, DEADLINE_S)
        process.kill()
        await process.wait()
    async with start():
        await ivan.wait_until(lambda chat: any(one.caption == "После" for one in chat.messages), timeout=DEADLINE_S)
        (told,) = [one for one in ivan.messages if (one.text or "").startswith("Карточка документа")]
        assert card(ivan) is None
        await ivan.press(told, "📨 Отправить ещё раз")
        await ivan.wait_until(lambda chat: card(chat) is not None, timeout=DEADLINE_S)
        shown = card(ivan)
        assert shown is not None
        await works(ivan, shown)
    assert sum(one.kind == "document" for one in ivan.messages) == 6, "the draft, and the confirmed act"


async def test_a_card_that_arrived_unconfirmed_works(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        telegram.fault("sendMessage", DeliveredButNotTold())
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: any(one.caption == "Готово" for one in chat.messages))
        assert any((one.text or "").startswith(TOLD) for one in ivan.messages)
        shown = card(ivan)
        assert shown is not None
        await works(ivan, shown)
