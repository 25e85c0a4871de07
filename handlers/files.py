"""Files that people send, streamed from Telegram as they download; a download that breaks off goes on where it was."""

import asyncio
import random
import warnings
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import TypeVar

import httpx
import structlog
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.warnings import PTBDeprecationWarning

from errors import DownloadFailed, FileTooLarge
from handlers.letting_go import Client
from handlers.partial import Broken, Partial
from handlers.sending import Sender

log = structlog.get_logger(__name__)

MOST_BYTES = 20 << 20
"""What the Bot API hands out."""
_MEGABYTES = MOST_BYTES >> 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download is waited for, in seconds."""

    connect: float = 10.0
    silence: float = 10.0
    """Without a byte."""
    address: float = 15.0
    """For `getFile`."""
    whole: float = 300.0
    """For everything, the pauses too; not while whoever takes the bytes is busy with them."""
    head: float = 10.0
    """For the first bytes alone."""
    pauses: tuple[float, ...] = (0.3, 0.6, 1.2, 2.5, 5.0)
    """After attempts that brought nothing new; with the last one used up, the download has failed."""


def check_size(size: int | None) -> None:
    """Raises `errors.FileTooLarge` before anything is asked for. Telegram need not tell the size."""
    if size is not None and size > MOST_BYTES:
        raise FileTooLarge(megabytes=_MEGABYTES)


class Files:
    """The address of a file holds the bot's token: it must not get into logs or errors, nor into their causes."""

    def __init__(self, sender: Sender, client: Client, patience: Patience | None = None) -> None:
        self._sender = sender
        self._client = client
        self._patience = patience or Patience()

    def stream(self, file_id: str, *, size: int | None = None) -> AsyncGenerator[bytes, None]:
        """The file's bytes as they come, each of them once, however often the download breaks off.

        `size` is what Telegram told: a body that ends before it was cut. Close it (`contextlib.aclosing`) when it is
        not read to its end. Raises `errors.DownloadFailed`, `errors.FileTooLarge`.
        """
        return self._stream(file_id, size, self._patience)

    async def whole(self, file_id: str, *, size: int | None = None) -> bytes:
        """All of a file, at most 20 MiB."""
        return b"".join([block async for block in self.stream(file_id, size=size)])

    async def head(self, file_id: str, length: int) -> bytes:
        """The first bytes of a file; fewer when it has fewer."""
        head = b""
        patience = replace(self._patience, whole=self._patience.head)
        async with aclosing(self._stream(file_id, None, patience)) as stream:
            async for block in stream:
                head += block
                if len(head) >= length:
                    break
        return head[:length]

    async def _stream(self, file_id: str, size: int | None, patience: Patience) -> AsyncGenerator[bytes, None]:
        file, waiting = Partial(size), _Waiting(patience)
        while not file.complete:
            try:
                async with aclosing(self._attempt(file_id, file, waiting)) as blocks:
                    async for block in blocks:
                        if file.got > MOST_BYTES:
                            raise FileTooLarge(megabytes=_MEGABYTES)
                        waiting.progress()
                        yield block
                continue
            except Broken as error:
                reason, asked_to_wait = str(error), error.wait
            log.info("download broke off", reason=reason, bytes=file.got)
            await waiting.pause(reason, asked_to_wait)

    async def _attempt(self, file_id: str, file: Partial, waiting: "_Waiting") -> AsyncGenerator[bytes, None]:
        """What is new, until it breaks (`Broken`) or `file` is told that the body ended."""
        if self._client.is_closed:
            raise DownloadFailed("the process ends")
        if file.address is None:
            file.expect_at(await waiting.wait(self._address(file_id)))
        response = await waiting.wait(self._client.send(self._request(file), stream=True))
        try:
            check_size(file.place(response))
            blocks = self._client.blocks(response)
            while not file.complete:
                block = await waiting.wait(anext(blocks, None))
                if block is None:
                    file.end()
                    return
                if new := file.take(block):
                    yield new
        finally:
            await self._client.put_away(response)

    def _request(self, file: Partial) -> httpx.Request:
        patience = self._patience
        timeout = httpx.Timeout(patience.silence, connect=patience.connect, pool=patience.whole)
        try:
            return self._client.build_request("GET", file.address or "", headers=file.headers(), timeout=timeout)
        except httpx.InvalidURL:
            pass
        raise DownloadFailed("getFile: no address")

    async def _address(self, file_id: str) -> str:
        """Of a fresh `getFile`. The errors are new ones without a cause: PTB's may quote the token."""
        wait = 0.0
        try:
            async with asyncio.timeout(self._patience.address):
                address = await self._sender.file_address(file_id)
            if address:
                return address
            trouble, final = "no path", False
        except (TelegramError, TimeoutError) as error:
            if isinstance(error, BadRequest) and "too big" in str(error).casefold():
                trouble, final = "too big", True
            else:
                trouble, final = type(error).__name__, not _may_pass(error)
            if isinstance(error, RetryAfter):
                wait = _seconds(error)
        if trouble == "too big":
            raise FileTooLarge(megabytes=_MEGABYTES)
        if final:
            raise DownloadFailed(f"getFile: {trouble}")
        raise Broken(f"getFile: {trouble}", wait)


class _Waiting:
    """The deadline of one download: only waits count, not the time that the taker of the bytes needs."""

    def __init__(self, patience: Patience) -> None:
        self._pauses = patience.pauses
        self._left = patience.whole
        self._failures = 0

    def progress(self) -> None:
        self._failures = 0

    async def wait(self, something: Awaitable[T]) -> T:
        """Raises `Broken` when the network fails; without its cause, whose text may hold the address."""
        begun = monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._left)):
                return await something
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError):
            trouble = ""
        except httpx.HTTPError as error:
            trouble = type(error).__name__
        except TimeoutError:
            trouble = "too slow"
        finally:
            self._left -= monotonic() - begun
        if not trouble:
            raise DownloadFailed("getFile: no address")
        raise Broken(trouble)

    async def pause(self, reason: str, at_least: float) -> None:
        """Before the next attempt. Raises `errors.DownloadFailed` when there is to be none."""
        if self._failures < len(self._pauses):
            # Jittered: the chats whose downloads broke together do not come back together.
            pause = max(at_least, self._pauses[self._failures] * random.uniform(0.5, 1.0))  # noqa: S311
            if pause < self._left:
                self._failures += 1
                self._left -= pause
                return await asyncio.sleep(pause)
        log.warning("download failed", reason=reason)
        raise DownloadFailed(reason)


def _may_pass(error: TelegramError | TimeoutError) -> bool:
    if isinstance(error, BadRequest):
        return "temporarily" in str(error).casefold()  # "wrong file_id or the file is temporarily unavailable"
    # A plain `TelegramError` is an answer that is not JSON, such as a proxy's page.
    return isinstance(error, NetworkError | RetryAfter | TimeoutError) or type(error) is TelegramError


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():
        # Until python-telegram-bot changes the type of this attribute, reading it in either form warns.
        warnings.simplefilter("ignore", PTBDeprecationWarning)
        value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
