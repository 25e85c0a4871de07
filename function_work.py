"""What one call of the model does, apart from the answer to it."""

import asyncio

from effects import CallEffects
from function_results import Result


class Work:
    """The running of a call; it goes on when the connection breaks, and the same call of the next attempt gets it."""

    def __init__(self, effects: CallEffects) -> None:
        self.effects = effects
        self.has_begun = False
        self.is_unwanted = False
        self.is_dropped = False
        """It is to stop without a word, and without undoing anything."""
        self.task: asyncio.Task[Result] | None = None

    @property
    def is_done(self) -> bool:
        return self.task is not None and self.task.done()

    def stop(self) -> None:
        """Once: whoever is undoing is not disturbed again. A task that is cancelled before it has begun says nothing to
        anybody, so that one looks at `is_unwanted` first."""
        if self.task is None or self.task.done() or self.is_unwanted:
            return
        self.is_unwanted = True
        if self.has_begun:
            self.effects.way.stop(self.task.cancel)

    def drop(self) -> None:
        self.is_dropped = True
        if self.task is not None and not self.is_unwanted:
            self.task.cancel()
