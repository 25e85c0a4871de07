"""One question and its answer: asked in its order, asked once more when the connection let it down.

A turn has two halves. The question goes to the model under a lock (the floor), so that questions keep their order. The
answer is heard outside of it, so that the next question can begin: its first sound is what interrupts an answer.
"""

import asyncio

from asking import Asking
from errors import AnswerEmpty, ProviderError, ProviderUnavailable, RequestRejected
from hearing import Superseded
from line import Line
from model import Model
from turn import Turn
from turn_calls import ask_again

ATTEMPTS = 2


class Exchange:
    """Of one conversation."""

    def __init__(self, line: Line, model: Model, asking: Asking, first_word_seconds: float) -> None:
        self._line = line
        self._model = model
        self._asking = asking
        self._first_word_seconds = first_word_seconds
        self._floor = asyncio.Lock()

    async def hold(self, turn: Turn) -> None:
        """Ask, and have the answer delivered. Raises `hearing.Superseded`, `errors.AssistantError`."""
        while True:
            async with self._floor:
                if turn.superseded or turn.number < self._model.asked_last:
                    raise Superseded  # a turn that is asked again must not interrupt what was asked after it
                await self._ask_until_taken(turn)
            try:
                await turn.hear(self._first_word_seconds)
                return
            except ProviderError as error:
                if turn.delivered:
                    return
                self._give_up_connection(turn, error)
                ask_again(turn)

    async def _ask_until_taken(self, turn: Turn) -> None:
        while True:
            await turn.start()
            try:
                await self._asking.put(turn)
                return
            except ProviderError as error:
                self._give_up_connection(turn, error)

    def _give_up_connection(self, turn: Turn, error: ProviderError) -> None:
        """Hang up, and raise `error` unless the question may be asked again."""
        final = turn.attempts >= ATTEMPTS or turn.out_of_time
        match error:
            case RequestRejected():
                # What a fresh connection refused it would refuse again; with a handle it may have been the handle.
                final = final or not self._line.resumed
            case ProviderUnavailable() | AnswerEmpty():
                pass
            case _:
                final = True
        # A handle that led to a refusal, to silence or to an empty answer is not to be trusted again.
        self._asking.hang_up(forget=type(error) is not ProviderUnavailable)
        if final:
            raise error
