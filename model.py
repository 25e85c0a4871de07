"""What is known of the model from here: whom it listens to, whom it answers, whether it still speaks."""

import asyncio
from collections import deque
from contextlib import suppress
from enum import Enum

from errors import ProviderUnavailable
from live_session import (
    Disconnected,
    GenerationComplete,
    Interrupted,
    LiveEvent,
    LiveSession,
    Speech,
    Transcript,
    TurnEnded,
    WrittenText,
)
from turn import Turn

OLD_ANSWER_END_S = 0.5
"""How long a new question waits for the model's word that the old answer has ended."""
MOST_DOUBTFUL = 1_000
"""Pieces of words that may be an old answer's; of more only the latest are kept."""


class Said(Enum):
    """Of an answer."""

    NOTHING = 0
    SOME = 1
    ALL = 2
    """Its last sound; words may follow."""


class Model:
    """What the model is doing, as far as it can be known from here.

    It ends a turn for each question that it has whole, in their order. A question that interrupts is complete before
    the older turns have ended, so what comes then may be still theirs. Only an answer that was being spoken has to end;
    of one that had not begun there may come an end or none.
    """

    def __init__(self) -> None:
        self.asking: Turn | None = None
        """Whose question it heard last."""
        self.asked_last = 0
        """That turn's number."""
        self.answering: Turn | None = None
        self.session: LiveSession | None = None
        """The connection that it is spoken to on."""
        self.change_wanted = False
        """Another connection is to be opened as soon as nothing is being said."""
        self._old = _OldAnswers()
        self._owes = False
        """The end of its answer to the last question is to come."""
        self._said = Said.NOTHING
        """Of that answer."""

    def gone(self) -> None:
        """With its connection; whoever waits for an answer on it waits in vain."""
        answering, self.answering = self.answering, None
        if answering is not None:
            answering.take(Disconnected(ProviderUnavailable("the connection is gone")))
        self._old = _OldAnswers()
        self._owes, self._said = False, Said.NOTHING

    def listens(self, turn: Turn) -> None:
        """The question has begun: all that is said before it is complete belongs to older ones."""
        if self.answering is not None and self.answering is not turn:
            self.answering.supersede()
        self.answering = None
        self.asking, self.asked_last = turn, turn.number
        if self._owes:
            self._old.add(self._said)
        self._owes, self._said = False, Said.NOTHING

    async def quiet(self) -> None:
        """Wait a moment for the ends of older answers: what comes after them is the new one's."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OLD_ANSWER_END_S):
                await self._old.ended()

    def answers(self, turn: Turn) -> None:
        """The question is complete."""
        self.answering = turn
        self._owes = True

    def hear(self, event: LiveEvent) -> None:
        if isinstance(event, Disconnected):
            answering, self.answering = self.answering, None
            if answering is not None:
                answering.take(event)
            self.gone()
            return
        for mine in self._old.pass_on(event, begun=self._said is not Said.NOTHING, complete=self._owes):
            match mine:
                case TurnEnded():
                    self._owes, self._said = False, Said.NOTHING
                    self._old.are_over()
                case Interrupted():
                    self._said = Said.NOTHING
                case GenerationComplete() if self._said is Said.SOME:
                    self._said = Said.ALL
                case Speech() if self.answering is not None and not self.answering.delivered:
                    self._owes, self._said = True, Said.SOME  # also after an end: that was an older one's, said twice
                case Speech() | Transcript() | WrittenText() if self._owes and self._said is Said.NOTHING:
                    self._said = Said.SOME
            if self.answering is not None:
                self.answering.take(mine)


class _OldAnswers:
    """Those that were interrupted, and whose ends may be still to come."""

    def __init__(self) -> None:
        self.ends = 0
        self._spoken = False
        """The oldest is being spoken: all that comes before its end is its own."""
        self._closing = False
        """The oldest has said its last, its end is to come: words may be its own until then."""
        self._doubtful: deque[LiveEvent] = deque(maxlen=MOST_DOUBTFUL)
        self._over = asyncio.Event()

    def add(self, said: Said) -> None:
        """The last question's, of which this has been heard. Ends come in order: when it has begun, no older one's can
        follow."""
        self.ends = self.ends + 1 if said is Said.NOTHING else 1
        if said is not Said.NOTHING:
            self._spoken, self._closing = said is Said.SOME, said is Said.ALL

    def are_over(self) -> None:
        self.ends, self._spoken, self._closing = 0, False, False
        self._over.set()

    async def ended(self) -> None:
        while self.ends:
            self._over.clear()
            await self._over.wait()

    def pass_on(self, event: LiveEvent, *, begun: bool, complete: bool) -> list[LiveEvent]:
        """What of it, and of what was in doubt until now, the last question's answer says. `begun`: something of that
        has been heard; `complete`: the model has that question whole, and its end has not come."""
        match event:
            case TurnEnded() if self.ends and not begun:
                self._end_one()
                return []
            case Interrupted():
                # Nothing interrupts the last answer but a newer question, and there is none: an older one was cut.
                self.ends = max(self.ends, 1)
                self._close()
                return [event]
            case GenerationComplete() if self._spoken:
                self._close()
                return []
            case _ if self._spoken:
                return []
            case Transcript() if self._closing and not begun:
                self._doubtful.append(event)
                return []
            case Speech() | Transcript() | WrittenText() if self.ends and not complete:
                self._spoken, self._closing = True, False
                return []
        passed = [*self._doubtful, event]
        self._doubtful.clear()
        return passed

    def _end_one(self) -> None:
        self.ends -= 1
        self._spoken = self._closing = False
        self._doubtful.clear()
        if not self.ends:
            self._over.set()

    def _close(self) -> None:
        self._spoken, self._closing = False, True
