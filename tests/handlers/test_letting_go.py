"""A request may be cancelled in any moment, and its connection is not lost."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from handlers.letting_go import Client, Request
from handlers.outcomes import observed

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}'
MOMENTS = 40
"""Turns of the event loop after which it is cancelled: from before its start to after its end."""
Ask = Callable[[str], Awaitable[object]]


class Server:
    """Answers whatever is asked, when it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.asked += 1
                self.is_asked.set()
                await self.may_answer.wait()
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Server, str]]:
    server = Server()
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        yield server, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        listening.close()


@asynccontextmanager
async def of_telegram() -> AsyncIterator[Ask]:
    request = Request(connection_pool_size=4, pool_timeout=2.0, httpx_kwargs=observed())
    await request.initialize()
    try:
        yield lambda url: request.do_request(url, "GET")
    finally:
        await request.shutdown()


@asynccontextmanager
async def of_files() -> AsyncIterator[Ask]:
    limits = httpx.Limits(max_connections=4)
    async with Client(limits=limits, timeout=httpx.Timeout(5.0, pool=2.0)) as client:

        async def ask(url: str) -> None:
            response = await client.send(client.build_request("GET", url), stream=True)
            try:
                async for _ in client.blocks(response):
                    pass
            finally:
                await client.put_away(response)

        yield ask


@pytest.mark.parametrize("opened", [of_telegram, of_files], ids=["python-telegram-bot", "files"])
async def test_a_request_may_be_cancelled_in_any_moment(opened: Callable[[], AbstractAsyncContextManager[Ask]]) -> None:
    """Four places in the pool, and each moment is cancelled in more often than that."""
    async with served() as (_, url), opened() as ask:
        for turns in [turns for turns in range(MOMENTS) for _ in range(5)]:
            asking = [asyncio.ensure_future(ask(url)) for _ in range(3)]
            for _ in range(turns):
                await asyncio.sleep(0)  # one turn of the loop is what is counted here
            for one in asking:
                one.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        await asyncio.gather(*[ask(url) for _ in range(8)])
        sockets = [file for file in os.scandir("/proc/self/fd") if "socket" in os.readlink(file.path)]
        assert len(sockets) < 30


async def test_of_a_request_that_is_cancelled_before_its_first_byte_none_is_written() -> None:
    async with served() as (server, url), of_telegram() as ask:
        asking = asyncio.ensure_future(ask(url))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await ask(url)
        assert server.asked == 1


async def test_one_that_has_begun_is_cut() -> None:
    async with served() as (server, url), of_telegram() as ask:
        server.may_answer.clear()
        asking = asyncio.ensure_future(ask(url))
        await asyncio.wait_for(server.is_asked.wait(), 5)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asking, 5)
        server.may_answer.set()
        await ask(url)


async def test_none_outlives_its_client() -> None:
    async with served() as (_, url), of_telegram() as ask:
        asking = asyncio.ensure_future(ask(url))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait({asking})
    names = [task.get_name() for task in asyncio.all_tasks()]
    assert "request" not in names
