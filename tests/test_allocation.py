"""Large blocks are pages of their own, whatever was freed before."""

import subprocess
import sys
from mmap import PAGESIZE

import pytest

from memory import forget_pages

PROGRAM = """
import ctypes, sys

class Info(ctypes.Structure):
    NAMES = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in NAMES.split()]

library = ctypes.CDLL(None)
if not hasattr(library, "mallinfo2"):
    sys.exit("no glibc")
library.mallinfo2.restype = Info
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
if sys.argv[1] == "settled":
    import memory
    memory.settle_allocation()
library.free(library.malloc(4 << 20))
before = library.mallinfo2().hblkhd
library.malloc(256 << 10)
print(library.mallinfo2().hblkhd - before >= 256 << 10)
"""


@pytest.mark.parametrize(("way", "expected"), [("settled", "True"), ("as it comes", "False")])
def test_a_large_block_is_pages_of_its_own_after_a_larger_one_was_freed(way: str, expected: str) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, way], capture_output=True, text=True, check=False, timeout=30)
    if "no glibc" in ran.stderr:
        pytest.skip("the C library is not glibc")
    assert (ran.stdout.strip(), ran.stderr) == (expected, "")


@pytest.mark.skipif(sys.platform != "linux", reason="madvise of Linux")
def test_whole_pages_are_forgotten_and_what_lies_beside_them_is_not() -> None:
    held = bytearray(b"x" * (10 * PAGESIZE))
    forget_pages(memoryview(held)[1 : 10 * PAGESIZE - 1])
    kept = len(held) - held.count(0)
    assert 1 <= kept <= 2 * PAGESIZE
    assert (held[0], held[-1]) == (ord("x"), ord("x"))
    assert held.count(0) % PAGESIZE == 0


def test_less_than_a_page_is_left_alone() -> None:
    held = bytearray(b"x" * 100)
    forget_pages(memoryview(held))
    assert held.count(b"x") == 100
