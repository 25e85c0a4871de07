"""The open row of the update that is being handled: it ends with its turn, not with the handler.

`bot.py` sets `current` around every update; inside somebody else's application there is no inbox and nothing to end.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Literal, Protocol

from tasks import task_group

Outcome = Literal["answered", "interrupted", "told", "ignored"]
Work = Literal["admission", "picture", "answer"]


class Receipt(Protocol):
    @property
    def update_id(self) -> int: ...

    def keep(self) -> None:
        """The update goes on after its handler has returned."""

    async def step_aside(self) -> None:
        """In a handler, before it waits for something else than its chat's order: what comes behind it is admitted, and
        its own rest follows that of those before it. Does nothing once the handler has returned."""

    async def works(self, work: Work) -> None:
        """From here on until `rests` the update may be what brings the process down. Does not raise."""

    async def rests(self, work: Work) -> None:
        """That work is done. Does not raise."""

    async def join(self, to: int | None) -> None:
        """Its fate is that of the update `to`, also after a crash; None: it has one of its own. Does not raise."""

    async def release(self) -> None:
        """The process ends in order, the next one is to take the update up again."""

    async def done(self, outcome: Outcome) -> None: ...


class NoReceipt:
    update_id = 0

    def keep(self) -> None:
        return

    async def step_aside(self) -> None:
        return

    async def works(self, work: Work) -> None:
        return

    async def rests(self, work: Work) -> None:
        return

    async def join(self, to: int | None) -> None:
        return

    async def release(self) -> None:
        return

    async def done(self, outcome: Outcome) -> None:
        return


class Together:
    """Several updates that are one turn, such as the pictures of an album: they end at the same time, or a crash would
    lose those that ended first; and what brings the process down counts against all of them."""

    def __init__(self, leading: Receipt, others: Sequence[Receipt]) -> None:
        self._all = (leading, *others)
        self.update_id = leading.update_id

    def keep(self) -> None:
        for one in self._all:
            one.keep()

    async def step_aside(self) -> None:
        await self._all[0].step_aside()

    async def works(self, work: Work) -> None:
        # At once: what waits for the database together is written together, and waits no longer than one does.
        async with task_group() as group:
            for one in self._all:
                group.create_task(one.works(work), name="an album is worked on")

    async def rests(self, work: Work) -> None:
        async with task_group() as group:
            for one in self._all:
                group.create_task(one.rests(work), name="an album rests")

    async def join(self, to: int | None) -> None:
        async with task_group() as group:
            for one in self._all:
                group.create_task(one.join(to), name="an album joins")

    async def release(self) -> None:
        for one in self._all:
            await one.release()

    async def done(self, outcome: Outcome) -> None:
        # At once: ends that come together are written in one transaction.
        async with task_group() as group:
            for one in self._all:
                group.create_task(one.done(outcome), name="the end of an album")


current: ContextVar[Receipt] = ContextVar("receipt")


def receipt() -> Receipt:
    """Of the update that is being handled."""
    return current.get(NoReceipt())
