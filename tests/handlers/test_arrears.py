"""What became of a send is written down in the end, also when the database is out of reach at that moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

import handlers.arrears
from handlers.arrears import open_arrears
from handlers.bookkeeping import open_books
from handlers.ledger import Content, Entry, SendKey
from storage.database import Database, Waits, open_database
from storage.ledger import Ledger, Payload, Piece, Send, State

BOT = 42
FIRST, SECOND = SendKey(7, 0), SendKey(7, 1)
VOICE = Content("voice", "слова", b"OggS")


@pytest.fixture
async def hasty(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(database_url, tmp_path, Waits(transaction=0.3, locked=0.15)) as opened:
        yield opened


@asynccontextmanager
async def out_of_reach(database_url: str, tmp_path: Path) -> AsyncIterator[None]:
    """Another program holds the table."""
    async with open_database(database_url, tmp_path) as other, other.transaction() as connection:
        if database_url.startswith("postgresql"):
            await connection.execute(text("LOCK TABLE sends IN ACCESS EXCLUSIVE MODE"))
        yield


async def written(database: Database, count: int) -> list[Send]:
    """As soon as so many sends of update 7 are settled."""
    async with asyncio.timeout(10):
        while True:
            sends = await Ledger(database, BOT).sends(7)
            if sum(send.state is not State.HANDED_OVER for send in sends) == count:
                return sends
            await asyncio.sleep(0.02)


async def test_an_arrival_that_could_not_be_written_is_written_when_the_database_is_back(
    hasty: Database, database_url: str, tmp_path: Path
) -> None:
    async with open_books(Ledger(hasty, BOT), tmp_path) as books:
        await books.hand_over(FIRST, VOICE)
        await books.hand_over(SECOND, VOICE)
        async with out_of_reach(database_url, tmp_path):
            await books.confirmed(FIRST, 1001)
            await books.unknown(SECOND)
            assert (tmp_path / "unsent" / "7-0.ogg").exists(), "kept while the row may still say that it is needed"
        first, second = await written(hasty, 2)
    assert (first.state, first.message_id, second.state) == (State.CONFIRMED, 1001, State.UNKNOWN)
    assert not (tmp_path / "unsent" / "7-0.ogg").exists()


async def test_what_is_owed_is_written_before_the_books_are_closed(
    hasty: Database, database_url: str, tmp_path: Path
) -> None:
    async with open_books(Ledger(hasty, BOT), tmp_path) as books:
        await books.hand_over(FIRST, VOICE)
        async with out_of_reach(database_url, tmp_path):
            await books.confirmed(FIRST, 1001)
    [send] = await Ledger(hasty, BOT).sends(7)
    assert (send.state, send.message_id) == (State.CONFIRMED, 1001)


async def test_a_send_that_failed_is_handed_over_again_though_its_failure_could_not_be_written(
    hasty: Database, database_url: str, tmp_path: Path
) -> None:
    async with open_books(Ledger(hasty, BOT), tmp_path) as books:
        await books.hand_over(FIRST, VOICE)
        async with out_of_reach(database_url, tmp_path):
            await books.failed(FIRST)
        assert await books.hand_over(FIRST, VOICE)
        await books.confirmed(FIRST, 1002)
        assert [send.message_id for send in (await books.of_update(7)).arrived] == [1002]


async def test_who_looks_up_an_answer_sees_what_is_owed(hasty: Database, database_url: str, tmp_path: Path) -> None:
    async with open_books(Ledger(hasty, BOT), tmp_path) as books:
        await books.hand_over(FIRST, VOICE)
        async with out_of_reach(database_url, tmp_path):
            await books.confirmed(FIRST, 1001)
        known = await books.of_update(7)
    assert (len(known.arrived), known.doubtful, known.whole) == (1, [], True)


async def test_a_hand_over_that_is_cancelled_at_its_commit_is_no_send_that_may_have_arrived(
    database: Database, tmp_path: Path
) -> None:
    async with open_books(Ledger(database, BOT), tmp_path) as books:
        async with at_the_next_commit(database, lambda: handing.cancel()):  # noqa: PLW0108 - the task comes later
            handing = asyncio.create_task(_hand_over(Entry(books, FIRST, VOICE)))
            await asyncio.wait({handing})
        assert handing.cancelled()
        assert not (await books.of_update(7)).doubtful
        assert await books.hand_over(FIRST, VOICE)


async def _hand_over(entry: Entry) -> bool:
    async with entry:
        return await entry.hand_over()


@asynccontextmanager
async def at_the_next_commit(database: Database, do: Callable[[], object]) -> AsyncIterator[None]:
    """Before the database does it: SQLite says in its own thread what it is about to do."""
    async with database.transaction() as connection:
        sqlite: Any = connection.dialect.name == "sqlite" and (await connection.get_raw_connection()).driver_connection
    loop = asyncio.get_running_loop()

    def committing(*said: object) -> None:
        if not sqlite:
            do()
        elif said == ("COMMIT",):
            loop.call_soon_threadsafe(do)

    if sqlite:
        await sqlite.set_trace_callback(committing)
        yield
        await sqlite.set_trace_callback(None)
        return
    event.listen(Engine, "commit", committing)
    try:
        yield
    finally:
        event.remove(Engine, "commit", committing)


async def test_the_mark_of_a_send_given_up_leaves_another_send_of_the_same_piece_alone(database: Database) -> None:
    ledger, piece = Ledger(database, BOT), Piece(7, 0)
    assert await ledger.hand_over(piece, Payload("text", "раз"), at=1.0)
    await ledger.never_sent(piece, 0.5)
    assert [send.state for send in await ledger.sends(7)] == [State.HANDED_OVER]
    await ledger.never_sent(piece, 1.0)
    assert [send.state for send in await ledger.sends(7)] == [State.FAILED]


async def test_what_is_owed_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers.arrears, "MOST_OWED", 3)
    done = []

    async def write(number: int) -> None:
        done.append(number)

    async with open_arrears() as arrears:
        for number in range(5):
            arrears.owe(SendKey(number, 0), "an end", partial(write, number))
        assert len(arrears) == 3
    assert done == [0, 1, 2]


async def test_a_sound_is_whole_when_its_row_is_and_what_a_crash_left_of_one_is_swept(
    hasty: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "unsent"
    async with open_books(Ledger(hasty, BOT), tmp_path) as books:
        await books.hand_over(FIRST, VOICE)
        assert [(file.name, file.read_bytes()) for file in folder.iterdir()] == [("7-0.ogg", VOICE.ogg)]
        (folder / "7-1.ogg.part").write_bytes(b"Og")
        await books.after_crash()
        assert [file.name for file in folder.iterdir()] == ["7-0.ogg"]


async def test_a_message_whose_sound_is_not_there_is_sent_again_as_its_words(hasty: Database, tmp_path: Path) -> None:
    async with open_books(Ledger(hasty, BOT), tmp_path) as books:
        await books.hand_over(FIRST, VOICE)
        await books.unknown(FIRST)
        (tmp_path / "unsent" / "7-0.ogg").unlink()
        assert await books.again(FIRST) == Content("text", "слова")


async def test_a_sound_that_can_not_be_kept_keeps_nothing_back(hasty: Database, tmp_path: Path) -> None:
    (tmp_path / "unsent").write_text("no folder")
    async with open_books(Ledger(hasty, BOT), tmp_path) as books:
        assert await books.hand_over(FIRST, VOICE)
