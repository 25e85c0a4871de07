"""Of all processes that work with one PostgreSQL database only one at a time is a bot, wherever they run."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from storage import fence as fences
from storage.database import Database, Waits, open_database
from storage.fence import BOTS, Fence, open_fence
from tasks import task_group
from tests.storage.databases import Server

BOT = 7_000_000_042
HASTY = Waits(transaction=1.0, locked=0.1, connect=1.0)
SOCKET = ".s.PGSQL.5432"
Machine = Callable[[], Awaitable[Database]]


@pytest_asyncio.fixture
async def machine(postgresql: Server, tmp_path: Path) -> AsyncIterator[Machine]:
    """Each call is another process's view of the one database."""
    await postgresql.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    async with AsyncExitStack() as opened:

        async def start() -> Database:
            return await opened.enter_async_context(open_database(postgresql.url("postgres"), tmp_path, HASTY))

        yield start


@pytest_asyncio.fixture
async def operator(postgresql: Server) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(host=str(postgresql.folder), user="postgres", database="postgres", timeout=10)
    yield connection
    await connection.close()


@asynccontextmanager
async def fenced(database: Database, waits: Callable[[], None] = lambda: None) -> AsyncIterator[Fence]:
    async with asyncio.timeout(20), open_fence(database, BOT, waits) as fence:
        assert fence is not None
        yield fence


HOLDER = f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = ({BOTS + BOT} & 4294967295)"


async def until_held(operator: asyncpg.Connection, *, but_by: int | None = None) -> int:
    """The server's process that has the lock."""
    async with asyncio.timeout(15):
        while (pid := await operator.fetchval(HOLDER)) in (None, but_by):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
    assert isinstance(pid, int)
    return pid


async def test_the_next_process_waits_says_so_and_goes_on_when_the_last_one_has_ended(machine: Machine) -> None:
    said = asyncio.Event()
    went_on: list[str] = []
    one, other = await machine(), await machine()

    async def next_one() -> None:
        async with fenced(other, said.set):
            went_on.append("next")

    async with task_group() as group, fenced(one):
        group.create_task(next_one())
        async with asyncio.timeout(10):
            await said.wait()
        went_on.append("last")
    assert went_on == ["last", "next"]


async def test_bots_do_not_wait_for_each_other(machine: Machine) -> None:
    database = await machine()
    async with fenced(database), open_fence(await machine(), BOT + 1, pytest.fail) as other:
        assert other is not None


async def test_a_file_has_no_fence_but_that_of_its_machine(tmp_path: Path) -> None:
    async with open_database(None, tmp_path) as database, open_fence(database, BOT, pytest.fail) as fence:
        assert fence is None


async def test_a_lock_whose_connection_was_cut_is_taken_again(machine: Machine, operator: asyncpg.Connection) -> None:
    async with fenced(await machine()) as fence, task_group() as group:
        watching = group.create_task(fence.fallen())
        first = await until_held(operator)
        await operator.execute("SELECT pg_terminate_backend($1)", first)
        await until_held(operator, but_by=first)
        assert not watching.done()
        watching.cancel()


async def test_whoever_finds_another_process_at_it_after_a_cut_has_fallen(
    machine: Machine, operator: asyncpg.Connection, postgresql: Server
) -> None:
    async with fenced(await machine()) as fence, task_group() as group:
        watching = group.create_task(fence.fallen())
        holder = await until_held(operator)
        host = str(postgresql.folder)
        other = await asyncpg.connect(host=host, user="postgres", database="postgres", timeout=10)
        try:
            taking = group.create_task(other.execute(f"SELECT pg_advisory_lock({BOTS + BOT})"))
            waiting = HOLDER.replace("granted", "NOT granted")
            async with asyncio.timeout(10):
                while await operator.fetchval(waiting) is None:  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(0.01)
            await operator.execute("SELECT pg_terminate_backend($1)", holder)
            await taking
            async with asyncio.timeout(10):
                await watching
        finally:
            await other.close()


class Network:
    """A way to the server that breaks on one side only: the client is cut off, and the server does not hear of it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._clients: list[asyncio.StreamWriter] = []
        self._kept: list[asyncio.StreamWriter] = []

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self._folder}"

    def cut(self) -> None:
        while self._clients:
            self._clients.pop().close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._server.folder / SOCKET)
        self._clients.append(writer)
        self._kept.append(to_server)
        async with task_group() as group:
            answers = group.create_task(_pump(from_server, writer))
            await _pump(reader, to_server)
            answers.cancel()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Network"]:
        listening = await asyncio.start_unix_server(self._carry, self._folder / SOCKET)
        try:
            yield self
        finally:
            listening.close()
            self.cut()
            for writer in self._kept:
                writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)


async def test_an_old_session_that_the_server_still_believes_in_is_ended(
    machine: Machine, operator: asyncpg.Connection, postgresql: Server, tmp_path: Path
) -> None:
    await machine()
    async with (
        Network(postgresql, tmp_path).open() as network,
        open_database(network.url, tmp_path, HASTY) as database,
        fenced(database) as fence,
        task_group() as group,
    ):
        watching = group.create_task(fence.fallen())
        first = await until_held(operator)
        network.cut()
        await until_held(operator, but_by=first)
        assert not watching.done()
        watching.cancel()


async def test_after_a_restart_of_the_server_the_one_that_had_the_lock_has_it_again(
    machine: Machine, postgresql: Server
) -> None:
    went_on: list[str] = []
    said = asyncio.Event()
    one, other = await machine(), await machine()

    async def next_one() -> None:
        async with fenced(other, said.set):
            went_on.append("next")

    async with task_group() as group, fenced(one) as fence:
        waiting = group.create_task(next_one())
        async with asyncio.timeout(10):
            await said.wait()
        watching = group.create_task(fence.fallen())
        await asyncio.to_thread(postgresql.control, "-m", "fast", "stop")
        await asyncio.to_thread(postgresql.start)
        operator = await asyncpg.connect(host=str(postgresql.folder), user="postgres", database="postgres")
        await until_held(operator)
        await operator.close()
        assert not went_on
        assert not watching.done()
        waiting.cancel()
        watching.cancel()


def test_a_holder_learns_that_it_is_cut_off_before_the_server_gives_it_up() -> None:
    """20 s of silence, then three questions of 10 s: then the server ends a session."""
    assert fences.CHECK_S + Waits().transaction < 20 + 3 * 10
