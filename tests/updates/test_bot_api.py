"""Calls over a real socket: deadlines outside of the HTTP library, and a token that stays out of sight."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from updates.bot_api import BotApi, CallFailed

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def api_at(serve: Serve) -> AsyncIterator[BotApi]:
    served = asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        writer.close()
        served.set()

    server = await asyncio.start_server(once, "127.0.0.1")
    host, port = server.sockets[0].getsockname()
    async with server:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield BotApi(client, f"http://{host}:{port}", "42:SECRET")
        await served.wait()


async def until_hung_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1 << 16):
        pass


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte again and again, so that no read of the library ever times out."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b" ")
        try:
            async with asyncio.timeout(0.02):
                await reader.read(1 << 16)
        except TimeoutError:
            continue


@pytest.mark.parametrize("serve", [until_hung_up, drip])
async def test_a_server_that_never_finishes_is_given_up_at_the_deadline(serve: Serve) -> None:
    async with asyncio.timeout(5), api_at(serve) as api:
        with pytest.raises(CallFailed, match="no answer in time"):
            await api.call("getUpdates", 0.2)


async def test_a_cut_answer_is_a_failed_call() -> None:
    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"ok": true, "result": [')
        await writer.drain()

    async with asyncio.timeout(5), api_at(cut) as api:
        with pytest.raises(CallFailed) as caught:
            await api.call("getUpdates")
    assert "SECRET" not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"


async def test_an_error_says_what_telegram_said() -> None:
    answer = b'{"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}}'

    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 429 Slow\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()

    async with asyncio.timeout(5), api_at(refuse) as api:
        with pytest.raises(CallFailed, match="HTTP 429: Too Many Requests") as caught:
            await api.call("getUpdates")
    assert (caught.value.status, caught.value.retry_after) == (429, 3.0)


async def test_a_strange_token_stays_one_part_of_the_path() -> None:
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path.decode())
        return httpx.Response(200, json={"ok": True, "result": []})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await BotApi(client, "http://telegram.test/", "42:a/../b?c#d\n").call("getMe")
    assert paths == ["/bot42:a%2F..%2Fb%3Fc%23d%0A/getMe"]
