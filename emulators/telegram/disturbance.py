"""How an ordered fault changes what happens to a call."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Receive

from .answers import refusal
from .faults import (
    ConnectionCut,
    CutAt,
    DeliveredButNotTold,
    Hang,
    InjectedFault,
    RawAnswer,
    Refusal,
    SlowBody,
    TooManyRequests,
)
from .server import Answer, Broken, Line, unless_gone
from .wire import ApiError

Reply = Answer | Broken


async def carry_out(
    line: Line, receive: Receive, injected: InjectedFault | None, work: Callable[[], Awaitable[Answer]]
) -> Reply:
    """The reply to a call whose effect is `work`. Raises `ClientGone` when the client did not wait for it."""
    if injected is None:
        return await work()
    instead = await _instead(line, receive, injected)
    if instead is not None:
        return instead
    answer = await work()
    match injected.fault:
        case DeliveredButNotTold():
            return Broken(line)
        case SlowBody(piece, interval):
            answer.trickle(piece, interval)
        case CutAt(byte):
            answer.cut(line, byte)
    return answer


async def _instead(line: Line, receive: Receive, injected: InjectedFault) -> Reply | None:
    """The reply to a call that takes no effect; `None` when it does."""
    match injected.fault:
        case TooManyRequests(retry_after):
            return refusal(ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after))
        case Refusal(status, description):
            return refusal(ApiError(status, description))
        case RawAnswer(body, status, mime):
            return Answer(body, status, {"content-type": mime})
        case ConnectionCut():
            return Broken(line)
        case Hang(seconds):
            await unless_gone(receive, _held(injected, seconds))
    return None


async def _held(injected: InjectedFault, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await injected.released.wait()
    except TimeoutError:
        pass
