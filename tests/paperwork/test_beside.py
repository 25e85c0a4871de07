"""Whoever else is speaking does not wait while a long document is made."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time, thread_time

from paperwork.making import make
from storage.database import Database
from tests.clock import assert_sooner, reads_the_clock
from tests.dictation.test_work import arguments, dictation
from tests.paperwork.desk import open_test_desk, spoken

MATERIALS = 150


@contextmanager
def only_our_garbage() -> Iterator[None]:
    """The collector passes over what earlier tests left, half a million objects: 0.4 s of whichever thread meets it."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def longest_work(until: asyncio.Task[object]) -> float:
    """Seconds of processor time that the loop spent away from everybody: those of its thread, whatever else runs."""
    longest, before = 0.0, thread_time()
    while not until.done():
        await asyncio.sleep(0.005)
        now = thread_time()
        longest, before = max(longest, now - before), now
    return longest


@reads_the_clock
async def test_the_loop_is_free_while_a_document_is_made(database: Database, tmp_path: Path) -> None:
    async with open_test_desk(database, tmp_path) as desk:
        await desk.archive.warm()
        context = desk.call(said=spoken(dictation(MATERIALS)))
        with only_our_garbage():
            before = process_time()
            making = asyncio.create_task(make(context, "aosr", arguments(MATERIALS)))
            on_the_loop = await longest_work(making)
            took = process_time() - before
        assert (await making)["files"] == "sent"
    assert_sooner(on_the_loop, took / 20)
