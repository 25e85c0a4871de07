"""The inbox that outlives the process: what Telegram handed over is a committed row before Telegram is told."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from time import monotonic, time
from typing import Generic, Literal, TypeVar

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import Overloaded, StorageError, StorageUnavailable
from storage.database import Database
from storage.models import InboxRow

E = TypeVar("E")

CAPACITY = 5_000
READ_AHEAD = 100
"""Updates whose content is in memory, waiting to be taken; of the rest only the numbers are."""
PART = 500
"""Of a list that goes into one statement."""
HIGHEST_ID = 2**63 - 1
WITH = "with "
"""In the column `outcome` of an unfinished update: then the number of the one whose turn it is part of."""
RETRY_S = 1.0
LINE_S = 5.0
"""For whoever is behind others that are being accepted: they may be waiting for a database that is out of reach."""

log = logging.getLogger(__name__)


async def open_inbox(
    database: Database,
    bot: int,
    entry: Callable[[int, dict[str, object]], E],
    *,
    capacity: int = CAPACITY,
    line_seconds: float = LINE_S,
) -> "DatabaseInbox[E]":
    """The inbox of a bot, with what earlier processes left unfinished; `entry` makes what `take` returns.

    One process at a time owns a bot's inbox. Raises `errors.StorageError`.
    """
    columns = (InboxRow.update_id, InboxRow.place, InboxRow.outcome)
    statement = select(*columns).where(InboxRow.bot == bot, InboxRow.done_at.is_(None))
    async with database.transaction() as connection:
        rows = (await connection.execute(statement.order_by(InboxRow.place))).all()
    inbox = DatabaseInbox(database, bot, entry, capacity, line_seconds)
    inbox.queue((row.update_id for row in rows), last_place=rows[-1].place if rows else 0)
    await inbox.join_again({row.update_id: int(row.outcome.removeprefix(WITH)) for row in rows if row.outcome})
    return inbox


class DatabaseInbox(Generic[E]):
    """Made by `open_inbox`; looks like `updates.inbox.Inbox`.

    `capacity` bounds the unfinished: a full inbox refuses, and Telegram keeps what was refused. The end of an update
    that could not be written is kept in memory and written with the next change.
    """

    def __init__(
        self,
        database: Database,
        bot: int,
        entry: Callable[[int, dict[str, object]], E],
        capacity: int,
        line_seconds: float,
    ) -> None:
        self._database = database
        self._rows = _Rows(database, bot)
        self._entry = entry
        self._capacity = capacity
        self._line_seconds = line_seconds
        self._unfinished: set[int] = set()
        self._waiting = _Waiting()
        self._ended: dict[int, str] = {}
        self._joined: dict[int, int] = {}
        self._last_place = 0
        self._failed_at = 0.0
        self._accepting = asyncio.Lock()
        self._taking = asyncio.Lock()
        self._ending = asyncio.Lock()

    @property
    def unfinished(self) -> frozenset[int]:
        return frozenset(self._unfinished)

    def queue(self, update_ids: Iterable[int], *, last_place: int) -> None:
        for update_id in update_ids:
            self._unfinished.add(update_id)
            self._waiting.add(update_id, None)
        self._last_place = last_place

    async def join_again(self, joined: dict[int, int]) -> None:
        """What an earlier process knew of it: those whose turn has ended since have ended with it."""
        self._joined = joined
        for number in [number for number, to in joined.items() if to not in self._unfinished]:
            await self.done(number, "interrupted")

    async def accept(self, updates: Sequence[object]) -> int:
        """Committed when it returns. Raises `errors.Overloaded` or `errors.StorageError` and keeps none."""
        offered = _readable(updates)
        async with self._turn_to_accept():
            fresh = {number: raw for number, raw in offered.items() if number not in self._unfinished}
            if not fresh:
                return 0
            async with self._database.transaction() as connection:
                new = await self._rows.insert(connection, fresh, after=self._last_place)
                if len(self._unfinished) + len(new) > self._capacity:
                    raise Overloaded("the inbox is full")
                # Committed although nobody could be told: by a process that died then, or by ours at a deadline.
                left = await self._rows.unfinished(connection, fresh.keys() - new) if len(new) < len(fresh) else set()
            self._last_place += len(fresh)
            for number, raw in fresh.items():
                if number in new or number in left:
                    self._unfinished.add(number)
                    self._waiting.add(number, raw if number in new else None)
            return len(new)

    @asynccontextmanager
    async def _turn_to_accept(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._line_seconds):
                await self._accepting.acquire()
        except TimeoutError:
            raise StorageUnavailable("others are still being accepted") from None
        try:
            yield
        finally:
            self._accepting.release()

    async def take(self) -> E:
        """Waits out a database that is out of reach."""
        async with self._taking:
            while True:
                await self._waiting.until_some()
                if (held := self._waiting.pop()) is not None:
                    return self._entry(held[0], json.loads(held[1]))
                await self._read_ahead()

    async def started(self, update_id: int) -> int:
        """Raises KeyError for an update that is not unfinished, and `errors.StorageError`."""
        return await self._count_start(update_id, 1)

    async def not_started(self, update_id: int) -> None:
        """Take a start back: what ends the process from here on is not this update's fault. Raises like `started`."""
        await self._count_start(update_id, -1)

    async def join(self, update_id: int, to: int | None) -> None:
        """Raises `errors.StorageError`."""
        if self._joined.get(update_id) == to or update_id not in self._unfinished:
            return
        await self._rows.join(update_id, to)
        if to is None:
            del self._joined[update_id]
        else:
            self._joined[update_id] = to

    def joined(self, update_id: int) -> int | None:
        return self._joined.get(update_id)

    async def done(self, update_id: int, outcome: Literal["answered", "interrupted", "told", "ignored"]) -> None:
        """Raises `errors.StorageError`; the outcome stands nevertheless and is written later."""
        if update_id not in self._unfinished:
            return
        self._joined.pop(update_id, None)
        self._ended.setdefault(update_id, outcome)
        await asyncio.sleep(0)  # those that end in the same moment do so in one transaction
        await self.settle()

    async def settle(self) -> None:
        """Write what has ended and could not be written yet. Raises `errors.StorageError`."""
        asked_at = monotonic()
        async with self._ending:
            # Whoever waited here may find that the one before has written his, too: ends are written together.
            # When that one failed, a whole line must not wait out a deadline each.
            if self._failed_at > asked_at:
                raise StorageUnavailable("the end of an update could not be written")
            try:
                while ended := dict(islice(self._ended.items(), PART)):
                    await self._rows.finish(ended)
                    for number in ended:
                        del self._ended[number]
                        self._unfinished.discard(number)
            except StorageError:
                self._failed_at = monotonic()
                raise

    async def _count_start(self, update_id: int, step: int) -> int:
        attempts = await self._rows.count_start(update_id, step)
        if attempts is None:
            raise KeyError(update_id)
        return attempts

    async def _read_ahead(self) -> None:
        numbers = self._waiting.next_numbers()
        try:
            async with self._database.transaction() as connection:
                found = await self._rows.contents(connection, numbers)
        except StorageError as error:
            log.warning("the inbox cannot be read", extra={"error": str(error)})
            await asyncio.sleep(RETRY_S)
            return
        self._waiting.fill(numbers, found)
        self._unfinished.difference_update(set(numbers) - found.keys())


