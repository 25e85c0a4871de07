"""A conversation held by a script in virtual time, and replies that write down what became of them."""

import asyncio
import functools
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import ParamSpec

import pytest

import hearing
import turn
import waiting_photos
from conversation import Conversation
from errors import AssistantError
from live_session import Setup
from question import Frames, Image, Images, Question
from tasks import task_group
from tests.script import Script
from tests.updates import virtual_time

P = ParamSpec("P")

CLOCKED = (hearing, turn, waiting_photos)
_numbers = itertools.count(1)
LOUD = b"\x10\x27\xf0\xd8" * 800
"""A frame of a recording: 100 ms at 16 kHz."""


def in_virtual_time(test: Callable[P, Coroutine[None, None, None]]) -> Callable[P, None]:
    """The loop's clock jumps and the conversation reads it: deadlines of minutes cost nothing. No task may be left."""

    @functools.wraps(test)
    async def clocked(*args: P.args, **kwargs: P.kwargs) -> None:
        with pytest.MonkeyPatch.context() as clock:
            for module in CLOCKED:
                clock.setattr(module, "monotonic", virtual_time.now, raising=False)
            await test(*args, **kwargs)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left alive: {left}"

    return virtual_time.in_virtual_time(clocked)


async def settled() -> None:
    """Everything that can happen without waiting has happened: in virtual time the clock stands until then."""
    await asyncio.sleep(1e-6)


class Replied:
    """A `turn.Reply` that remembers. `slow` makes every call of it suspend, as sending to a chat does."""

    def __init__(self, *, slow: float = 0.0) -> None:
        self.update = next(_numbers)
        self.joined: list[int | None] = []
        self.ends: list[str] = []
        self.starts = 0
        self.named: list[str] = []
        self.closings = 0
        self.pcm = b""
        self.takes: list[int] = []
        """Bytes of sound by call."""
        self.text = ""
        self.spoken = False
        self.error: AssistantError | None = None
        self._slow = slow
        self._ended = asyncio.Event()
        self._completed = asyncio.Event()

    async def ended(self) -> str:
        async with asyncio.timeout(600):
            await self._ended.wait()
        return self.ends[0]

    async def completion(self) -> None:
        async with asyncio.timeout(600):
            await self._completed.wait()

    async def started(self) -> None:
        self.starts += 1
        self.pcm = b""
        self.text = ""
        await self._pause()

    async def speech(self, pcm: bytes) -> None:
        assert not self.ends, f"sound after {self.ends}"
        self.pcm += pcm
        self.takes.append(len(pcm))
        await self._pause()

    async def join(self, update: int | None) -> None:
        self.joined.append(update)
        await self._pause()

    @property
    def has_begun(self) -> bool:
        return False

    def working(self, function: str) -> None:
        self.named.append(function)

    def words(self, text: str) -> None:
        assert self.ends in ([], ["answered"]), f"words after {self.ends}"
        self.text += text

    async def answered(self, *, spoken: bool) -> bool:
        self.spoken = spoken
        await self._end("answered")
        return True

    def give_up(self) -> None:
        return

    async def completed(self) -> None:
        assert self.ends == ["answered"]
        self._completed.set()

    async def interrupted(self) -> None:
        await self._end("interrupted")

    async def failed(self, error: AssistantError) -> None:
        self.error = error
        await self._end("failed")

    async def closed(self) -> None:
        self.closings += 1

    async def _end(self, how: str) -> None:
        self.ends.append(how)
        self._ended.set()
        await self._pause()

    async def _pause(self) -> None:
        if self._slow:
            await asyncio.sleep(self._slow)


class Talk:
    """A running conversation; `ask` and `photo` give the reply to look at."""

    def __init__(self, conversation: Conversation, script: Script, *, slow: float) -> None:
        self.conversation = conversation
        self.script = script
        self.replies: list[Replied] = []
        self._slow = slow

    def ask(self, text: str = "", *, note: Frames | None = None, images: Images | None = None) -> Replied:
        reply = self._reply()
        self.conversation.ask(Question(text, images, note), reply)
        return reply

    def photo(self, images: Images, describe: str = "Что на фото?") -> Replied:
        reply = self._reply()
        self.conversation.add_photo(images, reply, describe)
        return reply

    def _reply(self) -> Replied:
        self.replies.append(Replied(slow=self._slow))
        return self.replies[-1]


def start_conversation(
    script: Script, *, first_word_seconds: float = 20.0, idle_seconds: float = 120.0, slow: float = 0.0
) -> tuple[Conversation, Talk]:
    """One that is yet to be run."""
    conversation = Conversation(
        script,
        lambda: Setup("Ты помощник.", "Aoede"),
        first_word_seconds=first_word_seconds,
        idle_seconds=idle_seconds,
    )
    return conversation, Talk(conversation, script, slow=slow)


@asynccontextmanager
async def talking(
    script: Script, *, first_word_seconds: float = 20.0, idle_seconds: float = 120.0, slow: float = 0.0
) -> AsyncIterator[Talk]:
    """Open a conversation with `script`; at the end it is stopped, each reply ended once, and the script is used up."""
    conversation, talk = start_conversation(
        script, first_word_seconds=first_word_seconds, idle_seconds=idle_seconds, slow=slow
    )
    async with script, task_group() as group:
        running = group.create_task(conversation.run(), name="conversation")
        await conversation.ready.wait()
        await settled()
        yield talk
        conversation.stop()
        await running
        for reply in talk.replies:
            assert len(reply.ends) == 1, f"a reply ended so: {reply.ends}"
    assert not script.open_connections


def note(
    *frames: bytes, hold: asyncio.Event | None = None, hold_after: int = 0, error: Exception | None = None
) -> Frames:
    """A recording: these frames, a wait before the frame number `hold_after`, and how it breaks off."""

    async def opened() -> AsyncGenerator[bytes, None]:
        for number, pcm in enumerate(frames):
            if hold is not None and number == hold_after:
                await hold.wait()
            yield pcm
        if hold is not None and hold_after >= len(frames):
            await hold.wait()
        if error is not None:
            raise error

    return opened


def picture(data: bytes, hold: asyncio.Event | None = None, error: Exception | None = None) -> Images:
    async def fetched() -> Sequence[Image]:
        if hold is not None:
            await hold.wait()
        if error is not None:
            raise error
        return (Image(data, "image/jpeg"),)

    return fetched
