"""The database: opened, brought up to date, and handed out one short transaction at a time.

Every function of this part opens a transaction, runs its own few statements and commits before it returns. No
transaction outlives the call that opened it, so none is ever open while the network or a person is waited for.

SQLite runs with `synchronous=NORMAL`: a commit is in the kernel's hands when it returns, which outlives any death of
this process (`kill -9` included) and costs no fsync; only a power cut or a crash of the kernel itself may take the
last commits back, and never leaves the file damaged. PostgreSQL's durability is its operator's choice.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import URL, Connection, UpdateBase, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from errors import ConfigurationError
from storage.address import POSTGRESQL, database_address
from storage.migrating import Upgrade, upgrade
from storage.models import Base
from storage.together import Prepared, Together, Work
from storage.trouble import PASSING, Failure, told_at_start, told_at_work, trouble_of
from storage.visits import Visits
from tasks import task_group

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

AGAIN_S = 0.25
OPENING_S = 60.0
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is erased is overwritten
    "PRAGMA journal_size_limit = 16777216",
)

Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds."""

    transaction: float = 7.0
    """The longest that one of ours waits for a connection; and, when its turn came in time, the longest in all. One
    whose turn came late still has `turn`."""
    locked: float = 4.0
    """SQLite waits so long for another process's transaction; shorter than ours, so that the reason is known."""
    connect: float = 5.0
    patience: float = 15.0
    """At start, for a server that is starting too or a file that is held for a moment."""

    @property
    def turn(self) -> float:
        """What a transaction has from its turn on, at the least: enough to learn that the database is locked."""
        return self.locked + 1.0

    @property
    def longest(self) -> float:
        """A transaction whose turn came at the last moment."""
        return self.transaction + self.turn


WAITS = Waits()


class Database:
    """Opened by `open_database`."""

    def __init__(self, engine: AsyncEngine, upgraded: Upgrade, waits: Waits, together: Together | None) -> None:
        self._engine = engine
        self._waits = waits
        self._together = together
        self.upgraded = upgraded

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Commits at the end of the block, or rolls everything back. Raises `errors.StorageError`.

        When the deadline or a cancellation falls into the commit, nobody knows whether it happened.
        """
        with told_at_work():
            async with asyncio.timeout(self._waits.transaction) as deadline, self._engine.connect() as connection:
                # A deadline in the middle of a transaction costs the connection, and the next one in the line the time
                # to open another: when many wait, nobody would get anything done any more.
                turn = asyncio.get_running_loop().time() + self._waits.turn
                deadline.reschedule(max(deadline.when() or turn, turn))
                async with connection.begin():
                    yield connection

    @property
    def has_server(self) -> bool:
        """Other machines may work with the same data."""
        return self._together is None

    async def own_connection(self, gone: Callable[[], None]) -> AsyncConnection:
        """To the server, beside the pool and without transactions; whoever asks for it closes it. `gone` is called when
        it has ended. Raises `errors.StorageError`."""
        with told_at_work():
            connection = await self._engine.connect()
            try:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                driver: Any = (await connection.get_raw_connection()).driver_connection
                driver.add_termination_listener(lambda _: gone())
                assert connection.sync_connection is not None
                connection.sync_connection.detach()
            except BaseException:
                await connection.close()
                raise
            return connection

    def prepared(self, statement: UpdateBase) -> Prepared:
        """For `run`."""
        return Prepared(statement, self._engine.dialect)

    async def run(self, prepared: Prepared, **values: object) -> Any:
        """The statement as a transaction of its own: the one value that it returns, None when it returns none.

        Raises and ends like `transaction`. On SQLite those that wait at the same moment share a commit.
        """
        if self._together is None:
            async with self.transaction() as connection:
                result = await connection.execute(prepared.statement, values)
                return result.scalar() if result.returns_rows else None
        return await self._run_together(self._together, prepared.work(values))

    async def run_each(self, prepared: Prepared, many: Sequence[Mapping[str, object]]) -> None:
        """The statement with each of `many`, all or none of them. Raises and ends like `transaction`."""
        if self._together is None:
            async with self.transaction() as connection:
                await connection.execute(prepared.statement, many)
        else:
            await self._run_together(self._together, prepared.work_of_each(many))

    async def _run_together(self, together: Together, work: Work) -> Any:
        with told_at_work():
            async with asyncio.timeout(self._waits.transaction) as deadline:
                return await together.run(work, deadline)

    def insert(self, table: type[Base]) -> Insert:
        """An INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
        if self._engine.dialect.name != "postgresql":
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)


