"""Calls that go on after their turn: who owns them, and those of a conversation that the model has not heard of."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from tasks import task_group

T = TypeVar("T")
MOST_REMEMBERED = 16
BEFORE_S = 10.0
"""So long a call waits for those that an earlier turn has left, whose document it may be about."""


class Workshop:
    """Owns tasks that outlive the conversation that began them. When the process stops they are cut."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        """`work` raises nothing but a cancellation."""
        task = self._group.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def quiet(self) -> None:
        """Wait until nothing goes on."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def open_workshop() -> AsyncIterator[Workshop]:
    async with task_group() as group:
        workshop = Workshop(group)
        try:
            yield workshop
        finally:
            workshop.close()


class Going(Protocol):
    """A call: `function_work.Work`."""

    function: str
    is_known: bool
    task: "asyncio.Task[dict[str, Any]] | None"

    @property
    def goes_on(self) -> bool: ...

    @property
    def result(self) -> dict[str, Any] | None: ...


@dataclass(slots=True)
class _Ended:
    function: str
    result: dict[str, Any] | None
    is_known: bool = False
    task: "asyncio.Task[dict[str, Any]] | None" = None
    goes_on: bool = False


class Unheard:
    """Calls of one conversation that finish, whoever speaks meanwhile: what the model does not know of them."""

    def __init__(self) -> None:
        self._all: list[tuple[Hashable, Going]] = []
        self._rests: dict[asyncio.Task[None], Hashable] = {}

    def ends(self, turn: Hashable, rest: "asyncio.Task[None]") -> None:
        """`rest` brings to its end what this turn has left."""
        self._rests[rest] = turn
        rest.add_done_callback(self._rests.pop)

    def add(self, turn: Hashable, work: Going) -> None:
        """The latest `MOST_REMEMBERED`."""
        self._all = [one for one in self._all if not one[1].is_known][1 - MOST_REMEMBERED :]
        self._all.append((turn, work))

    def going(self, turn: Hashable) -> list[Going]:
        """Those of other turns that have not ended."""
        return [work for its, work in self._all if its is not turn and work.goes_on]

    def take(self, turn: Hashable) -> list[tuple[str, dict[str, Any]]]:
        """Those of other turns that have, each once: function and result."""
        found = []
        for its, work in self._all:
            if its is not turn and not work.is_known and work.result is not None:
                work.is_known = True
                found.append((work.function, work.result))
        return found

    def settle(self) -> None:
        """Keep nothing of what the model knows, and of what else has ended the result alone."""
        kept: list[tuple[Hashable, Going]] = []
        for turn, work in self._all:
            if work.goes_on:
                kept.append((turn, work))
            elif not work.is_known and work.result is not None:
                kept.append((None, _Ended(work.function, work.result)))
        self._all = kept

    async def over(self, turn: Hashable) -> None:
        """Wait a moment for the others, and for the comparing of what they made."""
        tasks: list[asyncio.Task[Any]] = [work.task for work in self.going(turn) if work.task is not None]
        tasks += [rest for rest, its in self._rests.items() if its is not turn]
        if tasks:
            await asyncio.wait(tasks, timeout=BEFORE_S)
