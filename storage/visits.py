"""SQLite's driver with one visit to its thread for a statement, where the library's own makes four.

A connection of aiosqlite has a thread, and each step there (make a cursor, execute, fetch, close) is a switch of
threads and back. On a machine that is busy with other work a switch takes milliseconds, and nine of them in every
transaction were enough to keep a hundred chats waiting for longer than their deadline. Besides, a cursor that is closed
where it was opened leaves no statement behind when whoever waited for it is cancelled.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_

_NOTHING: MappingProxyType[str, Any] = MappingProxyType({})

T = TypeVar("T")


class _Done(NamedTuple):
    """What is left of a cursor that was closed."""

    rows: list[Any]
    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    def close(self) -> None:
        return


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()
    _awaitable_cursor_close = False

    def __init__(self, adapt_connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor = _Done([])  # type: ignore[assignment]
        self._soft_closed_memoized = _NOTHING  # type: ignore[assignment]
        self._rows = deque()

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._visit(_execute, operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._visit(_executemany, operation, seq_of_parameters)

    async def _visit(self, do: Callable[..., _Done], operation: Any, parameters: Any) -> None:
        connection: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            done = await connection._execute(partial(do, connection._conn, operation, parameters))
        self._cursor, self._rows = done, deque(done.rows)


def _visited(connection: Any, work: Callable[[sqlite3.Connection], T]) -> T:
    return work(connection._conn)


def _execute(connection: sqlite3.Connection, operation: str, parameters: Any) -> _Done:
    cursor = connection.execute(operation, parameters)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return _Done(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


def _executemany(connection: sqlite3.Connection, operation: str, parameters: Any) -> _Done:
    cursor = connection.executemany(operation, parameters)
    try:
        return _Done([], None, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor  # type: ignore[assignment]

    async def visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection: Any = self._connection
        async with self._execute_mutex:
            try:
                done: T = await connection._execute(partial(_visited, connection, work))
            except ValueError as error:  # aiosqlite's own, at a closed connection
                raise sqlite3.OperationalError(str(error)) from error
        return done

    def rollback(self) -> None:
        """Every transaction is asked for this when it has ended; then there is nothing to go to the thread for."""
        if self._connection._connection and self._connection.in_transaction:
            super().rollback()


def visit(connection: Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """`work`, done in the thread of the connection in one visit; called under SQLAlchemy's `run_sync`.

    Raises what `work` raises, and `sqlite3.OperationalError` when the connection is closed.
    """
    adapted = connection.connection.dbapi_connection
    assert isinstance(adapted, _Connection)
    return await_(adapted.visit(work))


class Visits(AsyncAdapt_aiosqlite_dbapi):
    """The `module` of an engine for `sqlite+aiosqlite`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> AsyncAdapt_aiosqlite_connection:
        return _Connection(self, super().connect(*arg, **kw)._connection)
