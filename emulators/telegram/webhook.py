"""Delivery of updates to the bot's web server: one at a time for a chat, chats in parallel, again until it is taken."""

import asyncio
import json
import time
from collections.abc import Hashable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from .changes import Changes
from .updates import Pending, UpdateQueue
from .wire import Json, bad_request, present

PORTS = (80, 88, 443, 8443)
_ANSWER_DEADLINE_S = 60
_MAX_RETRY_AFTER_S = 3600
_SECRET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class _Refused(Exception):
    """The web server did not take the update; it may have said when to come again, in seconds."""

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    reason: str
    retry_after: float


class Webhook:
    """`retry_s` is the first delay of a repetition; the next ones double it, up to 60 times."""

    def __init__(self, updates: UpdateQueue, changes: Changes, retry_s: float) -> None:
        self.url = ""
        self._secret = ""
        self._max_connections = 40
        self._last_error: tuple[int, str] | None = None
        self._generation = 0
        self._busy: set[Hashable] = set()
        self._updates = updates
        self._changes = changes
        self._retry_s = retry_s

    def set(self, url: str, secret: str, max_connections: int) -> None:
        """An empty URL takes the webhook away."""
        if url:
            _check(url, secret)
        self._generation += 1
        self.url, self._secret, self._max_connections, self._last_error = url, secret, max_connections, None
        self._changes.tell()

    def info(self, allowed: list[str] | None) -> Json:
        date, message = self._last_error or (None, None)
        return present(
            url=self.url,
            has_custom_certificate=False,
            pending_update_count=len(self._updates.pending),
            last_error_date=date,
            last_error_message=message,
            max_connections=self._max_connections if self.url else None,
            ip_address="127.0.0.1" if self.url else None,
            allowed_updates=allowed,
        )

    async def deliver_for_ever(self) -> None:
        async with asyncio.TaskGroup() as lanes:
            while True:
                lane = await self._changes.until(self._idle_lane)
                self._busy.add(lane)
                lanes.create_task(self._serve(lane, self._generation))

    def _idle_lane(self) -> Hashable | None:
        if not self.url or len(self._busy) >= self._max_connections:
            return None
        return next((update.lane for update in self._updates.pending if update.lane not in self._busy), None)

    async def _serve(self, lane: Hashable, generation: int) -> None:
        try:
            while generation == self._generation and (update := self._updates.first_of(lane)):
                await self._deliver(update, generation)
        finally:
            self._busy.discard(lane)
            self._changes.tell()

    async def _deliver(self, update: Pending, generation: int) -> None:
        delay, failures = self._retry_s, 0
        while generation == self._generation and update is self._updates.first_of(update.lane):
            try:
                await self._post(update)
            except _Refused as refusal:
                self._last_error = (int(time.time()), str(refusal))
                # The first repetition comes at once, as in the official server.
                delay = min(delay * 2, self._retry_s * 60) if failures else delay
                await asyncio.sleep(refusal.retry_after or (delay if failures else 0))
                failures += 1
            else:
                self._updates.done(update)
                return

    async def _post(self, update: Pending) -> None:
        body = json.dumps(update.value, ensure_ascii=False).encode()
        target = urlsplit(self.url)
        head = [
            f"POST {target.path or '/'}{'?' + target.query if target.query else ''} HTTP/1.1",
            f"Host: {target.netloc}",
            *([f"X-Telegram-Bot-Api-Secret-Token: {self._secret}"] if self._secret else []),
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        try:
            async with asyncio.timeout(_ANSWER_DEADLINE_S):
                response = await _exchange(target, "\r\n".join(head).encode() + b"\r\n\r\n" + body)
        except TimeoutError:
            raise _Refused("Read timeout expired") from None
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise _Refused(f"Connection failed: {type(error).__name__}") from error
        if not 200 <= response.status <= 299:
            reason = f"Wrong response from the webhook: {response.status} {response.reason}"
            raise _Refused(reason, min(response.retry_after, _MAX_RETRY_AFTER_S))


async def _exchange(target: SplitResult, request: bytes) -> _Response:
    secure = target.scheme == "https"
    port = target.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(target.hostname, port, ssl=secure or None)
    try:
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        if headers.get("content-length"):
            await reader.readexactly(int(headers["content-length"]))
    finally:
        writer.close()
    _, status, reason = (head[0] + "  ").split(" ", 2)
    retry_after = headers.get("retry-after", "")
    return _Response(int(status), reason.strip(), int(retry_after) if retry_after.isdigit() else 0)


def _check(url: str, secret: str) -> None:
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not set(secret) <= _SECRET:
        raise bad_request("secret token contains unallowed characters")
    try:
        target = urlsplit(url if "://" in url else f"https://{url}")
        host, port = target.hostname or "", target.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not host or target.scheme not in ("http", "https"):
        raise bad_request("invalid webhook URL specified")
    if _is_loopback(host):
        return  # like a server of one's own (--local): plain HTTP and any port, for tests on this machine
    if target.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
