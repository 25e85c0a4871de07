"""What functions do to the world, and that it is done once.

A turn may be run again: after a broken connection, after a crash. Then the model calls its functions again, and what
was done already must not be done twice. Each effect has the key (turn, function, ordinal of the call, step of the
call) and is journalled around its doing: `begun` before it, `done` with its result after it. One that was begun, and
of which nothing more is known, is not repeated.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import structlog
from pydantic_core import to_json

from errors import OutcomeUnknown, StorageError, where

log = structlog.get_logger(__name__)

T = TypeVar("T")
UNDO_S = 10.0
"""For all that one call takes back."""
ON_ITS_WAY_S = 8.0
"""So long a call that nobody wants any more waits for a message that is on its way."""
PRESS, PHOTO = "press:", "photo:"
"""Turns whose question is in our words: a button was pressed, a photo stayed alone."""
WHOLE = 0
"""The step that stands for the whole call."""
CALLED = -1
"""The step that stands for its having been made: with what, so that it can be brought to its end without the model."""


@dataclass(frozen=True, slots=True)
class Key:
    """`ordinal` counts the calls of this function in the turn, from 0; `step` the effects of the call, from 1."""

    function: str
    ordinal: int
    step: int


@dataclass(frozen=True, slots=True)
class Record:
    """`result` is JSON; of what is only begun there is none."""

    is_done: bool
    result: Any = None


class Journal(Protocol):
    """Where effects outlive the process. Every method raises `errors.StorageError`."""

    async def load(self, turn: str) -> dict[Key, Record]: ...

    async def begin(self, turn: str, key: Key) -> None: ...

    async def done(self, turn: str, key: Key, result: Any) -> None: ...

    async def undone(self, turn: str, keys: Collection[Key]) -> None: ...

    async def forget(self, turn: str) -> None: ...


class Effects:
    """Those of one turn. Without a journal they live as long as this object."""

    def __init__(self, turn: str = "", journal: Journal | None = None) -> None:
        self.turn = turn
        self._journal = journal
        self._records: dict[Key, Record] | None = None
        self._loading = asyncio.Lock()

    async def record(self, key: Key) -> Record | None:
        return (await self._known()).get(key)

    async def _known(self) -> dict[Key, Record]:
        async with self._loading:
            if self._records is None:
                self._records = await self._journal.load(self.turn) if self._journal else {}
        return self._records

    def known(self, keys: Collection[Key]) -> list[Key]:
        return [key for key in keys if key in (self._records or {})]

    async def begun_calls(self) -> list[tuple[str, int, Any]]:
        """Function, ordinal, and what was kept of the call, of those that have not come to their end."""
        called = [key for key in await self._known() if key.step == CALLED]
        return [
            (key.function, key.ordinal, record.result)
            for key in called
            if (record := await self.record(key)) and not await self.record(replace(key, step=WHOLE))
        ]

    async def begin(self, key: Key) -> None:
        assert self._records is not None
        if self._journal is not None:
            await self._journal.begin(self.turn, key)
        self._records[key] = Record(is_done=False)

    async def done(self, key: Key, result: Any) -> None:
        """Does not raise: what cannot be written is unknown after a crash, and known in this process."""
        assert self._records is not None
        self._records[key] = Record(True, result)
        if self._journal is None:
            return
        try:
            await self._journal.done(self.turn, key, result)
        except StorageError as error:
            log.error("a done effect is not recorded", function=key.function, error=type(error).__name__)

    async def undone(self, keys: Collection[Key]) -> None:
        """Does not raise: what cannot be written is unknown after a crash."""
        for key in keys:
            (self._records or {}).pop(key, None)
        if self._journal is None or not keys:
            return
        try:
            await self._journal.undone(self.turn, keys)
        except StorageError as error:
            log.error("an undone effect is not recorded", error=type(error).__name__)

    async def forget(self) -> None:
        """The turn has ended and is not run again. Does not raise: tidying finds what is left."""
        if self._journal is None or not (self._records or self.turn.startswith(PRESS)):
            return
        try:
            await self._journal.forget(self.turn)
        except StorageError as error:
            log.warning("effects of an ended turn are kept", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Undo:
    action: Callable[[], Awaitable[object]]
    undone: Callable[[], Awaitable[None]]
    """The effect is out of the world."""
    after_failure: bool


class Way:
    """That of one call's messages to the person. A call that is stopped meanwhile ends behind the message, because only
    what is known to have arrived can be taken back."""

    def __init__(self) -> None:
        self._busy = 0
        self._waiting: Callable[[], object] | None = None
        self._late: asyncio.TimerHandle | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._stop_now()

    def stop(self, cancel: Callable[[], object]) -> None:
        """`cancel` now, or when nothing is on the way any more."""
        self._waiting = cancel
        if self._busy:
            self._late = asyncio.get_running_loop().call_later(ON_ITS_WAY_S, self._stop_now)
        else:
            self._stop_now()

    def _stop_now(self) -> None:
        cancel, self._waiting = self._waiting, None
        if self._late is not None:
            self._late.cancel()
        if cancel is not None:
            cancel()


class CallEffects:
    """Those of one call, in the order in which the function has them."""

    def __init__(self, effects: Effects, function: str, ordinal: int) -> None:
        self._effects = effects
        self._function = function
        self._ordinal = ordinal
        self._steps = 0
        self._undos: list[_Undo] = []
        self._mine: list[Key] = []
        self.way = Way()

    @property
    def turn(self) -> str:
        return self._effects.turn

    @property
    def name(self) -> str:
        """The same for the same call of the same turn, in every process; empty when the turn has no name."""
        return f"{self.turn}/{self._function}/{self._ordinal}" if self.turn else ""

    def part(self, name: str) -> "CallEffects":
        """Steps of the same call that are counted apart: of what comes of it later, whatever came before."""
        return CallEffects(self._effects, f"{self._function}:{name}", self._ordinal)

    @property
    def any_begun(self) -> bool:
        return bool(self._mine)

    async def earlier(self) -> Record | None:
        """What an earlier run of this very call came to, when it came to its end with effects."""
        return await self._effects.record(self._key(WHOLE))

    async def called(self, arguments: dict[str, Any], heard: str) -> None:
        """The call is made, with these words heard so far. Does not raise."""
        await self._effects.done(self._key(CALLED), {"arguments": arguments, "heard": heard})

    async def ended(self, result: Any) -> None:
        """The call is over; its result is kept if something was done."""
        if self._mine:
            await self._effects.done(self._key(WHOLE), result)
        else:
            await self._effects.undone(self._effects.known([self._key(CALLED)]))

    async def next(self) -> "Effect":
        self._steps += 1
        key = self._key(self._steps)
        return Effect(self, key, await self._effects.record(key))

    async def begin(self, key: Key) -> None:
        self._mine.append(key)
        try:
            await self._effects.begin(key)
        except BaseException:
            # Nothing was done yet, whatever became of the record.
            await self.undone([key])
            raise

    async def done(self, key: Key, result: Any) -> None:
        await self._effects.done(key, result)

    async def undone(self, keys: Collection[Key]) -> None:
        self._mine = [key for key in self._mine if key not in keys]
        await self._effects.undone(keys)

    def found(self, key: Key) -> None:
        if key not in self._mine:
            self._mine.append(key)

    def undo(
        self,
        action: Callable[[], Awaitable[object]],
        undone: Callable[[], Awaitable[None]] | None = None,
        *,
        after_failure: bool = True,
    ) -> None:
        """How the latest effect is taken back, or the one that `undone` marks so. `after_failure`: also when nobody
        stopped the call and it failed by itself."""
        keys = self._mine[-1:]

        async def latest_undone() -> None:
            await self.undone(keys)

        self._undos.append(_Undo(action, undone or latest_undone, after_failure))

    async def take_back(self, *, failed: bool = False) -> bool:
        """Run what was registered, the latest first; true when nothing of the call is left in the world. What cannot
        be taken back does not keep the rest from it."""
        undos = [one for one in reversed(self._undos) if one.after_failure or not failed]
        self._undos, left = [], False
        if not failed:  # whoever runs the turn again must not finish it
            await self._effects.undone(self._effects.known([self._key(CALLED)]))
        try:
            async with asyncio.timeout(UNDO_S):
                for undo in undos:
                    left = not await self._taken_back(undo) or left
        except TimeoutError:
            left = True
        if left or self._mine:
            return False
        await self._effects.undone(self._effects.known([self._key(WHOLE)]))
        return True

    async def _taken_back(self, undo: _Undo) -> bool:
        try:
            await undo.action()
        except TimeoutError:
            raise
        except Exception as error:  # a function's own code
            log.warning("not undone", function=self._function, error=type(error).__name__, where=where(error))
            return False
        await undo.undone()
        return True

    def _key(self, step: int) -> Key:
        return Key(self._function, self._ordinal, step)


class Effect:
    """One step: a `client.Mark` around its doing."""

    def __init__(self, call: CallEffects, key: Key, record: Record | None) -> None:
        self._call = call
        self._key = key
        self.record = record
        if record is not None:
            call.found(key)

    @property
    def step(self) -> int:
        return self._key.step

    async def begin(self) -> None:
        await self._call.begin(self._key)

    async def done(self, result: Any) -> None:
        await self._call.done(self._key, result)

    async def undone(self) -> None:
        await self._call.undone([self._key])

    def undo(self, action: Callable[[], Awaitable[object]], *, after_failure: bool) -> None:
        self._call.undo(action, self.undone, after_failure=after_failure)

    async def once(self, work: Callable[[], Awaitable[T]], *, repeatable: bool) -> Any:
        """Raises `errors.OutcomeUnknown` for what was begun before and may have happened."""
        if self.record is not None:
            if self.record.is_done:
                return self.record.result
            if not repeatable:
                raise OutcomeUnknown("begun earlier, and nobody knows whether it happened")
        await self.begin()
        try:
            result = json.loads(to_json(await work(), inf_nan_mode="null"))
        except OutcomeUnknown:
            raise
        except Exception:
            await self.undone()
            raise
        await self.done(result)
        return result
