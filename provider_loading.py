"""A live provider whose library is loaded beside the rest of the start, or when it is first wanted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from live_session import Listener, LiveProvider, LiveSession, Setup


class Closable(LiveProvider, Protocol):
    async def close(self) -> None: ...


class LoadedLater:
    """Looks like what `make` makes, in a thread. google-genai takes about as long to import as all the rest together:
    without it updates are accepted, and people see that they were heard, so much sooner after a start."""

    def __init__(self, make: Callable[[], Closable], *, input_rate: int, output_rate: int) -> None:
        self.input_rate = input_rate
        self.output_rate = output_rate
        self._make = make
        self._loading: asyncio.Future[Closable] | None = None

    async def load(self) -> Closable:
        """Made once, for whoever asks first; a cancelled caller leaves it to the next one."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._make)
        return await asyncio.shield(self._loading)

    @asynccontextmanager
    async def connect(self, setup: Setup, listener: Listener) -> AsyncIterator[LiveSession]:
        provider = await self.load()
        async with provider.connect(setup, listener) as session:
            yield session

    async def close(self) -> None:
        if self._loading is not None:
            await (await self._loading).close()
