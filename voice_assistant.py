"""`TelegramVoiceAssistant`: one conversation for each chat and topic, started, asked, interrupted and stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import time
from zoneinfo import ZoneInfo

import structlog

from client import Client, Nobody
from context import Parts
from conversation import Conversation, Memory
from dialling import Dialling
from errors import Overloaded, StorageError, where
from function_calls import Functions
from live_session import LiveProvider, Setup
from preferences import Preferences
from prompts.instruction import instruction
from question import Hearer, Images, Question, Reply
from storage.conversations import Conversations, SavedConversation, SavedOpener
from storage.conversations import Place as SavedPlace
from tasks import task_group
from usage import Statistics

log = structlog.get_logger(__name__)

SUSPEND_S = 10.0
MOST_CONVERSATIONS = 10_000


@dataclass(frozen=True, slots=True)
class ChatKey:
    """A conversation belongs to a chat and, in a forum, to one of its topics."""

    chat: int
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opened a conversation, and how he is spoken to."""

    user: int
    name: str
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class Limits:
    first_word_seconds: float = 20.0
    idle_seconds: float = 120.0
    session_minutes: float = 60.0


Farewell = Callable[[Statistics, bool], Awaitable[None]]
"""Told when a conversation ends by itself: at its time limit (true) or because it failed (false)."""


