"""How the C library hands out memory: as a process with many quiet connections needs it."""

import ctypes

OF_ITS_OWN = 128 * 1024
"""Bytes. Blocks from this size on are pages of their own, of which only those count that were ever written to."""
ARENAS = 2
"""The event loop's, and one for all other threads."""

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8


def settle() -> None:
    """Once, before there are threads; nothing where the C library is not glibc.

    uvloop takes 256 KiB for every TLS connection and writes to a few of them. By itself glibc stops giving such blocks
    pages of their own as soon as one of them was freed. From then on they lie in memory that other work has written
    to before, and an open connection holds all of it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_M_MMAP_THRESHOLD, OF_ITS_OWN)
    mallopt(_M_ARENA_MAX, ARENAS)
