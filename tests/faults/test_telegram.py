"""Faults 13 to 16: updates that repeat, sends whose end is not told, refusals, and a poll that hangs."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import Chat, DeliveredButNotTold, Hang, Refusal, TelegramEmulator, TooManyRequests
from tests.clock import assert_sooner, reads_the_clock
from tests.end_to_end.conftest import RunBot, begin
from tests.faults.conftest import Crowd, on_every_database
from tests.faults.ledger import MAY_BE_LOST, accounted, quoted
from tests.proxies import TcpProxy

# Python-telegram-bot warns of itself whenever it meets a 429.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@on_every_database
async def test_13_an_update_that_comes_again_is_answered_once_also_after_a_restart(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    told: list[int] = []
    async with run_bot():
        await begin(ivan)
        for question in ("раз", "два"):
            sent = await ivan.send_text(question)
            await ivan.next_message()
            assert sent.update_id is not None
            told.append(sent.update_id)
            telegram.repeat_update(told[0])
    for number in reversed(told):
        telegram.repeat_update(number)
    async with run_bot():
        await ivan.send_text("три")
        assert (await ivan.next_message()).caption == quoted("три")
    assert accounted(telegram, [ivan]) == Counter(answered=3)
    assert len(gemini.turns) == 3


@on_every_database
async def test_13_updates_out_of_order_are_each_answered_once(
    crowd: Crowd, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    chats = crowd(3)
    async with run_bot():
        for chat in chats:
            await begin(chat)
    sent = []
    for chat in chats:
        chat.blocked = True  # so that the message is there and no update tells of it
        sent.append(await chat.send_text("вопрос"))
        chat.blocked = False
    first = 900_001_000
    async with run_bot():
        for number, message in ((first + 2, sent[2]), (first, sent[0]), (first + 1, sent[1]), (first, sent[0])):
            telegram.inject_update({"update_id": number, "message": message.wire})
        for chat in chats:
            await chat.next_message()
    assert accounted(telegram, chats) == Counter(answered=3)
    assert len(gemini.turns) == 3


@on_every_database
async def test_14_an_answer_whose_arrival_is_not_told_is_not_sent_again(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    telegram.fault("sendVoice", DeliveredButNotTold())
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("раз")
        assert (await ivan.next_message()).caption == quoted("раз")
        assert (await ivan.next_message()).text == MAY_BE_LOST
    async with run_bot():
        await ivan.send_text("два")
        assert (await ivan.next_message()).caption == quoted("два")
    assert accounted(telegram, [ivan]) == Counter(answered=2)


@reads_the_clock
async def test_15_a_chat_that_is_limited_waits_and_another_does_not(
    crowd: Crowd, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ivan, petr = crowd(2)
    telegram.fault("sendVoice", TooManyRequests(2), chat=ivan)
    async with run_bot():
        await begin(ivan)
        await begin(petr)
        await ivan.send_text("вопрос")
        limited = await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 429)
        await petr.send_text("вопрос")
        await petr.next_message()
        assert_sooner(monotonic() - limited.at, 2)
        await ivan.next_message()
        assert monotonic() - limited.at >= 2
    assert accounted(telegram, [ivan, petr]) == Counter(answered=2)


async def test_15_an_answer_that_telegram_rejects_is_not_sent_again_and_arrives_as_text(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    telegram.fault("sendVoice", Refusal(400, "Bad Request: file is too weird"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("раз")
        assert (await ivan.next_message()).text == quoted("раз")
        await ivan.send_text("два")
        assert (await ivan.next_message()).caption == quoted("два")
    assert sum(call.method == "sendVoice" for call in telegram.calls) == 2
    assert accounted(telegram, [ivan]) == Counter(answered=2)


async def test_15_a_person_who_blocked_the_bot_is_not_written_to_and_others_are_answered(
    crowd: Crowd, chats: list[Chat], telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ivan, petr = crowd(2)
    async with run_bot():
        await begin(ivan)
        await begin(petr)
        telegram.fault("sendVoice", Refusal(403, "Forbidden: bot was blocked by the user"), chat=ivan)
        await ivan.send_text("вопрос")
        refused = await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 403)
        await petr.send_text("вопрос")
        await petr.next_message()
    later = [call.method for call in telegram.calls[refused.number :] if call.params.get("chat_id") == ivan.id]
    assert [method for method in later if method.startswith("send") and method != "sendChatAction"] == []
    chats.remove(ivan)  # who has nobody to tell is owed nothing
    assert accounted(telegram, chats) == Counter(answered=1)


@pytest.mark.parametrize("how", ["frozen", "held by the server"])
async def test_16_a_poll_that_hangs_is_given_up_and_the_next_one_brings_the_question(
    how: str,
    ivan: Chat,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    run_bot: RunBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("updates.polling.GRACE_S", -28.0)  # a poll ends after 2 s instead of 45
    async with (
        TcpProxy("127.0.0.1", telegram.port) as proxy,
        run_bot(telegram_api_base_url=f"http://127.0.0.1:{proxy.port}"),
    ):
        await begin(ivan)
        if how == "frozen":
            # All that the bot has open, and one more: the next poll.
            proxy.freeze()
            await ivan.send_text("вопрос")
            await proxy.connected(len(proxy.connections) + 1)
            proxy.thaw()
        else:
            telegram.fault("getUpdates", Hang(None))
            await ivan.send_text("раз")
            await ivan.next_message()
            await ivan.send_text("вопрос")
        assert (await ivan.next_message()).caption == quoted("вопрос")


async def test_16_another_instance_that_polls_is_outlasted(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        telegram.fault("getUpdates", Refusal(409, conflict), times=2)
        for question in ("раз", "два"):
            await ivan.send_text(question)
            assert (await ivan.next_message()).caption == quoted(question)
    assert sum(call.status == 409 for call in telegram.calls) == 2


async def test_14_an_answer_cut_while_it_is_handed_over_is_over(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    """What was said by /stop is not kept for the next process."""
    telegram.fault("sendVoice", Hang(None))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("раз")
        await telegram.wait_for(lambda call: call.method == "sendVoice")
        await ivan.send_text("/stop")
        await ivan.next_message()
        await begin(ivan)
        telegram.clear_faults()
        await ivan.send_text("два")
        assert (await ivan.next_message()).caption == quoted("два")
    with closing(sqlite3.connect(tmp_path / "voice.sqlite3")) as database:
        assert database.execute("SELECT outcome, count(*) FROM inbox WHERE done_at IS NULL").fetchall() == [(None, 0)]
