"""Voice notes that are fetched while their updates are still being written down and handed on.

Asking for the file and opening the download take two round trips to Telegram, admission as long: side by side the sound
is mostly here when its turn begins. Nothing is told of it to anybody, and nothing is decoded before the turn: what an
update brings may only be touched when its crash would count (docs/decisions/0025).
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol

from errors import AssistantError, DownloadFailed
from handlers.clock import STALE_S, TelegramClock
from handlers.files import MOST_BYTES, Files
from tasks import task_group
from voice_assistant import ChatKey, Opener

MOST_AT_ONCE = 8
MOST_BLOCKS = 8
"""Of one recording in memory, 64 KB each; a note of a minute has four."""
UNTAKEN_S = 5.0
"""Whoever has not come for it by then is refused, or far behind others: it is let go."""

Wanted = Callable[[dict[str, Any]], bool]
"""Whether the recording in this message, as Telegram sent it, will be asked about. May raise what a message of any
other shape leads to."""


class Conversations(Protocol):
    def opener(self, key: ChatKey) -> Opener | None: ...


class Ahead:
    """Open it with `open_ahead`, which owns the downloads."""

    def __init__(self, files: Files, group: asyncio.TaskGroup, wanted: Wanted, untaken_s: float) -> None:
        self._untaken_s = untaken_s
        self._files = files
        self._group = group
        self._wanted = wanted
        self._begun: dict[int, Download] = {}

    def look(self, raw: object) -> None:
        """At an update that came in, whatever it is. Does not raise."""
        try:
            number, file_id, size = _voice(raw, self._wanted)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
            return
        if number not in self._begun and len(self._begun) < MOST_AT_ONCE:
            one = self._begun[number] = Download(self._group, self._files.stream(file_id, size=size))
            one.expires(self._untaken_s, lambda: self._begun.pop(number, None))

    async def stream(self, update_id: int, file_id: str, *, size: int | None) -> AsyncGenerator[bytes, None]:
        """The recording of an update as `Files.stream` gives it, once what was fetched ahead. It is taken with
        the first block that is asked for: until then it may still be let go."""
        one = self._begun.pop(update_id, None)
        async with aclosing(self._files.stream(file_id, size=size) if one is None else one.blocks()) as blocks:
            async for block in blocks:
                yield block

    def close(self) -> None:
        for one in self._begun.values():
            one.give_up()
        self._begun.clear()


class Download:
    """Of one recording, begun at once; `blocks` is for one taker."""

    def __init__(self, group: asyncio.TaskGroup, source: AsyncGenerator[bytes, None]) -> None:
        self._blocks: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._over: AssistantError | None = DownloadFailed("the process ends")
        """What the end of the blocks means; None when they are all."""
        self._task = group.create_task(self._fetch(source), name="note ahead")
        self._task.add_done_callback(lambda _: self._changed.set())
        self._expiry: asyncio.TimerHandle | None = None

    def expires(self, seconds: float, forget: Callable[[], object]) -> None:
        def expire() -> None:
            forget()
            self.give_up()

        self._expiry = asyncio.get_running_loop().call_later(seconds, expire)

    def give_up(self) -> None:
        self._taken()
        self._task.cancel()

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """To be closed when it is not read to its end. Raises what the download raised."""
        self._taken()
        try:
            while True:
                while self._blocks:
                    block = self._blocks.popleft()
                    self._changed.set()
                    yield block
                if self._task.done():
                    break
                await self._change()
            if self._over is not None:
                raise self._over
        finally:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _fetch(self, source: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(source) as blocks:
            try:
                async for block in blocks:
                    while len(self._blocks) >= MOST_BLOCKS:
                        await self._change()
                    self._blocks.append(block)
                    self._changed.set()
                self._over = None
            except AssistantError as error:
                self._over = error

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _taken(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()


@asynccontextmanager
async def open_ahead(files: Files, wanted: Wanted, *, untaken_s: float = UNTAKEN_S) -> AsyncIterator[Ahead]:
    async with task_group() as group:
        ahead = Ahead(files, group, wanted, untaken_s)
        try:
            yield ahead
        finally:
            ahead.close()


def _voice(raw: object, wanted: Wanted) -> tuple[int, str, int]:
    """Update, file and size of a wanted note. Raises anything but `AssistantError` when it is none."""
    message = raw["message"]  # type: ignore[index]
    voice = message["voice"]
    number, file_id, size = int(raw["update_id"]), str(voice["file_id"]), int(voice["file_size"])  # type: ignore[index]
    if not 0 < size <= MOST_BYTES or not wanted(message):
        raise ValueError
    return number, file_id, size


def of_conversation(conversations: Conversations, clock: TelegramClock, longest_s: float) -> Wanted:
    """New, not too long, and by whoever opened the conversation of its chat: what is refused later is not fetched."""

    def wanted(message: dict[str, Any]) -> bool:
        key = ChatKey(message["chat"]["id"], message["message_thread_id"] if message.get("is_topic_message") else None)
        opener = conversations.opener(key)
        return (
            opener is not None
            and message["from"]["id"] == opener.user
            and message["voice"]["duration"] <= longest_s
            and clock.now().timestamp() - message["date"] <= STALE_S
        )

    return wanted
