"""What became of a request for a new message: not there, there, or nobody knows.

A message that may be in the chat is never sent again, because Telegram has no key that would make two of them one. What
python-telegram-bot raises does not say how far a request got: httpx reads on after a reset in the middle of the body,
so that this reset, one after the body, and a proxy that dies before the request all end as the same ReadError. The
hooks of `observed` watch the request instead; without them, inside somebody else's application, what is not sure is
taken for unknown.
"""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from http import HTTPStatus
from typing import Any

import httpcore
import httpx
from telegram import Message
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.warnings import PTBDeprecationWarning

from handlers.letting_go import is_first_byte, watch

NOTHING_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""TLS that fails is a ConnectError, too."""
UNTOLD_PAUSE_S = 1.0
"""For a 429 that does not say how long."""
PIECE = 1 << 16
"""Bytes that are written to Telegram at a time."""
_REFUSALS = ("request entity too large", *(one.phrase.casefold() for one in HTTPStatus if 400 <= one < 500))


class Verdict(Enum):
    LIMITED = "limited"
    """429; it is not in the chat."""
    NOT_THERE = "not there"
    """It is not in the chat, and trying again may help."""
    REFUSED = "refused"
    """It is not in the chat, and trying again does not help."""
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Attempt:
    """One request, as far as the hooks saw it."""

    observed: bool = False
    begun: bool = False
    cut: bool = False
    """The last bytes were never written, and without them no server acts: the length of the body stands in its
    header. A write that timed out is no cut: its last bytes may have gone out in the moment it was given up."""
    status: int | None = None

    @property
    def may_be_there(self) -> bool:
        return not self.observed or (self.begun and not self.cut)

    async def trace(self, event: str, details: dict[str, Any]) -> None:
        """Of httpcore."""
        step = event.partition(".")[2]
        if is_first_byte(event, details):
            self.begun = True
        elif self.begun and step in ("send_request_headers.failed", "send_request_body.failed"):
            self.cut = isinstance(details["exception"], httpcore.WriteError)


@dataclass(frozen=True, slots=True)
class Failure:
    verdict: Verdict
    error: TelegramError | TimeoutError
    """Its text may quote what was sent."""
    wait: float = 0.0
    """Seconds that Telegram asks for."""


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def observed(*hearers: Callable[[httpx.Response], Awaitable[None]]) -> dict[str, Any]:
    """`httpx_kwargs` for the `HTTPXRequest` of the bot whose messages `attempt` sends; `hearers` are told of each
    response, too."""
    return {"event_hooks": {"request": [_on_request], "response": [_on_response, *hearers]}}


async def attempt(call: Callable[[], Awaitable[Message]], seen: Attempt, seconds: float) -> Message | Failure:
    """Once, for at most so many seconds."""
    token = _current.set(seen)
    try:
        async with asyncio.timeout(seconds):
            return await call()
    except (TelegramError, TimeoutError) as error:
        return _failure(error, seen)
    finally:
        _current.reset(token)


def seconds_of(error: RetryAfter) -> float:
    with warnings.catch_warnings():
        # Until python-telegram-bot changes the type of this attribute, reading it in either form warns.
        warnings.simplefilter("ignore", PTBDeprecationWarning)
        value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _failure(error: TelegramError | TimeoutError, seen: Attempt) -> Failure:
    if isinstance(error, RetryAfter):
        return Failure(Verdict.LIMITED, error, seconds_of(error))
    verdict = _verdict(error, seen)
    return Failure(verdict, error, UNTOLD_PAUSE_S if verdict is Verdict.LIMITED else 0.0)


def _verdict(error: TelegramError | TimeoutError, seen: Attempt) -> Verdict:
    if type(error) is TelegramError:
        return Verdict.UNKNOWN  # status 200 with an answer that cannot be read
    if isinstance(error, BadRequest) or not isinstance(error, NetworkError | TimeoutError):
        return Verdict.REFUSED
    if seen.status is not None:
        return _by_status(seen.status)
    cause = error.__cause__
    if isinstance(cause, NOTHING_WRITTEN) or not seen.may_be_there:
        return Verdict.NOT_THERE
    if type(error) is NetworkError and (cause is None or isinstance(cause, TelegramError)):
        return _by_words(str(error).casefold())
    return Verdict.UNKNOWN


def _by_status(status: int) -> Verdict:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.LIMITED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.NOT_THERE
    return Verdict.REFUSED if status >= HTTPStatus.MULTIPLE_CHOICES else Verdict.UNKNOWN


def _by_words(words: str) -> Verdict:
    """An error with a status of which only the description is left."""
    if HTTPStatus.TOO_MANY_REQUESTS.phrase.casefold() in words:
        return Verdict.LIMITED
    return Verdict.REFUSED if words.startswith(_REFUSALS) else Verdict.NOT_THERE


class _Joined(httpx.AsyncByteStream):
    """A body in few pieces. Each is a write with a deadline of its own, so a long one is not a single piece."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), PIECE):
            yield self._body[start : start + PIECE]


async def _on_request(request: httpx.Request) -> None:
    if isinstance(request.stream, httpx.AsyncByteStream) and not isinstance(request.stream, httpx.ByteStream):
        # A form with a file has a piece for each edge of each field: eighteen writes for a voice message.
        request.stream = _Joined(b"".join([piece async for piece in request.stream]))
    seen = _current.get()
    if seen is not None:
        seen.observed = True
    watch(request, *([seen.trace] if seen is not None else []))


async def _on_response(response: httpx.Response) -> None:
    seen = _current.get()
    if seen is not None:
        seen.status = response.status_code
