"""What one call of the model does, apart from the answer to it."""

import asyncio

from effects import CallEffects
from function_results import Result


class Work:
    """The running of a call; it goes on when the connection breaks, and the same call of the next attempt gets it.

    `finishes`: also when its turn ends before it. Nobody but the model takes it back then.
    """

    def __init__(self, function: str, effects: CallEffects, *, finishes: bool = False) -> None:
        self.function = function
        self.effects = effects
        self.finishes = finishes
        self.has_begun = False
        self.is_unwanted = False
        self.is_dropped = False
        """It is to stop without a word, and without undoing anything."""
        self.is_known = False
        """The model has its result, or does not want it."""
        self.task: asyncio.Task[Result] | None = None

    @property
    def is_done(self) -> bool:
        return self.task is not None and self.task.done()

    @property
    def goes_on(self) -> bool:
        return self.finishes and not self.is_unwanted and not self.is_done

    @property
    def result(self) -> Result | None:
        """None: it has not ended, or was stopped."""
        if self.task is None or not self.task.done() or self.task.cancelled():
            return None
        return self.task.result()

    @property
    def is_taken_back(self) -> bool:
        """When it is cut now."""
        return self.is_unwanted or not (self.is_dropped or self.finishes)

    def stop(self) -> None:
        """Once: whoever is undoing is not disturbed again. A task that is cancelled before it has begun says nothing to
        anybody, so that one looks at `is_unwanted` first."""
        if self.task is None or self.task.done() or self.is_unwanted:
            return
        self.is_unwanted = self.is_known = True
        if self.has_begun:
            self.effects.way.stop(self.task.cancel)

    def drop(self) -> None:
        self.is_dropped = self.is_known = True
        if self.task is not None and not self.is_unwanted:
            self.task.cancel()