class _Waiting:
    """Numbers in order of acceptance; the first ones with their content."""

    def __init__(self) -> None:
        self._numbers: deque[int] = deque()
        self._contents: deque[tuple[int, str]] = deque()
        self._some = asyncio.Event()

    def add(self, number: int, raw: str | None) -> None:
        if raw is not None and not self._numbers and len(self._contents) < READ_AHEAD:
            self._contents.append((number, raw))
        else:
            self._numbers.append(number)
        self._some.set()

    async def until_some(self) -> None:
        while not (self._contents or self._numbers):
            self._some.clear()
            await self._some.wait()

    def pop(self) -> tuple[int, str] | None:
        return self._contents.popleft() if self._contents else None

    def next_numbers(self) -> list[int]:
        return list(islice(self._numbers, READ_AHEAD))

    def fill(self, numbers: Sequence[int], contents: dict[int, str]) -> None:
        """`numbers` are those of `next_numbers`."""
        for _ in numbers:
            self._numbers.popleft()
        self._contents.extend((number, contents[number]) for number in numbers if number in contents)


class _Rows:
    """The statements about one bot's rows."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot
        self._insert = database.insert(InboxRow).on_conflict_do_nothing().returning(InboxRow.update_id)
        self._mine = (InboxRow.bot == bot, InboxRow.done_at.is_(None))
        one = update(InboxRow).where(*self._mine, InboxRow.update_id == bindparam("number", type_=BigInteger))
        attempts = InboxRow.attempts + bindparam("step", type_=BigInteger)
        step = one.where(attempts >= 0).values(attempts=attempts).returning(InboxRow.attempts)
        self._step = database.prepared(step)
        end = one.values(raw=None, outcome=bindparam("ending"), done_at=bindparam("now"))
        self._end = database.prepared(end)
        self._join = database.prepared(one.values(outcome=bindparam("ending")))

    async def insert(self, connection: AsyncConnection, fresh: dict[int, str], *, after: int) -> set[int]:
        """Which of them were not known."""
        rows = [
            {"bot": self._bot, "update_id": number, "place": place, "raw": raw, "attempts": 0}
            for place, (number, raw) in enumerate(fresh.items(), after + 1)
        ]
        return set((await connection.scalars(self._insert, rows)).all())

    async def unfinished(self, connection: AsyncConnection, numbers: Iterable[int]) -> set[int]:
        found: set[int] = set()
        for part in _parts(numbers):
            statement = select(InboxRow.update_id).where(*self._mine, InboxRow.update_id.in_(part))
            found.update((await connection.scalars(statement)).all())
        return found

    async def contents(self, connection: AsyncConnection, numbers: Sequence[int]) -> dict[int, str]:
        statement = select(InboxRow.update_id, InboxRow.raw).where(*self._mine, InboxRow.update_id.in_(numbers))
        return {number: raw for number, raw in await connection.execute(statement) if raw is not None}

    async def count_start(self, number: int, step: int) -> int | None:
        attempts: int | None = await self._database.run(self._step, number=number, step=step)
        return attempts

    async def join(self, number: int, to: int | None) -> None:
        await self._database.run(self._join, number=number, ending=None if to is None else f"{WITH}{to}")

    async def finish(self, ended: dict[int, str]) -> None:
        now = time()
        ends = [{"number": number, "ending": outcome, "now": now} for number, outcome in ended.items()]
        await self._database.run_each(self._end, ends)


def _readable(updates: Sequence[object]) -> dict[int, str]:
    """Number -> JSON, in order, the first of a number; it is ASCII, which every database can hold."""
    found: dict[int, str] = {}
    for raw in updates:
        number = raw.get("update_id") if isinstance(raw, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= HIGHEST_ID:
            log.warning("dropped something without an update_id")
        elif number not in found:
            try:
                found[number] = json.dumps(raw)
            except (ValueError, TypeError, RecursionError):
                # Refused, it would come again for a day and hold up its neighbours: it is kept as an unknown kind.
                log.warning("an update cannot be written as JSON", extra={"update_id": number})
                found[number] = json.dumps({"update_id": number})
    return found


def _parts(numbers: Iterable[int]) -> Iterable[list[int]]:
    left = iter(numbers)
    while part := list(islice(left, PART)):
        yield part
