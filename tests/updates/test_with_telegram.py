"""The whole line against the emulated Bot API, by long polling and by webhook."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from telegram import Bot

from emulators.telegram import (
    Chat,
    ConnectionCut,
    CutAt,
    DeliveredButNotTold,
    Fault,
    GarbageUpdates,
    RawAnswer,
    Refusal,
    TelegramEmulator,
    TooManyRequests,
)
from errors import ConfigurationError, Overloaded
from tasks import task_group
from tests.updates.desk import Desk, WatchedInbox, line
from updates.bot_api import BotApi, CallFailed
from updates.inbox import Inbox
from updates.polling import poll
from updates.webhook import Webhook, set_webhook

SECRET = "s3cret-Of_the-webhook"
KINDS = ["message", "callback_query"]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(webhook_retry_s=0.05) as telegram, asyncio.timeout(20):
        yield telegram


@pytest.fixture
async def api(telegram: TelegramEmulator) -> AsyncIterator[BotApi]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield BotApi(client, telegram.url, telegram.token)


def chat_of(telegram: TelegramEmulator, person: int = 1) -> Chat:
    return telegram.private_chat(telegram.person(person, "Иван"))


@asynccontextmanager
async def polling(api: BotApi, inbox: Inbox) -> AsyncIterator[None]:
    async with task_group() as tasks:
        task = tasks.create_task(poll(api, inbox, allowed_updates=KINDS, timeout=5, sleep=briefly))
        yield
        task.cancel()


async def briefly(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.02))


async def numbers_in(inbox: Inbox, count: int) -> list[int]:
    return [(await inbox.take()).update_id for _ in range(count)]


async def test_a_waiting_poll_brings_a_message_at_once_and_then_confirms_it(
    telegram: TelegramEmulator, api: BotApi
) -> None:
    inbox = WatchedInbox()
    async with polling(api, inbox):
        await telegram.wait_for(lambda call: call.method == "getUpdates")
        sent = await chat_of(telegram).send_text("привет")
        async with asyncio.timeout(2):
            assert await numbers_in(inbox, 1) == [sent.update_id]
        await telegram.wait_for(lambda call: call.params.get("offset") == just_past(sent.update_id))


def just_past(update_id: int | None) -> int:
    assert update_id is not None
    return update_id + 1


async def test_what_was_taken_is_confirmed_before_polling_ends(telegram: TelegramEmulator, api: BotApi) -> None:
    inbox, chat = WatchedInbox(), chat_of(telegram)
    first = await chat.send_text("раз")
    async with polling(api, inbox):
        assert await numbers_in(inbox, 1) == [first.update_id]
    second = await chat.send_text("два")
    fresh = WatchedInbox()
    async with polling(api, fresh):
        assert await numbers_in(fresh, 1) == [second.update_id]


async def test_another_poller_is_named_and_outlasted(
    telegram: TelegramEmulator, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = WatchedInbox()
    async with polling(api, inbox):
        await telegram.wait_for(lambda call: call.method == "getUpdates")
        with pytest.raises(CallFailed, match="terminated by other getUpdates"):
            await api.call("getUpdates", timeout=10)
        sent = await chat_of(telegram).send_text("кто здесь?")
        assert await numbers_in(inbox, 1) == [sent.update_id]
    assert "another instance receives this bot's updates" in caplog.messages


async def test_a_webhook_set_earlier_gives_way_and_nothing_is_lost(telegram: TelegramEmulator, api: BotApi) -> None:
    await api.call("setWebhook", url=f"http://127.0.0.1:{free_port()}/nobody")
    inbox = WatchedInbox()
    sent = await chat_of(telegram).send_text("есть кто?")
    async with polling(api, inbox):
        assert await numbers_in(inbox, 1) == [sent.update_id]


FAULTS: list[Fault] = [
    ConnectionCut(),
    DeliveredButNotTold(),
    CutAt(40),
    RawAnswer(b"<html>Bad Gateway</html>", 502),
    RawAnswer(b'{"ok": true, "result": [{', mime="application/json"),
    Refusal(500, "Internal Server Error"),
    TooManyRequests(1),
    GarbageUpdates(),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_a_fault_loses_no_update_and_doubles_none(telegram: TelegramEmulator, api: BotApi, fault: Fault) -> None:
    inbox, chat = WatchedInbox(), chat_of(telegram)
    before = [(await chat.send_text(str(number))).update_id for number in range(3)]
    telegram.fault("getUpdates", fault, times=2)
    async with polling(api, inbox):
        await telegram.wait_for(lambda call: call.params.get("offset") == just_past(before[-1]))
        after = await chat.send_text("дошло?")
        taken = await numbers_in(inbox, 4 + isinstance(fault, GarbageUpdates))
    assert [number for number in taken if number != 1] == [*before, after.update_id]


async def test_an_update_told_again_is_handled_once(telegram: TelegramEmulator, api: BotApi, bot: Bot) -> None:
    inbox, desk, chat = WatchedInbox(), Desk(seconds=0), chat_of(telegram)
    async with polling(api, inbox), line(bot, inbox, desk):
        first = (await chat.send_text("раз")).update_id or 0
        await inbox.until_ended(first)
        telegram.repeat_update(first)
        second = (await chat.send_text("два")).update_id or 0
        await inbox.until_ended(second)
    assert desk.handled == [first, second]


async def test_a_token_that_telegram_does_not_know_ends_polling(telegram: TelegramEmulator) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(ConfigurationError):
            async with polling(BotApi(client, telegram.url, "42:WRONG"), WatchedInbox()):
                await asyncio.sleep(10)


@pytest.mark.parametrize("way_in", ["polling", "webhook"])
async def test_six_chats_are_heard_in_order_whichever_way_updates_come(
    telegram: TelegramEmulator, api: BotApi, bot: Bot, way_in: str
) -> None:
    inbox, desk = WatchedInbox(), Desk(seconds=0.002)
    chats = [chat_of(telegram, person) for person in range(1, 7)]
    sent: dict[int, list[int]] = {chat.id: [] for chat in chats}
    async with polling(api, inbox) if way_in == "polling" else posting(api, inbox), line(bot, inbox, desk):
        for number in range(60):
            chat = chats[number % 6]
            sent[chat.id].append((await chat.send_text(str(number))).update_id or 0)
        await inbox.until_ended(*(number for numbers in sent.values() for number in numbers))
    for numbers in sent.values():
        assert [number for number in desk.handled if number in numbers] == numbers
    assert len(desk.handled) == 60


async def test_a_webhook_whose_inbox_refuses_is_told_again(
    telegram: TelegramEmulator, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    class FullAtFirst(WatchedInbox):
        refused = 0

        async def accept(self, updates: Sequence[object]) -> int:
            if self.refused < 1:
                self.refused += 1
                raise Overloaded
            return await super().accept(updates)

    caplog.set_level(logging.INFO)
    inbox = FullAtFirst()
    async with posting(api, inbox):
        sent = await chat_of(telegram).send_text("привет")
        assert await numbers_in(inbox, 1) == [sent.update_id]
    ours = [record.message for record in caplog.records if record.name == "updates.webhook"]
    assert ours == ["the inbox refuses updates, Telegram keeps them", "works again"]


async def test_a_stranger_without_the_secret_posts_in_vain(telegram: TelegramEmulator, api: BotApi) -> None:
    inbox = WatchedInbox()
    async with serving(inbox) as url, httpx.AsyncClient(trust_env=False) as stranger:
        await api.call("setWebhook", url=url, secret_token="guessed")
        assert (await stranger.post(url, json={"update_id": 5, "message": {}})).status_code == 403
        await chat_of(telegram).send_text("привет")
        await until_refused(api)
    assert await inbox.accept([{"update_id": 5}]) == 1


async def until_refused(api: BotApi) -> None:
    while True:
        info = await api.call("getWebhookInfo")
        assert isinstance(info, dict)
        if "403" in info.get("last_error_message", ""):
            return
        await asyncio.sleep(0.01)


@asynccontextmanager
async def posting(api: BotApi, inbox: Inbox) -> AsyncIterator[None]:
    async with serving(inbox) as url:
        await set_webhook(api, url, secret=SECRET, allowed_updates=KINDS)
        yield
        await api.call("deleteWebhook")


@asynccontextmanager
async def serving(inbox: Inbox) -> AsyncIterator[str]:
    """The webhook's URL. Until uvicorn has started, connections wait in the socket's backlog."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Webhook(inbox, path="/telegram", secret=SECRET), lifespan="on", log_level="warning")
    server = uvicorn.Server(config)
    async with task_group() as tasks:
        tasks.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/telegram"
        server.should_exit = True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
