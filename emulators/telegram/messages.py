"""Messages as both sides see them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button (`data` or `url`), or one of a reply keyboard (only `text`)."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What a person sent; `update_id` of the update that tells the bot, `None` when it is not told."""

    message_id: int
    update_id: int | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What a message said before it was edited."""

    at: float
    text: str | None
    caption: str | None
    buttons: list[list[Button]]


class BotMessage:
    """A message of the bot. It is edited in place: hold on to it and watch it change."""

    message_id: int
    kind: str
    """text, voice, audio, photo, document, video, ..."""
    text: str | None
    caption: str | None
    buttons: list[list[Button]]
    data: bytes | None
    file_name: str | None
    mime: str | None
    duration: int | None
    reply_to: int | None
    thread: int | None
    edits: list[Edit]
    deleted: bool
    silent: bool
    at: float
    """`time.monotonic()` of its sending."""


class CallbackAnswer:
    text: str | None
    show_alert: bool


class CallbackQuery:
    """A pressed button. `await query.answer(timeout=10)` waits for the bot's answerCallbackQuery."""

    id: str
    update_id: int | None
    answered: CallbackAnswer | None

    async def answer(self, timeout: float = 10) -> CallbackAnswer:
        raise NotImplementedError
