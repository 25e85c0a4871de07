"""What all connections of one emulator have in common: behaviour, queued faults, handles, where turns are recorded."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from emulators.gemini_live.answers import Answer, Remembered
from emulators.gemini_live.faults import Fault, Moment, TimedFault, TurnFault
from emulators.gemini_live.memory import Handles
from emulators.gemini_live.records import Connection, Heard, Turn

F = TypeVar("F", bound=Fault)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the emulated server behaves where the real one varies."""

    pace: float | None = None
    """Speech is sent at this multiple of real time; `None`: as fast as possible."""
    playback_scale: float = 0.0
    """`turnComplete` comes when the speech would have been played; 1.0 is real time, 0 at once."""
    bundle: bool = False
    """Speech, transcript and `turnComplete` share messages."""
    context_tokens: int | None = 131_072
    """A longer context is closed with 1007 unless compression was asked for; `None`: no limit."""
    max_frame_bytes: int = 16 * 1024 * 1024
    """A longer message is closed with 1009."""
    untold_tokens: int = 0
    """Counted in `promptTokenCount` and missing from its details, as the real server does (25 to 51)."""
    thoughts_tokens: int = 0
    """`thoughtsTokenCount`; not part of the total, as on the real server."""
    keep: int | None = None
    """So many of the last turns and closed connections are kept in the records; `None`: all."""


class Bell:
    """Wakes everybody who waits for something to change."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for rung in waiting:
            if not rung.done():
                rung.set_result(None)

    async def rung(self) -> None:
        rung = asyncio.get_running_loop().create_future()
        self._waiting.add(rung)
        await rung


@dataclass(eq=False, slots=True)
class _Queued:
    fault: Fault
    left: int | None
    connection: Connection | None


class FaultQueue:
    """Faults in the order in which they were queued; each strikes its number of times."""

    def __init__(self) -> None:
        self._queued: list[_Queued] = []

    def add(self, fault: Fault, times: int | None, connection: Connection | None) -> None:
        self._queued.append(_Queued(fault, times, connection))

    def take(self, kind: type[F], connection: Connection | None, at: Callable[[F], bool] = lambda _: True) -> F | None:
        """The first fault of `kind` that is meant for this connection and this moment."""
        for queued in self._queued:
            fault = queued.fault
            if queued.connection in (None, connection) and isinstance(fault, kind) and at(fault):
                if queued.left is not None:
                    queued.left -= 1
                    if queued.left <= 0:
                        self._queued.remove(queued)
                return fault
        return None

    def take_timed(self, moment: Moment, connection: Connection, chunks: int = 0) -> TimedFault | None:
        return self.take(
            TimedFault,
            connection,
            lambda fault: fault.at is moment and (moment is not Moment.CHUNK or fault.chunks == chunks),
        )

    def take_for_turn(self, connection: Connection) -> TurnFault | None:
        return self.take(TurnFault, connection)


@dataclass(frozen=True, slots=True)
class Shared:
    keys: frozenset[str]
    behaviour: Behaviour
    answer: Callable[[Heard, Sequence[Remembered]], Awaitable[Answer]]
    ended: Callable[[Turn], None]
    bell: Bell = field(default_factory=Bell)
    """Rung after each thing that happens."""
    faults: FaultQueue = field(default_factory=FaultQueue)
    handles: Handles = field(default_factory=Handles)
