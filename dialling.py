"""Who may open a connection now: one for all lines, so that a model that is down is not stormed by a thousand chats."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import structlog

from errors import ProviderError, ProviderUnavailable, QuotaSpent, causes
from live_session import LiveSession

log = structlog.get_logger(__name__)

AT_ONCE = 32
"""Connections being opened at a time."""
PATIENCE_S = 10.0
"""Whoever would have to wait longer is told that the model is out of reach."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
SAID_EVERY_S = 600.0
"""Between two lines of the log about the same trouble."""
MOST_SAID = 100


class Dialling:
    """After a failure everybody pauses, longer from failure to failure and with jitter; then one tries for all."""

    def __init__(self) -> None:
        self._trying = 0
        self._failures = 0
        self._failed_at = 0.0
        self._not_before = 0.0
        self._changed = asyncio.Event()
        self._said: dict[tuple[str, str], float] = {}
        self._is_said = False

    @asynccontextmanager
    async def dial(self, connection: AbstractAsyncContextManager[LiveSession]) -> AsyncIterator[LiveSession]:
        """`connection`, opened when its turn comes. Raises `errors.ProviderError`, also when it is of no use to try."""
        await self._turn()
        began_at = _now()
        async with AsyncExitStack() as stack:
            try:
                session = await stack.enter_async_context(connection)
            except ProviderError as error:
                self._failed(error, began_at)
                self._say(error)
                raise
            except BaseException:
                self._ended()
                raise
            self._opened()
            yield session

    async def _turn(self) -> None:
        deadline = _now() + PATIENCE_S
        while (wait := self._wait()) is None or wait > 0:
            patience = deadline - _now()
            if (wait or 0.0) >= patience:
                raise ProviderUnavailable("connections are not opened now: the last ones failed")
            try:
                async with asyncio.timeout(patience if wait is None else wait):
                    await self._changed.wait()
            except TimeoutError:
                continue
        self._trying += 1

    def _opened(self) -> None:
        self._failures = 0
        self._not_before = 0.0
        if self._is_said:
            self._is_said = False
            log.info("the live model is reached again")
        self._ended()

    def _say(self, error: ProviderError) -> None:
        """Here, because a connection that was opened ahead of a question fails without anybody who is told."""
        trouble, now = (str(error), causes(error)), _now()
        if now - self._said.get(trouble, -SAID_EVERY_S) < SAID_EVERY_S:
            return
        if len(self._said) >= MOST_SAID:
            self._said.clear()
        self._said[trouble] = now
        self._is_said = True
        log.warning("no connection to the live model", code=error.code, why=trouble[0], cause=trouble[1])

    def _failed(self, error: ProviderError, began_at: float) -> None:
        """Only what may pass by itself makes others wait. Attempts that were under way together fail as one."""
        if isinstance(error, ProviderUnavailable | QuotaSpent) and began_at >= self._failed_at:
            self._failed_at = _now()
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._failures, 10))
            self._failures += 1
            self._not_before = _now() + pause * random.uniform(0.5, 1.0)  # noqa: S311
        self._ended()

    def _wait(self) -> float | None:
        """Seconds to wait; None: until somebody's attempt ends."""
        pause = self._not_before - _now()
        if pause > 0:
            return pause
        return 0.0 if self._trying < (1 if self._failures else AT_ONCE) else None

    def _ended(self) -> None:
        self._trying -= 1
        self._changed.set()
        self._changed = asyncio.Event()


def _now() -> float:
    return asyncio.get_running_loop().time()
