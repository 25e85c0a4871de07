"""One turn: a question and the hearing of its answer."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

from audio.level import FLOOR_DBFS, loudness
from errors import AnswerEmpty, AnswerTimedOut, AssistantError, ProviderUnavailable
from function_calls import Calls
from live_session import (
    Disconnected,
    FunctionCall,
    FunctionCallsCancelled,
    GenerationComplete,
    Interrupted,
    LiveEvent,
    LiveSession,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    WrittenText,
)
from question import Question, Reply
from waiting_photos import Taken

SILENCE_DEADLINE_S = 30.0
ANSWER_DEADLINE_S = 180.0
EMPTY_END_S = 1.0
"""How long an end without an answer may still turn out to be the doubled one of an older turn."""
LATE_WORDS_S = 0.5
"""Transcripts are not ordered against the sound: the last piece may come after the end of the turn."""
PHOTO_AFTER_S = 3.0
NAMED_AFTER_S = 2.0
"""A function that runs longer is named to the person."""
SOUND_AT_ONCE = 24_000
"""Bytes: half a second at 24 kHz, four milliseconds of a codec's time."""
MOST_EVENTS = 20_000
"""Waiting to be heard: more than any answer of 180 s in frames of 10 ms. Beyond it the answer counts as broken."""


class Superseded(Exception):
    """The answer is no longer wanted: a newer question began, or the person said so."""


@dataclass(frozen=True, slots=True)
class _CallAnswered:
    """A function has run, the model has its result: its next word is waited for from here."""


@dataclass(frozen=True, slots=True)
class _TakesLong:
    """A function may still be running."""

    call: FunctionCall


_Event = LiveEvent | _CallAnswered | _TakesLong


