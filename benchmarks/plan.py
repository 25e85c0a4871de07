"""What one run of `make bench` does, and how it tells of it."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from benchmarks.subjects import Subject, Way, opened

__all__ = ["AsyncIterator", "Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """`database` gives the URL of a fresh database for our bot, None for the SQLite file in its folder."""

    folder: Path
    full: bool
    seed: int
    database: Callable[[], str | None]
    began: float

    @property
    def chats(self) -> int:
        """In the rows of many open chats."""
        return 1_000 if self.full else 120

    @property
    def done_rows(self) -> int:
        return 1_000_000 if self.full else 100_000

    def open(self, way: Way, name: str) -> AbstractAsyncContextManager[Subject]:
        return opened(way, self.folder / name, self.database() if way == "ours" else None)

    def say(self, words: str) -> None:
        line = f"{monotonic() - self.began:5.0f} s  {words}"
        sys.stderr.write(f"\r\033[K{line}" if sys.stderr.isatty() else f"{line}\n")
        sys.stderr.flush()
