"""The emulator as its owner holds it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from starlette.types import Receive, Scope, Send

from .api import BotApi
from .calls import Call
from .chat import Chat, ChatType
from .chat_page import chat_page
from .faults import Fault, FaultBook, InjectedFault
from .people import Person
from .server import Line, listening
from .wire import Json
from .world import World

T = TypeVar("T")

_SUPERGROUPS_BELOW = -1_000_000_000_000


class TelegramEmulator:
    """A Bot API server on 127.0.0.1 for one bot, with a chat page at `/`. `port` 0 takes a free one."""

    def __init__(
        self,
        token: str = "42:TEST-TOKEN",
        username: str = "site_bot",
        port: int = 0,
        *,
        webhook_retry_s: float = 1.0,
    ) -> None:
        self.token = token
        self.port = port
        self._world = World(token, username, webhook_retry_s)
        self._faults = FaultBook()
        self._line = Line()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        api, page = BotApi(self._world, self._faults, self._line), chat_page(self._world)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await (api if api.is_meant(scope["path"]) else page)(scope, receive, send)

        async with AsyncExitStack() as stack:
            stack.push_async_callback(_cancel, asyncio.create_task(self._world.webhook.deliver_for_ever()))
            self.port = await stack.enter_async_context(listening(app, self._line, self.port))
            self._open = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._faults.clear()
        await self._open.aclose()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, what TELEGRAM_API_BASE_URL is set to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[Call]:
        """Every request, in order of arrival."""
        return self._world.calls

    @property
    def problems(self) -> list[str]:
        """What the real server tolerates but a good bot does not do."""
        return self._world.problems

    @property
    def pending_updates(self) -> int:
        """How many updates the bot has not confirmed yet."""
        return len(self._world.updates.pending)

    def person(
        self,
        id: int,  # noqa: A002
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> Person:
        person = Person(id, first_name, last_name, username, language_code)
        self._world.people[id] = person
        return person

    def private_chat(self, person: Person) -> Chat:
        """The person's chat with the bot, already started."""
        return self._add(person.id, person.first_name, [person], (), "private", forum=False)

    def group(
        self,
        id: int,  # noqa: A002
        title: str,
        *,
        members: Sequence[Person] = (),
        administrators: Sequence[Person] = (),
        forum: bool = False,
    ) -> Chat:
        """A supergroup when it is a forum or its id says so (below -1000000000000), else a basic group."""
        kind: ChatType = "supergroup" if forum or id < _SUPERGROUPS_BELOW else "group"
        return self._add(id, title, members, administrators, kind, forum=forum)

    def forbid_voice(self, person: Person, *, forbidden: bool = True) -> None:
        """Voice messages to this person are refused with VOICE_MESSAGES_FORBIDDEN."""
        (self._world.no_voice.add if forbidden else self._world.no_voice.discard)(person.id)

    def set_privacy_mode(self, on: bool) -> None:
        """In privacy mode, off at first here, the bot is not told of all that is said in groups."""
        self._world.privacy_mode = on

    def serve_ranges(self, on: bool) -> None:
        """Whether downloads answer a Range header with 206, as they do at first."""
        self._world.serve_ranges = on

    def say_on_page(self, words: str) -> None:
        """One line at the head of the chat page, instead of its usual one."""
        self._world.banner = words

    def advance(self, seconds: float) -> None:
        """Move Telegram's clock: callback queries and undelivered updates grow old."""
        self._world.clock.advance(seconds)

    def tell_time(self, header: Callable[[], str | None] | None = None) -> None:
        """What stands in the `Date` of the Bot API's answers (None: there is none); by default the right time."""
        self._world.clock.header = header or self._world.clock.http_date

    def commands_shown(self, chat: Chat, person: Person) -> list[Json]:
        """The menu of commands that this person sees in this chat, by scope and language."""
        scopes = [("chat_member", chat.id, person.id)] if chat.type != "private" else []
        if chat.type != "private" and chat.status_of(person.id) == "administrator":
            scopes += [("chat_administrators", chat.id, 0), ("chat", chat.id, 0), ("all_chat_administrators", 0, 0)]
        scopes.append(("chat", chat.id, 0))
        scopes.append(("all_private_chats" if chat.type == "private" else "all_group_chats", 0, 0))
        scopes.append(("default", 0, 0))
        return self._world.profile.commands_shown(scopes, person.language_code or "")

    async def wait_for(self, predicate: Callable[[Call], bool], timeout: float = 20) -> Call:
        """The first call, made or still to come, that fits."""

        def look() -> Call | None:
            return next((call for call in self.calls if predicate(call)), None)

        try:
            async with asyncio.timeout(timeout):
                return await self._world.changes.until(look)
        except TimeoutError:
            made = ", ".join(call.method for call in self.calls[-20:])
            raise TimeoutError(f"no such call within {timeout} s; the last ones were: {made}") from None

    async def until(self, look: Callable[[], T | None], timeout: float) -> T:
        """What `look` finds; it looks again whenever anything has happened here. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            return await self._world.changes.until(look)

    def inject_update(self, update: Any) -> int | None:
        """Queue any JSON value as an update, past the filter of `allowed_updates`; without `update_id` it gets one.

        What has no id, or an old one, is told once and returns `None`.
        """
        return self._world.updates.inject(update)

    def repeat_update(self, update_id: int) -> None:
        """Deliver an update once more under the same id, confirmed or not."""
        self._world.updates.repeat(update_id)

    def fault(self, method: str, fault: Fault, *, times: int = 1, chat: Chat | None = None) -> InjectedFault:
        """The next `times` calls of `method` (`file` for downloads) meet the fault."""
        return self._faults.add(InjectedFault(method, fault, times, chat.id if chat else None))

    def clear_faults(self) -> None:
        """Take back all faults; calls that hang go on."""
        self._faults.clear()

    def _add(
        self,
        chat_id: int,
        title: str,
        members: Sequence[Person],
        administrators: Sequence[Person],
        kind: ChatType,
        *,
        forum: bool,
    ) -> Chat:
        if chat_id not in self._world.chats:
            chat = Chat(
                self._world, chat_id, title, members=members, administrators=administrators, type=kind, forum=forum
            )
            self._world.chats[chat_id] = chat
        return self._world.chats[chat_id]


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
