"""A chat seen from the people's side: they write, record and press; the bot's messages are read here."""

from collections.abc import Callable, Sequence

from .messages import BotMessage, CallbackQuery, SentMessage
from .people import Person


class Chat:
    """All senders take `by` (default: the person of a private chat, else the first member), `reply_to` (a message id)
    and `thread` (a forum topic's id)."""

    id: int
    title: str
    type: str
    messages: list[BotMessage]
    actions: list[tuple[float, str, int | None]]

    async def send_text(
        self,
        text: str,
        *,
        by: Person | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        forwarded: bool = False,
    ) -> SentMessage:
        raise NotImplementedError

    async def send_voice(
        self,
        ogg: bytes,
        *,
        duration: int | None = None,
        mime: str | None = "audio/ogg",
        claimed_size: int | None = None,
        by: Person | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        forwarded: bool = False,
    ) -> SentMessage:
        """`duration` defaults to the real one; `claimed_size` is the `file_size` told, whatever the bytes are."""
        raise NotImplementedError

    async def send_photo(self, jpeg: bytes, *, caption: str | None = None, album: str | None = None) -> SentMessage:
        raise NotImplementedError

    async def send_album(self, photos: Sequence[bytes], *, caption: str | None = None) -> list[SentMessage]:
        raise NotImplementedError

    async def send_document(
        self, data: bytes, *, name: str | None, mime: str | None, caption: str | None = None
    ) -> SentMessage:
        raise NotImplementedError

    async def edit_text(self, message_id: int, text: str) -> SentMessage:
        raise NotImplementedError

    async def press(self, message: BotMessage, text: str | None = None, *, data: str | None = None) -> CallbackQuery:
        raise NotImplementedError

    def block(self) -> None:
        raise NotImplementedError

    def unblock(self) -> None:
        raise NotImplementedError

    async def next_message(self, timeout: float = 10) -> BotMessage:
        raise NotImplementedError

    async def wait_until(self, condition: Callable[["Chat"], bool], timeout: float = 10) -> None:
        raise NotImplementedError
