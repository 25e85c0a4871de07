"""Everything that goes out to Telegram: messages, edits, chat actions, what people forbid; and what is asked of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)
from telegram.constants import ChatAction, ChatMemberStatus, MessageLimit
from telegram.error import TelegramError

from errors import where
from handlers.captions import split
from handlers.delivery import Blocked, Delivery, NotSent, Place, Refused, Repeated, Unknown, VoiceForbidden
from handlers.ledger import Content, Entry, Ledger, NoLedger, SendKey
from handlers.pacing import Pace
from handlers.repeating import repeated
from tasks import task_group

__all__ = (
    "Blocked",
    "Buttons",
    "Flight",
    "NotSent",
    "Place",
    "Repeated",
    "Sender",
    "Unknown",
    "VoiceForbidden",
    "open_sender",
)

log = structlog.get_logger(__name__)

READ_S = 30.0
DELETE_S = 15.0
EDIT_S = 15.0
"""Edits and answers to buttons are harmless when repeated, and of no use when late."""
ACTION_S = 5.0
ACTION_EVERY_S = 4.5
"""A chat action is shown for five seconds."""
MOST_ACTIONS_S = 300.0
FORBIDDEN_FOR_S = 24 * 3600.0
"""What a person forbids is tried again a day later."""
MOST_FORBIDDEN = 10_000
FORBIDS = ("forbidden", "restricted", "not enough rights")

Buttons = Sequence[Sequence[tuple[str, str]]]
"""Rows of (label, callback data)."""


class Form(IntEnum):
    """How an answer is sent; when one is forbidden, the next."""

    VOICE = 0
    AUDIO = 1
    TEXT = 2


@dataclass(slots=True)
class Flight:
    """Of an answer, one message after another. `more` of it follows; `silent`: without a notification."""

    more: bool = False
    silent: bool = False
    entry: Entry | None = None
    given_up: bool = False

    def carry(self, entry: Entry) -> None:
        self.entry = entry
        entry.given_up = self.given_up

    @property
    def is_out(self) -> bool:
        """It may be in the chat already; until then it can be given up."""
        return self.entry is not None and self.entry.out is not None and self.entry.out.may_be_there

    def give_up(self) -> None:
        """Make no further request for it."""
        self.given_up = True
        if self.entry is not None:
            self.entry.given_up = True


class Sender:
    """Open it with `open_sender`, which owns the tasks that repeat chat actions and those that `start` begins.

    Every new message may be given a `key`; what becomes of it is then written to the ledger under that key.
    """

    def __init__(self, bot: Bot, group: asyncio.TaskGroup, ledger: Ledger) -> None:
        self._bot = bot
        self._group = group
        self._ledger = ledger
        self._pace = Pace()
        self._delivery = Delivery(self._pace)
        self._forbidden: dict[int, tuple[Form, float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def start(self, work: Callable[[], Awaitable[None]], name: str) -> asyncio.Task[None]:
        """Something that goes out while its answer is still being made. What breaks in it hurts nobody else."""
        task = self._group.create_task(_guarded(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def takes_sound(self, place: Place) -> bool:
        """False when this chat is known to allow text alone."""
        return self._first_form(place.chat) is not Form.TEXT

    def held(self, place: Place) -> float:
        """Seconds that a new message would have to wait now: above 0 it is better to merge what waits."""
        return self._pace.due(place.chat)

    async def text(
        self,
        place: Place,
        text: str,
        buttons: Buttons | None = None,
        *,
        unasked: bool = False,
        key: SendKey | None = None,
        silent: bool = False,
        flight: Flight | None = None,
    ) -> int:
        """Send plain text, in as many messages as it takes; the buttons are under the last. The last message's id.

        Further messages take the following ordinals of the key; when one raises `NotSent`, which has its `key`, those
        before it have arrived. `unasked`: a notice that can wait.
        """
        while True:
            part, text = split(text, MessageLimit.MAX_TEXT_LENGTH)
            call = partial(self._send_text, part, None if text else _keyboard(buttons), silent)
            async with self._entry(place, key, Content("text", part, more=bool(text))) as entry:
                if flight is not None:
                    flight.carry(entry)
                message = await self._delivery.deliver(call, place, entry, unasked=unasked)
            if not text:
                return message.message_id
            key = key and SendKey(key.update_id, key.ordinal + 1)

    async def voice(
        self,
        place: Place,
        ogg: bytes,
        seconds: float,
        caption: str,
        *,
        key: SendKey | None = None,
        flight: Flight | None = None,
    ) -> Message:
        """Send a voice message, or what the person allows instead of one. The caption is at most 1,024 units long.

        Raises `NotSent`.
        """
        flight = flight or Flight()
        send_file = partial(self._send_file, ogg, seconds, caption, flight.silent)
        async with self._entry(place, key, Content("voice", caption, ogg, seconds, flight.more)) as entry:
            flight.carry(entry)
            form = self._first_form(place.chat)
            while form is not Form.TEXT:
                try:
                    return await self._delivery.deliver(partial(send_file, form), place, entry)
                except Refused as refused:
                    if form is Form.VOICE and "voice" not in refused.words:
                        raise
                    form = Form(form + 1)
                    if any(word in refused.words for word in FORBIDS):
                        self._forbid(place.chat, form)
            if not caption:
                raise VoiceForbidden("there are no words instead")
            send_text = partial(self._send_text, caption, None, flight.silent)
            return await self._delivery.deliver(send_text, place, entry)

    async def delete(self, chat: int, message: int, key: SendKey | None = None) -> bool:
        """Take a message of ours back; true when it is not in the chat any more."""
        try:
            await repeated(partial(self._bot.delete_message, chat, message), DELETE_S)
        except (TelegramError, TimeoutError) as error:
            if "message to delete not found" not in str(error).casefold():
                log.warning("message not deleted", chat=chat, error=type(error).__name__)
                return False
        if key is not None:
            await self._ledger.withdrawn(key)
        return True

    async def edit_caption(self, place: Place, message: int, caption: str) -> None:
        await self._quietly(partial(self._bot.edit_message_caption, place.chat, message, caption=caption))

    async def edit_text(self, place: Place, message: int, text: str, buttons: Buttons | None = None) -> None:
        keyboard = _keyboard(buttons)
        await self._quietly(partial(self._bot.edit_message_text, text, place.chat, message, reply_markup=keyboard))

    async def answer_button(self, query: str, text: str | None = None) -> None:
        """Stop the button's spinner; a query that is too old is no fault."""
        await self._quietly(partial(self._bot.answer_callback_query, query, text))

    async def commands(self, commands: Sequence[BotCommand], scope: BotCommandScope, language: str | None) -> None:
        try:
            await repeated(partial(self._bot.set_my_commands, commands, scope, language), READ_S)
        except (TelegramError, TimeoutError) as error:
            log.warning("the menu is not set", error=type(error).__name__)

    async def file_address(self, file_id: str) -> str | None:
        """Where a file can be downloaded: an address that holds the token. Asked once: a download that fails tries the
        whole way again.

        Raises `telegram.error.TelegramError`, TimeoutError.
        """
        async with asyncio.timeout(READ_S):
            return (await self._bot.get_file(file_id)).file_path

    async def is_administrator(self, chat: int, user: int) -> bool:
        """False also when Telegram does not tell."""
        try:
            member = await repeated(partial(self._bot.get_chat_member, chat, user), READ_S)
        except (TelegramError, TimeoutError) as error:
            log.warning("a member's status is not known", chat=chat, error=type(error).__name__)
            return False
        return member.status in (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)

    def action(self, place: Place, action: ChatAction, *, after: float = 0.0) -> Callable[[], None]:
        """Show a chat action, in so many seconds, until the returned function is called."""
        task = self.start(partial(self._show, place, action, after), "chat action")
        return lambda: _stop(task)

    async def _show(self, place: Place, action: ChatAction, after: float) -> None:
        await asyncio.sleep(after)
        with suppress(TimeoutError):
            async with asyncio.timeout(MOST_ACTIONS_S):
                while True:
                    await self._show_once(place, action)
                    await asyncio.sleep(ACTION_EVERY_S)

    async def _show_once(self, place: Place, action: ChatAction) -> None:
        try:
            async with asyncio.timeout(ACTION_S):
                await self._bot.send_chat_action(place.chat, action, place.topic)
        except (TelegramError, TimeoutError) as error:
            log.debug("chat action dropped", error=type(error).__name__)

    async def _quietly(self, call: Callable[[], Awaitable[object]]) -> None:
        """For edits and the answers to buttons: dropped at a 429, and whenever nothing is to be gained."""
        try:
            await repeated(call, EDIT_S, when_limited=False)
        except (TelegramError, TimeoutError) as error:
            log.debug("call dropped", error=type(error).__name__)

    @asynccontextmanager
    async def _entry(self, place: Place, key: SendKey | None, content: Content) -> AsyncIterator[Entry]:
        try:
            async with Entry(self._ledger, key, content) as entry:
                yield entry
        except NotSent as error:
            error.key = key
            log.warning("message not sent", chat=place.chat, outcome=type(error).__name__, error=str(error))
            raise

    def _first_form(self, chat: int) -> Form:
        form, until = self._forbidden.get(chat, (Form.VOICE, 0.0))
        return form if _now() < until else Form.VOICE

    def _forbid(self, chat: int, form: Form) -> None:
        self._forbidden.pop(chat, None)
        self._forbidden[chat] = (form, _now() + FORBIDDEN_FOR_S)
        if len(self._forbidden) > MOST_FORBIDDEN:
            self._forbidden.pop(next(iter(self._forbidden)))

    def _send_text(
        self, text: str, keyboard: InlineKeyboardMarkup | None, silent: bool, place: Place
    ) -> Awaitable[Message]:
        return self._bot.send_message(
            place.chat,
            text,
            message_thread_id=place.topic,
            reply_parameters=_reply(place),
            reply_markup=keyboard,
            disable_notification=silent or None,
        )

    def _send_file(
        self, ogg: bytes, seconds: float, caption: str, silent: bool, form: Form, place: Place
    ) -> Awaitable[Message]:
        send = self._bot.send_voice if form is Form.VOICE else self._bot.send_audio
        return send(
            place.chat,
            ogg,
            duration=max(1, round(seconds)),
            caption=caption or None,
            message_thread_id=place.topic,
            reply_parameters=_reply(place),
            filename="answer.ogg",
            disable_notification=silent or None,
        )


@asynccontextmanager
async def open_sender(bot: Bot, ledger: Ledger | None = None) -> AsyncIterator[Sender]:
    async with task_group() as group:
        sender = Sender(bot, group, ledger or NoLedger())
        try:
            yield sender
        finally:
            sender.close()


async def _guarded(work: Callable[[], Awaitable[None]], name: str) -> None:
    try:
        await work()
    except Exception as error:
        # One chat's trouble must not end the sending to all others. No traceback: it may quote a person.
        log.error("sending failed", task=name, error=type(error).__name__, where=where(error))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()


def _reply(place: Place) -> ReplyParameters | None:
    if place.reply_to is None:
        return None
    return ReplyParameters(place.reply_to, allow_sending_without_reply=True)


def _keyboard(buttons: Buttons | None) -> InlineKeyboardMarkup | None:
    if buttons is None:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in buttons]
    )
