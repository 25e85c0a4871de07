"""What is asked, and where its answer goes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from errors import AnswerEmpty, AssistantError


@dataclass(frozen=True, slots=True)
class Image:
    data: bytes
    mime_type: str


Images = Callable[[], Awaitable[Sequence[Image]]]
Frames = Callable[[], AsyncGenerator[bytes, None]]


@dataclass(frozen=True, slots=True)
class Question:
    """What the model hears in one activity. The parts are fetched when the turn comes, and again for a retry.

    `note` opens the recording as PCM frames at the provider's input rate; it yields nothing before the first sound.
    `found` tells what it really is, when that takes a look that only its turn may wait for.
    """

    text: str = ""
    images: Images | None = None
    note: Frames | None = None
    found: "Callable[[], Awaitable[Question]] | None" = None

    async def opened(self) -> "Question":
        """As it really is, with the images that this one has got already. Raises `errors.AssistantError`."""
        if self.found is None:
            return self
        question = await self.found()
        return replace(question, images=both(self.images, question.images))


def both(one: Images | None, other: Images | None) -> Images | None:
    """The images of both, in that order."""
    if one is None or other is None:
        return one or other

    async def images() -> Sequence[Image]:
        return [*await one(), *await other()]

    return images


class Reply(Protocol):
    """Where the answer of one turn goes: a Telegram chat, a browser, a script.

    `speech` and `words` come while the answer is made; exactly one of `answered`, `interrupted` and `failed` ends it.
    """

    @property
    def update(self) -> int:
        """The number of the message that it answers, in every process; 0: it has none."""

    async def join(self, update: int | None) -> None:
        """What is said to this message is said in reply to that one; also after a crash. None: it is not any more."""

    @property
    def has_begun(self) -> bool:
        """Something of the answer is with the person, or on its way to him."""

    async def started(self) -> None:
        """The question is on its way to the model. Comes again when it is asked again: what came so far is void.

        Raises `errors.AnswerBrokeOff` when a part of it is with the person and cannot be taken back.
        """

    async def speech(self, pcm: bytes) -> None:
        """s16le mono at the provider's output rate."""

    def words(self, text: str) -> None:
        """A piece of the answer's transcript; it may still come after `answered`."""

    def working(self, function: str) -> None:
        """A function of this name has been running for a while. Comes for each one that does; must not wait."""

    async def answered(self, *, spoken: bool) -> bool:
        """All sound came: deliver it; false when it could not be. Not `spoken`: the sound is missing or silent."""

    def give_up(self) -> None:
        """While `answered` delivers: a newer question began, and what is not with the person yet is to stay away."""

    async def completed(self) -> None:
        """After `answered`: no more words will come."""

    async def interrupted(self) -> None: ...

    async def failed(self, error: AssistantError) -> None: ...

    async def closed(self) -> None:
        """The turn is over and recorded. Without one of the ends before it, the process is being stopped: the turn
        is to be taken up again by the next one."""


class Hearer:
    """A reply that collects the sound of the answer."""

    def __init__(self) -> None:
        self._pcm: list[bytes] = []
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def pcm(self) -> bytes:
        """All of it, once the answer has ended. Raises what kept it from coming."""
        await self._end
        return b"".join(self._pcm)

    @property
    def update(self) -> int:
        return 0

    async def join(self, update: int | None) -> None:
        return

    @property
    def has_begun(self) -> bool:
        return False

    async def started(self) -> None:
        self._pcm.clear()

    async def speech(self, pcm: bytes) -> None:
        self._pcm.append(pcm)

    def words(self, text: str) -> None:
        return

    def working(self, function: str) -> None:
        return

    async def answered(self, *, spoken: bool) -> bool:
        self._settle(None if spoken else AnswerEmpty("words without sound"))
        return spoken

    def give_up(self) -> None:
        return

    async def completed(self) -> None:
        return

    async def interrupted(self) -> None:
        self._settle(AnswerEmpty("interrupted"))

    async def failed(self, error: AssistantError) -> None:
        self._settle(error)

    async def closed(self) -> None:
        self._settle(AnswerEmpty("cut"))

    def _settle(self, error: AssistantError | None) -> None:
        if self._end.done():
            return
        if error is None:
            self._end.set_result(None)
        else:
            self._end.set_exception(error)
