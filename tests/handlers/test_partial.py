"""Servers with ideas of their own about ranges, lengths and tags: the bytes are the file's, or the download fails."""

import gzip

import pytest

from errors import DownloadFailed, FileTooLarge
from handlers.files import MOST_BYTES
from tests.handlers.conftest import DATA, OpenFiles, SendFile
from tests.handlers.raw_server import answer, part, raw_server

SIZE = len(DATA)
HALF = SIZE // 2
CUT = answer(200, DATA[:HALF], content_length=SIZE)


@pytest.mark.parametrize(
    "answers",
    [
        (CUT, part(DATA[HALF:], HALF, SIZE)),
        (CUT, part(DATA[HALF:], HALF, "*")),
        (CUT, part(DATA[HALF - 99 :], HALF - 99, SIZE)),
        (CUT, part(DATA, 0, SIZE)),
        (CUT, part(DATA[HALF : HALF + 10], HALF, SIZE), part(DATA[HALF + 10 :], HALF + 10, SIZE)),
        (CUT, part(DATA[HALF + 9 :], HALF + 9, SIZE), answer(200, DATA)),
        (CUT, answer(206, DATA[HALF:]), answer(200, DATA)),
        (CUT, answer(206, DATA[HALF:], content_range="lines 1-2/3"), answer(200, DATA)),
        (CUT, answer(416, content_range=f"bytes */{SIZE}"), answer(200, DATA)),
        (CUT, answer(416), answer(200, DATA)),
        (CUT, answer(200, DATA, content_length=None), part(b"", SIZE, SIZE)),
        (answer(200, DATA[:HALF], content_length=None), part(DATA[HALF:], HALF, SIZE)),
        (answer(200, DATA[:HALF]), part(DATA[HALF:], HALF, SIZE)),
        (answer(200, DATA[:HALF]), answer(200, DATA)),
        (b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Le", answer(200, DATA)),
        (b"SSH-2.0-OpenSSH\r\n", answer(200, DATA)),
    ],
    ids=[
        "the rest",
        "the rest, the size unknown",
        "more than the rest",
        "all as a part",
        "the rest in pieces",
        "a hole",
        "no range told",
        "another unit",
        "range refused",
        "range refused without a size",
        "no length",
        "no length, cut",
        "a wrong length, then the rest",
        "a wrong length, then the whole",
        "broken heads",
        "another protocol",
    ],
)
async def test_however_a_server_continues_the_bytes_are_the_files(
    answers: tuple[bytes, ...], open_files: OpenFiles, send_file: SendFile
) -> None:
    async with raw_server(*answers) as raw, open_files(raw.port) as files:
        assert await files.whole(await send_file(DATA), size=SIZE) == DATA
    assert len(raw.requests) <= len(answers)
    assert {request["accept-encoding"] for request in raw.requests} == {"identity"}


@pytest.mark.parametrize(
    "answers",
    [
        (CUT, part(DATA[HALF:] + b"!", HALF, SIZE + 1)),
        (CUT, answer(200, DATA + b"!")),
        (CUT, answer(200, DATA[: HALF - 1])),
        (CUT, answer(200, DATA[:99] + b"!" + DATA[100:])),
        (CUT, answer(206, DATA[HALF:] + b"!", content_range=f"bytes {HALF}-{SIZE - 1}/{SIZE}")),
        (CUT, answer(416, content_range=f"bytes */{HALF - 1}")),
        (CUT, answer(302, location="http://127.0.0.1:9/")),
        (answer(200, gzip.compress(DATA), content_encoding="gzip"),),
    ],
    ids=["longer part", "longer", "shorter", "other bytes", "more than announced", "refused", "moved", "packed"],
)
async def test_another_file_than_before_fails_at_once(
    answers: tuple[bytes, ...], open_files: OpenFiles, send_file: SendFile
) -> None:
    async with raw_server(*answers) as raw, open_files(raw.port) as files:
        with pytest.raises(DownloadFailed):
            await files.whole(await send_file(DATA))
    assert len(raw.requests) == len(answers)


async def test_under_another_tag_the_beginning_is_compared(open_files: OpenFiles, send_file: SendFile) -> None:
    cut = answer(200, DATA[:HALF], content_length=SIZE, etag='"a"')
    renamed = part(DATA[HALF:], HALF, SIZE, etag='"b"')
    async with raw_server(cut, renamed, answer(200, DATA, etag='"b"')) as raw, open_files(raw.port) as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert raw.ranges == [None, f"bytes={HALF}-", None]
    other = answer(200, b"!" + DATA[1:], etag='"b"')
    async with raw_server(cut, renamed, other) as raw, open_files(raw.port) as files:
        with pytest.raises(DownloadFailed, match="another file"):
            await files.whole(await send_file(DATA))


async def test_a_piece_of_the_rest_is_not_taken_for_all_of_it(open_files: OpenFiles, send_file: SendFile) -> None:
    piece, rest = part(DATA[HALF : HALF + 10], HALF, SIZE), part(DATA[HALF + 10 :], HALF + 10, SIZE)
    async with raw_server(CUT, piece, rest) as raw, open_files(raw.port) as files:
        assert await files.whole(await send_file(DATA)) == DATA
    assert raw.ranges == [None, f"bytes={HALF}-", f"bytes={HALF + 10}-"]


async def test_a_server_that_says_twice_where_the_end_is_knows_better_than_the_message(
    open_files: OpenFiles, send_file: SendFile
) -> None:
    file_id = await send_file(DATA)
    for again in (answer(416, content_range=f"bytes */{SIZE}"), answer(200, DATA)):
        async with raw_server(answer(200, DATA), again) as raw, open_files(raw.port) as files:
            assert await files.whole(file_id, size=SIZE + 1) == DATA
        assert raw.ranges == [None, f"bytes={SIZE}-"]


async def test_a_body_that_is_always_shorter_than_told_is_no_file(open_files: OpenFiles, send_file: SendFile) -> None:
    short = answer(200, DATA[:HALF], content_length=None)
    async with raw_server(*[short] * 6) as raw, open_files(raw.port) as files:
        with pytest.raises(DownloadFailed):
            await files.whole(await send_file(DATA), size=SIZE)
    assert len(raw.requests) == 6


async def test_more_than_20_mib_are_never_taken(open_files: OpenFiles, send_file: SendFile) -> None:
    file_id = await send_file(DATA)
    announced, silent = (answer(200, b"x" * (MOST_BYTES + 1), content_length=n) for n in (MOST_BYTES + 1, None))
    async with raw_server(announced) as raw, open_files(raw.port) as files:
        with pytest.raises(FileTooLarge):
            await anext(files.stream(file_id))
    async with raw_server(silent) as raw, open_files(raw.port) as files:
        with pytest.raises(FileTooLarge):
            await files.whole(file_id)