@asynccontextmanager
async def open_database(url: str | None, data_dir: Path, waits: Waits = WAITS) -> AsyncIterator[Database]:
    """The database at `url`, or a SQLite file in `data_dir`, at the newest structure.

    Raises `errors.ConfigurationError` (reason `database_...`, or `data_dir_unwritable`) without any part of the URL.
    """
    address = database_address(url, data_dir)
    if url is None or not url:
        _make_private_file(data_dir, Path(address.database or ""))
    engine = _engine(address, waits)
    try:
        upgraded = await _upgraded(engine, waits.patience)
        if engine.dialect.name != "sqlite":
            yield Database(engine, upgraded, waits, None)
            return
        together = Together(engine, waits.turn)
        async with task_group() as group:
            writing = group.create_task(together.keep_writing(), name="storage")
            try:
                yield Database(engine, upgraded, waits, together)
            finally:
                writing.cancel()
                together.close()
    finally:
        await engine.dispose()


async def _upgraded(engine: AsyncEngine, patience_s: float) -> Upgrade:
    give_up_at = monotonic() + patience_s
    while True:
        try:
            if engine.dialect.name == "sqlite":
                await asyncio.to_thread(_touch, engine)
            async with asyncio.timeout(OPENING_S), engine.begin() as connection:
                return await connection.run_sync(upgrade)
        except Failure as error:
            if trouble_of(error) not in PASSING or monotonic() >= give_up_at:
                raise told_at_start(error) from None
        except TypeError:
            # Options of the URL are arguments of the driver, which takes no others.
            raise ConfigurationError("DATABASE_URL has an unknown option", reason="database_url_wrong") from None
        await asyncio.sleep(AGAIN_S)


def _engine(address: URL, waits: Waits) -> AsyncEngine:
    """The values of statements stay out of errors and logs: they are what people said."""
    try:
        if address.drivername == POSTGRESQL:
            arguments: dict[str, Any] = {"timeout": waits.connect, "command_timeout": waits.transaction}
            return create_async_engine(
                address,
                hide_parameters=True,
                pool_size=5,
                max_overflow=5,
                pool_timeout=waits.transaction,
                pool_pre_ping=True,
                connect_args=arguments,
            )
        # One connection: SQLite has one writer anyway, and whoever waits for it here waits in order, without polling.
        engine = create_async_engine(
            address,
            hide_parameters=True,
            module=Visits(),
            pool_size=1,
            max_overflow=0,
            pool_timeout=waits.transaction,
            # No transactions of the driver's making: `_begin` opens them, for CREATE TABLE as well.
            connect_args={"timeout": waits.locked, "isolation_level": None},
        )
    except (ArgumentError, NoSuchModuleError, TypeError, ValueError):
        raise ConfigurationError("DATABASE_URL is wrong", reason="database_url_wrong") from None
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "invalidate", _let_go)
    return engine


def _touch(engine: AsyncEngine) -> None:
    """Raises what keeps the file from being opened.

    When aiosqlite finds out, it leaves a thread that outlives the event loop of a program that ends then.
    """
    [file], options = engine.dialect.create_connect_args(engine.url)
    sqlite3.connect(file, uri=bool(options.get("uri"))).close()


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    try:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
    except BaseException:
        connection.close()  # the pool does not know it yet, and its thread would stay
        raise


def _begin(connection: Connection) -> None:
    # IMMEDIATE takes the write lock now, where SQLite waits for it; a later upgrade of a read lock fails at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _let_go(connection: DBAPIConnection, _record: object, _error: object) -> None:
    # Cancelled with rows not yet fetched: SQLite really closes the connection, and gives up the write lock, only when
    # the last of its statements dies, and a traceback may keep that alive for long.
    with suppress(sqlite3.Error):
        connection.rollback()


def _make_private_file(data_dir: Path, file: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(f"DATA_DIR: {type(error).__name__}", reason="data_dir_unwritable") from error
