"""What Telegram handed over and we have not finished: kept before Telegram is told, forgotten only when it ended."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from errors import AssistantError, Overloaded

RawUpdate = dict[str, object]
"""One update as the JSON object that Telegram sent, unchecked."""

Outcome = Literal["answered", "interrupted", "told", "ignored"]
"""How an update ended: answered, interrupted by a newer message, the person was told why not, or nothing was asked.
Plain words, so that whoever finishes a row needs no import from here."""

HIGHEST_ID = 2**63 - 1
ACCEPT_S = 20.0
"""For `Inbox.accept`: more than a database takes to find out by itself that it cannot. A deadline in the middle of a
transaction costs the connection and leaves it open what was kept; and Telegram waits a minute for a webhook."""

log = logging.getLogger(__name__)


def update_id_of(raw: object) -> int | None:
    """The update's number; `None` when there is none to know it by, whatever else the JSON holds."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= HIGHEST_ID:
        return number
    return None


@dataclass(frozen=True, slots=True)
class Entry:
    update_id: int
    raw: RawUpdate


class Slot(Protocol):
    """What whoever brings updates knows of the inbox."""

    async def accept(self, updates: Sequence[object]) -> int:
        """Keep them; after this returns Telegram may forget them. Returns how many were new.

        Known and finished ones are dropped, broken and unknown kinds kept; one without an `update_id` is dropped with
        a word in the log. All or nothing: raises an `errors.AssistantError` (`Overloaded` when full) and keeps none.
        """


class Inbox(Slot, Protocol):
    """The updates of one bot, each known by its `update_id` (never by a high-water mark: they come out of order).

    An inbox that survives restarts gives out again, in the order of acceptance, what the last process left unfinished.
    """

    async def take(self) -> Entry:
        """The next one in order of acceptance, each once; waits until there is one. It stays unfinished."""

    async def started(self, update_id: int) -> int:
        """Its handling begins; returns how often that has happened, this time included (2: a process died with it)."""

    async def not_started(self, update_id: int) -> None:
        """Take a start back: what ends the process from here on is not this update's fault."""

    async def join(self, update_id: int, to: int | None) -> None:
        """It is part of the turn of the update `to` and has no end of its own: when that one has ended, a later process
        does not hear of this one either. None: it is on its own again. Nothing happens when it has ended."""

    def joined(self, update_id: int) -> int | None:
        """The update whose turn it is part of."""

    async def done(self, update_id: int, outcome: Outcome) -> None:
        """It has ended, its content is erased and its number remembered. The first outcome stands."""


class SlotWithAView:
    """Every update is shown to `look` before it is kept: what can be made ready meanwhile need not wait for it.

    `look` must neither raise nor wait, nor do anything that would matter if the update were refused or came again.
    """

    def __init__(self, inbox: Slot, look: Callable[[object], None]) -> None:
        self._inbox = inbox
        self._look = look

    async def accept(self, updates: Sequence[object]) -> int:
        for raw in updates:
            self._look(raw)
        return await self._inbox.accept(updates)


Work = Literal["admission", "picture", "answer"]
"""What is being done for an update: its handler runs, its picture is made ready, it is asked and answered."""