class Turn:
    """`number` orders the turns of a conversation."""

    def __init__(self, number: int, question: Question, reply: Reply) -> None:
        self.number = number
        self.question = question
        self.reply = reply
        self.attempts = 0
        self.superseded = False
        self.again = False
        """Superseded by itself: a photo came that belongs to it."""
        self.delivered = False
        """Handed over; whether it `arrived` is for the chat to say."""
        self.arrived = False
        self.counted = False
        self.handles = -1
        """How many resumption handles had come when the question was complete; -1: it never was."""
        self.photos: Taken | None = None
        """Photos that waited for this question."""
        self.calls: Calls | None = None
        """Functions that the model calls in its answer; None: it knows of none."""
        self.session: LiveSession | None = None
        """The connection that has the question."""
        self.asked: list[str] = []
        self.said: list[str] = []
        self._admitted_at = monotonic()
        self._ended = False
        self._overflown = False
        self._alive = False
        """Something of the answer came, be it silence."""
        self._sounded = False
        self._give_up_at: float | None = None
        self._events: asyncio.Queue[_Event | None] = asyncio.Queue(MOST_EVENTS)
        self._ahead: _Event | None = None
        """Taken from the queue to see what it is: the next one to be heard."""
        self._timers: list[asyncio.TimerHandle] = []

    async def start(self) -> None:
        """Begin, or begin again: nothing of an earlier attempt counts. Raises `errors.AnswerBrokeOff` when a part of it
        is in the chat for good."""
        self.attempts += 1
        self._events, self._ahead = asyncio.Queue(MOST_EVENTS), None
        self.asked.clear()
        self.question = await self.question.opened()
        if self.photos is not None:
            await self.photos.join(self.reply)
        await self._void()

    def waits_for_photos(self, *, siblings: bool = False) -> bool:
        """Photos and their question are sent in any order: one that comes right behind it belongs to it. `siblings` of
        its own pictures do whenever they come."""
        if self.delivered or self._ended or self.reply.has_begun:
            return False
        return siblings or monotonic() - self._admitted_at <= PHOTO_AFTER_S

    def restart(self) -> None:
        """After `again`: as if it had not been asked."""
        self.superseded = self.again = False
        self.attempts = 0

    def supersede(self) -> None:
        self.superseded = True
        self._put(None)
        if self.delivered:
            self.reply.give_up()

    def take(self, event: LiveEvent) -> None:
        """From the connection's reader: never waits."""
        self._put(event)

    @property
    def out_of_time(self) -> bool:
        """The answer had all the time that an answer gets: asking again is of no use."""
        return self._give_up_at is not None and monotonic() >= self._give_up_at

    async def closed(self) -> None:
        await self.reply.closed()

    async def interrupted(self) -> None:
        if not self._ended:
            self._ended = True
            await self.reply.interrupted()

    async def failed(self, error: AssistantError) -> None:
        if not self._ended:
            self._ended = True
            await self.reply.failed(error)

    async def hear(self, first_word_seconds: float) -> None:
        """Collect the answer and deliver it.

        Raises `Superseded`, or the `errors.AssistantError` that kept the answer from coming.
        """
        try:
            await self._listen(first_word_seconds)
        finally:
            for timer in self._timers:
                timer.cancel()
            self._timers.clear()

    async def _listen(self, first_word_seconds: float) -> None:
        now = monotonic()
        self._give_up_at = self._give_up_at or now + ANSWER_DEADLINE_S
        first_word_by = now + first_word_seconds
        deadline, over = first_word_by, False
        while True:
            try:
                event = await self._next(min(deadline, self._give_up_at))
            except AnswerTimedOut:
                if not over:
                    raise
                return await self._deliver_what_came()
            match event:
                case _CallAnswered():
                    first_word_by = monotonic() + first_word_seconds
                case _TakesLong(call):
                    self._name(call)
                case _:
                    await self._hear(event)
            if isinstance(event, GenerationComplete) and self._sounded:
                return await self._deliver(until_turn_end=True)
            # An end may come too early, or be the doubled one of an older turn: more may follow at once.
            over = isinstance(event, TurnEnded) or (over and not isinstance(event, Speech))
            if not over:
                deadline = monotonic() + SILENCE_DEADLINE_S if self._alive else first_word_by
                if self.calls is not None and self.calls.patience:
                    deadline = monotonic() + self.calls.patience + first_word_seconds
            elif isinstance(event, TurnEnded):
                deadline = monotonic() + (LATE_WORDS_S if self._anything else EMPTY_END_S)

    async def _hear(self, event: LiveEvent) -> None:
        match event:
            case Speech():
                self._alive = True
                await self.reply.speech(b"".join(self._sound_with_what_follows(event)))
            case Transcript(Speaker.ASSISTANT, text) | WrittenText(text):
                self._say(text)
            case FunctionCall():
                if self.calls is not None and self.session is not None:
                    self.calls.start(event, self._answer_call)
                    later = asyncio.get_running_loop().call_later
                    self._timers.append(later(NAMED_AFTER_S, self._put, _TakesLong(event)))
            case FunctionCallsCancelled(ids):
                if self.calls is not None:
                    self.calls.cancel(ids)
            case Interrupted():
                await self._void()  # what was heard so far was an older answer's
            case Disconnected(error):
                raise error

    def _sound_with_what_follows(self, speech: Speech) -> Iterator[bytes]:
        """All sound that waits in a row: the reply takes it in one step, which costs about the same for any length."""
        size = 0
        while True:
            size += len(speech.pcm)
            self._sounded = self._sounded or loudness(speech.pcm) > FLOOR_DBFS
            yield speech.pcm
            if size >= SOUND_AT_ONCE or self._events.empty():
                return
            following = self._events.get_nowait()
            if not isinstance(following, Speech):
                self._ahead = following
                return
            speech = following

    async def _answer_call(self, call: FunctionCall, result: dict[str, Any]) -> None:
        if self.session is not None:
            await self.session.answer_call(call, result)
            self._put(_CallAnswered())

    def _name(self, call: FunctionCall) -> None:
        if self.calls is not None and self.calls.is_running(call.id):
            self.reply.working(call.name)

    @property
    def _anything(self) -> bool:
        return self._sounded or bool(self.said)

    async def _void(self) -> None:
        self.said.clear()
        self._alive = self._sounded = False
        await self.reply.started()

    def _say(self, text: str) -> None:
        self._alive = True
        self.said.append(text)
        self.reply.words(text)

    async def _deliver_what_came(self) -> None:
        if not self._anything:
            raise AnswerEmpty("the turn ended with neither sound nor words")
        await self._deliver(until_turn_end=False)

    async def _deliver(self, *, until_turn_end: bool) -> None:
        self.delivered = self._ended = True
        self.arrived = await self.reply.answered(spoken=self._sounded)
        if until_turn_end:
            await self._late_words()
        await self.reply.completed()

    async def _late_words(self) -> None:
        deadline = monotonic() + SILENCE_DEADLINE_S
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

    async def _next(self, deadline: float) -> _Event:
        if self._overflown and not self.superseded:
            raise ProviderUnavailable("more events than anybody can hear")
        event, self._ahead = self._ahead, None
        try:
            if event is None:
                async with asyncio.timeout(max(0.0, deadline - monotonic())):
                    event = await self._events.get()
        except TimeoutError:
            if not self.superseded:  # else both came in the same moment
                raise AnswerTimedOut("no word from the model in time") from None
        if event is None or self.superseded:
            raise Superseded
        return event

    def _put(self, event: _Event | None) -> None:
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            self._overflown = True
