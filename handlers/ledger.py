"""What is written down around a send, so that after a crash it is known what may have arrived."""

from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from handlers.outcomes import Attempt


@dataclass(frozen=True, slots=True)
class SendKey:
    """The `ordinal`-th message of the answer to an update."""

    update_id: int
    ordinal: int


SET_ASIDE = 1_000
MAY_BE_LOST = 1_001
BROKE_OFF = 1_002
"""Ordinals of sentences about an update: beyond those of any answer to it. Each is said once, and again
only when a crash leaves in doubt whether it was: whoever has no answer and hears nothing has lost his message."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent. A voice message has bytes; its text is the caption. `more`: the answer goes on after it."""

    kind: Literal["text", "voice"]
    text: str
    ogg: bytes | None = None
    seconds: float = 0.0
    more: bool = False


class Ledger(Protocol):
    """Nothing of it raises: whether a message goes out when it cannot be written down is decided behind it."""

    async def hand_over(self, key: SendKey, content: Content) -> bool:
        """Right before the first request. False: it may have arrived already and is not to be sent."""
        ...

    async def confirmed(self, key: SendKey, message_id: int) -> None: ...

    async def failed(self, key: SendKey) -> None:
        """It certainly did not arrive."""

    async def unknown(self, key: SendKey) -> None:
        """It may have arrived."""

    async def withdrawn(self, key: SendKey) -> None:
        """It had arrived and was deleted."""


class NoLedger:
    async def hand_over(self, key: SendKey, content: Content) -> bool:
        return True

    async def confirmed(self, key: SendKey, message_id: int) -> None:
        return

    async def failed(self, key: SendKey) -> None:
        return

    async def unknown(self, key: SendKey) -> None:
        return

    async def withdrawn(self, key: SendKey) -> None:
        return


class Entry:
    """One message in the ledger, in whatever form it is sent in the end: `async with` settles it.

    Without a `message_id` at the end the message failed, unless a request was `out` whose outcome nobody knows. While
    nothing is `out` it is being held, or waits to be tried again, and may still be given up.
    """

    def __init__(self, ledger: Ledger, key: SendKey | None, content: Content) -> None:
        self._ledger = ledger
        self._key = key
        self._content = content
        self._handed_over = False
        self.out: Attempt | None = None
        self.message_id: int | None = None
        self.given_up = False
        """It is not wanted any more: no further request for it is to be made."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._key is None or not self._handed_over:
            return
        if self.message_id is not None:
            await self._ledger.confirmed(self._key, self.message_id)
        elif self.out is not None and self.out.may_be_there:
            await self._ledger.unknown(self._key)
        else:
            await self._ledger.failed(self._key)

    async def hand_over(self) -> bool:
        """Before every request; written once. False: it is not to be sent."""
        if self._key is None or self._handed_over:
            return True
        self._handed_over = await self._ledger.hand_over(self._key, self._content)
        return self._handed_over
