"""Everything that goes out to Telegram: retries, limits of length, chat actions, what people forbid."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
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
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.warnings import PTBDeprecationWarning

from tasks import task_group

log = structlog.get_logger(__name__)

SEND_DEADLINE_S = 90.0
ACTION_EVERY_S = 4.5
"""A chat action is shown for five seconds."""
MOST_ACTIONS_S = 300.0
RETRY_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
MOST_FORBIDDEN = 10_000

Buttons = Sequence[Sequence[tuple[str, str]]]
"""Rows of (label, callback data)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes."""

    chat: int
    topic: int | None = None
    reply_to: int | None = None


class NotSent(Exception):
    """Telegram did not take the message, or did not say that it did; that was logged."""


class VoiceForbidden(NotSent):
    """The person lets nobody send him voice messages."""


def utf16(text: str) -> int:
    """Telegram counts UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int) -> tuple[str, str]:
    """The beginning that fits into `limit` UTF-16 units, cut between words, and the rest."""
    if utf16(text) <= limit:
        return text, ""
    head = text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")
    space = head.rfind(" ")
    if space > limit // 2:
        head = head[:space]
    return head, text[len(head) :].lstrip()


class Sender:
    """Open it with `open_sender`, which owns the tasks that repeat chat actions."""

    def __init__(self, bot: Bot, group: asyncio.TaskGroup) -> None:
        self._bot = bot
        self._group = group
        self._no_voice: dict[int, None] = {}
        self._actions: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        for task in self._actions:
            task.cancel()

    async def text(self, place: Place, text: str, buttons: Buttons | None = None) -> int:
        """Send plain text, in as many messages as it takes; the buttons are under the last. The last message's id."""
        while True:
            part, text = split(text, MessageLimit.MAX_TEXT_LENGTH)
            message = await self._send(
                partial(
                    self._bot.send_message,
                    place.chat,
                    part,
                    message_thread_id=place.topic,
                    reply_parameters=_reply(place),
                    reply_markup=None if text else _keyboard(buttons),
                )
            )
            if not text:
                return message.message_id

    async def voice(self, place: Place, ogg: bytes, seconds: float, caption: str) -> Message:
        """Send a voice message, or what the person allows instead of one. The caption is at most 1,024 units long."""
        arguments: dict[str, Any] = {
            "duration": max(1, round(seconds)),
            "caption": caption or None,
            "message_thread_id": place.topic,
            "reply_parameters": _reply(place),
            "filename": "answer.ogg",
        }
        if place.chat not in self._no_voice:
            try:
                return await self._send(partial(self._bot.send_voice, place.chat, ogg, **arguments))
            except VoiceForbidden:
                self._no_voice[place.chat] = None
                if len(self._no_voice) > MOST_FORBIDDEN:
                    self._no_voice.pop(next(iter(self._no_voice)))
        return await self._send(partial(self._bot.send_audio, place.chat, ogg, **arguments))

    async def edit_caption(self, place: Place, message: int, caption: str) -> None:
        await self._quietly(self._bot.edit_message_caption(place.chat, message, caption=caption))

    async def edit_text(self, place: Place, message: int, text: str, buttons: Buttons | None = None) -> None:
        await self._quietly(self._bot.edit_message_text(text, place.chat, message, reply_markup=_keyboard(buttons)))

    async def answer_button(self, query: str, text: str | None = None) -> None:
        """Stop the button's spinner; a query that is too old is no fault."""
        await self._quietly(self._bot.answer_callback_query(query, text))

    async def commands(self, commands: Sequence[BotCommand], scope: BotCommandScope, language: str | None) -> None:
        await self._quietly(self._bot.set_my_commands(commands, scope, language))

    async def file_address(self, file_id: str) -> str | None:
        """Where a file can be downloaded: an address that holds the token. Raises `telegram.error.TelegramError`."""
        async with asyncio.timeout(SEND_DEADLINE_S):
            return (await self._bot.get_file(file_id)).file_path

    async def is_administrator(self, chat: int, user: int) -> bool:
        """False also when Telegram does not tell."""
        try:
            async with asyncio.timeout(SEND_DEADLINE_S):
                member = await self._bot.get_chat_member(chat, user)
        except (TelegramError, TimeoutError) as error:
            log.warning("a member's status is not known", chat=chat, error=type(error).__name__)
            return False
        return member.status in (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)

    def action(self, place: Place, action: ChatAction) -> Callable[[], None]:
        """Show a chat action until the returned function is called."""
        task = self._group.create_task(self._show(place, action), name="chat action")
        self._actions.add(task)
        task.add_done_callback(self._actions.discard)
        return lambda: _stop(task)

    async def _show(self, place: Place, action: ChatAction) -> None:
        try:
            async with asyncio.timeout(MOST_ACTIONS_S):
                while True:
                    await self._quietly(self._bot.send_chat_action(place.chat, action, place.topic))
                    await asyncio.sleep(ACTION_EVERY_S)
        except TimeoutError:
            return

    async def _send(self, call: Callable[[], Awaitable[Message]]) -> Message:
        """Repeat what certainly did not arrive. What may have arrived is never sent again: there is no way to tell."""
        pauses = iter(RETRY_PAUSES_S)
        try:
            async with asyncio.timeout(SEND_DEADLINE_S):
                while True:
                    try:
                        return await call()
                    except RetryAfter as error:
                        pause = _seconds(error)
                    except NetworkError as error:
                        wait = next(pauses, None)
                        if wait is None or not _did_not_arrive(error):
                            raise
                        pause = wait
                    await asyncio.sleep(pause)
        except BadRequest as error:
            if "voice_messages_forbidden" in str(error).casefold():
                raise VoiceForbidden from error
            log.warning("telegram refused a message", error=type(error).__name__, status=400)
            raise NotSent from error
        except (TelegramError, TimeoutError) as error:
            log.warning("message not sent", error=type(error).__name__)
            raise NotSent from error

    async def _quietly(self, call: Awaitable[object]) -> None:
        """For what loses nothing when it fails: an action, an edit, the answer to a button."""
        try:
            async with asyncio.timeout(SEND_DEADLINE_S):
                await call
        except (TelegramError, TimeoutError) as error:
            log.debug("call dropped", error=type(error).__name__)


@asynccontextmanager
async def open_sender(bot: Bot) -> AsyncIterator[Sender]:
    async with task_group() as group:
        sender = Sender(bot, group)
        try:
            yield sender
        finally:
            sender.close()


def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()


def _did_not_arrive(error: NetworkError) -> bool:
    """Before the request was written, or refused by a server error."""
    cause = error.__cause__
    if isinstance(cause, httpx.HTTPError):
        return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    return not isinstance(error, TimedOut)


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():
        # Until python-telegram-bot changes the type of this attribute, reading it in either form warns.
        warnings.simplefilter("ignore", PTBDeprecationWarning)
        value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


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
