"""The threads in which sound is decoded and encoded: never the event loop's, never more than there are cores.

More threads than cores are no faster, and they stall the loop: each holds the interpreter lock while PyAV works. Fifty
notes of 15 s at once take about the same time either way, but with 50 threads the loop stood still for 274 to 346 ms,
with 2, as many as cores, for 8 to 31 ms.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Codecs:
    """Hand it short pieces of work (milliseconds), so that many recordings take turns."""

    def __init__(self, pool: ThreadPoolExecutor, threads: int) -> None:
        self._pool = pool
        self.programs = asyncio.Semaphore(threads)
        """As many child processes at once; dozens of them would stall the loop for seconds."""

    async def run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn` in a codec thread. A cancelled caller is let go only when `fn` no longer runs,
        so it may close at once whatever `fn` was working on."""
        return await self.outcome(self.begin(fn, *args, **kwargs))

    def begin(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """The same, while the caller does something else; `outcome` or `leave` has to follow."""
        return self._pool.submit(fn, *args, **kwargs)

    async def outcome(self, work: "Future[T]") -> T:
        try:
            return await asyncio.shield(asyncio.wrap_future(work))
        except asyncio.CancelledError:
            await self.leave(work)
            raise

    async def leave(self, work: "Future[T]") -> None:
        """When this returns, it no longer runs and will not."""
        if not work.done() and not work.cancel():
            await _outlast(work)


async def _outlast(work: Future[T]) -> None:
    """Wait until the thread is through with it; a second cancellation changes nothing, the first is on its way."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    work.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
    while not done.is_set():
        try:
            await done.wait()
        except asyncio.CancelledError:
            continue


@asynccontextmanager
async def open_codecs(threads: int | None = None) -> AsyncIterator[Codecs]:
    """A pool of `threads` threads, as many as there are cores when not given."""
    threads = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(threads, thread_name_prefix="codec") as pool:
        yield Codecs(pool, threads)
