"""Memory as a process with many quiet connections needs it: what is free goes back to the operating system.

The C library keeps what was freed for the next allocation. After hours of sound, frames and TLS in many threads what is
free lies in pieces between what is not, and a process holds tens of megabytes that it does not use. Giving them back
stops whoever wants memory meanwhile, for a tenth of a second and more: it is done while nobody speaks.
"""

import asyncio
import ctypes
import sys
from collections.abc import Callable
from mmap import PAGESIZE
from time import perf_counter

import structlog

log = structlog.get_logger(__name__)

EVERY_S = 30.0
LOOK_AGAIN_S = 0.5
PAGES_FROM = 128 * 1024
"""Bytes. Blocks from this size on are pages of their own, of which only those count that were ever written to."""
ARENAS = 2
"""The event loop's, and one for all other threads."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8

_MADV_DONTNEED = 4

Trim = Callable[[int], int]


def settle_allocation() -> None:
    """Once, before there are threads; nothing where the C library is not glibc.

    uvloop takes 256 KiB for every TLS connection and writes to a few of them. By itself glibc stops giving such blocks
    pages of their own as soon as one of them was freed. From then on they lie in memory that other work has written
    to before, and an open connection holds all of it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_M_MMAP_THRESHOLD, PAGES_FROM)
    mallopt(_M_ARENA_MAX, ARENAS)


async def give_back_free_memory(is_quiet: Callable[[], bool], every_s: float = EVERY_S) -> None:
    """Every so often, until cancelled, when nothing is under way; returns at once where the C library has no such call
    (it is glibc's)."""
    trim = glibc_trim()
    if trim is None:
        return
    while True:
        await asyncio.sleep(every_s)
        while not is_quiet():  # noqa: ASYNC110 - a moment in which nobody speaks at all has no event of its own
            await asyncio.sleep(min(every_s, LOOK_AGAIN_S))
        begun = perf_counter()
        await asyncio.to_thread(trim, 0)
        log.debug("free memory given back", milliseconds=round((perf_counter() - begun) * 1000, 1))


def glibc_trim() -> Trim | None:
    try:
        trim: Trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return trim


def forget_pages(scratch: memoryview) -> None:
    """The whole pages of `scratch` no longer count; they read as noughts until they are written to again. Nothing where
    the operating system is not Linux, whose `madvise` does it at once."""
    if sys.platform != "linux":
        return
    begin = ctypes.addressof(ctypes.c_char.from_buffer(scratch))
    first = -(-begin // PAGESIZE) * PAGESIZE
    size = (begin + len(scratch)) // PAGESIZE * PAGESIZE - first
    if size > 0:
        ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(size), _MADV_DONTNEED)
