"""Recordings that cannot be kept are passed on all the same, with one word in the log."""

import asyncio
import resource
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from errors import DownloadFailed
from handlers.disk import Part, open_disk
from handlers.files import MOST_BYTES
from handlers.spool import Spool, open_spool
from tests.handlers.conftest import DATA
from tests.handlers.downloads import Source, names_in, open_files_in, whole

NOT_KEPT = "recordings are not kept"


async def test_a_recording_of_more_than_20_mib_passes_and_is_not_kept(directory: Path) -> None:
    async with open_spool(directory) as spool:
        source = Source(bytes(MOST_BYTES + 1), block=1 << 20)
        assert len(await whole(spool.stream(7, source))) == MOST_BYTES + 1
        assert await spool.open(7) is None
    assert names_in(directory) == []


async def test_with_as_much_kept_as_may_be_the_rest_passes_with_one_word_in_the_log(directory: Path) -> None:
    async with open_spool(directory) as spool:
        await whole(spool.stream(1, Source()))
    async with open_spool(directory, most_bytes=len(DATA) * 5 // 2) as spool:
        await spool.sweep({1})
        with capture_logs() as lines:
            for update_id in range(1, 6):
                assert await whole(spool.stream(update_id, Source())) == DATA
        assert [line["event"] for line in lines] == [NOT_KEPT]
        assert await spool.open(2) is not None
        assert await spool.open(3) is None
        spool.erase(1)
        assert await whole(spool.stream(6, Source())) == DATA
    assert names_in(directory) == ["2", "6"]


async def test_no_directory_is_one_word_in_the_log_and_another_when_it_is_mended(directory: Path) -> None:
    directory.parent.parent.joinpath("recordings").write_bytes(b"a file is in the way")
    with capture_logs() as lines:
        async with open_spool(directory) as spool:
            await spool.sweep({1})
            for update_id in range(3):
                assert await whole(spool.stream(update_id, Source(DATA * 6))) == DATA * 6
                assert await spool.open(update_id) is None
            directory.parent.unlink()
            await whole(spool.stream(7, Source()))
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
                    assert await whole(spool.stream(update_id, Source(DATA * 10))) == DATA * 10
                assert await spool.open(2) is None
    assert [(line["event"], line["error"]) for line in lines] == [(NOT_KEPT, "EFBIG")]
    assert names_in(directory) == []
    assert open_files_in(directory) == []


def test_what_lost_a_batch_is_never_whole(directory: Path) -> None:
    part = Part(directory / "7")
    with _no_file_may_be_larger_than(1000), pytest.raises(OSError, match="too large"):
        part.write(DATA)
    with pytest.raises(OSError, match="too large"):
        part.finish(DATA)
    part.discard()
    assert names_in(directory) == []


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
                assert await whole(spool.stream(update_id, Source(DATA * 10))) == DATA * 10
        yield

    with capture_logs() as lines:
        await _with_a_hung_disk(directory, check)
    assert [(line["event"], line["error"]) for line in lines] == [(NOT_KEPT, "TimeoutError")]
    assert names_in(directory) == []


async def test_what_waits_for_a_slow_disk_is_bounded(directory: Path) -> None:
    hung = threading.Event()
    async with open_disk(most_waiting_bytes=10 * len(DATA)) as disk:
        spool = Spool(directory, disk)
        copies = [spool.stream(update_id, Source()) for update_id in range(30)]
        begun = [await anext(copy) for copy in copies]
        disk.submit(hung.wait)
        try:
            with capture_logs() as lines:
                assert {first + await whole(copy) for first, copy in zip(begun, copies, strict=True)} == {DATA}
        finally:
            hung.set()
    assert [(line["event"], line["error"]) for line in lines] == [(NOT_KEPT, "EBUSY")]
    assert len(names_in(directory)) == 10


async def test_a_recording_that_cannot_be_read_is_erased(spool: Spool, directory: Path) -> None:
    source = Source()
    await whole(spool.stream(7, source))
    kept = await spool.open(7)
    assert kept is not None
    (directory / "7").unlink()
    with pytest.raises(DownloadFailed):
        await anext(kept)
    assert await whole(spool.stream(7, source)) == DATA
    assert source.opened == 2


async def test_when_the_disk_hangs_half_way_the_download_gives_the_rest(directory: Path) -> None:
    source, hung = Source(DATA * 10), threading.Event()
    async with open_disk() as disk:
        spool = Spool(directory, disk, disk_deadline_s=0.2)
        await whole(spool.stream(7, source))
        async with aclosing(spool.stream(7, source)) as blocks:
            first = await anext(blocks)
            disk.submit(hung.wait)
            try:
                assert first + await whole(blocks) == DATA * 10
            finally:
                hung.set()
    assert source.opened == 2


async def test_after_its_end_the_bytes_pass_without_a_word(directory: Path) -> None:
    with capture_logs() as lines:
        async with open_spool(directory) as spool:
            late = spool.stream(7, Source())
            first = await anext(late)
            await whole(spool.stream(8, Source()))
        assert first + await whole(late) == DATA
        assert await whole(spool.stream(9, Source())) == DATA
        spool.erase(8)
    assert [line["event"] for line in lines] == []
    assert names_in(directory) == []
