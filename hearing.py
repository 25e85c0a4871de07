"""Hearing the answer to one attempt at a question: what the model says, as it comes, until it is complete."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

from audio.level import FLOOR_DBFS, loudness
from errors import AnswerEmpty, AnswerTimedOut, ProviderUnavailable
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
from question import Reply

SILENCE_DEADLINE_S = 30.0
EMPTY_END_S = 1.0
"""How long an end without an answer may still turn out to be the doubled one of an older turn."""
LATE_WORDS_S = 0.5
"""Transcripts are not ordered against the sound: the last piece may come after the end of the turn."""
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


class Hearing:
    """`unwanted` tells whether the answer is of no use any more."""

    def __init__(self, reply: Reply, unwanted: Callable[[], bool]) -> None:
        self.said: list[str] = []
        self.sounded = False
        """Something of it was louder than silence."""
        self._reply = reply
        self._alive = False
        """Something of it came, be it silence."""
        self._incoming = _Incoming(unwanted)
        self._timers: list[asyncio.TimerHandle] = []

    def take(self, event: LiveEvent) -> None:
        """From the connection's reader: never waits."""
        self._incoming.put(event)

    def wake(self) -> None:
        """Whoever waits looks whether the answer is still wanted."""
        self._incoming.put(None)

    async def void(self) -> None:
        """What was heard so far was not the answer. Raises `errors.AnswerBrokeOff` when a part of it is in the chat for
        good."""
        self.said.clear()
        self._alive = self.sounded = False
        await self._reply.started()

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    async def until_complete(
        self, calls: Calls | None, session: LiveSession | None, first_word_seconds: float, give_up_at: float
    ) -> bool:
        """`calls` are the functions that the model may call in it, `session` the connection that has the question.

        True when words of it may still come. Raises `Superseded`, or the `errors.AssistantError` that kept the answer
        from coming.
        """
        patience = _Patience(calls, first_word_seconds, give_up_at)
        while True:
            try:
                event = await self._incoming.next(patience.deadline)
            except AnswerTimedOut:
                if not patience.over:
                    raise
                if not self._anything:
                    raise AnswerEmpty("the turn ended with neither sound nor words") from None
                return False
            if calls is not None and session is not None:
                self._work(event, calls, session)
            await self._hear(event)
            if isinstance(event, GenerationComplete) and self.sounded:
                return True
            patience.after(event, alive=self._alive, anything=self._anything)

    async def late_words(self) -> None:
        deadline = monotonic() + SILENCE_DEADLINE_S
        try:
            while True:
                match await self._incoming.next(deadline):
                    case Transcript(Speaker.ASSISTANT, text):
                        self._say(text)
                    case TurnEnded():
                        deadline = monotonic() + LATE_WORDS_S
                    case Disconnected():
                        return
        except (AnswerTimedOut, Superseded):
            return

    async def _hear(self, event: _Event) -> None:
        match event:
            case Speech():
                self._alive = True
                sound = list(self._incoming.sound(event))
                self.sounded = self.sounded or any(loudness(pcm) > FLOOR_DBFS for pcm in sound)
                await self._reply.speech(b"".join(sound))
            case Transcript(Speaker.ASSISTANT, text) | WrittenText(text):
                self._say(text)
            case Interrupted():
                await self.void()  # what was heard so far was an older answer's
            case Disconnected(error):
                raise error

    def _say(self, text: str) -> None:
        self._alive = True
        self.said.append(text)
        self._reply.words(text)

    def _work(self, event: _Event, calls: Calls, session: LiveSession) -> None:
        """What of it concerns functions."""

        async def answer(call: FunctionCall, result: dict[str, Any]) -> None:
            await session.answer_call(call, result)
            self._incoming.put(_CallAnswered())

        match event:
            case FunctionCall():
                calls.start(event, answer)
                later = asyncio.get_running_loop().call_later
                self._timers.append(later(NAMED_AFTER_S, self._incoming.put, _TakesLong(event)))
            case FunctionCallsCancelled(ids):
                calls.cancel(ids)
            case _TakesLong(call) if calls.is_running(call.id):
                self._reply.working(call.name)

    @property
    def _anything(self) -> bool:
        return self.sounded or bool(self.said)


class _Patience:
    """How long the next event is waited for."""

    def __init__(self, calls: Calls | None, first_word_seconds: float, give_up_at: float) -> None:
        self.over = False
        """The model has ended its turn, and nothing came after it."""
        self._calls = calls
        self._first_word_seconds = first_word_seconds
        self._first_word_by = self._until = monotonic() + first_word_seconds
        self._give_up_at = give_up_at

    @property
    def deadline(self) -> float:
        return min(self._until, self._give_up_at)

    def after(self, event: _Event, *, alive: bool, anything: bool) -> None:
        now = monotonic()
        if isinstance(event, _CallAnswered):
            self._first_word_by = now + self._first_word_seconds
        # An end may come too early, or be the doubled one of an older turn: more may follow at once.
        self.over = isinstance(event, TurnEnded) or (self.over and not isinstance(event, Speech))
        if not self.over:
            self._until = now + SILENCE_DEADLINE_S if alive else self._first_word_by
            if self._calls is not None and self._calls.patience:
                self._until = now + self._calls.patience + self._first_word_seconds
        elif isinstance(event, TurnEnded):
            self._until = now + (LATE_WORDS_S if anything else EMPTY_END_S)


class _Incoming:
    """What has come and was not heard yet."""

    def __init__(self, unwanted: Callable[[], bool]) -> None:
        self._unwanted = unwanted
        self._events: asyncio.Queue[_Event | None] = asyncio.Queue(MOST_EVENTS)
        self._ahead: _Event | None = None
        """Taken from the queue to see what it is: the next one to be heard."""
        self._overflown = False

    def put(self, event: _Event | None) -> None:
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            self._overflown = True

    async def next(self, deadline: float) -> _Event:
        """Raises `Superseded`, `errors.AnswerTimedOut` and, after too much came, `errors.ProviderUnavailable`."""
        if self._overflown and not self._unwanted():
            raise ProviderUnavailable("more events than anybody can hear")
        event, self._ahead = self._ahead, None
        try:
            if event is None:
                async with asyncio.timeout(max(0.0, deadline - monotonic())):
                    event = await self._events.get()
        except TimeoutError:
            if not self._unwanted():  # else both came in the same moment
                raise AnswerTimedOut("no word from the model in time") from None
        if event is None or self._unwanted():
            raise Superseded
        return event

    def sound(self, speech: Speech) -> Iterator[bytes]:
        """With all that waits behind it in a row: the reply takes it in one step, which costs about the same for any
        length."""
        size = 0
        while True:
            size += len(speech.pcm)
            yield speech.pcm
            if size >= SOUND_AT_ONCE or self._events.empty():
                return
            following = self._events.get_nowait()
            if not isinstance(following, Speech):
                self._ahead = following
                return
            speech = following
