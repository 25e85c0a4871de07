"""Calls that do the same twice as once: they are repeated until they get through or it is too late."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from handlers.outcomes import seconds_of

T = TypeVar("T")

PAUSES_S = (0.3, 0.6, 1.2, 2.5, 5.0)
"""Between attempts of what may be repeated; the last one again and again."""


async def repeated(call: Callable[[], Awaitable[T]], seconds: float, *, when_limited: bool = True) -> T:
    """Of a call that does the same twice as once. Raises its last error, or TimeoutError in the middle of a call."""
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    pauses = iter(PAUSES_S)
    async with asyncio.timeout_at(deadline):
        while True:
            try:
                return await call()
            except RetryAfter as error:
                pause = seconds_of(error)
                if not when_limited or now() + pause > deadline:
                    raise
            except TelegramError as error:
                pause = next(pauses, PAUSES_S[-1]) * random.uniform(0.5, 1.0)  # noqa: S311
                if not _may_pass(error) or now() + pause > deadline:
                    raise
            await asyncio.sleep(pause)


def _may_pass(error: TelegramError) -> bool:
    # A plain `TelegramError` is an answer that cannot be read, such as the page of a proxy.
    return type(error) is TelegramError or (isinstance(error, NetworkError) and not isinstance(error, BadRequest))
