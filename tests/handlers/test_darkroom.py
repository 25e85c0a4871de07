"""Pictures are made ready a few at a time, however many people send some."""

import asyncio
import threading
from pathlib import Path

import pytest

from errors import PictureUnreadable
from handlers.darkroom import MOST_AT_ONCE, Darkroom
from pictures.photo import Picture

PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
DRAWING = Path("emulators/fixtures/drawing.pdf").read_bytes()


class Slow:
    """Begins to make pictures, counts them, and finishes none before `done`."""

    def __init__(self, wanted: int) -> None:
        self.begun = 0
        self.done = threading.Event()
        self._counting = threading.Lock()
        self._together = threading.Barrier(wanted + 1)

    def prepare(self, data: bytes) -> Picture:
        with self._counting:
            self.begun += 1
        if not self.done.is_set():
            self._together.wait(10)
        self.done.wait(10)
        return Picture(data, "image/jpeg", 1, 1)

    async def are_together(self) -> None:
        await asyncio.to_thread(self._together.wait, 10)


async def test_so_many_and_no_more_are_made_ready_at_once() -> None:
    slow = Slow(MOST_AT_ONCE)
    darkroom = Darkroom(prepare=slow.prepare)
    async with asyncio.TaskGroup() as group:
        made = [group.create_task(darkroom.develop(PHOTO)) for _ in range(MOST_AT_ONCE + 1)]
        await slow.are_together()
        for _ in range(20):
            await asyncio.to_thread(bool)  # a thread takes what waits in order: one more would have begun before this
        assert slow.begun == MOST_AT_ONCE
        slow.done.set()
    assert [len(one.result().pages) for one in made] == [1] * len(made)


async def test_one_that_breaks_leaves_its_place_to_the_next() -> None:
    darkroom = Darkroom()
    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(PictureUnreadable):
            await darkroom.develop(b"neither")
    async with asyncio.timeout(30):
        assert (await darkroom.develop(PHOTO)).pages[0].mime_type == "image/jpeg"


async def test_a_drawing_is_made_into_its_sheets() -> None:
    made = await Darkroom().develop(DRAWING)
    assert (len(made.pages), made.total) == (1, 1)
