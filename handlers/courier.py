"""What functions send: files, groups of files, formatted cards; by the same limiter as all that goes out."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from html import escape

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument, Message
from telegram.constants import FileSizeLimit, MediaGroupLimit, MessageLimit, ParseMode

from client import Card, File, Mark, Marks
from errors import BadInput
from handlers.captions import split, utf16
from handlers.delivery import HOLD_S
from handlers.ledger import Content, Entry, Ledger, NoLedger, SendKey
from handlers.sending import Place, Sender
from tasks import task_group

PRESS = "voice_assistant:card:"
"""Callback data of a card's button: then the card's token, a colon and the button's number."""
SHORT_LABEL = 16
MOST_FILE_BYTES = int(FileSizeLimit.FILESIZE_UPLOAD)
_ANY = SendKey(0, 0)
_NOTHING = Content("text", "")


class Courier(Sender):
    """A `Sender` that also carries what functions send. Such messages are marked in the journal of effects, not in the
    ledger of answers: a file that arrived does not mean that the question is answered.

    Sending raises `delivery.NotSent`, `errors.StorageError` and `errors.BadInput`. Open it with `open_courier`.
    """

    async def send_words(self, place: Place, words: str, marks: Marks) -> int:
        """In as many messages as it takes, each with its mark; the last one's number is returned."""
        if not words.strip():
            raise BadInput("there are no words to send")
        parts: list[str] = []
        while words:
            part, words = split(words, MessageLimit.MAX_TEXT_LENGTH)
            parts.append(part)
        last = 0
        for part, (mark, arrived) in zip(parts, await marks.of([part.encode() for part in parts]), strict=True):
            last = arrived or (await self._post(place, partial(self._send_text, part, None, False), mark)).message_id
        return last

    async def send_files(self, place: Place, files: Sequence[File], caption: str, marks: Marks) -> int:
        """One document, or groups of two to ten, in one go as far as Telegram lets; each group has its mark."""
        check_files(files, caption)
        most = int(MediaGroupLimit.MAX_MEDIA_LENGTH)
        groups = [files[start : start + most] for start in range(0, len(files), most)]
        last = 0
        for group, (mark, arrived) in zip(groups, await marks.of([_bytes(group) for group in groups]), strict=True):
            told = caption if group is groups[-1] else ""
            last = arrived or await self._post_group(place, group, told, mark)
        return last

    async def _post_group(self, place: Place, group: Sequence[File], caption: str, mark: Mark) -> int:
        if len(group) == 1:
            return (await self._post(place, partial(self._send_document, group[0], caption), mark)).message_id
        for _ in group[1:]:  # a group counts as so many messages
            await self._pace.hold(place.chat, unasked=False, at_most=HOLD_S)
        sent: list[int] = []
        return (await self._post(place, partial(self._send_group, group, caption, sent), mark, sent)).message_id

    async def send_card(self, place: Place, card: Card, token: str, mark: Mark) -> int:
        message = await self._post(place, partial(self._card_out, card, token), mark)
        return message.message_id

    async def edit_card(self, place: Place, message: int, card: Card, token: str) -> None:
        """In place. Never raises: an edit that is lost does no harm."""
        await self._quietly(
            partial(
                self._bot.edit_message_text,
                formatted(card),
                place.chat,
                message,
                parse_mode=ParseMode.HTML,
                reply_markup=_keyboard(card, token),
            )
        )

    async def _post(
        self, place: Place, call: Callable[[Place], Awaitable[Message]], mark: Mark, sent: Sequence[int] = ()
    ) -> Message:
        """`sent` holds the numbers of all messages when `call` has sent several."""
        async with Entry(_Marked(mark, sent), _ANY, _NOTHING) as entry:
            return await self._delivery.deliver(call, place, entry)

    def _card_out(self, card: Card, token: str, place: Place) -> Awaitable[Message]:
        return self._bot.send_message(
            place.chat,
            formatted(card),
            ParseMode.HTML,
            message_thread_id=place.topic,
            reply_markup=_keyboard(card, token),
        )

    def _send_document(self, file: File, caption: str, place: Place) -> Awaitable[Message]:
        return self._bot.send_document(
            place.chat, file.data, caption or None, filename=file.name, message_thread_id=place.topic
        )

    async def _send_group(self, files: Sequence[File], caption: str, sent: list[int], place: Place) -> Message:
        media = [
            InputMediaDocument(file.data, caption or None if file is files[-1] else None, filename=file.name)
            for file in files
        ]
        messages = await self._bot.send_media_group(place.chat, media, message_thread_id=place.topic)
        sent[:] = [message.message_id for message in messages]
        return messages[-1]


def check_files(files: Sequence[File], caption: str) -> None:
    """Raises `errors.BadInput` for what Telegram refuses."""
    if not files:
        raise BadInput("there are no files to send")
    if any(len(file.data) > MOST_FILE_BYTES for file in files):
        raise BadInput(f"a file holds at most {MOST_FILE_BYTES // 1_000_000} MB")
    if utf16(caption) > MessageLimit.CAPTION_LENGTH:
        raise BadInput(f"a caption holds at most {int(MessageLimit.CAPTION_LENGTH)} characters")


def _bytes(files: Sequence[File]) -> bytes:
    """What tells them from others."""
    return b"".join(sha256(file.name.encode()).digest() + sha256(file.data).digest() for file in files)


def formatted(card: Card) -> str:
    """As HTML of Telegram."""
    return "\n".join([f"<b>{escape(card.title)}</b>", *(escape(line) for line in card.lines)])


@asynccontextmanager
async def open_courier(bot: Bot, ledger: Ledger | None = None) -> AsyncIterator[Courier]:
    async with task_group() as group:
        courier = Courier(bot, group, ledger or NoLedger())
        try:
            yield courier
        finally:
            courier.close()


def _keyboard(card: Card, token: str) -> InlineKeyboardMarkup | None:
    """Two in a row while their labels are short."""
    laid: list[list[InlineKeyboardButton]] = []
    for number, button in enumerate(card.buttons):
        one = InlineKeyboardButton(button.label, callback_data=f"{PRESS}{token}:{number}")
        if laid and len(laid[-1]) == 1 and max(len(button.label), len(laid[-1][0].text)) <= SHORT_LABEL:
            laid[-1].append(one)
        else:
            laid.append([one])
    return InlineKeyboardMarkup(laid) if laid else None


class _Marked:
    """A ledger of one message: its mark."""

    def __init__(self, mark: Mark, sent: Sequence[int]) -> None:
        self._mark = mark
        self._sent = sent

    async def hand_over(self, key: SendKey, content: Content) -> bool:
        await self._mark.begin()
        return True

    async def confirmed(self, key: SendKey, message_id: int) -> None:
        await self._mark.done(self._sent or [message_id])

    async def failed(self, key: SendKey) -> None:
        await self._mark.undone()

    async def unknown(self, key: SendKey) -> None:
        """As it was begun, so it stays."""

    async def withdrawn(self, key: SendKey) -> None:
        """Its journal hears of that from whoever deletes it."""
