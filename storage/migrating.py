"""The structure of the database, brought up to date in one transaction under a lock: wholly or not at all."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from errors import ConfigurationError
from storage.models import Base

MIGRATIONS = Path(__file__).parent.parent / "migrations"
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
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    assert head is not None
    before = _revision(connection, scripts)
    if before != head:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    _check_tables(connection)
    # A proof that writing is allowed: reading works on a read-only file and on a standby.
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
    return Upgrade(before, head)


def _config() -> Config:
    config = Config()
    # Alembic's options are interpolated: a % in a path is doubled.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection, scripts: ScriptDirectory) -> str | None:
    heads = MigrationContext.configure(connection).get_current_heads()
    if len(heads) > 1:
        raise _half_migrated("several revisions at once")
    if not heads:
        if Base.metadata.tables.keys() & set(inspect(connection).get_table_names()):
            raise _half_migrated("tables without a revision")
        return None
    try:
        scripts.get_revision(heads[0])
    except CommandError:
        raise ConfigurationError("the database is newer than the code", reason="database_newer") from None
    return heads[0]


def _check_tables(connection: Connection) -> None:
    found = inspect(connection).get_multi_columns()
    columns = {name: {column["name"] for column in listed} for (_, name), listed in found.items()}
    for name, table in Base.metadata.tables.items():
        if missing := set(table.columns.keys()) - columns.get(name, set()):
            raise _half_migrated(f"{name} lacks {', '.join(sorted(missing))}")


def _half_migrated(what: str) -> ConfigurationError:
    return ConfigurationError(f"the database is half migrated: {what}", reason="database_half_migrated")
