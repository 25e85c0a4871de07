"""The emulator as its owner holds it."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from .calls import Call
from .chat import Chat
from .faults import Fault, InjectedFault
from .people import Person


class TelegramEmulator:
    """A Bot API server on 127.0.0.1 for one bot. `port` 0 takes a free one."""

    calls: list[Call]
    problems: list[str]
    """What the real server tolerates but a good bot does not do."""

    def __init__(
        self,
        token: str = "42:TEST-TOKEN",
        username: str = "site_bot",
        port: int = 0,
        *,
        webhook_retry_s: float = 1.0,
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, what TELEGRAM_API_BASE_URL is set to."""
        raise NotImplementedError

    def person(
        self,
        id: int,  # noqa: A002
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> Person:
        raise NotImplementedError

    def private_chat(self, person: Person) -> Chat:
        raise NotImplementedError

    def group(
        self,
        id: int,  # noqa: A002
        title: str,
        *,
        members: Sequence[Person] = (),
        administrators: Sequence[Person] = (),
        forum: bool = False,
    ) -> Chat:
        raise NotImplementedError

    def forbid_voice(self, person: Person) -> None:
        raise NotImplementedError

    async def wait_for(self, predicate: Callable[[Call], bool], timeout: float = 10) -> Call:
        """The first call, made or still to come, that fits."""
        raise NotImplementedError

    def inject_update(self, update: Any) -> int | None:
        """Queue any JSON value as an update, past the filter of `allowed_updates`; without `update_id` it gets one."""
        raise NotImplementedError

    def repeat_update(self, update_id: int) -> None:
        """Deliver an update once more under the same id, confirmed or not."""
        raise NotImplementedError

    def fault(self, method: str, fault: Fault, *, times: int = 1, chat: Chat | None = None) -> InjectedFault:
        """The next `times` calls of `method` (`file` for downloads) meet the fault."""
        raise NotImplementedError

    def clear_faults(self) -> None:
        raise NotImplementedError
