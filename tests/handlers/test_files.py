"""A download that breaks off goes on: whoever takes the bytes sees each of them once."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from time import monotonic

import pytest
from structlog.testing import capture_logs

from emulators.telegram import (
    ConnectionCut,
    CutAt,
    Fault,
    Hang,
    RawAnswer,
    Refusal,
    SlowBody,
    TelegramEmulator,
    TooManyRequests,
)
from errors import DownloadFailed, FileTooLarge
from tests.clock import assert_sooner, reads_the_clock
from tests.handlers.conftest import DATA, QUICK, OpenFiles, SendFile
from tests.proxies import TcpProxy

SIZE = len(DATA)
HALF = SIZE // 2


def _downloads(telegram: TelegramEmulator) -> list[int]:
    return [call.status for call in telegram.calls if call.method == "file"]


def _addresses(telegram: TelegramEmulator) -> int:
    return sum(call.method == "getFile" for call in telegram.calls)


@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "without ranges"])
@pytest.mark.parametrize("cut", [0, 1, 4095, 65_535, 65_536, HALF, SIZE - 1])
async def test_a_download_cut_twice_goes_on_where_it_was(
    cut: int, ranges: bool, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.serve_ranges(ranges)
    telegram.fault("file", CutAt(cut), times=2)
    async with open_files() as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert _downloads(telegram) in ([200, 206, 206], [200, 206], [200, 200, 200])
    assert _addresses(telegram) == 1


@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "without ranges"])
async def test_a_reset_at_any_byte_costs_nothing(
    ranges: bool, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.serve_ranges(ranges)
    file_id = await send_file(DATA[:3000])
    async with TcpProxy("127.0.0.1", telegram.port) as proxy, open_files(proxy.port) as files:
        for offset in [*range(0, 240, 9), *range(240, 3300, 131)]:
            proxy.reset_after(offset, "down")
            assert await files.whole(file_id) == DATA[:3000], offset


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionCut(),
        Refusal(500, "Internal Server Error"),
        Refusal(502, "Bad Gateway"),
        RawAnswer(b"<html>busy</html>", 503),
        TooManyRequests(0),
        Hang(),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_download_that_did_not_begin_is_begun_again(
    fault: Fault, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", fault, times=2)
    async with open_files() as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert len(_downloads(telegram)) == 3


async def test_a_download_that_falls_silent_is_given_up_and_goes_on(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", SlowBody(piece=HALF, interval=60.0))
    async with open_files() as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert _downloads(telegram) == [200, 206]


async def test_every_attempt_that_brings_something_new_is_as_good_as_the_first(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", CutAt(HALF // 10), times=19)
    async with open_files() as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert len(_downloads(telegram)) == 20


async def test_a_server_that_stays_down_is_given_up_after_a_few_attempts(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.serve_ranges(False)
    telegram.fault("file", CutAt(1000), times=100)
    async with open_files() as files:
        stream = files.stream(await send_file(DATA))
        assert await anext(stream) == DATA[:1000]
        with pytest.raises(DownloadFailed):
            await anext(stream)
    assert len(_downloads(telegram)) == 1 + len(QUICK.pauses)


@reads_the_clock
async def test_a_trickle_ends_at_the_deadline(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", SlowBody(piece=10, interval=0.02), times=100)
    async with open_files(patience=replace(QUICK, whole=0.5)) as files:
        begun = monotonic()
        with pytest.raises(DownloadFailed):
            await files.whole(await send_file(DATA))
    assert_sooner(monotonic() - begun, 3)


async def test_the_time_of_whoever_takes_the_bytes_is_not_counted(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    got = bytearray()
    async with open_files(patience=replace(QUICK, whole=0.3)) as files:
        async for block in files.stream(await send_file(DATA)):
            got += block
            await asyncio.sleep(0.2)
    assert got == DATA


# -- the address ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_refusal_at_a_fresh_address_is_final(
    status: int, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", Refusal(status, "No"), times=9)
    async with open_files() as files:
        with pytest.raises(DownloadFailed, match=str(status)):
            await files.whole(await send_file(DATA))
    assert (_downloads(telegram), _addresses(telegram)) == ([status], 1)


async def test_an_address_that_expired_is_asked_for_again(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", CutAt(HALF))
    telegram.fault("file", Refusal(404, "Not Found"))
    async with open_files() as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert (_downloads(telegram), _addresses(telegram)) == ([200, 404, 206], 2)


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionCut(),
        Refusal(500, "Internal Server Error"),
        Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
        RawAnswer(b"<html>a proxy</html>"),
        TooManyRequests(0),
        Hang(),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_get_file_is_asked_again(
    fault: Fault, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("getFile", fault)
    async with open_files(patience=replace(QUICK, address=0.5)) as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert _addresses(telegram) == 2


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")  # the library's own, at every 429
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Refusal(400, "Bad Request: invalid file_id"), DownloadFailed),
        (Refusal(401, "Unauthorized"), DownloadFailed),
        (Refusal(403, "Forbidden: bot was blocked by the user"), DownloadFailed),
        (Refusal(400, "Bad Request: file is too big"), FileTooLarge),
        (TooManyRequests(3600), DownloadFailed),
    ],
)
async def test_what_get_file_refuses_is_refused_at_once(
    fault: Fault,
    error: type[Exception],
    telegram: TelegramEmulator,
    open_files: OpenFiles,
    send_file: SendFile,
) -> None:
    telegram.fault("getFile", fault, times=9)
    async with open_files() as files:
        with pytest.raises(error):
            await files.whole(await send_file(DATA))
    assert (_addresses(telegram), _downloads(telegram)) == (1, [])


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("file", ConnectionCut()),
        ("file", CutAt(10)),
        ("file", Refusal(404, "Not Found")),
        ("file", Hang()),
        ("getFile", Refusal(401, "Unauthorized")),
        ("getFile", ConnectionCut()),
    ],
)
async def test_no_error_no_cause_and_no_log_line_tells_the_token(
    method: str, fault: Fault, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.serve_ranges(False)
    telegram.fault(method, fault, times=99)
    with capture_logs() as lines:
        async with open_files() as files:
            with pytest.raises(DownloadFailed) as raised:
                await files.whole(await send_file(DATA))
    error: BaseException | None = raised.value
    told = str(lines)
    while error is not None:
        told += repr(error) + str(error)
        error = error.__cause__ or error.__context__
    assert "TEST-TOKEN" not in told


# -- parts and ends ------------------------------------------------------------------------------------------------


async def test_the_head_is_what_was_asked_for_or_all_there_is(open_files: OpenFiles, send_file: SendFile) -> None:
    async with open_files() as files:
        file_id = await send_file(DATA)
        assert await files.head(file_id, 4096) == DATA[:4096]
        assert await files.head(file_id, SIZE + 1) == DATA
        assert await files.head(await send_file(b""), 4096) == b""


async def test_the_head_has_a_shorter_deadline_and_goes_on_too(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    file_id = await send_file(DATA)
    async with open_files(patience=replace(QUICK, head=0.5)) as files:
        telegram.fault("file", CutAt(100))
        assert await files.head(file_id, 4096) == DATA[:4096]
        telegram.fault("file", SlowBody(piece=10, interval=0.02))
        with pytest.raises(DownloadFailed):
            await files.head(file_id, 4096)


async def test_a_download_that_is_closed_gives_its_connection_back(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    file_id = await send_file(DATA)
    async with open_files() as files:
        for _ in range(20):
            telegram.fault("file", SlowBody(piece=1000, interval=0.01))
            async with aclosing(files.stream(file_id)) as blocks:
                assert await anext(blocks)
        assert await files.whole(file_id) == DATA


@reads_the_clock
@pytest.mark.parametrize("fault", [Hang(), SlowBody(piece=1000, interval=60.0)], ids=["before", "within"])
async def test_a_download_that_is_cancelled_is_gone_at_once(
    fault: Fault, telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    file_id = await send_file(DATA)
    async with open_files(patience=replace(QUICK, silence=60.0)) as files:
        telegram.fault("file", fault)
        task = asyncio.create_task(files.whole(file_id))
        await telegram.wait_for(lambda call: call.method == "file")
        begun = monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert_sooner(monotonic() - begun, 1)
        assert await files.whole(file_id) == DATA


async def test_a_cut_download_is_cancelled_in_its_pause(
    telegram: TelegramEmulator, open_files: OpenFiles, send_file: SendFile
) -> None:
    telegram.fault("file", CutAt(HALF))
    file_id = await send_file(DATA)
    async with open_files(patience=replace(QUICK, whole=99.0, pauses=(60.0,))) as files:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await files.whole(file_id)
        assert await files.whole(file_id) == DATA
    assert _downloads(telegram) == [200, 200]
