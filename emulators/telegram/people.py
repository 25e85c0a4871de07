"""Who there is: people, and chats as the wire shows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram account; its private chat with the bot has the same id."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
