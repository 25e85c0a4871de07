"""One process at a time for a bot's data, across machines: an advisory lock of PostgreSQL, on a connection of its own.

The lock ends with the connection, and so with the process, however it goes. SQLite needs none: its file is on one
machine, where `sole` is the fence.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError
from storage.database import Database
from storage.trouble import told_at_work

log = structlog.get_logger(__name__)

AGAIN_S = 0.1
SAID_AFTER_S = 0.5
"""Not of one that is just ending."""
CHECK_S = 5.0
"""With the time for an answer it is less than the server takes to give a silent machine up (`_BEGIN`): who has the lock
finds out first."""
HEAD_START_S = 10.0
"""For the process that had the lock, when the server was out of reach."""
SETTLED_S = 3.0
"""For the server to end a session that it was told to end."""
BOTS = 0x766F69 << 40
"""The keys of these locks: a bot's number added."""

_BEGIN = text(
    "SELECT pg_backend_pid(), set_config('tcp_keepalives_idle', '20', false),"
    " set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)"
)
_LOCK = text("SELECT pg_try_advisory_lock(:key)")
_ALIVE = text("SELECT 1")
_END = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :pid"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32 | objid::bigint) = :key"
)


class Fence:
    """Made by `open_fence`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._key = BOTS + bot
        self._connection: AsyncConnection | None = None
        self._gone = asyncio.Event()
        self._pid: object = None
        """Of the server's process that has had the lock."""

    async def fallen(self) -> None:
        """Returns when another process has the lock. A connection that is lost is replaced and the lock taken again."""
        while True:
            await self._until_gone()
            log.warning("the lock of this bot is lost")
            if not await self._taken_again():
                log.error("another process has the lock of this bot")
                return
            log.info("the lock of this bot is taken again")

    async def take(self, waits: Callable[[], None]) -> None:
        now = asyncio.get_running_loop().time
        say_at: float | None = now() + SAID_AFTER_S
        while True:
            try:
                if await self._taken():
                    return
                pause = AGAIN_S
            except StorageError:
                await self.close()
                pause = HEAD_START_S
            if say_at is not None and now() >= say_at:
                waits()
                say_at = None
            await asyncio.sleep(pause)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(StorageError), told_at_work():
                await connection.close()

    async def _taken(self) -> bool:
        if self._connection is None:
            await self._connect()
        return bool(await self._ask(_LOCK, key=self._key))

    async def _connect(self) -> None:
        self._gone.clear()
        self._connection = await self._database.own_connection(self._gone.set)
        before, self._pid = self._pid, await self._ask(_BEGIN)
        if before is not None:
            # The server need not have noticed that the old session is gone, and that has the lock then.
            await self._ask(_END, pid=before, key=self._key)

    async def _taken_again(self) -> bool:
        """As soon as the server can be reached; false when another process was quicker."""
        now = asyncio.get_running_loop().time
        give_up_at: float | None = None
        while give_up_at is None or now() < give_up_at:
            try:
                if await self._taken():
                    return True
                give_up_at = give_up_at or now() + SETTLED_S
            except StorageError:
                await self.close()
            await asyncio.sleep(AGAIN_S)
        return False

    async def _until_gone(self) -> None:
        with suppress(StorageError):
            while not self._gone.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_S):
                        await self._gone.wait()
                await self._ask(_ALIVE)
        await self.close()

    async def _ask(self, question: TextClause, **values: object) -> object:
        assert self._connection is not None
        with told_at_work():
            answer: object = await self._connection.scalar(question, values)
            return answer


@asynccontextmanager
async def open_fence(database: Database, bot: int, waits: Callable[[], None]) -> AsyncIterator[Fence | None]:
    """While the block runs, no other process is in one for this bot and database; None where no server tells of others.
    `waits` is called once, when it takes a while to get there."""
    if not database.has_server:
        yield None
        return
    fence = Fence(database, bot)
    try:
        await fence.take(waits)
        yield fence
    finally:
        await fence.close()
