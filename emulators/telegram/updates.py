"""The queue of updates: what the bot may hear, in order, until it has confirmed it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from .changes import Changes
from .clock import Clock
from .wire import Json, words

MESSAGE_LIFETIME_S = 24 * 60 * 60
CALLBACK_LIFETIME_S = 150

KINDS = frozenset(
    words(
        "message edited_message channel_post edited_channel_post inline_query chosen_inline_result callback_query "
        "shipping_query pre_checkout_query poll poll_answer my_chat_member chat_member chat_join_request chat_boost "
        "removed_chat_boost message_reaction message_reaction_count business_connection business_message "
        "edited_business_message deleted_business_messages purchased_paid_media managed_bot guest_message"
    )
)
BY_DEFAULT = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True, slots=True)
class Pending:
    """An update that waits. `insisted` ones are told once, whatever offset the bot asks from."""

    update_id: int
    value: Any
    lane: Hashable
    """A webhook gets one update of a lane at a time: a chat's messages, or a user's callback queries."""
    expires_at: float
    insisted: bool = False


class UpdateQueue:
    def __init__(self, changes: Changes, clock: Clock, first_id: int = 900_000_001) -> None:
        self.allowed = BY_DEFAULT
        self.pending: list[Pending] = []
        self._told: dict[int, Pending] = {}
        self._next_id = first_id
        self._changes = changes
        self._clock = clock

    def add(self, kind: str, content: Json, lane: Hashable, lifetime: float = MESSAGE_LIFETIME_S) -> int | None:
        """The id of the new update; `None` when the bot did not ask for this kind."""
        if kind not in self.allowed:
            return None
        update_id = self._take_id()
        self._put(Pending(update_id, {"update_id": update_id, kind: content}, lane, self._clock.now() + lifetime))
        return update_id

    def inject(self, value: Any) -> int | None:
        """Queue any JSON value. One whose id is no new one is told once and needs no confirmation."""
        expires_at = self._clock.now() + MESSAGE_LIFETIME_S
        if isinstance(value, dict):
            update_id = value.get("update_id", self._next_id)
            if type(update_id) is int and update_id >= self._next_id:
                self._next_id = update_id + 1
                self._put(Pending(update_id, {**value, "update_id": update_id}, ("injected", update_id), expires_at))
                return update_id
        self._put(Pending(self._next_id, value, "injected", expires_at, insisted=True))
        return None

    def repeat(self, update_id: int) -> None:
        known = self._told[update_id]
        self._put(Pending(update_id, known.value, known.lane, self._clock.now() + MESSAGE_LIFETIME_S, insisted=True))

    def confirm(self, offset: int) -> None:
        """Forget what is below `offset`; a negative one forgets all but the last `-offset`."""
        self._forget_expired()
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [update for update in self.pending if update.insisted or update.update_id >= offset]
        self._changes.tell()

    def batch(self, limit: int) -> list[Any]:
        """What is to be told now; it stays until it is confirmed."""
        self._forget_expired()
        told = self.pending[:limit]
        self.pending = [update for update in told if not update.insisted] + self.pending[limit:]
        return [update.value for update in told]

    def first_of(self, lane: Hashable) -> Pending | None:
        self._forget_expired()
        return next((update for update in self.pending if update.lane == lane), None)

    def done(self, update: Pending) -> None:
        self.pending = [other for other in self.pending if other is not update]
        self._changes.tell()

    def clear(self) -> None:
        self.pending.clear()

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _put(self, update: Pending) -> None:
        self.pending.append(update)
        self._told[update.update_id] = update
        self._changes.tell()

    def _forget_expired(self) -> None:
        now = self._clock.now()
        self.pending = [update for update in self.pending if update.expires_at > now]
