"""A database is opened at the newest structure, or one sentence says why not."""

import asyncio
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from errors import ConfigurationError, StorageFull, StorageUnavailable
from prompts.texts import LANGUAGES, sentences
from storage.address import database_address
from storage.database import Database, Waits, open_database
from storage.inbox import DatabaseInbox, open_inbox
from storage.models import Base, tables
from storage.trouble import Trouble
from tests.storage.databases import Server

ROOT = Path(__file__).parent.parent.parent
HASTY = Waits(transaction=1.0, locked=0.1, connect=1.0, patience=0.3)
NOBODY = 65534


async def refused(url: str | None, folder: Path) -> str:
    """The reason."""
    with pytest.raises(ConfigurationError) as caught:
        async with open_database(url, folder, HASTY):
            pass
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error} {error.args}"
        error = error.__cause__
    assert f"setup.{caught.value.reason}" in sentences("ru")
    return caught.value.reason


async def test_the_first_start_makes_a_private_file_and_the_second_finds_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "deep"
    for before in (None, "0003"):
        async with open_database(None, folder) as database:
            assert (database.upgraded.before, database.upgraded.after) == (before, "0003")
    file = folder / "voice.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [file.name]


async def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), tables()))

    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []


async def test_sqlite_keeps_its_promises_by_these_settings(tmp_path: Path) -> None:
    async with open_database(None, tmp_path) as database, database.transaction() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        found = [await connection.scalar(text(f"PRAGMA {name}")) for name in names]
    assert found == ["wal", 1, 1, 1, 4000]


