"""`bot.py` in a process of its own that need not load it first (a plugin of pytest).

What a test of `kill -9` proves begins when the program is loaded: what a process leaves behind when it dies, and what
the next one makes of it. So each is forked from a process that has loaded everything and has done nothing else. That
the file starts as a program is proven by `tests/end_to_end/test_process.py` and by the demo.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

LOG = "bot.log"


class BotProcess:
    """As much of `asyncio.subprocess.Process` as these tests need."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int | None:
        await asyncio.to_thread(self._process.join)
        return self.returncode


Bots = Callable[[Mapping[str, str], Path], AbstractAsyncContextManager[BotProcess]]


@pytest.fixture(scope="session")
def forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.loaded"])
    # The first one waits until all is loaded, and opens what stays open.
    first = context.Process(target=_nothing)
    first.start()
    first.join()
    first.close()
    return context


@pytest.fixture
def bots(forks: ForkServerContext) -> Bots:
    """`async with bots(environment, folder)`: the bot with just this environment, in `folder`, where its log is too.
    Killed at the end of the block if it is still there."""

    @asynccontextmanager
    async def running(environment: Mapping[str, str], folder: Path) -> AsyncIterator[BotProcess]:
        process = forks.Process(target=_run, args=(dict(environment), str(folder)))
        await asyncio.to_thread(process.start)
        bot = BotProcess(process)
        try:
            yield bot
        finally:
            if bot.returncode is None:
                bot.kill()
            await bot.wait()
            process.close()

    return running


def _nothing() -> None:
    return


def _run(environment: dict[str, str], folder: str) -> None:
    """In the new process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    import bot

    raise SystemExit(bot.main())
