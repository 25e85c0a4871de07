"""What functions do to the world, and that it is done once.

A turn may be run again: after a broken connection, after a crash. Then the model calls its functions again, and what
was done already must not be done twice. Each effect has the key (turn, function, ordinal of the call, step of the
call) and is journalled around its doing: `begun` before it, `done` with its result after it. One that was begun, and
of which nothing more is known, is not repeated.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol, TypeVar

import structlog
from pydantic_core import to_json

from errors import OutcomeUnknown, StorageError, where

log = structlog.get_logger(__name__)

T = TypeVar("T")
UNDO_S = 10.0
"""For all that one call takes back."""
PRESS, PHOTO = "press:", "photo:"
"""Turns whose question is in our words: a button was pressed, a photo stayed alone."""
WHOLE = 0
"""The step that stands for the whole call."""


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
        async with self._loading:
            if self._records is None:
                self._records = await self._journal.load(self.turn) if self._journal else {}
        return self._records.get(key)

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


class CallEffects:
    """Those of one call, in the order in which the function has them."""

    def __init__(self, effects: Effects, function: str, ordinal: int) -> None:
        self._effects = effects
        self._function = function
        self._ordinal = ordinal
        self._steps = 0
        self._undos: list[tuple[Key | None, Callable[[], Awaitable[object]]]] = []
        self._mine: list[Key] = []

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

    async def ended(self, result: Any) -> None:
        """The call is over; its result is kept if something was done."""
        if self._mine:
            await self._effects.done(self._key(WHOLE), result)

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

    def undo(self, action: Callable[[], Awaitable[object]]) -> None:
        """How the latest effect is taken back."""
        self._undos.append((self._mine[-1] if self._mine else None, action))

    async def take_back(self) -> bool:
        """Run what was registered, the latest first; true when nothing of the call is left in the world."""
        undos, self._undos = self._undos[::-1], []
        try:
            async with asyncio.timeout(UNDO_S):
                for key, action in undos:
                    await action()
                    if key is not None:
                        await self.undone([key])
        except Exception as error:  # a function's own code
            log.warning("not undone", function=self._function, error=type(error).__name__, where=where(error))
        return not self._mine

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


class Messages:
    """A step that sends: its `client.Marks`. The first message has the step's own key, each other one beside it.

    A message counts as sent when what it holds is what was sent then. A sending that was cut off between two messages
    is completed; when the model has other words for it now, these are sent whole.
    """

    def __init__(self, call: CallEffects, first: Effect) -> None:
        self._first = first
        self._rest = call.part(str(first.step))
        self._effects = [first]

    async def sent(self) -> int | None:
        """The number of the last message, when all of them arrived in an earlier run of the turn, whatever they held.
        Raises `errors.OutcomeUnknown` when nobody knows that of one of them."""
        numbers = [number for _, number in await self._marks(_held(self._first))]
        return numbers[-1] if numbers and None not in numbers else None

    async def of(self, parts: Sequence[bytes]) -> "list[tuple[MessageMark, int | None]]":
        digests = [sha256(part).hexdigest() for part in parts]
        if digests == _held(self._first):
            return await self._marks(digests)
        return [(mark, None) for mark, _ in await self._marks(digests)]

    async def _marks(self, digests: list[str]) -> "list[tuple[MessageMark, int | None]]":
        while len(self._effects) < len(digests):
            self._effects.append(await self._rest.next())
        return [self._mark(number, digests) for number in range(len(digests))]

    def _mark(self, number: int, digests: list[str]) -> "tuple[MessageMark, int | None]":
        effect, digest = self._effects[number], digests[number]
        if effect.record is not None and not effect.record.is_done:
            raise OutcomeUnknown("sent earlier, and nobody knows whether it arrived")
        held = {"digest": digest} | ({"digests": digests} if number == 0 else {})
        before = effect.record.result if effect.record else {}
        return MessageMark(effect, held), before["message"] if before.get("digest") == digest else None


class MessageMark:
    """A `client.Mark` that keeps what the message held."""

    def __init__(self, effect: Effect, held: dict[str, Any]) -> None:
        self._effect = effect
        self._held = held

    async def begin(self) -> None:
        await self._effect.begin()

    async def done(self, result: Any) -> None:
        await self._effect.done({"message": result, **self._held})

    async def undone(self) -> None:
        await self._effect.undone()


def _held(first: Effect) -> list[str]:
    """The digests of an earlier run; of a first message that is only begun there is one, which nobody knows."""
    if first.record is None:
        return []
    return first.record.result["digests"] if first.record.is_done else [""]
