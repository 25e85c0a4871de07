"""Statements that share a commit: each is told of its own end, and none of a commit that did not happen."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import BigInteger, bindparam, text

from errors import StorageError, StorageUnavailable
from storage.database import Database, Waits, open_database
from storage.ledger import Ledger, Payload, Piece
from storage.models import SendRow
from storage.together import MOST, Prepared

BOT = 42
TEXT = Payload("text")


@pytest_asyncio.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Database]:
    """A SQLite file whose users do not wait long."""
    async with open_database(None, tmp_path, Waits(transaction=0.5, locked=0.2)) as opened:
        yield opened


def file(folder: Path) -> sqlite3.Connection:
    """As another process opens it."""
    [path] = folder.glob("*.sqlite3")
    return sqlite3.connect(path, isolation_level=None)


def plain_insert(database: Database) -> Prepared:
    """It breaks the key when the piece is there."""
    number = bindparam("ordinal", type_=BigInteger)
    values = {"bot": BOT, "update_id": 7, "state": "failed", "kind": "text", "handed_at": 0.0}
    return database.prepared(database.insert(SendRow).values(**values, ordinal=number).returning(SendRow.ordinal))


async def test_what_breaks_a_rule_fails_alone(hasty: Database) -> None:
    insert = plain_insert(hasty)
    ends = await asyncio.gather(
        *(hasty.run(insert, ordinal=number) for number in (1, 1, 2**70, 2)), return_exceptions=True
    )
    assert [ends[0], ends[3]] == [1, 2]
    assert isinstance(ends[1], StorageError)
    assert isinstance(ends[2], OverflowError)
    assert [send.piece.ordinal for send in await Ledger(hasty, BOT).sends(7)] == [1, 2]


async def test_a_locked_database_fails_all_of_them_and_keeps_none(hasty: Database, tmp_path: Path) -> None:
    ledger = Ledger(hasty, BOT)
    with closing(file(tmp_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        ends = await asyncio.gather(*(ledger.hand_over(Piece(7, n), TEXT) for n in range(3)), return_exceptions=True)
        assert [type(end) for end in ends] == [StorageUnavailable] * 3
        other.execute("ROLLBACK")
    assert await ledger.sends(7) == []
    assert await ledger.hand_over(Piece(7, 0), TEXT)


async def test_a_commit_that_fails_is_nobodys_success(hasty: Database) -> None:
    """A foreign key that is looked at when the transaction ends."""
    async with hasty.transaction() as connection:
        await connection.execute(text("CREATE TABLE parent (n INTEGER PRIMARY KEY)"))
        deferred = "n INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED"
        await connection.execute(text(f"CREATE TABLE child ({deferred})"))
        orphan = (
            "CREATE TRIGGER orphan AFTER INSERT ON sends WHEN NEW.ordinal = 1 BEGIN INSERT INTO child VALUES (9); END"
        )
        await connection.execute(text(orphan))
    ledger = Ledger(hasty, BOT)
    ends = await asyncio.gather(*(ledger.hand_over(Piece(7, n), TEXT) for n in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [StorageError] * 3
    assert await ledger.sends(7) == []
    assert await ledger.hand_over(Piece(7, 0), TEXT)


async def test_who_is_cancelled_before_his_turn_leaves_nothing_and_disturbs_nobody(hasty: Database) -> None:
    ledger = Ledger(hasty, BOT)
    async with asyncio.TaskGroup() as group, hasty.transaction():
        ends = [group.create_task(ledger.hand_over(Piece(7, n), TEXT)) for n in range(3)]
        await asyncio.sleep(0)
        ends[1].cancel()
        await asyncio.wait([ends[1]])
        assert not ends[0].done()
    assert [send.piece.ordinal for send in await ledger.sends(7)] == [0, 2]


async def test_more_than_fit_into_one_visit_all_have_their_turn(hasty: Database) -> None:
    ledger = Ledger(hasty, BOT)
    count = 2 * MOST + 1
    assert all(await asyncio.gather(*(ledger.hand_over(Piece(number, 0), TEXT) for number in range(count))))
    async with hasty.transaction() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM sends")) == count


async def test_whoever_comes_after_the_end_is_told_at_once(tmp_path: Path) -> None:
    async with open_database(None, tmp_path) as database:
        ledger = Ledger(database, BOT)
    with pytest.raises(StorageError):
        async with asyncio.timeout(1):
            await ledger.hand_over(Piece(7, 0), TEXT)


async def test_whoever_waits_at_the_end_is_told(tmp_path: Path) -> None:
    async with open_database(None, tmp_path) as database:
        holding = await database._engine.connect()
        waiting = asyncio.ensure_future(Ledger(database, BOT).hand_over(Piece(7, 0), TEXT))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    with pytest.raises(StorageError):
        await waiting
    await holding.invalidate()
    await holding.close()
