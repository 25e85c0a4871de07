"""What is known of the model from here: whom it listens to, whom it answers, whether it still speaks."""

import asyncio

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
from turn import OldEnd, Turn

OLD_ANSWER_END_S = 0.5
"""How long a new question waits for the model's word that the old answer has ended."""


class Model:
    """What the model is doing, as far as it can be known from here."""

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
        self.busy = False
        self.spoke = False
        """There may be more of its answer to come."""
        self.idle = asyncio.Event()

    def gone(self) -> None:
        """With its connection; whoever waits for an answer on it waits in vain."""
        answering, self.answering = self.answering, None
        if answering is not None:
            answering.take(Disconnected(ProviderUnavailable("the connection is gone")))
        self.busy = self.spoke = False
        self.idle.set()

    def hear(self, event: LiveEvent) -> None:
        match event:
            case TurnEnded():
                self.busy = False
                self.idle.set()
            case Interrupted() | GenerationComplete():
                self.spoke = False
            case Disconnected():
                answering, self.answering = self.answering, None
                if answering is not None:
                    answering.take(event)
                self.gone()
            case Speech() | Transcript() | WrittenText():
                self.spoke = True
        if self.answering is not None:
            self.answering.take(event)

    async def old_end(self) -> OldEnd:
        """Wait for the end of an answer that was interrupted: all that comes before it is the old answer's."""
        if self.busy:
            try:
                async with asyncio.timeout(OLD_ANSWER_END_S):
                    await self.idle.wait()
            except TimeoutError:
                return OldEnd.OWED if self.spoke else OldEnd.POSSIBLE
        return OldEnd.CAME
