"""Requests that are not wanted any more: cancelled only where httpcore cleans up after it.

A request that is cancelled between the opening of its connection and its first byte, or while its answer is being
closed, leaves the connection in httpcore's pool for good: open, of no use to anybody, one place less of 256
(encode/httpcore#1093, not mended in its releases). So one that has not begun is only marked, and ends by itself where
its first byte would be written; and one that is ending may end.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

import httpx
from telegram.request import HTTPXRequest

T = TypeVar("T")
Trace = Callable[[str, dict[str, Any]], Awaitable[None]]
"""What httpcore calls at each step of a request."""


def is_first_byte(event: str, details: dict[str, Any]) -> bool:
    """Of the request itself: a proxy is asked with CONNECT before."""
    return event.endswith(".send_request_headers.started") and details["request"].method != b"CONNECT"


class _Fate:
    def __init__(self) -> None:
        self.begun = False
        self.is_ending = False
        self.is_unwanted = False

    async def trace(self, event: str, details: dict[str, Any]) -> None:
        if is_first_byte(event, details):
            if self.is_unwanted:
                raise asyncio.CancelledError
            self.begun = True
        elif self.begun and event.endswith((".receive_response_body.complete", ".response_closed.started")):
            self.is_ending = True


_fate: ContextVar[_Fate | None] = ContextVar("fate", default=None)


def watch(request: httpx.Request, *others: Trace) -> None:
    """Has to see each request that `LettingGo.run` makes; `others` are called after it."""
    fate = _fate.get()
    traces = [*([fate.trace] if fate is not None else []), *others]

    async def trace(event: str, details: dict[str, Any]) -> None:
        for one in traces:
            await one(event, details)

    if traces:
        request.extensions = {**request.extensions, "trace": trace}


async def _watched(request: httpx.Request) -> None:
    watch(request)


class LettingGo:
    """The requests of one client, whose hook calls `watch`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, request: Coroutine[Any, Any, T], discard: Callable[[T], Awaitable[None]] | None = None) -> T:
        """Its result. Of a caller that is cancelled not one byte is written afterwards, and the result, when there is
        one all the same, goes to `discard`."""
        fate = _Fate()
        token = _fate.set(fate)
        task = self._own(request)
        _fate.reset(token)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            fate.is_unwanted = True
            if fate.begun:
                if not fate.is_ending:
                    task.cancel()
                await asyncio.wait({task})
            if discard is not None and task.done() and not task.cancelled() and task.exception() is None:
                await discard(task.result())
            raise

    async def finish(self, closing: Coroutine[Any, Any, None]) -> None:
        """All of it, whoever is cancelled meanwhile."""
        await asyncio.shield(self._own(closing))

    async def close(self) -> None:
        """Before the client is closed."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _own(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name="request")
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever wanted to know has been told


class Request(HTTPXRequest):
    """python-telegram-bot's, whose requests may be cancelled at any time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._letting_go = LettingGo()

    async def do_request(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        return await self._letting_go.run(super().do_request(*args, **options))

    async def shutdown(self) -> None:
        await self._letting_go.close()
        await super().shutdown()


class Client(httpx.AsyncClient):
    """httpx's, whose requests may be cancelled at any time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(event_hooks={"request": [_watched]}, **options)
        self._letting_go = LettingGo()

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        return await self._letting_go.run(super().send(request, **options), httpx.Response.aclose)

    def blocks(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """As they come. `aiter_raw` would close the answer at its end, where it may be cancelled half-way."""
        assert isinstance(response.stream, httpx.AsyncByteStream)
        return aiter(response.stream)

    async def put_away(self, response: httpx.Response) -> None:
        """One that was sent for with `stream=True`; its `aclose` alone may be cancelled half-way."""
        await self._letting_go.finish(response.aclose())

    async def __aexit__(self, *error: Any) -> None:
        await self._letting_go.close()
        await super().__aexit__(*error)
