import asyncio
import time

import httpx
import pytest

from emulators.telegram import Chat, GarbageUpdates, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot


async def _texts(bot: RawBot, **fields: object) -> list[str]:
    return [update["message"]["text"] for update in await bot.get("getUpdates", **fields)]


async def test_an_update_is_told_until_a_higher_offset_confirms_it(bot: RawBot, ivan: Chat) -> None:
    first = await ivan.send_text("раз")
    second = await ivan.send_text("два")
    assert second.update_id == (first.update_id or 0) + 1
    assert await _texts(bot) == ["раз", "два"]
    assert await _texts(bot) == ["раз", "два"]
    assert await _texts(bot, offset=second.update_id) == ["два"]
    assert await _texts(bot, offset=0) == ["два"]
    assert await _texts(bot, offset=(second.update_id or 0) + 1) == []


async def test_a_limit_and_a_negative_offset_are_kept(bot: RawBot, ivan: Chat) -> None:
    for text in "абвг":
        await ivan.send_text(text)
    assert await _texts(bot, limit=2) == ["а", "б"]
    assert await _texts(bot, limit=0) == ["а"]
    assert await _texts(bot, offset=-2) == ["в", "г"]
    assert await _texts(bot) == ["в", "г"]


async def test_a_long_poll_waits_for_the_next_update(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    poll = asyncio.create_task(_texts(bot, timeout=30))
    await telegram.wait_for(lambda call: call.method == "getUpdates")
    await ivan.send_text("пора")
    assert await poll == ["пора"]


async def test_a_long_poll_ends_empty_after_its_timeout(bot: RawBot) -> None:
    began = time.monotonic()
    assert await bot.get("getUpdates", timeout=1) == []
    assert 0.9 < time.monotonic() - began < 5


async def test_asking_again_and_again_without_waiting_is_recorded(bot: RawBot, telegram: TelegramEmulator) -> None:
    await bot.get("getUpdates")
    await bot.get("getUpdates", timeout=1)
    assert len(telegram.problems) == 1
    assert "instead of waiting" in telegram.problems[0]


async def test_a_second_poller_ends_the_first(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    first = asyncio.create_task(bot.refusal("getUpdates", timeout=30))
    await telegram.wait_for(lambda call: call.method == "getUpdates")
    second = asyncio.create_task(_texts(bot, timeout=30))
    assert await first == (
        "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await ivan.send_text("второму")
    assert await second == ["второму"]


async def test_only_the_kinds_asked_for_are_queued_and_the_choice_stays(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    await bot.get("getUpdates", allowed_updates=["callback_query"])
    assert (await ivan.send_text("мимо")).update_id is None
    await bot.get("getUpdates")
    assert (await ivan.send_text("мимо")).update_id is None
    await bot.get("getUpdates", allowed_updates=[])
    assert (await ivan.send_text("слышно")).update_id is not None
    assert await _texts(bot) == ["слышно"]


async def test_a_poller_that_hangs_up_takes_nothing_with_it(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await bot.http.get(f"{bot.url}/bot{bot.token}/getUpdates?timeout=30", timeout=0.2)
    call = await telegram.wait_for(lambda call: call.outcome == "hung")
    assert call.method == "getUpdates"
    telegram.inject_update("сразу и один раз")
    assert await bot.get("getUpdates") == ["сразу и один раз"]


async def test_any_json_value_can_be_an_update(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    update_id = telegram.inject_update({"new_kind": {"a": 1}})
    telegram.inject_update({"update_id": 5, "message": {"broken": True}})
    telegram.inject_update(["no", "object"])
    await ivan.send_text("после них")
    batch = await bot.get("getUpdates")
    assert batch[:3] == [
        {"new_kind": {"a": 1}, "update_id": update_id},
        {"update_id": 5, "message": {"broken": True}},
        ["no", "object"],
    ]
    assert [update.get("message", {}).get("text") for update in await bot.get("getUpdates")] == [None, "после них"]


async def test_garbage_can_stand_in_front_of_a_batch(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    telegram.fault("getUpdates", GarbageUpdates((None, {"update_id": "x"})))
    await ivan.send_text("целое")
    batch = await bot.get("getUpdates", timeout=30)
    assert batch[:2] == [None, {"update_id": "x"}]
    assert batch[2]["message"]["text"] == "целое"


async def test_a_confirmed_update_can_be_told_again(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    sent = await ivan.send_text("дважды")
    assert sent.update_id is not None
    assert await _texts(bot, offset=sent.update_id + 1) == []
    telegram.repeat_update(sent.update_id)
    assert await _texts(bot, offset=sent.update_id + 1) == ["дважды"]
    assert await _texts(bot, offset=sent.update_id + 1) == []


async def test_undelivered_updates_expire(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    await bot.get("sendMessage", chat_id=1, text="a", reply_markup=_keyboard())
    await ivan.send_text("сутки живёт")
    await ivan.press(ivan.messages[0], "ok")
    telegram.advance(151)
    assert [list(update)[1] for update in await bot.get("getUpdates")] == ["message"]
    telegram.advance(24 * 60 * 60)
    assert await bot.get("getUpdates") == []


def _keyboard() -> dict[str, list[list[dict[str, str]]]]:
    return {"inline_keyboard": [[{"text": "ok", "callback_data": "ok"}]]}
