import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot


@dataclass
class Receiver:
    """A bot's web server that answers as it is told; each status is used once, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [200])
    headers: list[dict[str, str]] = field(default_factory=list)
    updates: list[Any] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        update = json.loads(await reader.readexactly(int(headers["content-length"])))
        async with self.came:
            self.headers.append(headers)
            self.updates.append(update)
            self.came.notify_all()
        await self.gate.wait()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        writer.write(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def texts(self, count: int) -> list[str]:
        async with asyncio.timeout(10), self.came:
            await self.came.wait_for(lambda: len(self.updates) >= count)
        return [update["message"]["text"] for update in self.updates]


@asynccontextmanager
async def receiver(*statuses: int) -> AsyncIterator[Receiver]:
    desk = Receiver(statuses=list(statuses or (200,)))
    desk.gate.set()
    async with await asyncio.start_server(desk.serve, "127.0.0.1", 0) as server:
        desk.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?a=b"
        yield desk


async def test_updates_are_posted_with_the_secret(bot: RawBot, ivan: Chat) -> None:
    async with receiver() as desk:
        await bot.get("setWebhook", url=desk.url, secret_token="Se-cret_1")
        await ivan.send_text("по почте")
        assert await desk.texts(1) == ["по почте"]
        assert desk.headers[0]["x-telegram-bot-api-secret-token"] == "Se-cret_1"
        assert desk.headers[0]["content-type"] == "application/json"


async def test_an_update_is_posted_again_until_it_is_taken(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    async with receiver(500, 403, 503, 200) as desk:
        await bot.get("setWebhook", url=desk.url)
        await ivan.send_text("упрямый")
        await ivan.send_text("следующий")
        assert await desk.texts(5) == ["упрямый"] * 4 + ["следующий"]
        await ivan.wait_until(lambda _: telegram.pending_updates == 0)
        info = await bot.get("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 503 Whatever"


async def test_a_chat_is_served_one_update_at_a_time_and_chats_in_parallel(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    olga = telegram.private_chat(telegram.person(id=2, first_name="Ольга"))
    async with receiver() as desk:
        desk.gate.clear()
        await bot.get("setWebhook", url=desk.url)
        await ivan.send_text("Иван 1")
        await ivan.send_text("Иван 2")
        await olga.send_text("Ольга 1")
        assert sorted(await desk.texts(2)) == ["Иван 1", "Ольга 1"]
        desk.gate.set()
        assert (await desk.texts(3))[2] == "Иван 2"
        await ivan.wait_until(lambda _: telegram.pending_updates == 0)


async def test_with_a_webhook_there_is_no_polling(bot: RawBot, telegram: TelegramEmulator) -> None:
    poll = asyncio.create_task(bot.refusal("getUpdates", timeout=30))
    await telegram.wait_for(lambda call: call.method == "getUpdates")
    async with receiver() as desk:
        await bot.get("setWebhook", url=desk.url)
        assert await poll == "409 Conflict: terminated by setWebhook request"
        assert await bot.refusal("getUpdates") == (
            "409 Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
        await bot.get("deleteWebhook")
        assert await bot.get("getUpdates") == []


async def test_pending_updates_can_be_dropped(bot: RawBot, ivan: Chat) -> None:
    await ivan.send_text("старое")
    await bot.get("deleteWebhook", drop_pending_updates=True)
    assert await bot.get("getUpdates") == []


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"url": "http://"}, "400 Bad Request: invalid webhook URL specified"),
        ({"url": "http://example.org/"}, "400 Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.org:8080/"},
            "400 Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"secret_token": "a b"}, "400 Bad Request: secret token contains unallowed characters"),
        ({"secret_token": "a" * 257}, "400 Bad Request: secret token is too long"),
    ],
)
async def test_a_bad_webhook_is_refused(bot: RawBot, fields: dict[str, str], refusal: str) -> None:
    assert await bot.refusal("setWebhook", **{"url": "https://example.org/", **fields}) == refusal
