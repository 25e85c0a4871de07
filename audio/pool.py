"""Where sound is decoded and encoded: never on the event loop.

What is done in many small steps, a note and an answer, is kept in processes beside this one where they are to be had
(`processes`); all else, and everything without them, is done in threads, never more than there are cores.

More threads than cores are no faster, and they stall the loop: each holds the interpreter lock while PyAV works. Fifty
notes of 15 s at once take about the same time either way, but with 50 threads the loop stood still for 274 to 346 ms,
with 2, as many as cores, for 8 to 31 ms.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Concatenate, Generic, ParamSpec, TypeVar, TypeVarTuple, Unpack

import structlog

from audio.kept import Kept
from audio.processes import Processes, open_processes

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
A = TypeVarTuple("A")


class Codecs:
    """Hand it short pieces of work (milliseconds), so that many recordings take turns."""

    def __init__(self, pool: ThreadPoolExecutor, threads: int, processes: Processes | None = None) -> None:
        self._pool = pool
        self._processes = processes
        self.programs = asyncio.Semaphore(threads)
        """As many child processes at once; dozens of them would stall the loop for seconds."""

    async def warm(self) -> None:
        """Start now what the first note would wait for."""
        if self._processes is not None:
            with suppress(OSError):  # said when it is needed
                await self._processes.warm()

    async def keep(self, make: Callable[[Unpack[A]], T], *args: *A) -> Kept[T]:
        """What `make` returns, to do work in steps of milliseconds; what it raises is raised here or by the steps."""
        if self._processes is not None:
            try:
                return await self._processes.keep(make, *args)
            except OSError as error:
                log.warning("no codec process", error=type(error).__name__)
        return _InThreads(self, make(*args))

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


class _Step(Generic[R]):
    def __init__(self, codecs: Codecs, work: "Future[R]") -> None:
        self._codecs = codecs
        self._work = work

    async def outcome(self) -> R:
        return await self._codecs.outcome(self._work)

    async def leave(self) -> None:
        await self._codecs.leave(self._work)


class _InThreads(Generic[T]):
    def __init__(self, codecs: Codecs, one: T) -> None:
        self._codecs = codecs
        self._one = one

    def begin(self, method: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> _Step[R]:
        return _Step(self._codecs, self._codecs.begin(method, self._one, *args, **kwargs))

    async def run(self, method: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.begin(method, *args, **kwargs).outcome()

    async def aclose(self) -> None:
        close = getattr(self._one, "close", None)
        if close is not None:
            close()


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
async def open_codecs(threads: int | None = None, processes: int = 0) -> AsyncIterator[Codecs]:
    """A pool of `threads` threads, as many as there are cores when not given, and up to so many `processes`."""
    threads = threads or os.cpu_count() or 1
    async with AsyncExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(threads, thread_name_prefix="codec"))
        beside = await stack.enter_async_context(open_processes(processes)) if processes else None
        yield Codecs(pool, threads, beside)
