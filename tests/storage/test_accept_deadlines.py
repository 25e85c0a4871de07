"""A database that is out of reach says so itself: nobody cuts an acceptance off in the middle of its transaction."""

import asyncio
from pathlib import Path

import pytest

from errors import StorageUnavailable
from storage.database import WAITS, Database, Waits, open_database
from storage.inbox import LINE_S, open_inbox
from updates.inbox import ACCEPT_S, Entry

LOCKED = Waits(transaction=0.6, locked=0.2)


async def hold(database: Database, held: asyncio.Event) -> None:
    async with database.transaction():
        held.set()
        await asyncio.Event().wait()


def said(number: int) -> dict[str, object]:
    return {"update_id": number}


def test_what_accepting_may_take_at_the_longest_is_less_than_the_callers_wait() -> None:
    assert LINE_S + WAITS.longest < ACCEPT_S


async def test_whoever_is_behind_others_that_cannot_be_accepted_is_refused_before_them(tmp_path: Path) -> None:
    async with open_database(None, tmp_path, LOCKED) as database:
        inbox = await open_inbox(database, 42, Entry, line_seconds=0.1)
        held, now = asyncio.Event(), asyncio.get_running_loop().time
        ends: list[str] = []

        async def refused(name: str, number: int) -> None:
            with pytest.raises(StorageUnavailable):
                await inbox.accept([said(number)])
            ends.append(name)

        async with asyncio.TaskGroup() as group:
            holding = group.create_task(hold(database, held))
            await held.wait()
            began = now()
            first = group.create_task(refused("first", 1))
            await asyncio.sleep(0)
            second = group.create_task(refused("second", 2))
            await asyncio.wait({first, second})
            took = now() - began
            holding.cancel()
        assert ends == ["second", "first"]
        assert took < LOCKED.longest + 0.1
        assert await inbox.accept([said(1), said(2)]) == 2
