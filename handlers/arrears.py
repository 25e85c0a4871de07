"""What became of sends and could not be written down at once: written in order, as soon as the database lets it."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import NoReturn

import structlog

from errors import StorageError, StorageUnavailable
from handlers.ledger import SendKey
from tasks import task_group

log = structlog.get_logger(__name__)

MOST_OWED = 10_000
"""Beyond it nothing more is remembered: after a restart such a send counts as one that may have arrived."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
CLOSING_S = 5.0

Write = Callable[[], Awaitable[None]]
"""Raises `errors.StorageError`; written twice it does the same as once."""


class Arrears:
    """Open it with `open_arrears`, which owns the task that writes."""

    def __init__(self) -> None:
        self._owed: deque[tuple[SendKey, Write]] = deque()
        self._of_key: Counter[SendKey] = Counter()
        self._some = asyncio.Event()
        self._writing = asyncio.Lock()
        self._failed_at = 0.0

    def __len__(self) -> int:
        return len(self._owed)

    def __contains__(self, key: SendKey) -> bool:
        return key in self._of_key

    async def write(self, key: SendKey, what: str, write: Write) -> None:
        """Now if it is possible, else later, after what is owed of the same send. Raises nothing but a cancellation,
        and a write that one falls into is owed, too."""
        if key in self:
            self.owe(key, what, write)
            return
        try:
            await write()
        except StorageError as error:
            log.warning("not written down yet", what=what, error=type(error).__name__)
            self.owe(key, what, write)
        except asyncio.CancelledError:
            self.owe(key, what, write)
            raise

    def owe(self, key: SendKey, what: str, write: Write) -> None:
        if len(self._owed) >= MOST_OWED:
            log.error("never written down", what=what)
            return
        self._owed.append((key, write))
        self._of_key[key] += 1
        self._some.set()

    async def settle(self) -> None:
        """Write all that is owed. Raises `errors.StorageError`."""
        asked_at = monotonic()
        async with self._writing:
            # When the one before failed, a whole line must not wait out a deadline each.
            if self._owed and self._failed_at > asked_at:
                raise StorageUnavailable("what became of a send could not be written")
            while self._owed:
                key, write = self._owed[0]
                try:
                    await write()
                except StorageError:
                    self._failed_at = monotonic()
                    raise
                self._owed.popleft()
                self._of_key[key] -= 1
                if not self._of_key[key]:
                    del self._of_key[key]
            self._some.clear()

    async def keep_writing(self) -> NoReturn:
        """Until cancelled."""
        pause = FIRST_PAUSE_S
        while True:
            await self._some.wait()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            try:
                await self.settle()
                pause = FIRST_PAUSE_S
            except StorageError:
                pause = min(2 * pause, LONGEST_PAUSE_S)

    async def close(self) -> None:
        """The last tries; what they do not write is logged as a count."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):
                while self._owed:
                    with suppress(StorageError):
                        await self.settle()
                        return
                    await asyncio.sleep(FIRST_PAUSE_S)
        if self._owed:
            log.error("never written down", what="ends of sends", count=len(self._owed))


@asynccontextmanager
async def open_arrears() -> AsyncIterator[Arrears]:
    arrears = Arrears()
    async with task_group() as group:
        writing = group.create_task(arrears.keep_writing(), name="arrears")
        try:
            yield arrears
        finally:
            writing.cancel()
            await asyncio.wait({writing})
            await arrears.close()