class Receipt:
    """An update's open row, handed along with it.

    The row is finished as `told` when the handler returns, unless the handler called `keep`: then it stays open until
    `done` is called, by whoever sees the end of the turn. What is never done comes again after a restart.

    A crash counts against it while there is `Work` on it, not while it waits behind others for its turn.
    """

    def __init__(
        self,
        inbox: Inbox,
        update_id: int,
        attempt: int = 1,
        step_aside: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._inbox = inbox
        self._step_aside = step_aside
        self.update_id = update_id
        self.attempt = attempt
        self.kept = False
        self._work: set[Work] = {"admission"}
        self._counted = True
        self._over = False
        self._counting = asyncio.Lock()

    def keep(self) -> None:
        self.kept = True

    async def step_aside(self) -> None:
        """What the handler still waits for is no matter of its chat's order: the updates behind it go on, and it goes
        on itself when those before it that stepped aside have ended. Once; of no effect when the handler has ended."""
        step_aside, self._step_aside = self._step_aside, None
        if step_aside is not None:
            await step_aside()

    def handled(self) -> None:
        """The handler has ended, and what it began goes on without a place in any order."""
        self._step_aside = None

    async def works(self, work: Work) -> None:
        """From here on until `rests` it may be what brings the process down. Does not raise."""
        self._work.add(work)
        await self._count()

    async def rests(self, work: Work) -> None:
        """That work is done. Does not raise."""
        self._work.discard(work)
        await self._count()

    @property
    def joined(self) -> int | None:
        """The update whose turn it is part of, or was in the last process."""
        return self._inbox.joined(self.update_id)

    async def join(self, to: int | None) -> None:
        """It is part of the turn of that update, also when this process dies; None: of none. Does not raise."""
        try:
            await self._inbox.join(self.update_id, to)
        except AssistantError as error:
            log.warning("not joined", extra={"update_id": self.update_id, "error": type(error).__name__})

    async def release(self) -> None:
        """The process ends in order: the update is for the next one, as if it had not been begun."""
        self._over = True
        async with self._counting:
            if self._counted:
                await self._inbox.not_started(self.update_id)
                self._counted = False

    async def done(self, outcome: Outcome) -> None:
        """The first outcome stands, later ones change nothing."""
        self._over = True
        async with self._counting:
            await self._inbox.done(self.update_id, outcome)

    async def _count(self) -> None:
        async with self._counting:
            if self._over or bool(self._work) == self._counted:
                return
            try:
                await (self._inbox.not_started if self._counted else self._inbox.started)(self.update_id)
            except AssistantError as error:
                log.warning("not counted", extra={"update_id": self.update_id, "error": type(error).__name__})
            else:
                self._counted = not self._counted


class MemoryInbox:
    """An inbox that lasts as long as the process.

    `capacity` bounds the unfinished: a full inbox refuses, and Telegram keeps what was refused for a day. `remembered`
    bounds the numbers of finished ones; Telegram repeats only what it was not told, which is always among the newest.
    """

    def __init__(self, *, capacity: int = 5_000, remembered: int = 20_000) -> None:
        self._capacity = capacity
        self._remembered = remembered
        self._attempts: dict[int, int] = {}
        self._waiting: deque[Entry] = deque()
        self._finished: dict[int, Outcome] = {}
        self._joined: dict[int, int] = {}
        self._arrived = asyncio.Event()

    async def accept(self, updates: Sequence[object]) -> int:
        new: dict[int, Entry] = {}
        for raw in updates:
            update_id = update_id_of(raw)
            if update_id is None or not isinstance(raw, dict):
                log.warning("dropped something without an update_id")
            elif update_id not in self._attempts and update_id not in self._finished:
                new.setdefault(update_id, Entry(update_id, raw))
        if len(self._attempts) + len(new) > self._capacity:
            raise Overloaded("the inbox is full")
        self._attempts.update(dict.fromkeys(new, 0))
        self._waiting.extend(new.values())
        self._arrived.set()
        return len(new)

    async def take(self) -> Entry:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    async def started(self, update_id: int) -> int:
        self._attempts[update_id] += 1
        return self._attempts[update_id]

    async def not_started(self, update_id: int) -> None:
        if update_id in self._attempts:
            self._attempts[update_id] -= 1

    async def join(self, update_id: int, to: int | None) -> None:
        if to is None or update_id not in self._attempts:
            self._joined.pop(update_id, None)
        else:
            self._joined[update_id] = to

    def joined(self, update_id: int) -> int | None:
        return self._joined.get(update_id)

    async def done(self, update_id: int, outcome: Outcome) -> None:
        self._joined.pop(update_id, None)
        if self._attempts.pop(update_id, None) is None:
            return
        self._finished[update_id] = outcome
        while len(self._finished) > self._remembered:
            del self._finished[next(iter(self._finished))]