async def test_several_processes_that_start_at_once_make_one_database(database_url: str, tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    program = (sys.executable, "-W", "error", "-m", "migrations")
    started = [
        await asyncio.create_subprocess_exec(*program, env=environment, cwd=tmp_path, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    async with asyncio.timeout(60):
        said = [(await process.communicate())[0].decode() for process in started]
    assert [process.returncode for process in started] == [0] * 3
    assert sum("создана" in line for line in said) == 1
    assert sum("обновлять нечего" in line for line in said) == 2


def test_make_migrate_says_why_not_in_one_sentence(tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": "mysql://root:hunter2@db/voice", "PYTHONPATH": str(ROOT)}
    program = (sys.executable, "-m", "migrations")
    done = subprocess.run(
        program, check=False, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == sentences("ru")["setup.database_url_wrong"] + "\n"


async def test_a_database_that_is_newer_than_the_code_is_left_alone(database_url: str, tmp_path: Path) -> None:
    async with open_database(database_url, tmp_path) as database, database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert await refused(database_url, tmp_path) == "database_newer"


@pytest.mark.parametrize(
    "cut",
    [
        "DELETE FROM alembic_version",
        "DROP TABLE choices",
        "ALTER TABLE inbox RENAME COLUMN attempts TO tries",
        "INSERT INTO alembic_version VALUES ('0000')",
    ],
)
async def test_a_half_migrated_database_is_left_alone(database_url: str, tmp_path: Path, cut: str) -> None:
    async with open_database(database_url, tmp_path) as database, database.transaction() as connection:
        await connection.execute(text(cut))
    assert await refused(database_url, tmp_path) == "database_half_migrated"


async def test_an_upgrade_that_is_cut_off_leaves_nothing_behind(database_url: str, tmp_path: Path) -> None:
    async with open_database(database_url, tmp_path) as database, database.transaction() as connection:
        for table in Base.metadata.sorted_tables[::-1]:
            await connection.execute(text(f"DROP TABLE {table.name}"))
        await connection.execute(text("DROP TABLE alembic_version"))
        # The last index of the upgrade has a name that is taken: all that it made before is undone with it.
        await connection.execute(text("CREATE TABLE ix_sends_handed_at (one INTEGER)"))
    assert await refused(database_url, tmp_path) == "database_half_migrated"
    engine = create_async_engine(database_address(database_url, tmp_path))
    async with engine.connect() as connection:
        left = await connection.run_sync(lambda plain: inspect(plain).get_table_names())
    await engine.dispose()
    assert left == ["ix_sends_handed_at"]


async def test_a_file_that_another_program_holds_is_waited_for(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "voice.sqlite3")) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert await refused(None, tmp_path) == "database_locked"
    async with open_database(None, tmp_path, HASTY):
        pass


@pytest.mark.parametrize(
    ("name", "content"), [("note", b"no database at all" * 99), ("cut", b"SQLite format 3\0garbage")]
)
async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert await refused(f"sqlite:///{file}", tmp_path) == "database_damaged"
    assert file.read_bytes() == content


async def test_a_file_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    async with open_database(None, tmp_path):
        pass
    assert await refused(f"sqlite:///file:{tmp_path}/voice.sqlite3?mode=ro&uri=true", tmp_path) == "database_read_only"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody with fewer rights")
async def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    async with open_database(None, tmp_path):
        pass
    for path in (tmp_path, *tmp_path.parents[:-2]):
        path.chmod(0o755)
    (tmp_path / "voice.sqlite3").chmod(0o644)
    os.seteuid(NOBODY)
    try:
        reason = await refused(f"sqlite:///{tmp_path}/voice.sqlite3", tmp_path)
    finally:
        os.seteuid(0)
    assert reason in ("database_read_only", "database_unreachable")


async def test_a_folder_that_does_not_exist_is_named_as_out_of_reach(tmp_path: Path) -> None:
    assert await refused(f"sqlite:///{tmp_path}/nowhere/voice.sqlite3", tmp_path) == "database_unreachable"


async def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    assert await refused(None, tmp_path / "data") == "data_dir_unwritable"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(disk: Path) -> Path:
    rubbish = disk / "rubbish"
    with suppress(OSError), rubbish.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return rubbish


async def test_a_full_disk_is_told_at_start(small_disk: Path) -> None:
    rubbish = fill_up(small_disk)
    assert await refused(None, small_disk) == "database_full"
    rubbish.unlink()
    async with open_database(None, small_disk):
        pass


async def test_on_a_full_disk_the_inbox_refuses_and_keeps_what_it_has(small_disk: Path) -> None:
    async with open_database(None, small_disk) as database:
        inbox = await open_inbox(database, 42, lambda number, _: number)
        await inbox.accept([{"update_id": 0}])
        rubbish = fill_up(small_disk)
        accepted = await until_full(inbox)
        with pytest.raises(StorageFull):
            await inbox.done(0, "answered")
        rubbish.unlink()
        assert await inbox.accept([{"update_id": accepted + 1}]) == 1
        await inbox.settle()
        again = await open_inbox(database, 42, lambda number, _: number)
        assert [await again.take() for _ in range(accepted + 1)] == list(range(1, accepted + 2))


async def until_full(inbox: DatabaseInbox[int]) -> int:
    """The last number that was accepted."""
    for number in range(1, 1_000):
        try:
            await inbox.accept([{"update_id": number, "text": "x" * 2_000}])
        except StorageFull:
            return number - 1
    raise AssertionError("the disk is endless")


async def test_a_server_that_is_not_there_is_told_after_some_patience(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql://voice:hunter2@127.0.0.1:{port}/voice"
    assert await refused(url, tmp_path) == "database_unreachable"


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql://voice:hunter2@127.0.0.1:{mute.getsockname()[1]}/voice"
        async with asyncio.timeout(5):
            assert await refused(url, tmp_path) == "database_unreachable"


async def test_a_server_without_that_database_or_user_is_told_at_once(postgresql: Server, tmp_path: Path) -> None:
    assert await refused(postgresql.url("nowhere"), tmp_path) == "database_refused"
    assert await refused(f"postgresql://who:hunter2@/postgres?host={postgresql.folder}", tmp_path) == "database_refused"


async def test_a_server_that_lets_nobody_write_is_told(postgresql: Server, tmp_path: Path) -> None:
    await postgresql.run("CREATE DATABASE standby")
    await postgresql.run("ALTER DATABASE standby SET default_transaction_read_only = on")
    assert await refused(postgresql.url("standby"), tmp_path) == "database_read_only"


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "mysql://root:hunter2@db/voice",
        "postgresql://voice:hunter2@db",
        "postgresql://voice:hunter2@db:port/voice",
        "postgresql://voice:hunter2@db/voice?colour=green",
        "postgresql+psycopg2://voice:hunter2@db/voice",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:voice?mode=memory&uri=true",
    ],
)
async def test_a_wrong_url_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    assert await refused(url, tmp_path) == "database_url_wrong"


async def test_urls_that_hosts_hand_out_are_understood(postgresql: Server, tmp_path: Path) -> None:
    await postgresql.run("CREATE DATABASE hosted")
    url = postgresql.url("hosted").replace("postgresql://", "postgres://") + "&sslmode=prefer&channel_binding=prefer"
    async with open_database(url, tmp_path) as database:
        assert database.upgraded.after == "0003"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trouble_has_its_sentence(language: str) -> None:
    assert {f"setup.database_{trouble}" for trouble in Trouble} <= sentences(language).keys()


async def test_after_a_restart_of_the_server_the_work_goes_on(postgresql: Server, tmp_path: Path) -> None:
    await postgresql.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    async with open_database(postgresql.url("postgres"), tmp_path, HASTY) as database:
        inbox = await open_inbox(database, 42, lambda number, _: number)
        await inbox.accept([{"update_id": 1}])
        await asyncio.to_thread(postgresql.control, "-m", "fast", "stop")
        try:
            with pytest.raises(StorageUnavailable):
                await inbox.accept([{"update_id": 2}])
        finally:
            await asyncio.to_thread(postgresql.start)
        assert await inbox.accept([{"update_id": 1}, {"update_id": 2}]) == 1
        assert [await inbox.take(), await inbox.take()] == [1, 2]
