"""`DATABASE_URL` as an operator writes it, made into what the async engine takes."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from errors import ConfigurationError

SQLITE = "sqlite+aiosqlite"
POSTGRESQL = "postgresql+asyncpg"
DRIVERS = {
    "sqlite": SQLITE,
    SQLITE: SQLITE,
    "postgres": POSTGRESQL,
    "postgresql": POSTGRESQL,
    POSTGRESQL: POSTGRESQL,
}
FILE = "voice.sqlite3"
LIBPQ_ONLY = ("channel_binding", "gssencmode", "target_session_attrs")
"""Options that hosts put into the URLs they hand out and that asyncpg settles by itself."""


def database_address(url: str | None, data_dir: Path) -> URL:
    """A file in `data_dir` without a URL. Raises `errors.ConfigurationError`, which never quotes the URL."""
    if not url:
        return URL.create(SQLITE, database=str(data_dir / FILE))
    try:
        address = make_url(url)
        driver = DRIVERS[address.drivername]
    except (ArgumentError, KeyError, ValueError):
        raise _wrong() from None
    address = address.set(drivername=driver)
    return _server(address) if driver == POSTGRESQL else _file(address)


def _file(address: URL) -> URL:
    if not address.database or ":memory:" in address.database or address.query.get("mode") == "memory":
        raise _wrong()  # what lives in memory survives nothing
    return address


def _server(address: URL) -> URL:
    if not address.database:
        raise _wrong()
    query = {name: value for name, value in address.query.items() if name not in LIBPQ_ONLY}
    if "sslmode" in query:  # libpq's name for it
        query["ssl"] = query.pop("sslmode")
    return address.set(query=query)


def _wrong() -> ConfigurationError:
    return ConfigurationError("DATABASE_URL is wrong", reason="database_url_wrong")
