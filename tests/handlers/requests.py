"""Bots whose requests can be watched, and places where requests die."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from handlers.outcomes import observed

TOKEN = "42:TEST-TOKEN"
VOICE = b"OggS" + bytes(20_000_000)
"""More than the buffers of two sockets hold."""


class Watched(HTTPXRequest):
    """Counts the requests that have ended."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.ended = 0
        self._another = asyncio.Event()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        try:
            return await super().do_request(*args, **kwargs)
        finally:
            self.ended += 1
            self._another.set()

    async def until_ended(self, count: int) -> None:
        async with asyncio.timeout(5):
            while self.ended < count:
                self._another.clear()
                await self._another.wait()


@asynccontextmanager
async def open_bot(url: str, *, hooks: bool = True, **arguments: Any) -> AsyncIterator[tuple[Bot, Watched]]:
    """The real client; its timeouts are short. `hooks`: as our bot has them, and a host application has not."""
    short = {"connect_timeout": 0.5, "read_timeout": 0.5, "write_timeout": 0.5, "media_write_timeout": 0.5}
    kwargs = {"trust_env": False} | (observed() if hooks else {})
    request = Watched(**(short | {"pool_timeout": 0.2} | arguments), httpx_kwargs=kwargs)
    async with request:
        yield Bot(TOKEN, base_url=f"{url}/bot", request=request), request


class Scripted(BaseRequest):
    """Answers without a network: `answer(method)` gives a status and the JSON of a body, or None for never."""

    def __init__(self, answer: Callable[[str], tuple[int, bytes] | None]) -> None:
        self._answer = answer
        self.methods: list[tuple[float, str]] = []
        """When each came, and which."""

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        return

    async def shutdown(self) -> None:
        return

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        self.methods.append((asyncio.get_running_loop().time(), name))
        answer = self._answer(name)
        if answer is None:
            await asyncio.Event().wait()
        assert answer is not None
        return answer

    def scripted_bot(self) -> Bot:
        return Bot(TOKEN, request=self)


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Takes connections and neither reads nor answers. Yields its port."""

    async def stay(over: asyncio.Event, writer: asyncio.StreamWriter, _: asyncio.StreamReader) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await over.wait()

    async with _server(stay) as port:
        yield port


@asynccontextmanager
async def resetting_server() -> AsyncIterator[int]:
    """Resets a connection at its first bytes. Yields its port."""

    async def reset(_: asyncio.Event, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> None:
        await reader.read(10)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with _server(reset) as port:
        yield port


@asynccontextmanager
async def _server(
    treat: Callable[[asyncio.Event, asyncio.StreamWriter, asyncio.StreamReader], Awaitable[None]],
) -> AsyncIterator[int]:
    over, busy = asyncio.Event(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        try:
            await treat(over, writer, reader)
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        over.set()
        if busy:
            await asyncio.wait(busy, timeout=5)
        await asyncio.sleep(0)  # an aborted transport is closed one step later


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
