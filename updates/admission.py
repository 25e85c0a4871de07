"""One update at the door of the handlers: whatever happens to it, its row ends and nobody else notices."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from telegram import Bot, Update

from errors import AssistantError, StorageError, StorageUnavailable, where
from updates.inbox import Entry, Inbox, Outcome, Receipt
from updates.parsing import kind_of, parse

APOLOGY_S = 30.0
PATIENCE_S = 30.0
"""With a database that is out of reach: the update is kept, and its lane waits with it. Less than a handler has."""
AGAIN_S = 1.0

StepAside = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reception:
    """What becomes of an update; the code behind these three is not trusted."""

    handle: Callable[[Update, Receipt], Awaitable[None]]
    """Admits it. Its row ends as `told` afterwards, unless the receipt was kept or is done."""
    apologize: Callable[[Update, AssistantError], Awaitable[None]]
    """Tells the person why it is not answered: `errors.Overloaded`, once a burst; `errors.StorageError`; or a plain
    `errors.AssistantError` when its handler broke or took too long."""
    bypass: Callable[[Update], bool]
    """True for what must not wait in the lane: the stop button, `/stop`, `/cancel`."""


class Admission:
    """`seconds` bounds a handler. No method raises anything but a cancellation."""

    def __init__(self, inbox: Inbox, bot: Bot, reception: Reception, *, seconds: float) -> None:
        self._inbox = inbox
        self._bot = bot
        self._reception = reception
        self._seconds = seconds

    async def read(self, entry: Entry) -> tuple[Update, bool] | None:
        """The update and whether it is to bypass its lane; `None`: unreadable or of an unknown kind, ignored."""
        try:
            update = parse(entry.raw, self._bot)
            urgent = self._reception.bypass(update)
        except Exception as error:
            log.warning("an unreadable update is ignored", extra=_about(entry) | _cause(error))
        else:
            if kind_of(entry.raw) != "unknown":
                return update, urgent
            log.info("an update of an unknown kind is ignored", extra=_about(entry))
        await self.finish(entry, "ignored")
        return None

    async def admit(self, update: Update, entry: Entry, step_aside: StepAside | None = None) -> None:
        """`step_aside` lets what comes behind it go on; it may be called more than once, and waits for those before."""
        step_aside = step_aside or _stay
        receipt: Receipt | None = None
        try:
            async with asyncio.timeout(self._seconds) as deadline:
                aside = partial(self._aside, step_aside, deadline)
                receipt = Receipt(self._inbox, entry.update_id, await self._started(entry), aside)
                try:
                    await self._reception.handle(update, receipt)
                finally:
                    receipt.handled()
        except Exception as error:
            log.error("the handler of an update failed", extra=_about(entry) | _cause(error))
            if receipt is None or not receipt.kept:
                await step_aside()
                failed = error if isinstance(error, StorageError) else AssistantError("the handler of an update failed")
                await self.refuse(update, entry, failed)
        else:
            if not receipt.kept:
                await self.finish(entry, "told")
        if receipt is not None and receipt.kept:
            await asyncio.sleep(0)  # a turn before which there is nothing begins now
            await receipt.rests("admission")

    async def _aside(self, step_aside: StepAside, deadline: asyncio.Timeout) -> None:
        """What is waited for in line is the deadlines of others; the handler's own begins anew behind it."""
        deadline.reschedule(None)
        await step_aside()
        deadline.reschedule(asyncio.get_running_loop().time() + self._seconds)

    async def _started(self, entry: Entry) -> int:
        """How often, this time included. Raises `errors.StorageError`."""
        now = asyncio.get_running_loop().time
        give_up_at = now() + PATIENCE_S
        while True:
            try:
                return await self._inbox.started(entry.update_id)
            except StorageUnavailable as error:
                if now() + AGAIN_S > give_up_at:
                    raise
                log.warning("an update waits for the database", extra=_about(entry) | _cause(error))
            await asyncio.sleep(AGAIN_S)

    async def refuse(self, update: Update, entry: Entry, error: AssistantError) -> None:
        try:
            async with asyncio.timeout(APOLOGY_S):
                await self._reception.apologize(update, error)
        except Exception as failure:
            log.error("nobody could be told about a failed update", extra=_about(entry) | _cause(failure))
            await self.finish(entry, "ignored")
        else:
            await self.finish(entry, "told")

    async def finish(self, entry: Entry, outcome: Outcome) -> None:
        try:
            await self._inbox.done(entry.update_id, outcome)
        except AssistantError as error:
            log.error("an update's row stays open", extra=_about(entry) | _cause(error))


async def _stay() -> None:
    return


def _about(entry: Entry) -> dict[str, object]:
    return {"update_id": entry.update_id, "kind": kind_of(entry.raw)}


def _cause(error: Exception) -> dict[str, object]:
    """The error's class and place. Its text is left out: it may quote what a person said, or a URL with the token."""
    return {"error": type(error).__name__, "place": where(error)}
