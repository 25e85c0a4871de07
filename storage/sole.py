"""One process at a time for a bot's data: the next one waits until the last one is gone, however it went.

The lock is the kernel's, on a file in `DATA_DIR`: it ends with the process, also with `kill -9`, and not before, so a
process that is merely slow is not overtaken. Processes on several machines do not see each other's.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from errors import ConfigurationError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

AGAIN_S = 0.1
SAID_AFTER_S = 0.5
"""Not of one that is just ending."""


@asynccontextmanager
async def sole(data_dir: Path, bot: int, waits: Callable[[], None]) -> AsyncIterator[None]:
    """While the block runs, no other process is in one for this bot and directory. `waits` is called once, when it
    takes a while to get there.

    Raises `errors.ConfigurationError` when the file cannot be made.
    """
    file = _opened(data_dir, bot)
    try:
        await _locked(file, waits)
        yield
    finally:
        os.close(file)


def _opened(data_dir: Path, bot: int) -> int:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return os.open(data_dir / f"{bot}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigurationError(f"DATA_DIR: {type(error).__name__}", reason="data_dir_unwritable") from error


async def _locked(file: int, waits: Callable[[], None]) -> None:
    now = asyncio.get_running_loop().time
    say_at: float | None = now() + SAID_AFTER_S
    while not _lock(file):
        if say_at is not None and now() >= say_at:
            waits()
            say_at = None
        await asyncio.sleep(AGAIN_S)


def _lock(file: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system that knows no locks
    return True
