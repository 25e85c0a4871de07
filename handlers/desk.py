"""What every handler works with, and who may be answered."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, cast

import httpx
from telegram import Bot, Message, Update, User
from telegram.constants import ChatType
from telegram.ext import Application, CallbackContext, ExtBot

import context as functions
from errors import AssistantError
from handlers.ahead import Ahead, of_conversation, open_ahead
from handlers.albums import Albums, open_albums
from handlers.bookkeeping import Books, open_books
from handlers.client import TelegramClient
from handlers.clock import TelegramClock
from handlers.courier import Courier, open_courier
from handlers.darkroom import Darkroom
from handlers.failures import Failures
from handlers.files import Files
from handlers.letting_go import Client
from handlers.receipts import Outcome, Receipt, Work, receipt
from handlers.samples import Samples, open_samples
from handlers.sending import Buttons, NotSent, Place
from handlers.spool import Spool, open_spool
from handlers.voice_reply import VoiceReply, Ways
from prompts.texts import language_of
from question import Question
from services import Services
from storage.conversations import Place as SavedPlace
from storage.ledger import Ledger
from tls import trusting
from voice_assistant import ChatKey, Opener, TelegramVoiceAssistant

Context = CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]
HostApplication = Application[Any, Any, Any, Any, Any, Any]

TOGETHER_S = 600.0
MOST_APOLOGIES = 10_000
NOTE_FIRST_S = 0.03
"""A request takes two milliseconds of the loop, in which a note is on its way to the model."""
DESK = "voice assistant desk"
"""Key in `application.bot_data`."""


class Apologies:
    """One for all recordings of a chat that went stale together."""

    def __init__(self) -> None:
        self._told: dict[int, float] = {}

    def first(self, chat: int) -> bool:
        last = self._told.pop(chat, None)
        self._told[chat] = monotonic()
        if len(self._told) > MOST_APOLOGIES:
            self._told.pop(next(iter(self._told)))
        return last is None or monotonic() - last > TOGETHER_S


@dataclass(frozen=True, slots=True)
class Desk:
    services: Services
    sender: Courier
    failures: Failures
    files: Files
    ahead: Ahead
    albums: Albums
    samples: Samples
    books: Books | None = None
    """What was handed to Telegram; None where nothing outlives the process."""
    spool: Spool | None = None
    """Recordings of unfinished turns; None where nothing outlives the process."""
    apologies: Apologies = field(default_factory=Apologies)
    clock: TelegramClock = field(default_factory=TelegramClock)
    darkroom: Darkroom = field(default_factory=Darkroom)

    @property
    def assistant(self) -> TelegramVoiceAssistant:
        return self.services.assistant

    def reply(self, message: Message, language: str) -> VoiceReply:
        """Where the answer to this message goes; it keeps the update's row open until the answer ended."""
        place = place_of(message, quote=message.chat.type != ChatType.PRIVATE)
        ways, chat = Ways(self.sender, self.failures, self.services.codecs), message.chat.id
        return VoiceReply(ways, self._receipt(), place, language, blocked=lambda: self.assistant.abandon(chat))

    def _receipt(self) -> Receipt:
        held = receipt()
        return held if self.spool is None else ReceiptOfRecording(held, self.spool)

    def recording(self, file_id: str, size: int | None) -> Callable[[], AsyncGenerator[bytes, None]]:
        """The bytes of a file that came with the update that is being handled: streamed again without a download if
        they have been here in full."""
        update_id, spool = receipt().update_id, self.spool

        def download() -> AsyncGenerator[bytes, None]:
            return self.ahead.stream(update_id, file_id, size=size)

        return download if spool is None else lambda: spool.stream(update_id, download)

    async def say(self, place: Place, sentence: str, buttons: Buttons | None = None) -> None:
        """One sentence that may fail to arrive; `Sender` has logged it then. The chat goes on meanwhile."""
        await receipt().step_aside()
        try:
            await self.sender.text(place, sentence, buttons)
        except NotSent:
            return

    def client(self, key: ChatKey) -> TelegramClient:
        """Where functions send what they make in this chat."""
        return TelegramClient(self.sender, Place(key.chat, key.topic))

    def functions_context(self, message: Message, language: str) -> functions.Context:
        """What functions know of whoever wrote this message."""
        key, user = key_of(message), message.from_user.id if message.from_user else 0
        return self.services.parts.context(SavedPlace(key.chat, key.topic), user, language, self.client(key))

    async def answer_button(self, query: str, words: str | None = None) -> None:
        """The chat goes on meanwhile."""
        await receipt().step_aside()
        await self.sender.answer_button(query, words)

    async def tell(self, error: AssistantError, place: Place, language: str) -> None:
        """The chat goes on meanwhile."""
        await receipt().step_aside()
        await self.failures.tell(error, place, language)

    async def ask(self, message: Message, question: Question, turn: str = "") -> None:
        """Admit a question of the conversation's opener. `turn`: its name, when it is not that message."""
        key = key_of(message)
        opener = self.assistant.opener(key)
        language = opener.language if opener else "ru"
        reply = self.reply(message, language)
        try:
            self.assistant.ask(key, question, reply, turn or turn_of(message))
            reply.show_recording(after=NOTE_FIRST_S if question.note is not None else 0.0)
        except AssistantError as error:
            await reply.refuse(error)
        except KeyError:
            await reply.drop()  # the conversation ended while this message was on its way

    async def may_stop(self, message: Message, user: User, opener: Opener) -> bool:
        """Whoever opened the conversation, or an administrator of the chat."""
        if user.id == opener.user:
            return True
        return message.chat.type != ChatType.PRIVATE and await self.sender.is_administrator(message.chat.id, user.id)


