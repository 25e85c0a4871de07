"""Albums: Telegram sends the pictures of one album one by one, without a count and without an end mark."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from telegram import Message

from handlers.receipts import Outcome
from handlers.voice_reply import VoiceReply
from question import Images
from tasks import task_group

TOGETHER_S = 1.0
"""Pictures that come within this time of each other are one album."""
MOST_ALBUMS = 1_000
MOST_PARTS = 20
"""Twice what Telegram puts into one; with more it is another one."""


@dataclass(frozen=True, slots=True)
class Part:
    message: Message
    reply: VoiceReply
    images: Images


Flush = Callable[[list[Part]], Awaitable[None]]


class Albums:
    """Open it with `open_albums`, which owns the timers."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._albums: dict[tuple[int, str], _Album] = {}
        self._fates: dict[tuple[int, str], Outcome] = {}
        self._turns: dict[tuple[int, str], str] = {}

    def fate(self, message: Message) -> Outcome | None:
        """What an album came to in an earlier process: told by its first picture, whose end is that of all."""
        return self._fates.get(_key(message)) if message.media_group_id else None

    def remember(self, message: Message, fate: Outcome) -> None:
        if message.media_group_id:
            self._fates[_key(message)] = fate
            if len(self._fates) > MOST_ALBUMS:
                self._fates.pop(next(iter(self._fates)))

    def turn(self, message: Message) -> str:
        """What names the turn of this picture's siblings, which it came too late for; empty when there is none."""
        return self._turns.get(_key(message), "") if message.media_group_id else ""

    def asked(self, message: Message, turn: str) -> None:
        """Of those that were asked the latest are known."""
        if message.media_group_id:
            self._turns[_key(message)] = turn
            if len(self._turns) > MOST_ALBUMS:
                self._turns.pop(next(iter(self._turns)))

    def add(self, part: Part, flush: Flush) -> None:
        """Put a picture with its siblings; `flush` gets all of them, in order, when no more come."""
        key = _key(part.message)
        if key not in self._albums:
            if len(self._albums) >= MOST_ALBUMS:
                self._albums.pop(next(iter(self._albums))).close()
            album = self._albums[key] = _Album()
            album.timer = self._group.create_task(self._wait(key, album, flush), name="album")
        album = self._albums[key]
        album.parts.append(part)
        if len(album.parts) >= MOST_PARTS:
            del self._albums[key]
            album.close()
        album.came.set()

    def close(self) -> None:
        for album in self._albums.values():
            if album.timer is not None:
                album.timer.cancel()

    async def _wait(self, key: tuple[int, str], album: "_Album", flush: Flush) -> None:
        try:
            while not album.full.is_set():
                album.came.clear()
                async with asyncio.timeout(TOGETHER_S):
                    await album.came.wait()
        except TimeoutError:
            pass
        if self._albums.get(key) is album:
            del self._albums[key]
        await flush(sorted(album.parts, key=lambda part: part.message.message_id))


def _key(message: Message) -> tuple[int, str]:
    return message.chat.id, message.media_group_id or ""


class _Album:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.came = asyncio.Event()
        self.full = asyncio.Event()
        self.timer: asyncio.Task[None] | None = None

    def close(self) -> None:
        """It waits for no further part."""
        self.full.set()
        self.came.set()


@asynccontextmanager
async def open_albums() -> AsyncIterator[Albums]:
    async with task_group() as group:
        albums = Albums(group)
        try:
            yield albums
        finally:
            albums.close()
