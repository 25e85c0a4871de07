"""A webhook as a plain ASGI callable: 200 means that the inbox has the update, anything else brings it again."""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from errors import AssistantError, ConfigurationError
from updates.bot_api import BotApi, CallFailed
from updates.inbox import ACCEPT_S, Slot, update_id_of
from updates.trouble import Trouble

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SECRET_HEADER = b"x-telegram-bot-api-secret-token"
LARGEST_BODY = 1 << 20
"""Bytes. Telegram's own server queues no update above half of that."""
BODY_S = 20.0
COME_AGAIN_S = 2
"""Told to Telegram with a 503; its own pauses double up to two minutes."""

log = logging.getLogger(__name__)


class Webhook:
    """Takes the updates that Telegram posts to `path` with `secret` in the header (see `set_webhook`).

    200 also answers what can never become an update (no JSON, no `update_id`): Telegram would repeat the same bytes
    for a day, and hold back everything else of that chat meanwhile.
    """

    def __init__(self, inbox: Slot, *, path: str, secret: str) -> None:
        self._inbox = inbox
        self._path = path or "/"
        self._secret = secret.encode()
        self._trouble = Trouble(log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await _live(receive, send)
            case "http":
                await _answer(send, *await self._status(scope, receive))
            case _:
                await send({"type": "websocket.close", "code": 1000})

    async def _status(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, str]]:
        headers = dict(reversed(scope["headers"]))
        if scope["path"] != self._path:
            return 404, {}
        if scope["method"] != "POST":
            return 405, {"allow": "POST"}
        if not hmac.compare_digest(headers.get(SECRET_HEADER, b""), self._secret):
            return 403, {}
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(receive)
        except TimeoutError:
            return 408, {}
        if body is None:
            return 413, {"connection": "close"}
        return await self._take(body)

    async def _take(self, body: bytes) -> tuple[int, dict[str, str]]:
        try:
            update: object = json.loads(body)
        except (ValueError, RecursionError):
            update = None
        if update_id_of(update) is None:
            log.warning("the webhook was posted something that is no update")
            return 200, {}
        try:
            async with asyncio.timeout(ACCEPT_S):
                await self._inbox.accept([update])
        except (AssistantError, TimeoutError) as refusal:
            self._trouble.wait("the inbox refuses updates, Telegram keeps them", type(refusal).__name__)
            return 503, {"retry-after": str(COME_AGAIN_S)}
        self._trouble.over()
        return 200, {}


async def set_webhook(
    api: BotApi,
    url: str,
    *,
    secret: str,
    allowed_updates: Sequence[str],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Tell Telegram where to post; waiting updates are kept. Waits out whatever is not the settings' fault.

    Raises `errors.ConfigurationError` when Telegram rejects the token, the URL or the secret.
    """
    trouble = Trouble(log)
    while True:
        try:
            await api.call("setWebhook", url=url, secret_token=secret, allowed_updates=list(allowed_updates))
        except CallFailed as failure:
            match failure.status:
                case 401 | 404:
                    raise ConfigurationError("Telegram rejects the bot token", reason="token_rejected") from None
                case 400:
                    raise ConfigurationError(failure.reason, reason="webhook_rejected") from None
            await sleep(failure.retry_after or trouble.wait("the webhook could not be set yet", failure.reason))
        else:
            trouble.over()
            return


async def _live(receive: Receive, send: Send) -> None:
    """Nothing to open or close here: the inbox belongs to whoever made it."""
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> bytes | None:
    """`None`: larger than `LARGEST_BODY`, or the client left, and whatever is answered reaches nobody."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY or message["type"] == "http.disconnect":
            return None
        more = message.get("more_body", False)
    return bytes(body)


async def _answer(send: Send, status: int, headers: Mapping[str, str]) -> None:
    lines = [(name.encode(), value.encode()) for name, value in {"content-length": "0", **headers}.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": b""})
