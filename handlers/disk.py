"""Files written and read by a thread of their own, one thing after the other."""

import asyncio
import errno
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

BATCH = 256 << 10
"""Bytes written or read at a time."""
MOST_WAITING_BYTES = 64 << 20
"""To be written. Beyond it the disk is behind, and nothing more should be handed to it."""
MOST_WAITING = 10_000
CLOSING_DEADLINE_S = 5.0
_OURS = re.compile(r"-?\d+(\.\w+\.part)?")

P = ParamSpec("P")
T = TypeVar("T")


class Disk:
    """Whoever wants to know whether something failed waits for it; otherwise it fails unheard."""

    def __init__(self, thread: ThreadPoolExecutor, most_waiting_bytes: int) -> None:
        self._thread = thread
        self._most_waiting_bytes = most_waiting_bytes
        self._waiting = 0
        self._waiting_bytes = 0

    @property
    def is_behind(self) -> bool:
        return self._waiting_bytes >= self._most_waiting_bytes

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Fails with an `OSError` also after the end, and when far too much is waiting."""
        loop = asyncio.get_running_loop()
        size = sum(len(one) for one in args if isinstance(one, bytes))
        try:
            if self._waiting >= MOST_WAITING:
                raise OSError(errno.EBUSY, "")
            future = asyncio.wrap_future(self._thread.submit(work, *args, **kwargs), loop=loop)
        except (RuntimeError, OSError) as error:
            future = loop.create_future()
            future.set_exception(error if isinstance(error, OSError) else OSError(errno.ESHUTDOWN, ""))
            future.exception()
            return future
        self._waiting += 1
        self._waiting_bytes += size
        future.add_done_callback(lambda future: self._done(future, size))
        return future

    def _done(self, future: asyncio.Future[T], size: int) -> None:
        self._waiting -= 1
        self._waiting_bytes -= size
        if not future.cancelled():
            future.exception()


@asynccontextmanager
async def open_disk(most_waiting_bytes: int = MOST_WAITING_BYTES) -> AsyncIterator[Disk]:
    """What was asked for is done before it closes, in so far as the disk answers at all."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="disk")
    disk = Disk(thread, most_waiting_bytes)
    try:
        yield disk
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_DEADLINE_S):
                await disk.submit(lambda: None)
        thread.shutdown(wait=False, cancel_futures=True)


class Part:
    """A file that has its name only when it is whole. The methods are for the thread; they raise `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = ""
        self._file: BinaryIO | None = None
        self._error: OSError | None = None

    def write(self, data: bytes) -> None:
        try:
            self._open().write(data)
        except OSError as error:
            self._error = error
            raise

    def finish(self, data: bytes) -> None:
        if self._error is not None:
            raise self._error
        self.write(data)
        file = self._open()
        file.flush()
        os.fsync(file.fileno())  # else it may be whole in name only after a power failure
        file.close()
        with suppress(FileNotFoundError):  # somebody else swept the directory
            Path(self._name).replace(self._path)
        self._name = ""

    def discard(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        if self._name:
            unlink(Path(self._name))
            self._name = ""

    def _open(self) -> BinaryIO:
        if self._file is None:
            private(self._path.parent)
            descriptor, self._name = tempfile.mkstemp(".part", f"{self._path.name}.", self._path.parent)
            self._file = os.fdopen(descriptor, "wb")
        return self._file


class Recording:
    """A file that is read in batches; for the thread as well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def read(self) -> bytes:
        if self._file is None:
            self._file = self._path.open("rb")
        return self._file.read(BATCH)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def private(directory: Path) -> None:
    """Made when it is missing, and nobody else's to look into."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)


def unlink(path: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


def sweep(directory: Path, keep: frozenset[int]) -> dict[int, int]:
    """Remove what is ours, but for these; the sizes of those that stayed. What is not ours is left alone."""
    sizes: dict[int, int] = {}
    kept = {f"{number:d}" for number in keep}
    if not directory.exists():
        return sizes
    directory.chmod(0o700)
    with os.scandir(directory) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) is None or entry.is_dir(follow_symlinks=False):
                continue
            if entry.name in kept and entry.is_file(follow_symlinks=False):
                sizes[int(entry.name)] = entry.stat(follow_symlinks=False).st_size
            else:
                unlink(Path(entry.path))
    return sizes
