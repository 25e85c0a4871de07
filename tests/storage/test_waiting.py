"""Many who want the one connection at once: each has his turn, and a late one is not cut off in the middle."""

import asyncio
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import text

from errors import StorageUnavailable
from storage.database import Database, Waits, open_database
from storage.ledger import Ledger, Payload, Piece, State


async def hold(database: Database, seconds: float, held: asyncio.Event) -> None:
    async with database.transaction():
        held.set()
        await asyncio.sleep(seconds)


async def test_who_comes_to_his_turn_at_the_last_moment_gets_the_time_to_use_it(tmp_path: Path) -> None:
    async with open_database(None, tmp_path, Waits(transaction=0.5, locked=0.2)) as database:
        held = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(hold(database, 0.4, held))
            await held.wait()
            async with database.transaction() as connection:
                await asyncio.sleep(0.3)
                assert await connection.scalar(text("SELECT 1")) == 1


async def test_who_has_no_turn_in_time_is_told(tmp_path: Path) -> None:
    async with open_database(None, tmp_path, Waits(transaction=0.1, locked=0.2)) as database:
        held = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            holding = group.create_task(hold(database, 1.0, held))
            await held.wait()
            with pytest.raises(StorageUnavailable):
                async with database.transaction():
                    pass
            holding.cancel()


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each visit to a connection's thread."""
    made: list[object] = []
    visit = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, *work: object, **options: object) -> object:
        made.append(work)
        return await visit(self, *work, **options)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return made


async def test_a_statement_is_one_visit_to_the_thread_of_the_connection(tmp_path: Path, visits: list[object]) -> None:
    async with open_database(None, tmp_path) as database:
        ledger = Ledger(database, 42)
        await ledger.hand_over(Piece(7, 0), Payload("text", "слова"))
        visits.clear()
        [send] = await ledger.sends(7)
        assert len(visits) == 3, "begin, the statement, commit"
        assert (send.state, send.payload.text) == (State.HANDED_OVER, "слова")


async def test_those_who_wait_at_the_same_moment_share_a_commit(tmp_path: Path, visits: list[object]) -> None:
    async with open_database(None, tmp_path) as database:
        ledger = Ledger(database, 42)
        visits.clear()
        handed = await asyncio.gather(
            *(ledger.hand_over(Piece(7, number % 20), Payload("text")) for number in range(40))
        )
        assert handed == [True] * 20 + [False] * 20
        assert len(visits) == 1
        assert [send.piece.ordinal for send in await ledger.sends(7)] == list(range(20))
