"""Long polling: an update is confirmed to Telegram only when the inbox has it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

from errors import AssistantError, ConfigurationError
from updates.bot_api import BotApi, CallFailed
from updates.inbox import ACCEPT_S, Slot, update_id_of
from updates.trouble import Trouble

POLL_S = 30
GRACE_S = 15.0
"""Beyond the poll's own time; after it a poll counts as hung."""
CONFIRM_S = 0.7
CONFLICT_S = 4.0
SLOW_DOWN_S = 5.0
LONGEST_SLOW_DOWN_S = 3600.0
SHORTEST_EMPTY_POLL_S = 1.0
BATCH = 100
REJECTIONS = 3
"""In a row, from a token that was good before; a token that never was is believed to be wrong at once."""
WEBHOOK_ACTIVE = "while webhook is active"

log = logging.getLogger(__name__)


async def poll(
    api: BotApi,
    inbox: Slot,
    *,
    allowed_updates: Sequence[str],
    timeout: int = POLL_S,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Fill the inbox until cancelled; troubles are waited out, only a rejected token ends it (`ConfigurationError`).

    One poll takes at most `timeout` + `GRACE_S` seconds.
    """
    poller = _Poller(api, inbox, list(allowed_updates), timeout)
    try:
        while True:
            await sleep(await poller.turn())
    except asyncio.CancelledError:
        await poller.confirm()
        raise


class _Poller:
    def __init__(self, api: BotApi, inbox: Slot, allowed_updates: list[str], timeout: int) -> None:
        self._api = api
        self._inbox = inbox
        self._asked = {"limit": BATCH, "timeout": timeout, "allowed_updates": allowed_updates}
        self._deadline = timeout + GRACE_S
        # What is to be confirmed. Afterwards it is left out: after a quiet week Telegram starts again at a random
        # number, and an offset above that would delete what it numbers from there.
        self._offset: int | None = None
        self._may_delete_webhook = True
        self._rejections_left = 0
        self._trouble = Trouble(log)

    async def turn(self) -> float:
        """One poll; returns how long to wait before the next."""
        began = asyncio.get_running_loop().time()
        try:
            new = await self._fetch()
        except CallFailed as failure:
            return await self._cure(failure)
        except (AssistantError, TimeoutError) as refusal:
            return self._trouble.wait("the inbox refuses updates, Telegram keeps them", type(refusal).__name__)
        self._trouble.over()
        self._may_delete_webhook = False
        self._rejections_left = REJECTIONS - 1
        # Against a server that does not wait, or repeats itself.
        return 0.0 if new else max(0.0, began + SHORTEST_EMPTY_POLL_S - asyncio.get_running_loop().time())

    async def _fetch(self) -> int:
        result = await self._api.call("getUpdates", self._deadline, **self._asked, **self._confirmation())
        if not isinstance(result, list):
            raise CallFailed("getUpdates brought no list")
        numbers = [number for raw in result if (number := update_id_of(raw)) is not None]
        if result and not numbers:
            raise CallFailed("updates without an update_id")
        async with asyncio.timeout(ACCEPT_S):
            new = await self._inbox.accept(sorted(result, key=lambda raw: update_id_of(raw) or 0))
        self._offset = max(numbers) + 1 if numbers else None
        return new

    def _confirmation(self) -> dict[str, int]:
        return {} if self._offset is None else {"offset": self._offset}

    async def confirm(self) -> None:
        """Tell Telegram what the inbox has, or the next process is handed it again."""
        if self._offset is None:
            return
        try:
            await self._api.call("getUpdates", CONFIRM_S, limit=1, timeout=0, **self._confirmation())
        except CallFailed as failure:
            log.info("the last updates are not confirmed and will come again", extra={"reason": failure.reason})

    async def _cure(self, failure: CallFailed) -> float:
        say = self._trouble.wait
        match failure.status:
            case 401 | 404:
                return self._rejected(failure)
            case 409 if WEBHOOK_ACTIVE in failure.reason and self._may_delete_webhook:
                return await self._delete_webhook()
            case 409:
                return min(CONFLICT_S, say("another instance receives this bot's updates", failure.reason))
            case 429:
                say("Telegram asks to poll more slowly", failure.reason)
                return min(LONGEST_SLOW_DOWN_S, failure.retry_after or SLOW_DOWN_S)
            case None:
                return say("Telegram is out of reach", failure.reason)
            case _:
                return say("Telegram refuses to hand over updates", failure.reason)

    def _rejected(self, failure: CallFailed) -> float:
        if self._rejections_left > 0:
            # Servers in trouble have answered so to good tokens.
            self._rejections_left -= 1
            return self._trouble.wait("Telegram rejects the token that it took before", failure.reason)
        raise ConfigurationError("Telegram rejects the bot token", reason="token_rejected")

    async def _delete_webhook(self) -> float:
        """Only what was set before we first polled: a later one means that another instance takes over."""
        try:
            await self._api.call("deleteWebhook", drop_pending_updates=False)
            log.warning("a webhook was set earlier; it is removed, waiting updates are kept")
        except CallFailed as failure:
            return self._trouble.wait("the webhook could not be removed", failure.reason)
        self._may_delete_webhook = False
        return 0.0
