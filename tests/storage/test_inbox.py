"""What the inbox in a database promises beyond what every inbox does (that is in `tests/updates/test_inbox.py`)."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine, event, select, text

from errors import Overloaded, StorageUnavailable
from storage.database import Database, Waits, open_database
from storage.inbox import READ_AHEAD, DatabaseInbox, open_inbox
from storage.models import InboxRow
from storage.tidying import tidy

BOT = 42


@dataclass(frozen=True)
class Taken:
    update_id: int
    raw: dict[str, object]


def said(update_id: int, words: str = "бетон В25") -> dict[str, object]:
    return {"update_id": update_id, "message": {"text": words}}


@pytest_asyncio.fixture
async def hasty(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """One that does not wait long."""
    async with open_database(database_url, tmp_path, Waits(transaction=0.4, locked=0.2)) as opened:
        yield opened


async def reopened(database: Database, capacity: int = 5_000) -> DatabaseInbox[Taken]:
    """As a new process finds it."""
    return await open_inbox(database, BOT, Taken, capacity=capacity)


async def taken(inbox: DatabaseInbox[Taken], count: int) -> list[int]:
    async with asyncio.timeout(10):
        return [(await inbox.take()).update_id for _ in range(count)]


async def nothing_waits(inbox: DatabaseInbox[Taken]) -> bool:
    try:
        async with asyncio.timeout(0.02):
            await inbox.take()
    except TimeoutError:
        return True
    return False


@asynccontextmanager
async def a_locked_table(url: str) -> AsyncIterator[None]:
    """Another program holds it."""
    async with open_database(url, Path()) as other, other.transaction() as connection:
        if url.startswith("postgresql"):
            await connection.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        yield


async def test_what_was_not_done_comes_again_in_the_order_of_acceptance(database: Database) -> None:
    first = await reopened(database)
    await first.accept([said(9), said(5)])
    await first.accept([said(7), said(1)])
    await first.started(5)
    await first.done(7, "answered")
    second = await reopened(database)
    assert await taken(second, 3) == [9, 5, 1]
    assert await second.started(5) == 2
    assert await nothing_waits(second)


async def test_what_comes_after_a_restart_stands_behind_what_was_left(database: Database) -> None:
    await (await reopened(database)).accept([said(9)])
    await (await reopened(database)).accept([said(3)])
    assert await taken(await reopened(database), 2) == [9, 3]


async def test_what_was_done_before_a_restart_is_a_duplicate_after_it(database: Database) -> None:
    first = await reopened(database)
    await first.accept([said(9)])
    await first.done(9, "told")
    second = await reopened(database)
    assert await second.accept([said(9), said(10)]) == 1
    assert await taken(second, 1) == [10]


async def test_an_update_that_is_part_of_a_turn_is_known_as_such_after_a_restart(database: Database) -> None:
    first = await reopened(database)
    await first.accept([said(1), said(2), said(3), said(4)])
    for number in (1, 2, 3):
        await first.join(number, 4)
    await first.join(2, None)
    await first.done(3, "interrupted")
    second = await reopened(database)
    assert await taken(second, 3) == [1, 2, 4]
    assert [second.joined(number) for number in (1, 2, 3, 4)] == [4, None, None, None]


async def test_an_update_whose_turn_has_ended_does_not_come_again(database: Database) -> None:
    first = await reopened(database)
    await first.accept([said(1), said(2), said(3)])
    await first.join(1, 3)
    await first.done(3, "answered")
    second = await reopened(database)
    assert second.unfinished == {2}
    assert await taken(second, 1) == [2]
    assert await nothing_waits(second)
    async with database.transaction() as connection:
        assert await connection.scalar(select(InboxRow.outcome).where(InboxRow.update_id == 1)) == "interrupted"


async def test_an_end_is_not_undone_by_a_turn_that_is_joined_late(database: Database) -> None:
    inbox = await reopened(database)
    await inbox.accept([said(1), said(2)])
    await inbox.done(1, "told")
    await inbox.join(1, 2)
    async with database.transaction() as connection:
        assert await connection.scalar(select(InboxRow.outcome).where(InboxRow.update_id == 1)) == "told"


async def test_what_is_left_over_is_taken_once_even_when_telegram_repeats_it(database: Database) -> None:
    await (await reopened(database)).accept([said(9)])
    inbox = await reopened(database)
    assert await inbox.accept([said(9)]) == 0
    assert await taken(inbox, 1) == [9]
    assert await inbox.accept([said(9)]) == 0
    assert await nothing_waits(inbox)


async def test_a_row_whose_commit_nobody_was_told_of_is_taken_when_telegram_repeats_it(database: Database) -> None:
    inbox = await reopened(database)
    await (await reopened(database)).accept([said(9)])
    assert await inbox.accept([said(9)]) == 0
    assert await taken(inbox, 1) == [9]


async def test_each_bot_has_numbers_of_its_own(database: Database) -> None:
    await (await reopened(database)).accept([said(9)])
    other = await open_inbox(database, BOT + 1, Taken)
    assert await other.accept([said(9)]) == 1
    await other.done(9, "told")
    assert await taken(await reopened(database), 1) == [9]


async def test_more_than_is_read_ahead_comes_whole_and_in_order(database: Database) -> None:
    inbox = await reopened(database)
    many = list(range(3 * READ_AHEAD + 1, 0, -1))
    await inbox.accept([said(number) for number in many])
    half = await taken(inbox, READ_AHEAD + 10)
    await inbox.accept([said(5_000)])
    assert half + await taken(inbox, 2 * READ_AHEAD - 8) == [*many, 5_000]


async def test_the_end_erases_the_content_and_keeps_the_number(database: Database) -> None:
    inbox = await reopened(database)
    await inbox.accept([said(9)])
    await inbox.done(9, "interrupted")
    await inbox.done(9, "told")
    async with database.transaction() as connection:
        row = (await connection.execute(select(InboxRow.raw, InboxRow.outcome, InboxRow.done_at))).one()
    assert (row.raw, row.outcome) == (None, "interrupted")
    assert row.done_at is not None


async def test_a_start_is_taken_back_at_an_orderly_stop(database: Database) -> None:
    inbox = await reopened(database)
    await inbox.accept([said(9)])
    await inbox.started(9)
    await inbox.not_started(9)
    assert await (await reopened(database)).started(9) == 1


async def test_only_what_is_unfinished_can_be_started(database: Database) -> None:
    inbox = await reopened(database)
    await inbox.accept([said(9)])
    await inbox.done(9, "answered")
    for number in (9, 10):
        with pytest.raises(KeyError):
            await inbox.started(number)


async def test_a_full_inbox_refuses_the_whole_batch_and_writes_none_of_it(database: Database) -> None:
    inbox = await reopened(database, capacity=2)
    await inbox.accept([said(1)])
    with pytest.raises(Overloaded):
        await inbox.accept([said(2), said(3)])
    assert await inbox.accept([said(1)]) == 0
    assert await inbox.accept([said(2)]) == 1
    await inbox.done(1, "answered")
    assert await inbox.accept([said(1), said(3)]) == 1
    assert await taken(await reopened(database), 2) == [2, 3]


async def test_many_who_accept_at_once_all_keep_their_updates(database: Database) -> None:
    inbox = await reopened(database)
    batches = [[said(number), said(number % 7)] for number in range(60)]
    assert sum(await asyncio.gather(*(inbox.accept(batch) for batch in batches))) == 60
    assert sorted(await taken(await reopened(database), 60)) == list(range(60))


async def test_a_cancelled_accept_neither_loses_nor_doubles_nor_stays_in_the_way(database: Database) -> None:
    inbox = await reopened(database)
    moments = random.Random(1)
    held = []
    for rounds in range(40):
        batch = [said(5 * rounds + number) for number in range(5)]
        accepting = asyncio.create_task(inbox.accept(batch))
        for _ in range(moments.randrange(150)):  # from before its first statement to after its commit
            await asyncio.sleep(0)
        accepting.cancel()
        await asyncio.wait([accepting])
        held.append(accepting)  # its traceback holds on to whatever it was about
        await inbox.accept(batch)
    assert await taken(inbox, 200) == list(range(200))
    assert await nothing_waits(inbox)


async def test_an_inbox_that_cannot_write_refuses_and_accepts_again_afterwards(
    hasty: Database, database_url: str
) -> None:
    inbox = await reopened(hasty)
    await inbox.accept([said(1)])
    async with a_locked_table(database_url):
        with pytest.raises(StorageUnavailable):
            await inbox.accept([said(2)])
    assert await inbox.accept([said(2)]) == 1
    assert await taken(inbox, 2) == [1, 2]


async def test_an_end_that_could_not_be_written_is_written_with_the_next(hasty: Database, database_url: str) -> None:
    inbox = await reopened(hasty)
    await inbox.accept([said(1), said(2), said(3)])
    async with a_locked_table(database_url):
        ends = await asyncio.gather(inbox.done(1, "answered"), inbox.done(2, "told"), return_exceptions=True)
        assert [type(end) for end in ends] == [StorageUnavailable, StorageUnavailable]
    assert await inbox.accept([said(1)]) == 0
    await inbox.done(3, "answered")
    assert await nothing_waits(await reopened(hasty))


@pytest.mark.parametrize("words", ["NUL \0", "половина \ud83d", "\u2028", "я" * 200_000])
async def test_an_update_comes_back_as_it_came_whatever_its_text(database: Database, words: str) -> None:
    await (await reopened(database)).accept([said(1, words)])
    assert await (await reopened(database)).take() == Taken(1, said(1, words))


async def test_what_cannot_be_written_as_json_is_kept_as_an_unknown_kind(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    nested: dict[str, object] = {}
    deep: dict[str, object] = {"update_id": 1, "message": nested}
    for _ in range(100_000):
        inner: dict[str, object] = {}
        nested["reply_to_message"] = inner
        nested = inner
    with caplog.at_level(logging.WARNING):
        assert await (await reopened(database)).accept([deep, said(2)]) == 2
    assert await (await reopened(database)).take() == Taken(1, {"update_id": 1})
    assert "reply_to" not in caplog.text


async def test_no_statement_looks_at_all_the_rows_that_are_done(database: Database, database_url: str) -> None:
    await fill(database, 5_000, sqlite=database_url.startswith("sqlite"))
    async with statements(database) as seen:
        inbox = await reopened(database)
        await inbox.accept([said(10**6), said(10**6 + 1), said(1)])
        await inbox.started(10**6)
        await inbox.done(10**6, "answered")
        await (await reopened(database)).take()
        await tidy(database, Path(), now=5.0)
    assert len(seen) > 6
    async with database.transaction() as connection:
        explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
        for statement, parameters in seen:
            plan = str((await connection.exec_driver_sql(explain + statement, parameters)).all())
            assert "SCAN inbox" not in plan, statement
            assert "Seq Scan on inbox" not in plan, statement


async def fill(database: Database, count: int, *, sqlite: bool) -> None:
    """So many rows that are done."""
    numbers = (
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
        if sqlite
        else f"WITH numbers AS (SELECT generate_series(1, {count}) AS n)"
    )
    async with database.transaction() as connection:
        await connection.execute(
            text(
                "INSERT INTO inbox (bot, update_id, place, raw, attempts, outcome, done_at) "
                f"{numbers} SELECT {BOT}, n, n, NULL, 1, 'answered', 1795187000 + n FROM numbers"
            )
        )
        await connection.execute(text("ANALYZE"))


@asynccontextmanager
async def statements(database: Database) -> AsyncIterator[list[tuple[str, Any]]]:
    """What is sent to a database about the inbox, with its parameters; SQLite itself tells it with them inside."""
    seen: list[tuple[str, Any]] = []

    def see(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "inbox" in statement:
            seen.append((statement, parameters))

    async with database.transaction() as connection:
        sqlite: Any = connection.dialect.name == "sqlite" and (await connection.get_raw_connection()).driver_connection
    if sqlite:
        await sqlite.set_trace_callback(lambda statement: see(None, None, statement, ()))
        yield seen
        await sqlite.set_trace_callback(None)
        return
    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)
