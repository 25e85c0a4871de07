"""Statements that are transactions of their own, many in one commit: on SQLite those that wait at the same moment.

SQLite has one connection, and each transaction used to hold it for three switches to its thread and back. While the
event loop is busy each of them takes milliseconds, so that there was room for some tens of transactions a second, and
sixty chats talking at once waited for longer than their deadline. Here whoever waits is taken along by the next visit
to the thread: the more there are, the more fit into one.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect, UpdateBase
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler

from storage.trouble import Failure
from storage.visits import visit

MOST = 200
"""Statements of one visit: some milliseconds."""
CLOSED = "the database is closed"

Value = Any
"""What a driver gives back of one column."""


class Prepared:
    """A statement that is compiled once. Its values are named by `bindparam`; what it returns is one whole number, one
    text or nothing, past the types of SQLAlchemy. It holds no list (`in_`), whose length is not known."""

    def __init__(self, statement: UpdateBase, dialect: Dialect) -> None:
        self.statement = statement
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self._sql = compiled.string
        self._names = tuple(compiled.positiontup or ())
        self._make = {name: _made(compiled, dialect, name) for name in self._names}
        binds = {name: compiled.binds[name] for name in self._names}
        self._fixed = {name: self._make[name](bind.value) for name, bind in binds.items() if not bind.required}

    def work(self, values: Mapping[str, object]) -> "Work":
        """The statement as SQLite's driver takes it. Raises KeyError for a value that it does not know."""
        return partial(_execute, self._sql, self._in_order(values))

    def work_of_each(self, many: Iterable[Mapping[str, object]]) -> "Work":
        """The same with each of `many` in turn; it brings None."""
        return partial(_execute_each, self._sql, [self._in_order(values) for values in many])

    def _in_order(self, values: Mapping[str, object]) -> tuple[Any, ...]:
        made = self._fixed | {name: self._make[name](value) for name, value in values.items()}
        return tuple(made[name] for name in self._names)


Work = Callable[[sqlite3.Connection], Value]


def _made(compiled: SQLCompiler, dialect: Dialect, name: str) -> Callable[[Any], Any]:
    return compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _execute(sql: str, values: tuple[Any, ...], connection: sqlite3.Connection) -> Value:
    cursor = connection.execute(sql, values)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return rows[0][0] if rows else None
    finally:
        cursor.close()


def _execute_each(sql: str, many: Sequence[tuple[Any, ...]], connection: sqlite3.Connection) -> Value:
    connection.executemany(sql, many).close()


@dataclass(eq=False, slots=True)
class _Waiting:
    work: Work
    done: asyncio.Future[Value]
    deadline: asyncio.Timeout

    def end(self, outcome: Value | Exception) -> None:
        if self.done.done():
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


class Together:
    """`turn_s` as `database.Waits.turn`. Whoever waits has a deadline, and so there are never many of them."""

    def __init__(self, engine: AsyncEngine, turn_s: float) -> None:
        self._engine = engine
        self._turn_s = turn_s
        self._waiting: deque[_Waiting] = deque()
        self._some = asyncio.Event()
        self._closed = False

    async def run(self, work: Work, deadline: asyncio.Timeout) -> Value:
        """Committed when it returns. The deadline is moved on when its turn came late.

        Cancelled before its turn it does not happen; afterwards nobody knows. Raises what SQLite raised."""
        if self._closed:
            raise sqlite3.OperationalError(CLOSED)
        waiting = _Waiting(work, asyncio.get_running_loop().create_future(), deadline)
        self._waiting.append(waiting)
        self._some.set()
        return await waiting.done

    async def keep_writing(self) -> NoReturn:
        """Until cancelled."""
        while True:
            await self._some.wait()
            taken: list[_Waiting] = []
            try:
                async with self._engine.connect() as connection:
                    taken = self._take()
                    outcomes = await self._visit(connection, [one.work for one in taken])
            except Failure as error:
                for one in taken or self._take():
                    one.end(error)
            except BaseException:
                for one in taken:
                    one.end(sqlite3.OperationalError(CLOSED))
                raise
            else:
                for one, outcome in zip(taken, outcomes, strict=True):
                    one.end(outcome)

    def close(self) -> None:
        """Whoever still waits, or comes later, is told."""
        self._closed = True
        for one in self._waiting:
            one.end(sqlite3.OperationalError(CLOSED))

    async def _visit(self, connection: AsyncConnection, work: Sequence[Work]) -> list[Value | Exception]:
        try:
            async with asyncio.timeout(self._turn_s):
                return await connection.run_sync(_visit, work)
        except BaseException:
            await connection.invalidate()  # its thread may still be at it
            raise

    def _take(self) -> list[_Waiting]:
        """The first ones; they have time for a turn."""
        turn = asyncio.get_running_loop().time() + self._turn_s
        taken = [self._waiting.popleft() for _ in islice(list(self._waiting), MOST)]
        if not self._waiting:
            self._some.clear()
        taken = [one for one in taken if not one.done.done()]
        for one in taken:
            one.deadline.reschedule(max(one.deadline.when() or turn, turn))
        return taken


def _visit(connection: Connection, work: Sequence[Work]) -> list[Value | Exception]:
    return visit(connection, partial(_all, work)) if work else []


def _all(work: Sequence[Work], connection: sqlite3.Connection) -> list[Value | Exception]:
    """What each brought, in one transaction. A statement that SQLite refuses leaves the others alone, unless SQLite
    gives the whole transaction up for it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [_outcome(one, connection) for one in work]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _outcome(work: Work, connection: sqlite3.Connection) -> Value | Exception:
    try:
        return work(connection)
    except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
        if not connection.in_transaction:
            raise
        return error
