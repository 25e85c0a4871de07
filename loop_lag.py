"""How late the event loop is: the one figure that tells whether something blocks it."""

import asyncio
from collections import deque
from math import ceil
from typing import NoReturn

import structlog

log = structlog.get_logger(__name__)

EVERY_S = 0.1
WINDOW = 600
"""Looks that are remembered: the last minute."""
HIGH_S = 0.05
"""Voice over a call is heard to stutter above it."""
TOLD_EVERY = 600
"""Looks between two lines of the log about the same trouble."""


class LoopLag:
    """Seconds. `watch` is a task of whoever runs the loop; a look costs some microseconds, ten times a second."""

    def __init__(self, every: float = EVERY_S, window: int = WINDOW) -> None:
        self._every = every
        self._lags: deque[float] = deque(maxlen=window)
        self._until_told = 0

    @property
    def p99(self) -> float:
        """Of the window; 0 before the first look."""
        lags = sorted(self._lags)
        return lags[ceil(0.99 * len(lags)) - 1] if lags else 0.0

    @property
    def worst(self) -> float:
        return max(self._lags, default=0.0)

    def __len__(self) -> int:
        """Looks that are remembered."""
        return len(self._lags)

    def add(self, lag: float) -> None:
        self._lags.append(lag)
        self._until_told -= 1
        if lag > HIGH_S and self._until_told <= 0:
            self._until_told = TOLD_EVERY
            log.warning("the event loop is late", milliseconds=round(1000 * lag), p99=round(1000 * self.p99))

    async def watch(self) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._every
            await asyncio.sleep(self._every)
            self.add(max(0.0, loop.time() - due))
