"""One new message on its way to Telegram: held while it is too early, tried again while it is certainly not there."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from telegram import Message
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from handlers.ledger import Entry, SendKey
from handlers.outcomes import Attempt, Failure, Verdict, attempt
from handlers.pacing import Pace

TRY_S = 90.0
"""For all attempts and the pauses between them."""
HOLD_S = 300.0
"""For being held, on top of it. Nothing else can reach a chat that is held."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes."""

    chat: int
    topic: int | None = None
    reply_to: int | None = None


Call = Callable[[Place], Awaitable[Message]]
"""One request for one message."""


class NotSent(Exception):
    """Telegram did not take the message, or did not say that it did; that was logged.

    NotSent
    ├── Unknown           it may be in the chat: never send it again without being asked
    ├── Repeated          it was handed over before, says the ledger; nothing was sent now
    ├── GivenUp           it is not wanted any more, and was not there yet
    ├── Blocked           the person blocked the bot or is gone, the group threw it out: nothing will arrive any more
    ├── Refused           any other 4xx
    └── VoiceForbidden    neither as a voice message nor as an audio file, and there are no words to send instead

    The message of an error names what happened, for logs; `key` is that of the message, when it had one.
    """

    key: SendKey | None = None


class Unknown(NotSent):
    pass


class Repeated(NotSent):
    pass


class GivenUp(NotSent):
    pass


class Blocked(NotSent):
    pass


class VoiceForbidden(NotSent):
    pass


class Refused(NotSent):
    """`words` are Telegram's, in small letters."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(reason)
        self.words = words


class Delivery:
    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def deliver(self, call: Call, place: Place, entry: Entry, *, unasked: bool = False) -> Message:
        """The message as Telegram has it. Raises `NotSent`."""
        left, hold, pause, held = TRY_S, HOLD_S, FIRST_PAUSE_S, False
        loop = asyncio.get_running_loop()
        while True:
            if entry.given_up:
                raise GivenUp("a newer message came")
            if not held:
                hold -= await self._hold(place, unasked=unasked, at_most=hold)
                held = True
            if not await entry.hand_over():
                raise Repeated("handed over before")
            begun = loop.time()
            answer = await self._attempt(call, place, entry, left)
            if isinstance(answer, Message):
                return answer
            left -= loop.time() - begun
            match answer.verdict:
                case Verdict.LIMITED:
                    self._pace.refused(place.chat, answer.wait)
                    held = False
                case Verdict.NOT_THERE if (jittered := pause * random.uniform(0.5, 1.0)) < left:  # noqa: S311
                    await asyncio.sleep(jittered)
                    left, pause = left - jittered, min(2 * pause, LONGEST_PAUSE_S)
                case Verdict.REFUSED if (elsewhere := _elsewhere(place, answer.error)) is not None:
                    place = elsewhere
                case _:
                    raise _given_up(answer)

    async def _hold(self, place: Place, *, unasked: bool, at_most: float) -> float:
        """The seconds it took."""
        begun = asyncio.get_running_loop().time()
        try:
            await self._pace.hold(place.chat, unasked=unasked, at_most=at_most)
        except TimeoutError:
            raise NotSent("held too long") from None
        return asyncio.get_running_loop().time() - begun

    async def _attempt(self, call: Call, place: Place, entry: Entry, seconds: float) -> Message | Failure:
        begun = asyncio.get_running_loop().time()
        entry.out = Attempt()
        answer = await attempt(lambda: call(place), entry.out, seconds)
        if isinstance(answer, Message):
            self._pace.passed(begun)
            entry.message_id = answer.message_id
        elif answer.verdict is not Verdict.UNKNOWN:
            entry.out = None
        return answer


def _elsewhere(place: Place, error: TelegramError | TimeoutError) -> Place | None:
    """Where the message belongs instead.

    A topic is not found when it was deleted, and also when the group has ceased to be a forum: without it everybody who
    could read the topic can read the answer, and the question is not left without one.
    """
    if isinstance(error, ChatMigrated) and error.new_chat_id != place.chat:
        return Place(error.new_chat_id)
    if isinstance(error, BadRequest) and place.topic is not None and "thread not found" in str(error).casefold():
        return replace(place, topic=None)
    return None


def _given_up(failure: Failure) -> NotSent:
    reason = type(failure.error).__name__
    if failure.verdict is Verdict.UNKNOWN:
        return Unknown(reason)
    if isinstance(failure.error, Forbidden):
        return Blocked(reason)
    if failure.verdict is Verdict.REFUSED:
        return Refused(reason, str(failure.error).casefold())
    return NotSent(reason)