@asynccontextmanager
async def open_desk(services: Services, bot: Bot, clock: TelegramClock | None = None) -> AsyncIterator[Desk]:
    """`clock` is the one that hears the answers that `bot` gets; without it the age of a message is told by ours."""
    timeout = httpx.Timeout(10.0, read=20.0)
    async with (
        _books(services, bot) as books,
        open_courier(bot, books) as sender,
        open_albums() as albums,
        Client(proxy=services.telegram_proxy, timeout=timeout, verify=trusting()) as client,
    ):
        failures = Failures(sender, services.rules.admin_users)
        files, clock = Files(sender, client), clock or TelegramClock()
        wanted = of_conversation(services.assistant, clock, services.rules.voice_max_minutes * 60)
        async with (
            open_samples(services.assistant, services.codecs, sender, failures) as samples,
            _spool(services, bot) as spool,
            open_ahead(files, wanted) as ahead,
        ):
            yield Desk(services, sender, failures, files, ahead, albums, samples, books, spool, clock=clock)


@asynccontextmanager
async def _books(services: Services, bot: Bot) -> AsyncIterator[Books | None]:
    if services.database is None:
        yield None
        return
    async with open_books(Ledger(services.database, bot.id), services.data_dir) as books:
        yield books


@asynccontextmanager
async def _spool(services: Services, bot: Bot) -> AsyncIterator[Spool | None]:
    if services.database is None:
        yield None
        return
    async with open_spool(services.data_dir / "recordings" / str(bot.id)) as spool:
        yield spool


class ReceiptOfRecording:
    """When the update has ended, its recording goes with it."""

    def __init__(self, held: Receipt, spool: Spool) -> None:
        self.update_id = held.update_id
        self._held = held
        self._spool = spool

    def keep(self) -> None:
        self._held.keep()

    async def step_aside(self) -> None:
        await self._held.step_aside()

    async def works(self, work: Work) -> None:
        await self._held.works(work)

    async def rests(self, work: Work) -> None:
        await self._held.rests(work)

    async def join(self, to: int | None) -> None:
        await self._held.join(to)

    async def release(self) -> None:
        await self._held.release()

    async def done(self, outcome: Outcome) -> None:
        try:
            await self._held.done(outcome)
        finally:
            self._spool.erase(self.update_id)


def desk_of(context: Context) -> Desk:
    return cast(Desk, context.bot_data[DESK])


def key_of(message: Message) -> ChatKey:
    return ChatKey(message.chat.id, message.message_thread_id if message.is_topic_message else None)


def turn_of(message: Message) -> str:
    """What names the turn that a message begins, in this process and the next."""
    return f"{message.chat.id}:{message.message_id}"


def place_of(message: Message, *, quote: bool = False) -> Place:
    key = key_of(message)
    return Place(key.chat, key.topic, message.message_id if quote else None)


def language_of_user(update: Update) -> str:
    return language_of(update.effective_user.language_code if update.effective_user else None)
