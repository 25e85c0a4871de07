"""Files that people send, streamed from Telegram as they download."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic

import httpx
import structlog
from telegram.error import BadRequest, TelegramError

from errors import DownloadFailed, FileTooLarge
from handlers.sending import Sender

log = structlog.get_logger(__name__)

MOST_BYTES = 20 << 20
"""What the Bot API hands out."""
DOWNLOAD_DEADLINE_S = 300.0
"""Of a whole file, however slowly it trickles."""
_MEGABYTES = MOST_BYTES >> 20


def check_size(size: int | None) -> None:
    """Raises `errors.FileTooLarge` before anything is asked for. Telegram need not tell the size."""
    if size is not None and size > MOST_BYTES:
        raise FileTooLarge(megabytes=_MEGABYTES)


class Files:
    """The address of a file holds the bot's token: it must not get into logs or errors."""

    def __init__(self, sender: Sender, client: httpx.AsyncClient) -> None:
        self._sender = sender
        self._client = client

    async def stream(self, file_id: str) -> AsyncGenerator[bytes, None]:
        """The file's bytes as they come. Raises `errors.DownloadFailed`, `errors.FileTooLarge`."""
        address = await self._address(file_id)
        got, deadline = 0, monotonic() + DOWNLOAD_DEADLINE_S
        try:
            async with self._client.stream("GET", address) as response:
                if response.status_code != httpx.codes.OK:
                    raise DownloadFailed(f"HTTP {response.status_code}")
                async for block in response.aiter_raw():
                    got += len(block)
                    if got > MOST_BYTES:
                        raise FileTooLarge(megabytes=_MEGABYTES)
                    if monotonic() > deadline:
                        raise DownloadFailed("too slow")
                    yield block
        except httpx.HTTPError as error:
            log.warning("download broke off", error=type(error).__name__, bytes=got)
            # `from None`: the text of these errors may hold the address.
            raise DownloadFailed(type(error).__name__) from None

    async def whole(self, file_id: str) -> bytes:
        """All of a file, at most 20 MiB."""
        return b"".join([block async for block in self.stream(file_id)])

    async def head(self, file_id: str, length: int) -> bytes:
        """The first bytes of a file."""
        head = b""
        async with aclosing(self.stream(file_id)) as stream:
            async for block in stream:
                head += block
                if len(head) >= length:
                    break
        return head[:length]

    async def _address(self, file_id: str) -> str:
        try:
            address = await self._sender.file_address(file_id)
        except BadRequest as error:
            if "too big" in str(error).casefold():
                raise FileTooLarge(megabytes=_MEGABYTES) from error
            raise DownloadFailed("getFile: 400") from error
        except (TelegramError, TimeoutError) as error:
            raise DownloadFailed(f"getFile: {type(error).__name__}") from None
        if not address:
            raise DownloadFailed("getFile: no path")
        return address
