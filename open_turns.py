"""The turns of a conversation that have not ended, in the order in which they were admitted."""

import asyncio
from collections.abc import Iterator

from errors import Overloaded
from question import Question, Reply
from turn import Turn

MOST_OPEN_TURNS = 20


class OpenTurns:
    """Iterating gives the turns."""

    def __init__(self) -> None:
        self.quiet = asyncio.Event()
        """Nothing is being asked or answered."""
        self.quiet.set()
        self._tasks: dict[Turn, asyncio.Task[None] | None] = {}
        self._numbers = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Turn]:
        return iter(self._tasks)

    @property
    def newest(self) -> Turn | None:
        return next(reversed(self._tasks), None)

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Of those that have begun."""
        return [task for task in self._tasks.values() if task is not None]

    def admit(self, question: Question, reply: Reply, key: str) -> Turn:
        """It is begun later. Raises `errors.Overloaded`."""
        if len(self._tasks) >= MOST_OPEN_TURNS:
            raise Overloaded("too many open turns in one conversation")
        self._numbers += 1
        turn = Turn(self._numbers, question, reply, key)
        self._tasks[turn] = None
        self.quiet.clear()
        return turn

    def begin(self, turn: Turn, task: asyncio.Task[None]) -> None:
        self._tasks[turn] = task

    def end(self, turn: Turn) -> None:
        self._tasks.pop(turn, None)
        if not self._tasks:
            self.quiet.set()
