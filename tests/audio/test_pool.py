import asyncio
import threading

import pytest

from audio.pool import Codecs, open_codecs


class Work:
    """Occupies a codec thread until it is let go."""

    def __init__(self) -> None:
        self.running = asyncio.Event()
        self.let_go = threading.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> str:
        self._loop.call_soon_threadsafe(self.running.set)
        assert self.let_go.wait(10)
        return threading.current_thread().name


async def test_work_is_done_in_a_codec_thread(codecs: Codecs) -> None:
    name = await codecs.run(lambda: threading.current_thread().name)
    assert name.startswith("codec")


async def test_what_the_work_raises_is_raised(codecs: Codecs) -> None:
    with pytest.raises(ValueError, match="odd"):
        await codecs.run(_fail, "odd")


def _fail(reason: str) -> None:
    raise ValueError(reason)


async def test_a_cancelled_caller_is_held_until_its_work_no_longer_runs(codecs: Codecs) -> None:
    work = Work()
    caller = asyncio.create_task(codecs.run(work))
    await asyncio.wait_for(work.running.wait(), 5)
    caller.cancel()
    caller.cancel()
    done, _ = await asyncio.wait({caller}, timeout=0.05)
    assert not done
    work.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(caller, 5)


async def test_cancelled_work_that_has_not_begun_is_not_done() -> None:
    async with open_codecs(1) as codecs:
        first, second = Work(), Work()
        occupied = asyncio.create_task(codecs.run(first))
        await asyncio.wait_for(first.running.wait(), 5)
        waiting = asyncio.create_task(codecs.run(second))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        first.let_go.set()
        await occupied
        assert not second.running.is_set()


async def test_no_thread_outlives_the_pool() -> None:
    async with open_codecs(2) as codecs:
        await codecs.run(bytes)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("codec")]
