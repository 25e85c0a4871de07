"""Recordings of unfinished turns: whole or not there, never in the way."""

import asyncio
import os
import resource
import stat
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from emulators.telegram import CutAt, TelegramEmulator
from errors import DownloadFailed
from handlers.disk import Part, open_disk
from handlers.files import MOST_BYTES
from handlers.spool import Spool, open_spool
from tests.handlers.conftest import DATA, OpenFiles, SendFile

NOT_KEPT = "recordings are not kept"


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


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "42"


@pytest.fixture
async def spool(directory: Path) -> AsyncIterator[Spool]:
    async with open_spool(directory) as opened:
        yield opened


async def _read(blocks: AsyncIterator[bytes]) -> bytes:
    return b"".join([block async for block in blocks])


async def _begin(blocks: AsyncGenerator[bytes, None]) -> None:
    async with aclosing(blocks):
        assert await anext(blocks)


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


def _make(directory: Path, mode: int = 0o755) -> None:
    directory.mkdir(parents=True)
    directory.chmod(mode)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_recording_that_came_whole_is_not_downloaded_again(spool: Spool) -> None:
    source = Source()
    assert await _read(spool.stream(7, source)) == DATA
    assert await _read(spool.stream(7, source)) == DATA
    assert await _read(spool.stream(8, source)) == DATA
    assert (source.opened, source.closed) == (2, 2)


@pytest.mark.parametrize("size", [0, 1, 262_143, 262_144, 262_145, 3_000_001])
async def test_what_is_kept_is_what_came_whatever_its_size(size: int, spool: Spool) -> None:
    data = (DATA * 31)[:size]
    assert await _read(spool.stream(7, Source(data, block=65_536))) == data
    kept = await spool.open(7)
    assert kept is not None
    assert await _read(kept) == data


