"""Everything that there is on the emulated side of Telegram."""

import asyncio
from typing import TYPE_CHECKING, Any

from .calls import Call
from .changes import Changes
from .clock import Clock
from .files import FileStore
from .messages import CallbackQuery
from .people import Person
from .profile import Profile
from .updates import UpdateQueue
from .webhook import Webhook
from .wire import ApiError, bad_request

if TYPE_CHECKING:
    from .chat import Chat


class World:
    """The shared state; the methods of the Bot API and the people of the chats both act on it."""

    def __init__(self, token: str, username: str, webhook_retry_s: float) -> None:
        self.token = token
        self.bot = Person(int(token.split(":", maxsplit=1)[0]), "Ассистент", username=username, is_bot=True)
        self.clock = Clock()
        self.changes = Changes()
        self.updates = UpdateQueue(self.changes, self.clock)
        self.webhook = Webhook(self.updates, self.changes, webhook_retry_s)
        self.files = FileStore()
        self.profile = Profile()
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, Person] = {}
        self.no_voice: set[int] = set()
        """People whose settings forbid voice messages."""
        self.callbacks: dict[str, CallbackQuery] = {}
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.banner = ""
        """What the chat page says of what is real and what is not."""
        self.privacy_mode = False
        self.serve_ranges = True
        self.poll_number = 0
        self.asked_in_vain: tuple[int, float] | None = None
        """Offset and time of the last getUpdates when it neither waited nor got anything."""
        self._message_ids = 100
        self._numbers = 1000

    def next_message_id(self) -> int:
        """Private chats and basic groups share one row of numbers."""
        self._message_ids += 1
        return self._message_ids

    def next_number(self) -> int:
        """For albums, callback queries, polls."""
        self._numbers += 1
        return self._numbers

    def chat(self, chat_id: str) -> "Chat":
        if not chat_id:
            raise bad_request("chat_id is empty")
        try:
            return self.chats[int(chat_id)]
        except (KeyError, ValueError):
            raise bad_request("chat not found") from None

    def answer_callback(self, query_id: str) -> CallbackQuery:
        """The query that may still be answered."""
        query = self.callbacks.get(query_id)
        if query is None or query.answered or self.clock.now() - query.pressed_at > 150:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        return query

    async def next_updates(self, limit: int, timeout: int) -> list[Any]:
        """A long poll: the next updates, or none after `timeout` seconds. A later one ends it with 409."""
        if batch := self.updates.batch(limit):
            return batch
        if not timeout:
            return []
        self.poll_number += 1
        mine = self.poll_number

        def look() -> list[Any] | None:
            if self.webhook.url:
                raise ApiError(409, "Conflict: terminated by setWebhook request")
            if self.poll_number != mine:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            return self.updates.batch(limit) or None

        self.changes.tell()
        try:
            async with asyncio.timeout(timeout):
                return await self.changes.until(look)
        except TimeoutError:
            return []
