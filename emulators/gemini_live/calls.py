"""Function calls that the model made on one connection, and what became of each."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from emulators.gemini_live.answers import Answer, Call
from emulators.gemini_live.records import FunctionResult
from emulators.gemini_live.refusal import Refusal, invalid_argument
from emulators.gemini_live.setup import PLAIN, Settled

_NUMBERS = itertools.count(1)


class State(Enum):
    OPEN = auto()
    ANSWERED = auto()
    CANCELLED = auto()


@dataclass(eq=False, slots=True)
class Batch:
    """Calls that the model made together, and what it says when the last of them was answered."""

    then: Answer | None
    blocking: bool
    left: int
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class _Made:
    name: str
    batch: Batch
    state: State = State.OPEN


@dataclass(frozen=True, slots=True)
class Response:
    """An accepted `functionResponse`; `batch` is set with the one that completed it."""

    result: FunctionResult
    scheduling: str
    batch: Batch | None


class Calls:
    """Gives out ids and takes responses, by the order the server insists on."""

    def __init__(self, settled: Settled) -> None:
        self._settled = settled
        self.functions = dict(settled.functions)
        self._made: dict[str, _Made] = {}

    def make(self, calls: Sequence[Call], then: Answer | None) -> tuple[list[dict[str, Any]], Batch]:
        """The wire form of `calls`. They block when one of them is declared so."""
        batch = Batch(then, any(self.functions.get(call.name, False) for call in calls), len(calls))
        wire = []
        for call in calls:
            number = f"function-call-{next(_NUMBERS)}"
            self._made[number] = _Made(call.name, batch)
            wire.append({"id": number, "name": call.name, "args": call.args})
        return wire, batch

    def cancel_blocking(self) -> list[str]:
        """The ids of open calls that block; responses to them are refused from now on."""
        cancelled = []
        for number, made in self._made.items():
            if made.state is State.OPEN and made.batch.blocking:
                made.state = State.CANCELLED
                cancelled.append(number)
        return cancelled

    def respond(self, response: dict[str, Any]) -> Response:
        """Raises Refusal for a response that nobody waits for."""
        made = self._made.get(response.get("id", ""))
        if made is None:
            raise invalid_argument("A function response with an unknown id.")
        if made.state is State.ANSWERED:
            raise invalid_argument("The function call was already answered.")
        if made.state is State.CANCELLED:
            raise Refusal(1008, "Operation is not implemented, or supported, or enabled. The call was cancelled.")
        if response.get("name", "") != made.name:
            raise invalid_argument("A function response with another name than its call.")
        if "response" not in response:
            raise invalid_argument("A function response without a response.")
        scheduling = response.get("scheduling") or response["response"].get("scheduling") or "WHEN_IDLE"
        if "scheduling" in response and self._settled.model != PLAIN:
            raise Refusal(1007, "Function response scheduling is not supported.")
        finished = None
        if not response.get("willContinue", False):
            made.state = State.ANSWERED
            made.batch.left -= 1
            if not made.batch.left:
                made.batch.done.set()
                finished = made.batch
        return Response(FunctionResult(made.name, response["response"]), scheduling, finished)