async def test_a_note_that_is_asked_again_costs_one_download(
    spool: Spool, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", CutAt(4_000), times=2)
    file_id = await send_file(DATA)
    async with open_files() as files:
        for _ in range(2):
            assert await _read(spool.stream(7, lambda: files.stream(file_id, size=len(DATA)))) == DATA
    assert [call.status for call in telegram.calls if call.method == "file"] == [200, 206, 206]


async def test_it_outlives_the_process_and_is_swept_when_its_turn_is_over(directory: Path) -> None:
    async with open_spool(directory) as spool:
        for update_id in (7, 8, 9):
            await _read(spool.stream(update_id, Source()))
    async with open_spool(directory) as spool:
        await spool.sweep({7, 9, 1000})
        assert await spool.open(8) is None
        kept = await spool.open(9)
        assert kept is not None
        assert await _read(kept) == DATA
    assert _names(directory) == ["7", "9"]


@pytest.mark.parametrize("after", [0, 1, 9])
async def test_a_part_of_a_recording_is_never_kept(after: int, directory: Path) -> None:
    source = Source(broken=1, after=after)
    async with open_spool(directory) as spool:
        with pytest.raises(DownloadFailed):
            await _read(spool.stream(7, source))
        assert await spool.open(7) is None
        await _begin(spool.stream(7, source))
        assert await spool.open(7) is None
        assert await _read(spool.stream(7, source)) == DATA
        await _begin(spool.stream(8, Source(DATA * 10)))
    assert source.closed == 3
    assert _names(directory) == ["7"]


async def test_a_cancelled_recording_leaves_nothing_open_and_nothing_behind(directory: Path) -> None:
    reached, held = asyncio.Event(), asyncio.Event()

    async def source() -> AsyncGenerator[bytes, None]:
        for _ in range(10):
            yield DATA
        reached.set()
        await held.wait()

    async with open_spool(directory) as spool:
        task = asyncio.create_task(_read(spool.stream(7, source)))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert _names(directory) == []
    assert _open_files(directory) == []


def _open_files(directory: Path) -> list[str]:
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")] if os.path.exists("/proc") else []
    return [os.readlink(link) for link in links if os.path.lexists(link) and str(directory) in os.readlink(link)]


async def test_two_who_read_one_recording_at_once_both_have_all_of_it(directory: Path) -> None:
    async with open_spool(directory) as spool, asyncio.TaskGroup() as group:
        readers = [group.create_task(_read(spool.stream(7, Source(DATA * 10)))) for _ in range(5)]
    assert {reader.result() for reader in readers} == {DATA * 10}
    assert _names(directory) == ["7"]


# -- erasing ---------------------------------------------------------------------------------------------------------


async def test_what_is_erased_is_gone_also_while_it_is_written_or_read(directory: Path) -> None:
    async with open_spool(directory) as spool:
        await _read(spool.stream(7, Source()))
        spool.erase(7)
        assert await spool.open(7) is None
        spool.erase(7)
        async with aclosing(spool.stream(8, Source(DATA * 10))) as written:
            first = await anext(written)
            spool.erase(8)
            assert first + await _read(written) == DATA * 10
        await _read(spool.stream(9, Source(DATA * 10)))
        async with aclosing(spool.stream(9, Source())) as read:
            first = await anext(read)
            spool.erase(9)
            assert first + await _read(read) == DATA * 10
        await _read(spool.stream(10, Source()))
        spool.erase(10)
    assert _names(directory) == []
    assert _open_files(directory) == []


async def test_what_is_erased_before_it_is_on_the_disk_counts_no_longer(directory: Path) -> None:
    async with open_spool(directory, most_bytes=len(DATA) * 3 // 2) as spool:
        for update_id in range(5):
            await _read(spool.stream(update_id, Source()))
            spool.erase(update_id)
        await _read(spool.stream(7, Source()))
    assert _names(directory) == ["7"]


async def test_the_sweep_takes_what_is_ours_and_nothing_else(directory: Path, tmp_path: Path) -> None:
    _make(directory)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"precious")
    for name in ("7", "8", "7.abc_1.part", "notes.txt", "7.bak", "-3"):
        (directory / name).write_bytes(b"x")
    (directory / "9").symlink_to(elsewhere)
    (directory / "10").mkdir()
    async with open_spool(directory) as spool:
        await spool.sweep({7, 9, 10})
    assert _names(directory) == ["10", "7", "7.bak", "notes.txt"]
    assert elsewhere.read_bytes() == b"precious"


async def test_nobody_else_may_look_into_it(directory: Path) -> None:
    _make(directory, mode=0o777)
    async with open_spool(directory) as spool:
        await _read(spool.stream(7, Source()))
    assert [_mode(directory), _mode(directory / "7")] == [0o700, 0o600]


@pytest.mark.parametrize("name", ["../7", "/etc/passwd", "7/../../8"])
async def test_a_name_is_a_number(name: str, spool: Spool) -> None:
    with pytest.raises((TypeError, ValueError)):
        await spool.open(name)  # type: ignore[arg-type]


# -- bounds and trouble ----------------------------------------------------------------------------------------------


async def test_a_recording_of_more_than_20_mib_passes_and_is_not_kept(directory: Path) -> None:
    async with open_spool(directory) as spool:
        source = Source(bytes(MOST_BYTES + 1), block=1 << 20)
        assert len(await _read(spool.stream(7, source))) == MOST_BYTES + 1
        assert await spool.open(7) is None
    assert _names(directory) == []


async def test_with_as_much_kept_as_may_be_the_rest_passes_with_one_word_in_the_log(directory: Path) -> None:
    async with open_spool(directory) as spool:
        await _read(spool.stream(1, Source()))
    async with open_spool(directory, most_bytes=len(DATA) * 5 // 2) as spool:
        await spool.sweep({1})
        with capture_logs() as lines:
            for update_id in range(1, 6):
                assert await _read(spool.stream(update_id, Source())) == DATA
        assert [line["event"] for line in lines] == [NOT_KEPT]
        assert await spool.open(2) is not None
        assert await spool.open(3) is None
        spool.erase(1)
        assert await _read(spool.stream(6, Source())) == DATA
    assert _names(directory) == ["2", "6"]


async def test_no_directory_is_one_word_in_the_log_and_another_when_it_is_mended(directory: Path) -> None:
    directory.parent.parent.joinpath("recordings").write_bytes(b"a file is in the way")
    with capture_logs() as lines:
        async with open_spool(directory) as spool:
            await spool.sweep({1})
            for update_id in range(3):
                assert await _read(spool.stream(update_id, Source(DATA * 6))) == DATA * 6
                assert await spool.open(update_id) is None
            directory.parent.unlink()
            await _read(spool.stream(7, Source()))
            assert await spool.open(7) is not None
    assert [line["event"] for line in lines] == [NOT_KEPT, "recordings are kept again"]


@contextmanager
def _no_file_may_be_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 5_000, 262_144, 900_000])
async def test_a_disk_that_is_full_is_one_word_in_the_log_and_the_bytes_pass(size: int, directory: Path) -> None:
    with capture_logs() as lines:
        async with open_spool(directory) as spool:
            with _no_file_may_be_larger_than(size):
                for update_id in range(3):
                    assert await _read(spool.stream(update_id, Source(DATA * 10))) == DATA * 10
                assert await spool.open(2) is None
    assert [(line["event"], line["error"]) for line in lines] == [(NOT_KEPT, "EFBIG")]
    assert _names(directory) == []
    assert _open_files(directory) == []


