"""Handlers by script, and an inbox that tells how its rows ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from telegram import Bot, Update

from errors import AssistantError
from tasks import task_group
from tests.updates.virtual_time import now
from updates.admission import Reception
from updates.inbox import MemoryInbox, Outcome, Receipt
from updates.lanes import Bounds, Lanes, feed, open_lanes

Handle = Callable[[Update, Receipt], Awaitable[None]]


class WatchedInbox(MemoryInbox):
    def __init__(self, capacity: int = 5_000) -> None:
        super().__init__(capacity=capacity)
        self.ended: dict[int, Outcome] = {}
        self.ended_at: dict[int, float] = {}
        self._changed = asyncio.Condition()

    async def done(self, update_id: int, outcome: Outcome) -> None:
        await super().done(update_id, outcome)
        async with self._changed:
            self.ended.setdefault(update_id, outcome)
            self.ended_at.setdefault(update_id, now())
            self._changed.notify_all()

    async def until_ended(self, *update_ids: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: set(update_ids) <= self.ended.keys())


class Desk:
    """Takes `seconds` for an update, unless a handler is given; what says "стоп" bypasses."""

    def __init__(self, handle: Handle | None = None, *, seconds: float = 1.0) -> None:
        self.handled: list[int] = []
        self.apologies: list[tuple[int, type[AssistantError]]] = []
        self._handle = handle
        self._seconds = seconds

    def reception(self) -> Reception:
        return Reception(self.handle, self.apologize, self.bypass)

    async def handle(self, update: Update, receipt: Receipt) -> None:
        self.handled.append(update.update_id)
        if self._handle is None:
            await asyncio.sleep(self._seconds)
        else:
            await self._handle(update, receipt)

    async def apologize(self, update: Update, error: AssistantError) -> None:
        self.apologies.append((update.update_id, type(error)))

    def bypass(self, update: Update) -> bool:
        message = update.message
        return message is not None and message.text == "стоп"


@asynccontextmanager
async def line(bot: Bot, inbox: WatchedInbox, desk: Desk, bounds: Bounds | None = None) -> AsyncIterator[Lanes]:
    """The straight line from an inbox to the desk."""
    async with open_lanes(inbox, bot, desk.reception(), bounds) as lanes, task_group() as tasks:
        feeding = tasks.create_task(feed(inbox, lanes))
        yield lanes
        feeding.cancel()
