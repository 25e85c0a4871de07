"""Our programs in processes of their own that need not load first (a plugin of pytest).

What a test of `kill -9` proves begins when the program is loaded: what a process leaves behind when it dies, and what
the next one makes of it. So each is forked from a process that has loaded everything and has done nothing else; then
the file is run as a program. That it starts by itself is proven by `tests/end_to_end/test_process.py` and by the demo.
"""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OUT, ERR = "out.log", "err.log"


class Forked:
    """As much of `asyncio.subprocess.Process` as these tests need."""

    def __init__(self, process: ForkServerProcess, folder: Path) -> None:
        self._process = process
        self._folder = folder

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int | None:
        await asyncio.to_thread(self._process.join)
        return self.returncode

    def output(self) -> tuple[str, str]:
        """All of it, of whoever has run in this folder."""
        return (self._folder / OUT).read_text("utf-8"), (self._folder / ERR).read_text("utf-8")


Programs = Callable[..., AbstractAsyncContextManager[Forked]]


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
def programs(forks: ForkServerContext) -> Programs:
    """`async with programs("bot.py", environment, folder)`: run with just this environment, in `folder`, where its
    output is too. Killed at the end of the block if it is still there."""

    @asynccontextmanager
    async def running(
        name: str, environment: Mapping[str, str], folder: Path, arguments: Sequence[str] = ()
    ) -> AsyncIterator[Forked]:
        process = forks.Process(target=_run, args=(name, tuple(arguments), dict(environment), str(folder)))
        await asyncio.to_thread(process.start)
        forked = Forked(process, folder)
        try:
            yield forked
        finally:
            if forked.returncode is None:
                forked.kill()
            await forked.wait()
            process.close()

    return running


def _nothing() -> None:
    return


def _run(name: str, arguments: tuple[str, ...], environment: dict[str, str], folder: str) -> None:
    """In the new process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for stream, log in ((1, OUT), (2, ERR)):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), stream)
    sys.argv = [str(ROOT / name), *arguments]
    runpy.run_path(sys.argv[0], run_name="__main__")
