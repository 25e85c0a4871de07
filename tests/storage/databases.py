"""Databases for tests (a plugin of pytest): a SQLite file, and a private PostgreSQL server when it is installed."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from storage.database import Database, open_database

KINDS = ("sqlite", "postgresql")
OWNER = "postgres"


@dataclass(frozen=True)
class Server:
    """Listens on a Unix socket in `folder` and nowhere else."""

    folder: Path
    programs: Path

    def url(self, name: str) -> str:
        return f"postgresql://{OWNER}@/{name}?host={self.folder}"

    async def run(self, statement: str) -> None:
        connection = await asyncpg.connect(host=str(self.folder), user=OWNER, database="postgres", timeout=10)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def start(self) -> None:
        settings = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=60"
        self.control("-l", str(self.folder / "log"), "-o", settings, "start")

    def control(self, *words: str) -> None:
        _as_owner([str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-w", "-t", "30", *words])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL's server programs")
    if os.geteuid() == 0 and not _owner_exists():
        pytest.skip("needs the user postgres: the server does not run as root")
    with _server(programs) as server:
        yield server


@pytest_asyncio.fixture(params=KINDS)
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with empty_database(request.param, request, tmp_path) as url:
        yield url


@asynccontextmanager
async def empty_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[str]:
    """Its URL. The test is skipped when there is no server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/voice.sqlite3"
        return
    server: Server = request.getfixturevalue("postgresql")
    # Much quicker than a database for each test.
    await server.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    yield server.url("postgres")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest structure, to be copied: making one costs as much as the rest of a small test."""
    folder = tmp_path_factory.mktemp("migrated")

    async def make() -> None:
        async with open_database(None, folder):
            pass

    asyncio.run(make())
    [file] = folder.iterdir()
    return file


@pytest_asyncio.fixture
async def database(database_url: str, tmp_path: Path, migrated: Path) -> AsyncIterator[Database]:
    if database_url.startswith("sqlite"):
        shutil.copy(migrated, tmp_path)
    async with open_database(database_url, tmp_path) as opened:
        yield opened


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda program: float(program.parts[-3]))
    if found:
        return found[-1].parent
    other = shutil.which("pg_ctl")
    return Path(other).parent if other else None


def _owner_exists() -> bool:
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        return False
    return shutil.which("runuser") is not None


def _as_owner(words: list[str]) -> None:
    """The server refuses to run as root."""
    prefix = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    # Not a pipe: the server would inherit it and hold it open.
    silent = subprocess.DEVNULL
    subprocess.run([*prefix, *words], check=True, stdin=silent, stdout=silent, timeout=60, cwd="/")


@contextmanager
def _server(programs: Path) -> Iterator[Server]:
    # Not below pytest's folders, which are root's alone; and short, as the path of a socket must be.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    server = Server(folder, programs)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        data, options = str(folder / "data"), ["-A", "trust", "-U", OWNER, "-E", "UTF8", "--no-locale", "--no-sync"]
        _as_owner([str(programs / "initdb"), "-D", data, *options])
        server.start()
        try:
            yield server
        finally:
            server.control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
