"""What the handlers hold at a time is bounded: each test reaches a bound."""

import asyncio
import errno
import threading
from datetime import UTC, datetime

import pytest
from telegram import Chat as TelegramChat
from telegram import Message
from telegram.constants import ChatAction

import handlers.albums
import handlers.disk
import handlers.sending
from emulators.telegram import TelegramEmulator
from handlers.albums import MOST_PARTS, Part, open_albums
from handlers.disk import open_disk
from handlers.sending import Place, open_sender
from tests.handlers.requests import open_bot


def part(album: str, number: int) -> Part:
    message = Message(number, datetime.now(UTC), TelegramChat(1, "private"), media_group_id=album)
    return Part(message, None, None)  # type: ignore[arg-type]


async def test_of_more_albums_than_the_bound_the_oldest_waits_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers.albums, "MOST_ALBUMS", 2)
    monkeypatch.setattr(handlers.albums, "TOGETHER_S", 60.0)
    asked: asyncio.Queue[list[int]] = asyncio.Queue()

    async def flush(parts: list[Part]) -> None:
        await asked.put([one.message.message_id for one in parts])

    async with open_albums() as albums, asyncio.timeout(5):
        for album, number in (("a", 2), ("a", 1), ("b", 3)):
            albums.add(part(album, number), flush)
        await asyncio.sleep(0)
        assert asked.empty()
        albums.add(part("c", 4), flush)
        assert await asked.get() == [1, 2]
        assert asked.empty()


async def test_an_album_of_more_parts_than_the_bound_is_asked_about_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers.albums, "TOGETHER_S", 60.0)
    asked: asyncio.Queue[int] = asyncio.Queue()

    async def flush(parts: list[Part]) -> None:
        await asked.put(len(parts))

    async with open_albums() as albums, asyncio.timeout(5):
        for number in range(MOST_PARTS + 1):
            albums.add(part("a", number), flush)
        assert await asked.get() == MOST_PARTS
        await asyncio.sleep(0)
        assert asked.empty()


async def test_of_the_albums_that_were_asked_or_came_to_an_end_the_latest_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handlers.albums, "MOST_ALBUMS", 2)
    messages = [part(album, 1).message for album in "abc"]
    async with open_albums() as albums:
        for message in messages:
            albums.asked(message, "turn")
            albums.remember(message, "told")
        assert [albums.turn(message) for message in messages] == ["", "turn", "turn"]
        assert [albums.fate(message) for message in messages] == [None, "told", "told"]


async def test_a_chat_action_is_not_shown_for_ever(telegram: TelegramEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers.sending, "MOST_ACTIONS_S", 0.3)
    monkeypatch.setattr(handlers.sending, "ACTION_EVERY_S", 0.02)
    telegram.private_chat(telegram.person(id=1, first_name="Иван"))
    async with open_bot(telegram.url) as (bot, _), open_sender(bot) as sender:
        sender.action(Place(1), ChatAction.RECORD_VOICE)
        [showing] = [task for task in asyncio.all_tasks() if task.get_name() == "chat action"]
        done, _ = await asyncio.wait({showing}, timeout=5)
        assert done, "it goes on"
        assert not showing.cancelled()
    assert sum(call.method == "sendChatAction" for call in telegram.calls) >= 2


async def test_what_waits_for_the_disk_is_bounded_in_number_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers.disk, "MOST_WAITING", 2)
    hangs = threading.Event()
    async with open_disk() as disk:
        waiting = [disk.submit(hangs.wait, 5), disk.submit(hangs.is_set)]
        with pytest.raises(OSError, match=f"Errno {errno.EBUSY}"):
            await disk.submit(int)
        hangs.set()
        await asyncio.wait(waiting)
        assert await disk.submit(int) == 0
