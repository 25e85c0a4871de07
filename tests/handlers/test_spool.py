"""Recordings of unfinished turns: whole or not there, erased when they are done with."""

import asyncio
import stat
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from emulators.telegram import CutAt, TelegramEmulator
from errors import DownloadFailed
from handlers.spool import Spool, open_spool
from tests.handlers.conftest import DATA, OpenFiles, SendFile
from tests.handlers.downloads import Source, names_in, open_files_in, whole


async def _begin(blocks: AsyncGenerator[bytes, None]) -> None:
    async with aclosing(blocks):
        assert await anext(blocks)


def _make(directory: Path, mode: int = 0o755) -> None:
    directory.mkdir(parents=True)
    directory.chmod(mode)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_recording_that_came_whole_is_not_downloaded_again(spool: Spool) -> None:
    source = Source()
    assert await whole(spool.stream(7, source)) == DATA
    assert await whole(spool.stream(7, source)) == DATA
    assert await whole(spool.stream(8, source)) == DATA
    assert (source.opened, source.closed) == (2, 2)


@pytest.mark.parametrize("size", [0, 1, 262_143, 262_144, 262_145, 3_000_001])
async def test_what_is_kept_is_what_came_whatever_its_size(size: int, spool: Spool) -> None:
    data = (DATA * 31)[:size]
    assert await whole(spool.stream(7, Source(data, block=65_536))) == data
    kept = await spool.open(7)
    assert kept is not None
    assert await whole(kept) == data


async def test_a_note_that_is_asked_again_costs_one_download(
    spool: Spool, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", CutAt(4_000), times=2)
    file_id = await send_file(DATA)
    async with open_files() as files:
        for _ in range(2):
            assert await whole(spool.stream(7, lambda: files.stream(file_id, size=len(DATA)))) == DATA
    assert [call.status for call in telegram.calls if call.method == "file"] == [200, 206, 206]


async def test_it_outlives_the_process_and_is_swept_when_its_turn_is_over(directory: Path) -> None:
    async with open_spool(directory) as spool:
        for update_id in (7, 8, 9):
            await whole(spool.stream(update_id, Source()))
    async with open_spool(directory) as spool:
        await spool.sweep({7, 9, 1000})
        assert await spool.open(8) is None
        kept = await spool.open(9)
        assert kept is not None
        assert await whole(kept) == DATA
    assert names_in(directory) == ["7", "9"]


@pytest.mark.parametrize("after", [0, 1, 9])
async def test_a_part_of_a_recording_is_never_kept(after: int, directory: Path) -> None:
    source = Source(broken=1, after=after)
    async with open_spool(directory) as spool:
        with pytest.raises(DownloadFailed):
            await whole(spool.stream(7, source))
        assert await spool.open(7) is None
        await _begin(spool.stream(7, source))
        assert await spool.open(7) is None
        assert await whole(spool.stream(7, source)) == DATA
        await _begin(spool.stream(8, Source(DATA * 10)))
    assert source.closed == 3
    assert names_in(directory) == ["7"]


async def test_a_cancelled_recording_leaves_nothing_open_and_nothing_behind(directory: Path) -> None:
    reached, held = asyncio.Event(), asyncio.Event()

    async def source() -> AsyncGenerator[bytes, None]:
        for _ in range(10):
            yield DATA
        reached.set()
        await held.wait()

    async with open_spool(directory) as spool:
        task = asyncio.create_task(whole(spool.stream(7, source)))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert names_in(directory) == []
    assert open_files_in(directory) == []


async def test_two_who_read_one_recording_at_once_both_have_all_of_it(directory: Path) -> None:
    async with open_spool(directory) as spool, asyncio.TaskGroup() as group:
        readers = [group.create_task(whole(spool.stream(7, Source(DATA * 10)))) for _ in range(5)]
    assert {reader.result() for reader in readers} == {DATA * 10}
    assert names_in(directory) == ["7"]


# -- erasing ---------------------------------------------------------------------------------------------------------


async def test_what_is_erased_is_gone_also_while_it_is_written_or_read(directory: Path) -> None:
    async with open_spool(directory) as spool:
        await whole(spool.stream(7, Source()))
        spool.erase(7)
        assert await spool.open(7) is None
        spool.erase(7)
        async with aclosing(spool.stream(8, Source(DATA * 10))) as written:
            first = await anext(written)
            spool.erase(8)
            assert first + await whole(written) == DATA * 10
        await whole(spool.stream(9, Source(DATA * 10)))
        async with aclosing(spool.stream(9, Source())) as read:
            first = await anext(read)
            spool.erase(9)
            assert first + await whole(read) == DATA * 10
        await whole(spool.stream(10, Source()))
        spool.erase(10)
    assert names_in(directory) == []
    assert open_files_in(directory) == []


async def test_what_is_erased_before_it_is_on_the_disk_counts_no_longer(directory: Path) -> None:
    async with open_spool(directory, most_bytes=len(DATA) * 3 // 2) as spool:
        for update_id in range(5):
            await whole(spool.stream(update_id, Source()))
            spool.erase(update_id)
        await whole(spool.stream(7, Source()))
    assert names_in(directory) == ["7"]


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
    assert names_in(directory) == ["10", "7", "7.bak", "notes.txt"]
    assert elsewhere.read_bytes() == b"precious"


async def test_nobody_else_may_look_into_it(directory: Path) -> None:
    _make(directory, mode=0o777)
    async with open_spool(directory) as spool:
        await whole(spool.stream(7, Source()))
    assert [_mode(directory), _mode(directory / "7")] == [0o700, 0o600]


@pytest.mark.parametrize("name", ["../7", "/etc/passwd", "7/../../8"])
async def test_a_name_is_a_number(name: str, spool: Spool) -> None:
    with pytest.raises((TypeError, ValueError)):
        await spool.open(name)  # type: ignore[arg-type]
