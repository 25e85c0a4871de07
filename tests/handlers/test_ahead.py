"""Notes that are fetched before anybody asks for them: once, bounded, and only those that will be asked about."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from emulators.telegram import Hang, Refusal, SlowBody, TelegramEmulator
from errors import DownloadFailed
from handlers.ahead import MOST_AT_ONCE, MOST_BLOCKS, UNTAKEN_S, Ahead, Download, of_conversation, open_ahead
from handlers.clock import STALE_S, TelegramClock
from tasks import task_group
from tests.handlers.conftest import DATA, OpenFiles, SendFile
from voice_assistant import ChatKey, Opener

Fetching = Callable[..., AbstractAsyncContextManager[Ahead]]


def note(file_id: str, number: int = 1, **voice: object) -> dict[str, Any]:
    told = {"file_id": file_id, "file_size": len(DATA), "duration": 5, **voice}
    return {"update_id": number, "message": {"chat": {"id": 1}, "from": {"id": 1}, "voice": told}}


@pytest.fixture
async def file_id(send_file: SendFile) -> str:
    return await send_file(DATA)


@pytest.fixture
def fetching(open_files: OpenFiles) -> Fetching:
    """`async with fetching() as ahead`: whatever is shown to it is wanted."""

    @asynccontextmanager
    async def opened(untaken_s: float = UNTAKEN_S) -> AsyncIterator[Ahead]:
        async with open_files() as files, open_ahead(files, lambda _: True, untaken_s=untaken_s) as ahead:
            yield ahead

    return opened


async def taken(ahead: Ahead, file_id: str) -> bytes:
    """All of it, by whoever asks about it."""
    return await whole(ahead.stream(1, file_id, size=len(DATA)))


def calls(telegram: TelegramEmulator, method: str) -> int:
    return sum(call.method == method for call in telegram.calls)


async def whole(blocks: AsyncGenerator[bytes, None]) -> bytes:
    async with aclosing(blocks) as opened:
        return b"".join([block async for block in opened])


async def test_what_was_fetched_ahead_is_not_fetched_again_but_once_more_when_it_is_asked_for_again(
    telegram: TelegramEmulator, fetching: Fetching, file_id: str
) -> None:
    async with fetching() as ahead:
        ahead.look(note(file_id))
        await telegram.wait_for(lambda call: call.method == "file" and call.outcome == "answered")
        assert await taken(ahead, file_id) == DATA
        assert calls(telegram, "getFile") == calls(telegram, "file") == 1
        assert await taken(ahead, file_id) == DATA
        assert calls(telegram, "file") == 2


async def test_a_note_that_is_asked_for_before_it_came_is_waited_for(
    telegram: TelegramEmulator, fetching: Fetching, file_id: str
) -> None:
    async with fetching() as ahead:
        ahead.look(note(file_id))
        assert await taken(ahead, file_id) == DATA
    assert calls(telegram, "file") == 1


async def test_what_went_wrong_is_told_to_whoever_asks(
    telegram: TelegramEmulator, fetching: Fetching, file_id: str
) -> None:
    telegram.fault("getFile", Refusal(400, "Bad Request: wrong file_id"))
    async with fetching() as ahead:
        ahead.look(note(file_id))
        with pytest.raises(DownloadFailed, match="getFile"):
            await taken(ahead, file_id)


@pytest.mark.parametrize("end", ["nobody comes", "the taker goes", "the process ends"])
async def test_a_download_ends_with_the_interest_in_it(
    end: str, telegram: TelegramEmulator, fetching: Fetching, file_id: str
) -> None:
    telegram.fault("file", SlowBody(piece=1_000, interval=0.25))
    async with fetching(untaken_s=0.5 if end == "nobody comes" else 60.0) as ahead:
        ahead.look(note(file_id))
        await telegram.wait_for(lambda call: call.method == "file")
        if end == "the taker goes":
            async with aclosing(ahead.stream(1, file_id, size=len(DATA))) as blocks:
                await anext(blocks)
        if end != "the process ends":
            await telegram.wait_for(lambda call: call.method == "file" and call.outcome != "pending")
    assert calls(telegram, "file") == 1


async def test_a_note_that_was_let_go_before_its_first_block_was_asked_for_is_fetched_again(
    telegram: TelegramEmulator, fetching: Fetching, file_id: str
) -> None:
    async with fetching(untaken_s=0.0) as ahead:
        ahead.look(note(file_id))
        blocks = ahead.stream(1, file_id, size=len(DATA))
        [download] = [task for task in asyncio.all_tasks() if task.get_name() == "note ahead"]
        await asyncio.wait({download})
        assert await whole(blocks) == DATA


async def test_only_so_many_are_fetched_at_a_time(telegram: TelegramEmulator, fetching: Fetching, file_id: str) -> None:
    telegram.fault("getFile", Hang(), times=MOST_AT_ONCE)
    async with fetching() as ahead:
        known = len(asyncio.all_tasks())
        for number in range(MOST_AT_ONCE + 5):
            ahead.look(note(file_id, number))
            ahead.look(note(file_id, number))
        assert len(asyncio.all_tasks()) - known == MOST_AT_ONCE


async def test_only_so_much_of_one_is_in_memory_and_all_of_it_comes_out() -> None:
    given = 0

    async def source() -> AsyncGenerator[bytes, None]:
        nonlocal given
        for number in range(3 * MOST_BLOCKS):
            given = number + 1
            yield bytes([number])

    async with task_group() as group:
        one = Download(group, source())
        for _ in range(100):
            await asyncio.sleep(0)
        assert given == MOST_BLOCKS + 1  # one is on the threshold
        assert await whole(one.blocks()) == bytes(range(3 * MOST_BLOCKS))


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"update_id": 1},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": {"voice": {}}},
        {"update_id": None, "message": {"voice": {"file_id": "a", "file_size": 1}}},
        note("a", file_size="many"),
        note("a", file_size=0),
        note("a", file_size=(20 << 20) + 1),
        {"update_id": 1, "message": {"text": "да"}},
    ],
)
async def test_what_is_no_note_is_passed_over(raw: object, fetching: Fetching) -> None:
    async with fetching() as ahead:
        known = asyncio.all_tasks()
        ahead.look(raw)
        assert asyncio.all_tasks() == known


class Opened:
    """One conversation is open: Ivan's, in his own chat."""

    def opener(self, key: ChatKey) -> Opener | None:
        return Opener(1, "Иван", "ru") if key == ChatKey(1) else None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"chat": {"id": 2}}, False),
        ({"from": {"id": 2}}, False),
        ({"message_thread_id": 5}, True),
        ({"message_thread_id": 5, "is_topic_message": True}, False),
        ({"voice": {"duration": 61}}, False),
        ({"date": datetime.now(UTC).timestamp() - STALE_S - 60}, False),
    ],
)
def test_only_what_will_be_asked_about_is_wanted(change: dict[str, Any], expected: bool) -> None:
    now = datetime.now(UTC).timestamp()
    message = {"chat": {"id": 1}, "from": {"id": 1}, "voice": {"duration": 60}, "date": now} | change
    assert of_conversation(Opened(), TelegramClock(), longest_s=60.0)(message) is expected
