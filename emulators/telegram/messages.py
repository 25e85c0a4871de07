"""Messages as both sides see them."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from .changes import Changes
from .wire import Json, words

KINDS = words("voice audio photo document video video_note sticker location poll contact forum_topic_created text")


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button (`data` or `url`), or one of a reply keyboard (only `text`)."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What a person sent; `update_id` of the update that tells the bot, `None` when the bot is not told."""

    message_id: int
    update_id: int | None
    wire: Json = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a message said before it was edited at `at`."""

    at: float
    text: str | None
    caption: str | None
    buttons: list[list[Button]]


@dataclass(eq=False, slots=True)
class Message:
    """A message of either side; `wire` is the JSON object that tells it now."""

    wire: Json
    at: float
    """`time.monotonic()` of its sending."""
    data: bytes | None = field(default=None, repr=False)
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    """Emoji that the bot has put under it."""

    @property
    def message_id(self) -> int:
        return int(self.wire["message_id"])

    @property
    def kind(self) -> str:
        """text, voice, audio, photo, document, video, ..."""
        return next((kind for kind in KINDS if kind in self.wire), "unknown")

    @property
    def text(self) -> str | None:
        return self.wire.get("text")

    @property
    def caption(self) -> str | None:
        return self.wire.get("caption")

    @property
    def entities(self) -> list[Json]:
        return [*self.wire.get("entities", ()), *self.wire.get("caption_entities", ())]

    @property
    def media(self) -> Json:
        """The object of the file: a Voice, a Document, the largest PhotoSize; empty when there is no file."""
        value = self.wire.get(self.kind)
        if isinstance(value, list):
            return dict(value[-1])
        return value if isinstance(value, dict) else {}

    @property
    def file_id(self) -> str | None:
        return self.media.get("file_id")

    @property
    def file_name(self) -> str | None:
        return self.media.get("file_name")

    @property
    def mime(self) -> str | None:
        return self.media.get("mime_type")

    @property
    def duration(self) -> int | None:
        return self.media.get("duration")

    @property
    def reply_to(self) -> int | None:
        replied = self.wire.get("reply_to_message")
        return replied["message_id"] if replied and "forum_topic_created" not in replied else None

    @property
    def thread(self) -> int | None:
        return self.wire.get("message_thread_id")


@dataclass(eq=False, slots=True)
class BotMessage(Message):
    """A message of the bot. It is edited in place: hold on to it and watch it change."""

    silent: bool = False
    edits: list[Edit] = field(default_factory=list)
    keyboard: Json | None = None
    """The `reply_markup` as it was sent."""
    uploaded_name: str | None = None
    """File name and MIME type of the upload, before the server has judged the file for itself."""
    uploaded_mime: str | None = None

    @property
    def buttons(self) -> list[list[Button]]:
        """The inline keyboard, else the reply keyboard that came with it."""
        markup = self.keyboard or {}
        rows: list[list[Any]] = markup.get("inline_keyboard") or markup.get("keyboard") or []
        return [[_button(item) for item in row] for row in rows]

    def button(self, text: str) -> Button | None:
        return next((button for row in self.buttons for button in row if button.text == text), None)

    @property
    def file_name(self) -> str | None:
        """As the bot named it, also where Telegram shows no name (a voice message)."""
        return self.media.get("file_name") or self.uploaded_name


def _button(item: Json | str) -> Button:
    if isinstance(item, str):
        return Button(item)
    return Button(item["text"], item.get("callback_data"), item.get("url"))


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the bot said to a pressed button; all empty when it only confirmed."""

    text: str | None = None
    show_alert: bool = False
    url: str | None = None


@dataclass(eq=False, slots=True)
class CallbackQuery:
    """A pressed button."""

    id: str
    data: str
    pressed_at: float
    changes: Changes = field(repr=False)
    chat_id: int = 0
    update_id: int | None = None
    answered: CallbackAnswer | None = None

    async def answer(self, timeout: float = 20) -> CallbackAnswer:
        """Waits for the bot's answerCallbackQuery."""
        async with asyncio.timeout(timeout):
            return await self.changes.until(lambda: self.answered)
