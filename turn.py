"""One turn: a question and its course to an end."""

from time import monotonic

from errors import AssistantError
from function_calls import Calls
from hearing import Hearing
from live_session import LiveEvent, LiveSession
from question import Question, Reply
from waiting_photos import Taken

ANSWER_DEADLINE_S = 180.0
PHOTO_AFTER_S = 3.0


class Turn:
    """`number` orders the turns of a conversation; `key` names this one in every process, when there is one."""

    def __init__(self, number: int, question: Question, reply: Reply, key: str = "") -> None:
        self.number = number
        self.key = key
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
        self._hearing = self._new_hearing()
        self._admitted_at = monotonic()
        self._give_up_at: float | None = None
        self._ended = False

    @property
    def said(self) -> list[str]:
        """The words of its answer so far."""
        return self._hearing.said

    async def start(self) -> None:
        """Begin, or begin again: nothing of an earlier attempt counts. Raises `errors.AnswerBrokeOff` when a part of it
        is in the chat for good."""
        self.attempts += 1
        self._hearing = self._new_hearing()
        self.asked.clear()
        self.question = await self.question.opened()
        if self.photos is not None:
            await self.photos.join(self.reply)
        await self._hearing.void()

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
        self._hearing.wake()
        if self.delivered:
            self.reply.give_up()

    def take(self, event: LiveEvent) -> None:
        """From the connection's reader: never waits."""
        self._hearing.take(event)

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

        Raises `hearing.Superseded`, or the `errors.AssistantError` that kept the answer from coming.
        """
        hearing = self._hearing
        self._give_up_at = self._give_up_at or monotonic() + ANSWER_DEADLINE_S
        try:
            words_follow = await hearing.until_complete(self.calls, self.session, first_word_seconds, self._give_up_at)
            self.delivered = self._ended = True
            self.arrived = await self.reply.answered(spoken=hearing.sounded)
            if words_follow:
                await hearing.late_words()
            await self.reply.completed()
        finally:
            hearing.close()

    def _new_hearing(self) -> Hearing:
        return Hearing(self.reply, lambda: self.superseded)
