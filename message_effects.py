"""Messages as effects: which of a sending arrived in an earlier run, and how those of a call are taken back."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from effects import CallEffects, Effect
from errors import NotDelivered, OutcomeUnknown

Unsend = Callable[[Sequence[int]], Awaitable[bool]]
"""`client.Client.take_back`."""


class Messages:
    """A step that sends: its `client.Marks`. The first message has the step's own key, each other one beside it.

    A message counts as sent when what it holds is what was sent then. A sending that was cut off between two messages
    is completed; when the model has other words for it now, these are sent whole.
    """

    def __init__(self, call: CallEffects, first: Effect, unsend: Unsend) -> None:
        self._first = first
        self._rest = call.part(str(first.step))
        self._effects = [first]
        self._takes_back = partial(take_back_message, call, unsend)
        self._known: set[int] = set()

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
        if before and number not in self._known:
            self._known.add(number)
            self._takes_back(effect, before.get("messages", [before["message"]]))
        return MessageMark(effect, held, self._takes_back), before["message"] if before.get(
            "digest"
        ) == digest else None


class MessageMark:
    """A `client.Mark` that keeps what the message held."""

    def __init__(
        self, effect: Effect, held: dict[str, Any], takes_back: Callable[[Effect, Sequence[int]], None]
    ) -> None:
        self._effect = effect
        self._held = held
        self._takes_back = takes_back

    async def begin(self) -> None:
        await self._effect.begin()

    async def done(self, messages: Sequence[int]) -> None:
        self._takes_back(self._effect, messages)
        await self._effect.done({"message": messages[-1], "messages": list(messages), **self._held})

    async def undone(self) -> None:
        await self._effect.undone()


def _held(first: Effect) -> list[str]:
    """The digests of an earlier run; of a first message that is only begun there is one, which nobody knows."""
    if first.record is None:
        return []
    return first.record.result["digests"] if first.record.is_done else [""]


def take_back_message(call: CallEffects, unsend: Unsend, effect: Effect, messages: Sequence[int]) -> None:
    """When the call is stopped, what it sent is deleted; when it fails by itself, that stays."""

    async def unsent() -> None:
        if not await unsend(messages):
            raise NotDelivered("a message stays in the chat")

    call.undo(unsent, effect.undone, after_failure=False)
