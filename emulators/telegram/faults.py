"""Failures that a test (or a person at the demo) can order, method by method. None of them is random."""

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """429 with `parameters.retry_after`, in seconds; nothing is delivered."""

    retry_after: int = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """Any 4xx or 5xx; `description` as the server words it, e.g. `Forbidden: bot was blocked by the user`."""

    status: int
    description: str


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """These bytes instead of an answer (a proxy's HTML page, half a JSON); nothing is delivered."""

    body: bytes
    status: int = 200
    mime: str = "text/html"


@dataclass(frozen=True, slots=True)
class ConnectionCut:
    """The connection is reset before the call takes effect."""


@dataclass(frozen=True, slots=True)
class DeliveredButNotTold:
    """The call takes effect, then the connection is reset instead of the answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer for `seconds` (`None`: until `InjectedFault.release()`); then the call goes on as usual.

    A client that hangs up meanwhile has not delivered anything; the outcome of the call is then `hung`.
    """

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SlowBody:
    """The answer (or the downloaded file) trickles: `piece` bytes every `interval` seconds."""

    piece: int = 1024
    interval: float = 0.05


@dataclass(frozen=True, slots=True)
class CutAt:
    """The connection ends after this many bytes of the answer's (or the file's) body."""

    byte: int


@dataclass(frozen=True, slots=True)
class GarbageUpdates:
    """For `getUpdates`: these JSON values stand in front of the updates of one batch that has any (or at once)."""

    items: tuple[Any, ...] = (
        {"update_id": "not a number"},
        {"update_id": 1, "message": {"message_id": "x", "voice": {}}},
        None,
        [],
        "garbage",
    )


Fault = (
    TooManyRequests
    | Refusal
    | RawAnswer
    | ConnectionCut
    | DeliveredButNotTold
    | Hang
    | SlowBody
    | CutAt
    | GarbageUpdates
)


@dataclass(eq=False, slots=True)
class InjectedFault:
    """A fault that waits for its calls: `left` more times, for one chat or any."""

    method: str
    fault: Fault
    left: int
    chat_id: int | None = None
    met: int = 0
    """How many calls have met it."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """End a `Hang`: all calls that are held go on, later ones are not held."""
        self.released.set()


class FaultBook:
    """The ordered faults; of those that fit a call the oldest with times left is used."""

    def __init__(self) -> None:
        self._faults: list[InjectedFault] = []

    def add(self, fault: InjectedFault) -> InjectedFault:
        self._faults.append(fault)
        return fault

    def take(self, method: str, chat_id: object) -> InjectedFault | None:
        for fault in self._faults:
            fits = fault.method.lower() == method.lower() and fault.chat_id in (None, chat_id)
            if fits and fault.left > 0:
                fault.left -= 1
                fault.met += 1
                return fault
        return None

    def clear(self) -> None:
        for fault in self._faults:
            fault.left = 0
            fault.release()
        self._faults.clear()
