"""One turn: a question, and the hearing of its answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from audio.level import is_silent
from errors import AnswerEmpty, AnswerTimedOut, AssistantError
from live_session import (
    Disconnected,
    GenerationComplete,
    Interrupted,
    LiveEvent,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    WrittenText,
)

SILENCE_DEADLINE_S = 30.0
ANSWER_DEADLINE_S = 180.0
LATE_WORDS_S = 0.5
"""Transcripts are not ordered against the sound: the last piece may come after the end of the turn."""
MOST_EVENTS = 20_000
"""Waiting to be heard: more than any answer of 180 s in frames of 10 ms. Beyond it the answer counts as broken."""


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
    """

    text: str = ""
    images: Images | None = None
    note: Frames | None = None


class Reply(Protocol):
    """Where the answer of one turn goes: a Telegram chat, a browser, a script.

    `speech` and `words` come while the answer is made; exactly one of `answered`, `interrupted` and `failed` ends it.
    """

    async def started(self) -> None:
        """The question is on its way to the model. Comes again when it is asked again: what came so far is void."""

    async def speech(self, pcm: bytes) -> None:
        """s16le mono at the provider's output rate."""

    def words(self, text: str) -> None:
        """A piece of the answer's transcript; it may still come after `answered`."""

    async def answered(self, *, spoken: bool) -> None:
        """All sound came: deliver it. Not `spoken` means that the sound is missing or silent and only words came."""

    async def completed(self) -> None:
        """After `answered`: no more words will come."""

    async def interrupted(self) -> None: ...

    async def failed(self, error: AssistantError) -> None: ...


class Hearer:
    """A reply that collects the sound of the answer."""

    def __init__(self) -> None:
        self._pcm: list[bytes] = []
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def pcm(self) -> bytes:
        """All of it, once the answer has ended. Raises what kept it from coming."""
        await self._end
        return b"".join(self._pcm)

    async def started(self) -> None:
        self._pcm.clear()

    async def speech(self, pcm: bytes) -> None:
        self._pcm.append(pcm)

    def words(self, text: str) -> None:
        return

    async def answered(self, *, spoken: bool) -> None:
        if spoken:
            self._settle(None)
        else:
            self._settle(AnswerEmpty("words without sound"))

    async def completed(self) -> None:
        return

    async def interrupted(self) -> None:
        self._settle(AnswerEmpty("interrupted"))

    async def failed(self, error: AssistantError) -> None:
        self._settle(error)

    def _settle(self, error: AssistantError | None) -> None:
        if self._end.done():
            return
        if error is None:
            self._end.set_result(None)
        else:
            self._end.set_exception(error)


class Superseded(Exception):
    """The answer is no longer wanted: a newer question began."""


class Turn:
    def __init__(self, question: Question, reply: Reply) -> None:
        self.question = question
        self.reply = reply
        self.attempts = 0
        self.superseded = False
        self.delivered = False
        self.handles = -1
        """How many resumption handles had come when the question was complete; -1: it never was."""
        self.asked: list[str] = []
        self.said: list[str] = []
        self._sounded = False
        self._events: asyncio.Queue[LiveEvent | None] = asyncio.Queue(MOST_EVENTS)

    async def start(self) -> None:
        """Begin, or begin again: nothing of an earlier attempt counts."""
        self.attempts += 1
        self._events = asyncio.Queue(MOST_EVENTS)
        self.asked.clear()
        await self._void()

    def supersede(self) -> None:
        self.superseded = True
        self._put(None)

    def take(self, event: LiveEvent) -> None:
        """From the connection's reader: never waits."""
        self._put(event)

    async def hear(self, first_word_seconds: float, *, stray_end: bool) -> None:
        """Collect the answer and deliver it.

        `stray_end`: the end of an answer that was interrupted may still come and is not this answer's. Raises
        `Superseded`, or the `errors.ProviderError` that kept the answer from coming.
        """
        asked_at = monotonic()
        end = asked_at + ANSWER_DEADLINE_S
        deadline = asked_at + first_word_seconds
        while True:
            event = await self._next(min(deadline, end))
            deadline = monotonic() + SILENCE_DEADLINE_S
            match event:
                case Speech(pcm):
                    self._sounded = self._sounded or not is_silent(pcm)
                    await self.reply.speech(pcm)
                case Transcript(Speaker.ASSISTANT, text) | WrittenText(text):
                    self._say(text)
                case Interrupted() if stray_end:
                    await self._void()  # what came before this word belonged to the old answer
                case GenerationComplete() if self._sounded:
                    return await self._deliver()
                case TurnEnded() if stray_end and not self._anything:
                    stray_end = False
                case TurnEnded():
                    return await self._deliver_what_came()
                case Disconnected(error):
                    raise error

    @property
    def _anything(self) -> bool:
        return self._sounded or bool(self.said)

    async def _void(self) -> None:
        self.said.clear()
        self._sounded = False
        await self.reply.started()

    def _say(self, text: str) -> None:
        self.said.append(text)
        self.reply.words(text)

    async def _deliver(self) -> None:
        if self.superseded:
            raise Superseded
        self.delivered = True
        await self.reply.answered(spoken=self._sounded)
        await self._late_words(until_turn_end=True)
        await self.reply.completed()

    async def _deliver_what_came(self) -> None:
        if not self._sounded:
            # Only words can make this an answer, and they may be the late ones.
            await self._late_words(until_turn_end=False)
        if not self._anything:
            raise AnswerEmpty("the turn ended with neither sound nor words")
        self.delivered = True
        await self.reply.answered(spoken=self._sounded)
        await self._late_words(until_turn_end=False)
        await self.reply.completed()

    async def _late_words(self, *, until_turn_end: bool) -> None:
        deadline = monotonic() + (SILENCE_DEADLINE_S if until_turn_end else LATE_WORDS_S)
        try:
            while True:
                match await self._next(deadline):
                    case Transcript(Speaker.ASSISTANT, text):
                        self._say(text)
                    case TurnEnded():
                        deadline = monotonic() + LATE_WORDS_S
                    case Disconnected():
                        return
        except (AnswerTimedOut, Superseded):
            return

    async def _next(self, deadline: float) -> LiveEvent:
        if self.superseded:
            raise Superseded
        try:
            async with asyncio.timeout(max(0.0, deadline - monotonic())):
                event = await self._events.get()
        except TimeoutError:
            raise AnswerTimedOut("no word from the model in time") from None
        if event is None or self.superseded:
            raise Superseded
        return event

    def _put(self, event: LiveEvent | None) -> None:
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            self.superseded = True
