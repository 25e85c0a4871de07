"""What is free goes back to the operating system, but only while nobody speaks."""

import asyncio
import sys
from pathlib import Path
from random import Random

import pytest

from memory import give_back_free_memory, glibc_trim

pytestmark = pytest.mark.skipif(glibc_trim() is None, reason="needs glibc")


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 / 1e6


def a_heap_in_pieces() -> list[bytearray]:
    """Some 80 MB, of which a twentieth is still in use."""
    luck = Random(1)
    return [bytearray(luck.randint(100, 8_000)) for _ in range(20_000)][::20]


async def given_back_below(megabytes: float) -> bool:
    try:
        async with asyncio.timeout(5):
            while resident_mb() > megabytes:  # noqa: ASYNC110 - the kernel tells nobody
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
async def test_what_is_free_is_given_back_when_it_is_quiet() -> None:
    speaking = {"Иван"}
    kept = a_heap_in_pieces()
    held = resident_mb()
    giving = asyncio.create_task(give_back_free_memory(lambda: not speaking, every_s=0.01))
    await asyncio.sleep(0.1)
    assert resident_mb() > held - 10, "somebody speaks"
    speaking.clear()
    assert await given_back_below(held - 30)
    giving.cancel()
    await asyncio.wait([giving])
    assert len(kept) == 1_000
