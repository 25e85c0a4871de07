"""Whoever else is speaking does not wait while a long document is made."""

import asyncio
from pathlib import Path
from time import monotonic

from paperwork.making import make
from storage.database import Database
from tests.dictation.test_work import arguments, dictation
from tests.paperwork.desk import open_test_desk, spoken

MATERIALS = 150


async def longest_pause(until: asyncio.Task[object]) -> float:
    """Seconds for which the loop was away from everybody."""
    longest, before = 0.0, monotonic()
    while not until.done():
        await asyncio.sleep(0.005)
        now = monotonic()
        longest, before = max(longest, now - before), now
    return longest


async def test_the_loop_is_free_while_a_document_is_made(database: Database, tmp_path: Path) -> None:
    async with open_test_desk(database, tmp_path) as desk:
        await desk.archive.warm()
        context = desk.call(said=spoken(dictation(MATERIALS)))
        before = monotonic()
        making = asyncio.create_task(make(context, "aosr", arguments(MATERIALS)))
        pause = await longest_pause(making)
        took = monotonic() - before
        assert (await making)["files"] == "sent"
    assert pause < took / 8
