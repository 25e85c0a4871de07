"""A chat seen from the people's side: they write, record and press; the bot's messages are read here."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from .formatting import found_entities
from .messages import BotMessage, CallbackQuery, Message, SentMessage
from .people import GROUP_ANONYMOUS_BOT, Person, member_to_wire
from .senders import How, Senders
from .updates import CALLBACK_LIFETIME_S
from .wire import Json
from .world import World

ChatType = Literal["private", "group", "supergroup"]
EventType = Literal["message", "edit", "delete", "action", "callback_answer"]


@dataclass(frozen=True, slots=True)
class ChatEvent:
    """Something that a person who looks at the chat sees. `number` counts from 1; `content` is the message, or what
    the bot does."""

    number: int
    type: EventType
    content: Message | Json


class Chat(Senders):
    """Sending is in `Senders`; here is what was sent, and what people do besides."""

    def __init__(
        self,
        world: World,
        id: int,  # noqa: A002
        title: str,
        *,
        members: Sequence[Person],
        administrators: Sequence[Person] = (),
        type: ChatType = "private",  # noqa: A002
        forum: bool = False,
    ) -> None:
        super().__init__(world)
        self.id = id
        self.title = title
        self.type = type
        self.forum = forum
        self.administrators = list(administrators)
        self.members = [*members, *(person for person in administrators if person not in members)]
        self.blocked = False
        self.history: dict[int, Message] = {}
        """Every message of either side, by id; deleted ones stay, marked."""
        self.actions: list[tuple[float, str, int | None]] = []
        """Chat actions of the bot: (monotonic time, action, thread)."""
        self.topics: dict[int, Message] = {}
        self.events: list[ChatEvent] = []
        self._taken = 0
        self._last_id = 1  # the first message of a supergroup is its creation, and 1 is the thread of General

    @property
    def messages(self) -> list[BotMessage]:
        """All messages of the bot, in order."""
        return [message for message in self.history.values() if isinstance(message, BotMessage)]

    async def next_message(self, timeout: float = 20) -> BotMessage:
        """The next message of the bot that this has not returned yet."""

        def look() -> BotMessage | None:
            return self.messages[self._taken] if len(self.messages) > self._taken else None

        try:
            async with asyncio.timeout(timeout):
                message = await self._world.changes.until(look)
        except TimeoutError:
            raise TimeoutError(f"no further message in chat {self.id} within {timeout} s") from None
        self._taken += 1
        return message

    async def wait_until(self, condition: Callable[["Chat"], bool], timeout: float = 20) -> None:
        """Looks again whenever anything has happened in the emulator."""
        async with asyncio.timeout(timeout):
            await self._world.changes.until(lambda: condition(self) or None)

    async def edit_text(self, message_id: int, text: str) -> SentMessage:
        """A person edits a text message of his own (`edited_message`)."""
        message = self.history[message_id]
        wire = {name: value for name, value in message.wire.items() if name != "entities"}
        wire |= {"text": text, "edit_date": self._world.clock.date()} | _entities_of(text, "entities")
        message.wire = wire
        self.note("edit", message)
        return SentMessage(message_id, self._world.updates.add("edited_message", wire, ("chat", self.id)), wire)

    async def press(
        self, message: BotMessage, text: str | None = None, *, data: str | None = None, by: Person | None = None
    ) -> CallbackQuery:
        """Press an inline button, found by its text; or send any `data`, also what no button holds."""
        if data is None:
            button = message.button(text or "")
            if button is None or button.data is None:
                raise LookupError(f"no button {text!r} with callback data among {message.buttons}")
            data = button.data
        person = by or self._somebody()
        number = self._world.next_number()
        query = CallbackQuery(
            str(1_198_536_345_678_900_000 + number), data, self._world.clock.now(), self._world.changes, self.id
        )
        self._world.callbacks[query.id] = query
        gone = {"chat": self.to_wire(), "message_id": message.message_id, "date": 0}
        content = {
            "id": query.id,
            "from": person.to_wire(),
            "message": gone if message.deleted else message.wire,
            "chat_instance": str(-4_700_000_000_000_000_000 - self.id),
            "data": data,
        }
        lane = ("callback", person.id)
        query.update_id = self._world.updates.add("callback_query", content, lane, CALLBACK_LIFETIME_S)
        return query

    def block(self) -> None:
        """The person of a private chat blocks the bot; a group throws it out."""
        self._change_membership(blocked=True)

    def remove(self) -> None:
        """A group lets the bot go and does not ban it."""
        self._change_membership(blocked=True, gone="left")

    def unblock(self) -> None:
        self._change_membership(blocked=False)

    def create_topic(self, name: str) -> int:
        """The `message_thread_id` of a new topic of the forum."""
        if not self.forum:
            raise ValueError("only a forum has topics")
        thread = self._last_id + 1
        root = Message({"message_id": thread, "forum_topic_created": {"name": name, "icon_color": 7322096}}, 0)
        self.topics[thread] = root
        self._send({"forum_topic_created": root.wire["forum_topic_created"]}, {"thread": thread}, data=None)
        return thread

    def to_wire(self) -> Json:
        if self.type == "private":
            person = self.members[0].to_wire()
            shown = {name: person[name] for name in person if name in ("first_name", "last_name", "username")}
            return {"id": self.id} | shown | {"type": "private"}
        group: Json = {"id": self.id, "title": self.title, "type": self.type}
        if self.type == "group":
            group["all_members_are_administrators"] = False
        return group | ({"is_forum": True} if self.forum else {})

    def status_of(self, user_id: int) -> str | None:
        """`administrator`, `member`, `left` or `kicked`; `None` for somebody unknown."""
        if user_id == self._world.bot.id:
            return "kicked" if self.blocked else "member"
        if any(person.id == user_id for person in self.administrators):
            return "administrator"
        if any(person.id == user_id for person in self.members):
            return "member"
        return "left" if user_id in self._world.people else None

    def next_id(self) -> int:
        """Supergroups number their messages for themselves; all other chats share one row."""
        if self.type != "supergroup":
            return self._world.next_message_id()
        self._last_id += 1
        return self._last_id

    def place(self, sender: Json, thread: int | None, reply_to: int | None) -> Json:
        """The fields that every new message has."""
        wire: Json = {"message_id": self.next_id(), "from": sender, "chat": self.to_wire()}
        wire["date"] = self._world.clock.date()
        if thread is not None:
            wire |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is not None:
            replied = self.history[reply_to].wire
            wire["reply_to_message"] = {name: replied[name] for name in replied if name != "reply_to_message"}
        elif thread in self.topics and thread in self.history:
            # A message of a topic that answers nothing is shown as an answer to the topic's beginning.
            root = self.history[thread].wire
            wire["reply_to_message"] = {name: root[name] for name in root if name != "reply_to_message"}
        return wire

    def note(self, kind: EventType, content: Message | Json) -> None:
        """For those who look at the chat; a message is stored by this, too."""
        if kind == "message" and isinstance(content, Message):
            self.history[content.message_id] = content
        self.events.append(ChatEvent(len(self.events) + 1, kind, content))
        self._world.changes.tell()

    def _send(self, content: Json, how: How, *, data: bytes | None, caption: str | None = None) -> SentMessage:
        person = how.get("by") or self._somebody()
        thread = how.get("thread")
        if thread is not None and thread not in self.topics:
            raise LookupError(f"no topic {thread} in chat {self.id}")
        anonymous = how.get("anonymous", False)
        sender = GROUP_ANONYMOUS_BOT if anonymous else person
        wire = self.place(sender.to_wire(), thread, how.get("reply_to"))
        if anonymous:
            wire |= {"sender_chat": self.to_wire()}
        if how.get("forwarded"):
            name, date = "Пётр", self._world.clock.date() - 3600
            origin = {"type": "hidden_user", "date": date, "sender_user_name": name}
            wire |= {"forward_origin": origin, "forward_sender_name": name, "forward_date": date}
        wire |= content
        if caption:
            wire |= {"caption": caption} | _entities_of(caption, "caption_entities")
        self.note("message", Message(wire, self._world.clock.now(), data))
        update_id = self._world.updates.add("message", wire, ("chat", self.id)) if self._is_heard(wire) else None
        return SentMessage(wire["message_id"], update_id, wire)

    def _somebody(self) -> Person:
        if not self.members:
            raise LookupError(f"nobody is in chat {self.id}")
        return self.members[0]

    def _is_heard(self, wire: Json) -> bool:
        """In a group a bot in privacy mode is told of commands, mentions and answers to its messages only."""
        if self.blocked:
            return False
        if self.type == "private" or not self._world.privacy_mode or "forum_topic_created" in wire:
            return True
        if wire.get("reply_to_message", {}).get("from", {}).get("id") == self._world.bot.id:
            return True
        text = wire.get("text") or wire.get("caption") or ""
        me = f"@{self._world.bot.username}"
        if text.startswith("/"):
            command = text.split()[0]
            return "@" not in command or command.endswith(me)
        return me in text

    def _change_membership(self, *, blocked: bool, gone: str = "kicked") -> None:
        bot = self._world.bot.to_wire()
        old, new = (gone, "member") if self.blocked else ("member", gone)
        if self.blocked == blocked:
            return
        self.blocked = blocked
        content = {
            "chat": self.to_wire(),
            "from": self._somebody().to_wire(),
            "date": self._world.clock.date(),
            "old_chat_member": member_to_wire(bot, old),
            "new_chat_member": member_to_wire(bot, new),
        }
        self._world.updates.add("my_chat_member", content, ("chat", self.id))


def _entities_of(text: str, field: str) -> Json:
    entities = found_entities(text)
    return {field: entities} if entities else {}
