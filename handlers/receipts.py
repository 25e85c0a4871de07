"""The open row of the update that is being handled: it ends with its turn, not with the handler.

`bot.py` sets `current` around every update; inside somebody else's application there is no inbox and nothing to end.
"""

from contextvars import ContextVar
from typing import Literal, Protocol

Outcome = Literal["answered", "interrupted", "told", "ignored"]
Work = Literal["admission", "picture", "answer"]


class Receipt(Protocol):
    @property
    def update_id(self) -> int: ...

    def keep(self) -> None:
        """The update goes on after its handler has returned."""

    async def works(self, work: Work) -> None:
        """From here on until `rests` the update may be what brings the process down. Does not raise."""

    async def rests(self, work: Work) -> None:
        """That work is done. Does not raise."""

    async def release(self) -> None:
        """The process ends in order, the next one is to take the update up again."""

    async def done(self, outcome: Outcome) -> None: ...


class NoReceipt:
    update_id = 0

    def keep(self) -> None:
        return

    async def works(self, work: Work) -> None:
        return

    async def rests(self, work: Work) -> None:
        return

    async def release(self) -> None:
        return

    async def done(self, outcome: Outcome) -> None:
        return


current: ContextVar[Receipt] = ContextVar("receipt")


def receipt() -> Receipt:
    """Of the update that is being handled."""
    return current.get(NoReceipt())
