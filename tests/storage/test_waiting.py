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


async def test_a_statement_is_one_visit_to_the_thread_of_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = 0
    visit = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, *work: object) -> object:
        nonlocal visits
        visits += 1
        return await visit(self, *work)  # type: ignore[no-untyped-call]

    async with open_database(None, tmp_path) as database:
        ledger = Ledger(database, 42)
        monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
        await ledger.hand_over(Piece(7, 0), Payload("text", "слова"))
        assert visits == 3, "begin, the statement, commit"
        [send] = await ledger.sends(7)
        assert (send.state, send.payload.text) == (State.HANDED_OVER, "слова")
