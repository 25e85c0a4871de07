"""Other programs that read recordings: few at a time, each with a deadline, none left behind."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

from audio.pool import Codecs
from errors import Overloaded, RecordingUnreadable

_READ = 1 << 16

_QUEUE_S = 60
"""Longest wait for the programs of other recordings."""

_END_S = 10
"""A killed process is gone at once, unless the disk it reads hangs."""


async def output_of(argv: list[str], codecs: Codecs, seconds: float) -> AsyncGenerator[bytes]:
    """What a program writes, until it ends or has kept us waiting for `seconds` in all; the reader's own time is free.

    Raises Overloaded when there is no room for another program, RecordingUnreadable when it crashed or hung before
    anything came: then the file had better be left alone.
    """
    clock = asyncio.get_running_loop().time
    nothing_came = True
    async with _program(argv, codecs) as process:
        assert process.stdout is not None
        while True:
            began = clock()
            try:
                async with asyncio.timeout(seconds):
                    pcm = await process.stdout.read(_READ)
                    if not pcm:
                        await process.wait()
            except TimeoutError:
                break
            seconds -= clock() - began
            if not pcm:
                break
            nothing_came = False
            yield pcm
        if nothing_came and (process.returncode is None or process.returncode < 0):
            raise RecordingUnreadable("the program crashed or hung")


@asynccontextmanager
async def _program(argv: list[str], codecs: Codecs) -> AsyncIterator[Process]:
    """Killed when the block ends, whatever ended it."""
    try:
        async with asyncio.timeout(_QUEUE_S):
            await codecs.programs.acquire()
    except TimeoutError as error:
        raise Overloaded("too many recordings are being read") from error
    try:
        process = await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
        try:
            yield process
        finally:
            await _end(process)
    finally:
        codecs.programs.release()


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    assert process.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(_END_S):
            # The pipe is emptied, or asyncio would hold it open for ever.
            while await process.stdout.read(_READ):
                pass
            await process.wait()