@dataclass(slots=True)
class _Open:
    opener: Opener
    conversation: Conversation
    before: SavedConversation
    """As it was opened or restored."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def saved(self) -> SavedConversation:
        memory = self.conversation.memory()
        return replace(
            self.before,
            statistics=self.conversation.statistics,
            transcript=memory.past,
            handle=memory.handle,
            handle_at=memory.handle_at,
        )


def _place(key: ChatKey) -> SavedPlace:
    return SavedPlace(key.chat, key.topic)


class TelegramVoiceAssistant:
    """Open it with `open_voice_assistant`, which owns its conversations."""

    def __init__(
        self,
        provider: LiveProvider,
        group: asyncio.TaskGroup,
        *,
        functions: Functions | None,
        parts: Parts,
        store: Conversations | None,
        voice: str,
        time_zone: str,
        limits: Limits,
    ) -> None:
        self._provider = provider
        self._functions = functions
        self._store = store
        self._parts = parts
        self._group = group
        self._preferences = Preferences(store, voice)
        self._time_zone = ZoneInfo(time_zone)
        self._limits = limits
        self._dialling = Dialling()
        self._open: dict[ChatKey, _Open] = {}

    async def start(self, key: ChatKey, opener: Opener, farewell: Farewell, client: Client | None = None) -> bool:
        """Open the conversation and its connection; false when it is open already. `client` is where functions send.

        Raises `errors.Overloaded`, and `errors.StorageError` when it could not be recorded.
        """
        if key in self._open:
            return False
        if len(self._open) >= MOST_CONVERSATIONS:
            raise Overloaded("too many open conversations")
        saved = SavedOpener(opener.user, opener.name, opener.language)
        held = self._hold_open(SavedConversation(_place(key), saved, time()), farewell, client)
        if self._store is not None:
            try:
                await self._store.begin(held.saved())
            except StorageError:
                self._open.pop(key, None)
                held.conversation.stop()
                raise
        return True

    async def restore(
        self, farewell: Callable[[ChatKey, Opener], Farewell], client: Callable[[ChatKey], Client] | None = None
    ) -> int:
        """Go on with the conversations that the last process left open; how many. Raises `errors.StorageError`."""
        if self._store is None:
            return 0
        await self._preferences.restore()
        saved = await self._store.load()
        for one in saved:
            key = ChatKey(one.place.chat, one.place.topic)
            opener = Opener(one.opener.user, one.opener.name, one.opener.language)
            self._hold_open(one, farewell(key, opener), client(key) if client else None)
        return len(saved)

    def _hold_open(self, saved: SavedConversation, farewell: Farewell, client: Client | None) -> "_Open":
        key = ChatKey(saved.place.chat, saved.place.topic)
        opener = Opener(saved.opener.user, saved.opener.name, saved.opener.language)
        conversation = Conversation(
            self._provider,
            lambda: self._setup(key, opener),
            dialling=self._dialling,
            functions=self._functions,
            context=self._parts.context(saved.place, opener.user, opener.language, client or Nobody()),
            statistics=saved.statistics,
            memory=Memory(saved.transcript, saved.handle, saved.handle_at),
            save=lambda: self._save(held),
            first_word_seconds=self._limits.first_word_seconds,
            idle_seconds=self._limits.idle_seconds,
        )
        held = self._open[key] = _Open(opener, conversation, saved)
        self._group.create_task(self._hold(key, held, farewell), name="conversation")
        return held

    async def _save(self, held: "_Open") -> None:
        """After a turn. What cannot be written is missing after a restart, and nowhere else."""
        if self._store is None:
            return
        try:
            await self._store.save(held.saved())
        except StorageError as error:
            log.warning("conversation not saved", chat=held.before.place.chat, error=type(error).__name__)

    def opener(self, key: ChatKey) -> Opener | None:
        """Who holds the conversation of this chat; None when there is none."""
        return self._open[key].opener if key in self._open else None

    def ask(self, key: ChatKey, question: Question, reply: Reply, turn: str = "") -> None:
        """Admit a question; `turn` names its turn in every process. Raises KeyError without one, Overloaded."""
        self._open[key].conversation.ask(question, reply, turn)

    def latest(self, key: ChatKey) -> str:
        """The name of the newest turn that is open in this chat; empty when there is none."""
        return self._open[key].conversation.latest if key in self._open else ""

    def add_photo(
        self, key: ChatKey, images: Images, reply: Reply, describe: str, turn: str = "", of: str = ""
    ) -> None:
        """A photo without a caption: it waits for the next question, or is `of` an earlier turn. Raises like `ask`."""
        self._open[key].conversation.add_photo(images, reply, describe, turn, of)

    def interrupt(self, key: ChatKey) -> None:
        """Stop the answer that is being made."""
        if key in self._open:
            self._open[key].conversation.interrupt()

    async def stop(self, key: ChatKey) -> Statistics | None:
        """End the conversation at once; its statistics, or None when there is none."""
        held = self._open.pop(key, None)
        if held is None:
            return None
        held.conversation.stop()
        await held.ended.wait()
        await self._erase(key)
        return held.conversation.statistics

    def cleans_noise(self, key: ChatKey) -> bool:
        """Whether recordings of this chat are cleaned of noise before they are heard."""
        return self._preferences.cleans_noise(_place(key))

    async def clean_noise(self, key: ChatKey, *, on: bool) -> None:
        """Raises `errors.StorageError` when the choice is not kept."""
        await self._preferences.clean_noise(_place(key), on=on)

    def is_quiet(self) -> bool:
        """Nothing is being asked or answered anywhere."""
        return all(held.conversation.quiet.is_set() for held in self._open.values())

    async def quiet(self) -> None:
        """Wait until it is."""
        for held in list(self._open.values()):
            await held.conversation.quiet.wait()

    async def suspend(self) -> None:
        """Cut all conversations at once; with a store, the next process goes on with them."""
        held = list(self._open.values())
        for one in held:
            one.conversation.stop(suspended=self._store is not None)
        with suppress(TimeoutError):
            async with asyncio.timeout(SUSPEND_S):
                for one in held:
                    await one.ended.wait()

    async def _erase(self, key: ChatKey) -> None:
        if self._store is None:
            return
        try:
            await self._store.erase(_place(key))
        except StorageError as error:
            log.error("an ended conversation could not be erased", chat=key.chat, error=type(error).__name__)

    def abandon(self, chat: int) -> None:
        """End the conversations of this chat without a word: nobody is there to read one."""
        for held in [held for key, held in self._open.items() if key.chat == chat]:
            held.conversation.stop()

    def voice(self, key: ChatKey) -> str:
        return self._preferences.voice(_place(key))

    async def choose_voice(self, key: ChatKey, name: str) -> None:
        """Speak with this voice from the next connection on. Raises `errors.StorageError` when it is not kept."""
        try:
            await self._preferences.choose_voice(_place(key), name)
        finally:
            if key in self._open:
                self._open[key].conversation.renew()

    async def speak(self, voice: str, language: str, words: str) -> bytes:
        """These words in that voice, as PCM at the provider's output rate. Raises `errors.AssistantError`."""
        hearer = Hearer()
        setup = Setup(instruction(language, datetime.now(self._time_zone).date()), voice)
        conversation = Conversation(self._provider, lambda: setup, dialling=self._dialling)
        async with task_group() as group:
            group.create_task(conversation.run(), name="sample")
            conversation.ask(Question(text=words), hearer)
            try:
                return await hearer.pcm()
            finally:
                conversation.stop()

    def _setup(self, key: ChatKey, opener: Opener) -> Setup:
        today = datetime.now(self._time_zone).date()
        return Setup(instruction(opener.language, today), self.voice(key))

    async def _hold(self, key: ChatKey, held: _Open, farewell: Farewell) -> None:
        conversation = held.conversation
        try:
            async with asyncio.timeout(held.before.started_at + self._limits.session_minutes * 60 - time()):
                await conversation.run()
        except TimeoutError:
            await self._end(key, held, farewell, time_is_up=True)
        except Exception as error:
            # A fault of one conversation must not take the others down with it. No traceback: it may quote a person.
            log.error("conversation failed", chat=key.chat, error=type(error).__name__, where=where(error))
            await self._end(key, held, farewell, time_is_up=False)
        finally:
            if self._open.get(key) is held:
                del self._open[key]
                if not conversation.is_suspended:
                    await self._erase(key)
            held.ended.set()

    async def _end(self, key: ChatKey, held: _Open, farewell: Farewell, *, time_is_up: bool) -> None:
        if self._open.get(key) is not held:
            return
        del self._open[key]
        await self._erase(key)
        try:
            await farewell(held.conversation.statistics, time_is_up)
        except Exception as error:
            log.error("farewell failed", chat=key.chat, error=type(error).__name__, where=where(error))


@asynccontextmanager
async def open_voice_assistant(
    provider: LiveProvider,
    *,
    voice: str,
    time_zone: str,
    limits: Limits,
    functions: Functions | None = None,
    parts: Parts | None = None,
    store: Conversations | None = None,
) -> AsyncIterator[TelegramVoiceAssistant]:
    """The assistant, and the task group that owns its conversations; at the end they are cut."""
    async with task_group() as group:
        parts = parts or Parts()
        assistant = TelegramVoiceAssistant(
            provider,
            group,
            functions=functions,
            parts=parts,
            store=store,
            voice=voice,
            time_zone=time_zone,
            limits=limits,
        )
        try:
            yield assistant
        finally:
            # Also when we are being cancelled: the turns have something to write down before the group cancels them.
            await assistant.suspend()