def test_what_lost_a_batch_is_never_whole(directory: Path) -> None:
    part = Part(directory / "7")
    with _no_file_may_be_larger_than(1000), pytest.raises(OSError, match="too large"):
        part.write(DATA)
    with pytest.raises(OSError, match="too large"):
        part.finish(DATA)
    part.discard()
    assert _names(directory) == []


async def _with_a_hung_disk(directory: Path, check: Callable[[Spool], AsyncGenerator[None, None]]) -> None:
    """`check` runs up to its `yield` while the disk hangs, and on when it does not any more."""
    hung = threading.Event()
    async with open_disk() as disk:
        disk.submit(hung.wait)
        checking = check(Spool(directory, disk, disk_deadline_s=0.2))
        try:
            await anext(checking)
        finally:
            hung.set()
        await anext(checking, None)


async def test_a_disk_that_hangs_is_waited_for_once_only(directory: Path) -> None:
    async def check(spool: Spool) -> AsyncGenerator[None, None]:
        async with asyncio.timeout(1.5):
            for update_id in range(20):
                assert await _read(spool.stream(update_id, Source(DATA * 10))) == DATA * 10
        yield

    with capture_logs() as lines:
        await _with_a_hung_disk(directory, check)
    assert [(line["event"], line["error"]) for line in lines] == [(NOT_KEPT, "TimeoutError")]
    assert _names(directory) == []


async def test_what_waits_for_a_slow_disk_is_bounded(directory: Path) -> None:
    hung = threading.Event()
    async with open_disk(most_waiting_bytes=10 * len(DATA)) as disk:
        spool = Spool(directory, disk)
        copies = [spool.stream(update_id, Source()) for update_id in range(30)]
        begun = [await anext(copy) for copy in copies]
        disk.submit(hung.wait)
        try:
            with capture_logs() as lines:
                assert {first + await _read(copy) for first, copy in zip(begun, copies, strict=True)} == {DATA}
        finally:
            hung.set()
    assert [(line["event"], line["error"]) for line in lines] == [(NOT_KEPT, "EBUSY")]
    assert len(_names(directory)) == 10


async def test_a_recording_that_cannot_be_read_is_erased(spool: Spool, directory: Path) -> None:
    source = Source()
    await _read(spool.stream(7, source))
    kept = await spool.open(7)
    assert kept is not None
    (directory / "7").unlink()
    with pytest.raises(DownloadFailed):
        await anext(kept)
    assert await _read(spool.stream(7, source)) == DATA
    assert source.opened == 2


async def test_when_the_disk_hangs_half_way_the_download_gives_the_rest(directory: Path) -> None:
    source, hung = Source(DATA * 10), threading.Event()
    async with open_disk() as disk:
        spool = Spool(directory, disk, disk_deadline_s=0.2)
        await _read(spool.stream(7, source))
        async with aclosing(spool.stream(7, source)) as blocks:
            first = await anext(blocks)
            disk.submit(hung.wait)
            try:
                assert first + await _read(blocks) == DATA * 10
            finally:
                hung.set()
    assert source.opened == 2


async def test_after_its_end_the_bytes_pass_without_a_word(directory: Path) -> None:
    with capture_logs() as lines:
        async with open_spool(directory) as spool:
            late = spool.stream(7, Source())
            first = await anext(late)
            await _read(spool.stream(8, Source()))
        assert first + await _read(late) == DATA
        assert await _read(spool.stream(9, Source())) == DATA
        spool.erase(8)
    assert [line["event"] for line in lines] == []
    assert _names(directory) == []
