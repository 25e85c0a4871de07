"""What a raw update says about itself, read without trusting any of it."""

from typing import NamedTuple

from telegram import Bot, Update

from updates.inbox import RawUpdate

KINDS = frozenset(Update.ALL_TYPES)


class LaneKey(NamedTuple):
    """A private chat has the number of its user, so that what a user does outside of any chat joins it."""

    chat: int
    topic: int | None = None


NOWHERE = LaneKey(0)


def parse(raw: RawUpdate, bot: Bot) -> Update:
    """Raises whatever the library's parser raises at missing and wrong-typed fields: it does not promise which."""
    return Update.de_json(raw, bot)


def kind_of(raw: RawUpdate) -> str:
    """One of the Bot API's names, or `unknown`: never a word that an update brought along."""
    return next((key for key in raw if key in KINDS), "unknown")


def lane_key(raw: RawUpdate) -> LaneKey:
    body = next((value for value in raw.values() if isinstance(value, dict)), {})
    message = body if "chat" in body else _object(body, "message")
    if (chat := _number(_object(message, "chat"), "id")) is not None:
        # Replies in ordinary supergroups carry a thread number too; only a forum's topic is a conversation of its own.
        in_topic = message.get("is_topic_message") is True
        return LaneKey(chat, _number(message, "message_thread_id") if in_topic else None)
    person = _object(body, "from") or _object(body, "user")
    number = _number(person, "id")
    return NOWHERE if number is None else LaneKey(number)


def _object(value: dict[str, object], key: str) -> dict[str, object]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _number(value: dict[str, object], key: str) -> int | None:
    number = value.get(key)
    return number if isinstance(number, int) and not isinstance(number, bool) else None
