"""What a driver's error means, whichever driver it is: here errors of SQLAlchemy, sqlite3 and asyncpg become ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime

from errors import ConfigurationError, StorageError, StorageFull, StorageReadOnly, StorageUnavailable


class Trouble(StrEnum):
    """The value is the second half of a `ConfigurationError`'s reason."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    LOCKED = "locked"
    READ_ONLY = "read_only"
    FULL = "full"
    DAMAGED = "damaged"
    STRUCTURE = "half_migrated"
    """A table, a column or an index is missing or there already."""
    FAILED = "failed"


PASSING = frozenset({Trouble.UNREACHABLE, Trouble.LOCKED})
"""Worth waiting for at start: a server that starts too, a program that is about to let go."""

Failure = (SQLAlchemyError, sqlite3.Error, OSError)
"""What may come out of a statement or a connection; `TimeoutError` is an `OSError`. Asyncpg's errors while connecting
come wrapped, too."""

_SQLITE = {
    sqlite3.SQLITE_ERROR: Trouble.STRUCTURE,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_PERM: Trouble.READ_ONLY,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_CANTOPEN: Trouble.UNREACHABLE,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
}
_SQLITE_NO_ROOM = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE})
"""What a disk without room answers where SQLite grows its shared memory file."""
_POSTGRESQL = {
    "08": Trouble.UNREACHABLE,  # connection exceptions
    "25006": Trouble.READ_ONLY,  # a standby, or default_transaction_read_only
    "28": Trouble.REFUSED,  # wrong user or password
    "3D": Trouble.REFUSED,  # no such database
    "42": Trouble.STRUCTURE,
    "42501": Trouble.READ_ONLY,  # insufficient privilege
    "40": Trouble.LOCKED,  # rolled back in favour of another transaction
    "53100": Trouble.FULL,
    "53": Trouble.UNREACHABLE,  # too many connections, out of memory
    "55P03": Trouble.LOCKED,
    "57": Trouble.UNREACHABLE,  # shut down, starting, statement cancelled
}


def trouble_of(error: BaseException) -> Trouble:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        return Trouble.FULL if code in _SQLITE_NO_ROOM else _SQLITE.get(code & 0xFF, Trouble.FAILED)
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]) or Trouble.FAILED
    if isinstance(error, NoConnectionInTime) or isinstance(cause, OSError):
        return Trouble.UNREACHABLE
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Trouble.UNREACHABLE
    return Trouble.FAILED


def told_at_start(error: BaseException) -> ConfigurationError:
    trouble = trouble_of(error)
    return ConfigurationError(f"the database: {_said(error, trouble)}", reason=f"database_{trouble}")


@contextmanager
def told_at_work() -> Iterator[None]:
    """Raises `errors.StorageError` for whatever the drivers raise inside; it names the kind and never the values."""
    try:
        yield
    except Failure as error:
        trouble = trouble_of(error)
        said = _said(error, trouble)
        match trouble:
            case Trouble.UNREACHABLE | Trouble.REFUSED | Trouble.LOCKED:
                raise StorageUnavailable(said) from error
            case Trouble.FULL:
                raise StorageFull(said) from error
            case Trouble.READ_ONLY:
                raise StorageReadOnly(said) from error
            case _:
                raise StorageError(said) from error


def _said(error: BaseException, trouble: Trouble) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return f"{trouble}: {type(cause).__name__}" + (f" {code}" if code else "")
