"""How fast new messages go out: our own limits keep Telegram from refusing, and its refusals are obeyed.

Only new messages are held. Telegram counts edits, chat actions and the answers to buttons for themselves.
"""

import asyncio
import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)

PRIVATE_EVERY_S, PRIVATE_BURST = 1.0, 20
GROUP_MOST, GROUP_IN_S = 20, 60.0
IN_ALL_A_SECOND = 30.0
MOST_CHATS = 10_000
"""Above it one is forgotten that nobody waits for: at worst Telegram refuses a message too many in it."""
CHATS_THAT_MEAN_ALL = 3
SAME_END_S = 2.0
"""Telegram rounds up to seconds, and answers travel."""
SLOW_S = 60.0
"""After a refusal for all everything goes out at `IN_ALL_A_SECOND`, or all who waited would come at once."""
_SHORTEST_S = 0.001


class Every:
    """One each `seconds`, and `burst` at once after a silence."""

    def __init__(self, seconds: float, burst: int = 1) -> None:
        self._seconds = seconds
        self._lead = (burst - 1) * seconds
        self._full_again = 0.0

    def due(self, now: float) -> float:
        """Seconds until the next one may go."""
        return self._full_again - self._lead - now

    def take(self, now: float) -> None:
        self._full_again = max(self._full_again, now) + self._seconds

    def idle(self, now: float) -> bool:
        """There is nothing to remember."""
        return self._full_again <= now


class Within:
    """So many in any stretch of `seconds`, as Telegram counts groups."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._sent: deque[float] = deque(maxlen=count)

    def due(self, now: float) -> float:
        return self._sent[0] + self._seconds - now if len(self._sent) == self._sent.maxlen else 0.0

    def take(self, now: float) -> None:
        self._sent.append(now)

    def idle(self, now: float) -> bool:
        return not self._sent or self._sent[-1] + self._seconds <= now


@dataclass(slots=True, eq=False)
class _Lane:
    limit: Every | Within
    refused_until: float = 0.0
    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def due(self, now: float) -> float:
        return max(self.limit.due(now), self.refused_until - now)

    def idle(self, now: float) -> bool:
        return not self.waiting and self.refused_until <= now and self.limit.idle(now)


@dataclass(frozen=True, slots=True)
class _Refusal:
    at: float
    until: float


class Pace:
    """Of one bot. Time is the event loop's."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[int, _Lane] = OrderedDict()
        self._in_all = Every(1 / IN_ALL_A_SECOND)
        self._turn_in_all = asyncio.Lock()
        self._refusals: dict[int, _Refusal] = {}
        self._all_refused_until = -math.inf

    def __len__(self) -> int:
        """Chats that are remembered."""
        return len(self._lanes)

    def due(self, chat: int) -> float:
        """Seconds that a new message would be held if it came now: above 0 the chat's burst is spent."""
        now, lane = _now(), self._lanes.get(chat)
        return max(0.0, self._all_refused_until - now, lane.due(now) if lane else 0.0)

    async def hold(self, chat: int, *, unasked: bool, at_most: float) -> None:
        """Wait for the turn of a new message. Raises TimeoutError after `at_most` seconds, or when it is sure to."""
        deadline = _now() + at_most
        lane = self._lane(chat)
        lane.waiting += 1
        try:
            async with asyncio.timeout_at(deadline), lane.turn:
                while (pause := max(lane.due(_now()), self._all_refused_until - _now())) > _SHORTEST_S:
                    await _pause(pause, deadline)
                if unasked or _now() < self._all_refused_until + SLOW_S:
                    await self._hold_in_all(deadline)
                lane.limit.take(_now())
        finally:
            lane.waiting -= 1

    def refused(self, chat: int, seconds: float) -> None:
        """Telegram answered a new message with 429.

        It does not say whether that holds for the chat or for the bot. It holds for all when three chats in a row were
        refused until the same moment and no message begun after that got through: a limit of the bot's has one end for
        everybody and lets nobody pass, limits of chats end each at its own time and leave the others alone.
        """
        now = _now()
        until = now + seconds
        lane = self._lane(chat)
        lane.refused_until = max(lane.refused_until, until)
        same = {
            other: refusal
            for other, refusal in self._refusals.items()
            if refusal.until > now and abs(refusal.until - until) <= SAME_END_S
        }
        self._refusals = same | {chat: _Refusal(now, until)}
        if len(self._refusals) >= CHATS_THAT_MEAN_ALL:
            if until > self._all_refused_until + SAME_END_S:
                log.warning("telegram refuses messages to all chats", seconds=round(seconds, 1))
            self._all_refused_until = max(refusal.until for refusal in self._refusals.values())
            self._refusals.clear()

    def passed(self, begun: float) -> None:
        """Telegram took a message whose request began at `begun` of the loop's time."""
        self._refusals = {chat: refusal for chat, refusal in self._refusals.items() if refusal.at > begun}

    async def _hold_in_all(self, deadline: float) -> None:
        async with self._turn_in_all:
            while (pause := max(self._in_all.due(_now()), self._all_refused_until - _now())) > _SHORTEST_S:
                await _pause(pause, deadline)
            self._in_all.take(_now())

    def _lane(self, chat: int) -> _Lane:
        lane = self._lanes.pop(chat, None)
        if lane is None:
            self._forget_idle()
            lane = _Lane(Within(GROUP_MOST, GROUP_IN_S) if chat < 0 else Every(PRIVATE_EVERY_S, PRIVATE_BURST))
        self._lanes[chat] = lane
        return lane

    def _forget_idle(self) -> None:
        """Two looks for each new chat: they go faster than new ones come."""
        now = _now()
        for _ in range(min(2, len(self._lanes))):
            chat, lane = self._lanes.popitem(last=False)
            if not lane.idle(now):
                self._lanes[chat] = lane
        if len(self._lanes) >= MOST_CHATS:
            unneeded = next((chat for chat, lane in self._lanes.items() if not lane.waiting), None)
            if unneeded is not None:
                del self._lanes[unneeded]


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _pause(seconds: float, deadline: float) -> None:
    if _now() + seconds > deadline:
        raise TimeoutError
    await asyncio.sleep(seconds)
