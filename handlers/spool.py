"""Recordings of unfinished turns, kept as they came: a turn that is asked again need not download its note again."""

import asyncio
import errno
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import structlog

from errors import DownloadFailed
from handlers.disk import BATCH, Disk, Part, Recording, open_disk, sweep, unlink
from handlers.files import MOST_BYTES

log = structlog.get_logger(__name__)

MOST_BYTES_IN_ALL = 2 << 30
DISK_DEADLINE_S = 5.0
"""For one batch. A disk that is slower is treated as one that is broken."""

T = TypeVar("T")


class Spool:
    """Open it with `open_spool`; what is asked for is done in that order, so nothing overtakes `erase`.

    Only whole recordings are ever read. Trouble with the disk is logged once, until it is over, and nothing else comes
    of it: what is not kept is downloaded again.
    """

    def __init__(
        self,
        directory: Path,
        disk: Disk,
        *,
        most_bytes: int = MOST_BYTES_IN_ALL,
        disk_deadline_s: float = DISK_DEADLINE_S,
    ) -> None:
        self._directory = directory
        self._disk = disk
        self._most_bytes = most_bytes
        self._deadline_s = disk_deadline_s
        self._copies: set[_Copy] = set()
        self._sizes: dict[int, int] = {}
        self._in_trouble = False
        self._closed = False
        self._hangs: Callable[[], bool] = bool
        """Whether the disk is busy with what somebody waited for in vain: nobody else is to wait for it."""

    async def stream(
        self, update_id: int, download: Callable[[], AsyncGenerator[bytes, None]]
    ) -> AsyncGenerator[bytes, None]:
        """The recording of an update: as it was kept, else downloaded, and kept when it came to its end.

        Close it (`contextlib.aclosing`) when it is not read to its end. Raises what `download` raises.
        """
        given = 0
        kept = await self.open(update_id)
        if kept is not None:
            try:
                async with aclosing(kept) as blocks:
                    async for block in blocks:
                        given += len(block)
                        yield block
                return
            except DownloadFailed:
                pass  # the disk does not give the rest: Telegram will
        async with aclosing(self._keep(update_id, download())) as blocks:
            async for block in blocks:
                new = block[given:]
                given = max(0, given - len(block))
                if new:
                    yield new

    async def open(self, update_id: int) -> AsyncGenerator[bytes, None] | None:
        """The whole recording if it is here. When reading fails, it is erased, and `errors.DownloadFailed` raised."""
        path = self._path(update_id)
        known = update_id in self._sizes or any(copy.update_id == update_id for copy in self._copies)
        if not known or self._hangs():
            return None
        try:
            here = await self._wait(self._disk.submit(path.is_file))
        except OSError as error:
            self._trouble(error)
            return None
        return self._read(update_id) if here else None

    def erase(self, update_id: int) -> None:
        """Whoever reads it reads on; whoever is writing it stops. Works after the end, too: turns may end late."""
        for copy in self._copies:
            if copy.update_id == update_id:
                copy.give_up()
        self._sizes.pop(update_id, None)
        if self._closed:
            with suppress(OSError):  # the next start sweeps it
                unlink(self._path(update_id))
            return
        self._disk.submit(unlink, self._path(update_id)).add_done_callback(self._erased)

    async def sweep(self, keep: Collection[int]) -> None:
        """At the start, before anything is kept: erase all but the whole recordings of these updates."""
        try:
            self._sizes = await self._wait(self._disk.submit(sweep, self._directory, frozenset(keep)))
        except OSError as error:
            self._trouble(error)

    def close(self) -> None:
        """What is not whole is dropped; what comes now is not kept, without a word."""
        for copy in self._copies:
            if not copy.finishing:
                copy.give_up()
        self._closed = True

    async def _keep(self, update_id: int, download: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        copy = _Copy(update_id, self._path(update_id), self._disk)
        self._copies.add(copy)
        try:
            async with aclosing(download) as blocks:
                async for block in blocks:
                    await self._add(copy, block)
                    yield block
            self._finish(copy)
        finally:
            if not copy.finishing:
                copy.give_up()
                self._copies.discard(copy)

    async def _add(self, copy: "_Copy", block: bytes) -> None:
        if copy.size + len(block) > MOST_BYTES:
            copy.give_up()
        if not copy.wanted:
            return
        try:
            if self._held() + len(block) > self._most_bytes:
                raise OSError(errno.EDQUOT, "")
            if self._hangs() or self._disk.is_behind:
                raise OSError(errno.EBUSY, "")
            await self._wait(copy.add(block))
        except OSError as error:
            copy.give_up()
            self._trouble(error)

    def _finish(self, copy: "_Copy") -> None:
        def finished(future: asyncio.Future[None]) -> None:
            self._copies.discard(copy)
            if future.cancelled():
                return
            error = future.exception()
            if isinstance(error, OSError):
                copy.give_up()
                self._trouble(error)
            elif copy.wanted:
                self._sizes[copy.update_id] = copy.size
                self._well()

        if copy.wanted:
            copy.finish().add_done_callback(finished)

    async def _read(self, update_id: int) -> AsyncGenerator[bytes, None]:
        recording = Recording(self._path(update_id))
        try:
            while block := await self._wait(self._disk.submit(recording.read)):
                yield block
            return
        except OSError as error:
            self._trouble(error)
        finally:
            self._disk.submit(recording.close)
        self.erase(update_id)
        raise DownloadFailed("the spool cannot be read")

    def _held(self) -> int:
        return sum(self._sizes.values()) + sum(copy.size for copy in self._copies if copy.wanted)

    def _erased(self, future: asyncio.Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            log.warning("a recording could not be erased", error=_name(error))

    def _trouble(self, error: OSError) -> None:
        if not self._in_trouble and not self._closed:
            self._in_trouble = True
            log.warning("recordings are not kept", error=_name(error))

    def _well(self) -> None:
        if self._in_trouble:
            self._in_trouble = False
            log.info("recordings are kept again")

    def _path(self, update_id: int) -> Path:
        return self._directory / f"{update_id:d}"  # nothing but a number has this format

    async def _wait(self, something: asyncio.Future[T]) -> T:
        """Raises `OSError`, of which `TimeoutError` is one."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(something)
        except TimeoutError:
            self._hangs = lambda: not something.done()
            raise


class _Copy:
    """A recording on its way to the disk, in batches; one of them is being written while the next one collects."""

    def __init__(self, update_id: int, path: Path, disk: Disk) -> None:
        self.update_id = update_id
        self.size = 0
        self.wanted = True
        self.finishing = False
        self._disk = disk
        self._part = Part(path)
        self._batch = bytearray()
        self._written = _nothing()

    def add(self, block: bytes) -> asyncio.Future[None]:
        """Done when there is room for the next one."""
        self._batch += block
        self.size += len(block)
        if len(self._batch) < BATCH:
            return _nothing()
        before, self._written = self._written, self._disk.submit(self._part.write, bytes(self._batch))
        self._batch.clear()
        return before

    def finish(self) -> asyncio.Future[None]:
        self.finishing = True
        return self._disk.submit(self._part.finish, bytes(self._batch))

    def give_up(self) -> None:
        if self.wanted:
            self.wanted = False
            self._batch.clear()
            self._disk.submit(self._part.discard)


def _nothing() -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


def _name(error: BaseException) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return errno.errorcode.get(number or 0, type(error).__name__)


@asynccontextmanager
async def open_spool(directory: Path, *, most_bytes: int = MOST_BYTES_IN_ALL) -> AsyncIterator[Spool]:
    """`directory` is for this alone; it is made when it is needed, for its owner's eyes only."""
    async with open_disk() as disk:
        spool = Spool(directory, disk, most_bytes=most_bytes)
        try:
            yield spool
        finally:
            spool.close()
