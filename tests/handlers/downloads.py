"""Downloads for the spool, and what lies in its folder."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from errors import DownloadFailed
from tests.handlers.conftest import DATA


class Source:
    """Downloads of `data`; the first `broken` of them break off after so many blocks."""

    def __init__(self, data: bytes = DATA, *, block: int = 10_000, broken: int = 0, after: int = 3) -> None:
        self.opened = 0
        self.closed = 0
        self._blocks = [data[at : at + block] for at in range(0, len(data), block)]
        self._broken = broken
        self._after = after

    async def __call__(self) -> AsyncGenerator[bytes, None]:
        self.opened += 1
        number = self.opened
        try:
            for index, block in enumerate(self._blocks):
                if number <= self._broken and index == self._after:
                    raise DownloadFailed("broken")
                yield block
        finally:
            self.closed += 1


async def whole(blocks: AsyncIterator[bytes]) -> bytes:
    return b"".join([block async for block in blocks])


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


def open_files_in(directory: Path) -> list[str]:
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")] if os.path.exists("/proc") else []
    return [os.readlink(link) for link in links if os.path.lexists(link) and str(directory) in os.readlink(link)]
