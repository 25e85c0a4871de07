"""The structure of the database, brought up to date in one transaction under a lock: wholly or not at all."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from errors import ConfigurationError
from storage.models import Base

MIGRATIONS = Path(__file__).parent.parent / "migrations"
VERSION = "alembic_version"
LOCK = 0x766F696365  # "voice"
LOCK_WAIT_S = 30


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Revisions of the structure; `before` is None for a database that was empty."""

    before: str | None
    after: str


def upgrade(connection: Connection) -> Upgrade:
    """To be run inside a transaction that is committed afterwards. Raises `errors.ConfigurationError`.

    Several processes may do so at once: the second one waits and finds nothing left to do. On SQLite the transaction
    itself is the lock (every one of ours begins with `BEGIN IMMEDIATE`), which the kernel takes back from a dead
    process; on PostgreSQL an advisory lock lasts as long as the transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    head = newest_revision()
    before = _revision(connection)
    if before != head:
        _migrate(connection, before)
    _check_tables(connection)
    # A proof that writing is allowed: reading works on a read-only file and on a standby.
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
    return Upgrade(before, head)


def newest_revision() -> str:
    """As the names of the files in `migrations/versions` say; Alembic itself takes a tenth of a start to load."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _migrate(connection: Connection, before: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    # Alembic's options are interpolated: a % in a path is doubled.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        if before is not None:
            ScriptDirectory.from_config(config).get_revision(before)
    except CommandError:
        raise ConfigurationError("the database is newer than the code", reason="database_newer") from None
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    tables = set(inspect(connection).get_table_names())
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).all() if VERSION in tables else []
    if len(found) > 1:
        raise _half_migrated("several revisions at once")
    if not found:
        if Base.metadata.tables.keys() & tables:
            raise _half_migrated("tables without a revision")
        return None
    return str(found[0])


def _check_tables(connection: Connection) -> None:
    found = inspect(connection).get_multi_columns()
    columns = {name: {column["name"] for column in listed} for (_, name), listed in found.items()}
    for name, table in Base.metadata.tables.items():
        if missing := set(table.columns.keys()) - columns.get(name, set()):
            raise _half_migrated(f"{name} lacks {', '.join(sorted(missing))}")


def _half_migrated(what: str) -> ConfigurationError:
    return ConfigurationError(f"the database is half migrated: {what}", reason="database_half_migrated")
