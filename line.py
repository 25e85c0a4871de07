"""One chat's line to the live model: opened when it is wanted, kept warm, closed when idle, opened again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from time import time

from dialling import Dialling
from errors import ProviderError, ProviderUnavailable
from live_session import Disconnected, Listener, LiveEvent, LiveProvider, LiveSession, ResumptionHandle, Setup

HANDLE_VALID_S = 110 * 60
"""A handle opens its conversation for two hours after the connection ended; ten minutes are kept in hand."""


class Line:
    """`keep` is the task that owns the connection; everybody else asks for `session`.

    A connection on which nothing is said for `idle_seconds` is closed, unless `busy`. The next one resumes it by its
    handle while that is valid; else it is told the history in `setup`.
    """

    def __init__(
        self,
        provider: LiveProvider,
        setup: Callable[[], Setup],
        listener: Listener,
        *,
        dialling: Dialling,
        busy: Callable[[], bool],
        idle_seconds: float,
    ) -> None:
        self._provider = provider
        self._dialling = dialling
        self._setup = setup
        self._listener = listener
        self._busy = busy
        self._idle_seconds = idle_seconds
        self._wanted = asyncio.Event()
        self._call: _Call | None = None
        self._handle: tuple[str, float] | None = None
        self.handles = 0
        """How many came so far: one that comes after a turn stands for that turn, too."""
        self.resumed = False
        """Whether the present or last connection was opened with a handle."""

    @property
    def is_open(self) -> bool:
        """Or being opened."""
        return self._call is not None

    def warm(self) -> None:
        """Open the connection ahead of a question. What goes wrong is told when the question comes."""
        if self._call is None:
            self._call = _Call()
            self._wanted.set()

    async def session(self) -> LiveSession:
        """The open connection, opened now if there is none. Raises `errors.ProviderError`."""
        self.warm()
        assert self._call is not None
        self._call.used_at = _now()
        return await asyncio.shield(self._call.session)

    def hang_up(self, *, forget: bool = False) -> None:
        """Close the connection, if there is one; `forget` makes the next one a fresh one."""
        if forget:
            self.forget()
        if self._call is not None:
            self._call.hang_up()
            self._call = None

    def handle(self) -> tuple[str | None, float | None]:
        """The handle that opens this conversation again, and when it came, in seconds since 1970."""
        if self._handle is None:
            return None, None
        return self._handle[0], time() - (_now() - self._handle[1])

    def restore(self, handle: str | None, came_at: float | None) -> None:
        """What `handle` gave in another process."""
        if handle is not None and came_at is not None:
            self._handle = (handle, _now() - max(0.0, time() - came_at))

    def forget(self) -> None:
        """The handle no longer stands for all that was said: the next connection is told the history instead."""
        self._handle = None

    async def keep(self) -> None:
        """Own the connections, one after another, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if self._call is not None:
                await self._hold(self._call)

    async def _hold(self, call: "_Call") -> None:
        setup = self._next_setup()
        try:
            async with AsyncExitStack() as stack:
                connection = self._provider.connect(setup, lambda event: self._hear(call, event))
                async with call.opening():
                    session = await stack.enter_async_context(self._dialling.dial(connection))
                if setup.resumption_handle and self._handle is None:
                    self._handle = (setup.resumption_handle, _now())  # accepted: good for another break
                call.opened(session)
                await call.until_over(self._idle_seconds, self._busy)
                self._leave(call)  # while it closes, whoever wants a session waits for the next one
        except ProviderError as error:
            call.fail(error)
        finally:
            call.fail(ProviderUnavailable("the line was closed"))
            self._leave(call)

    def _leave(self, call: "_Call") -> None:
        if self._call is call:
            self._call = None

    def _next_setup(self) -> Setup:
        setup = self._setup()
        self.resumed = False
        if self._handle is None or _now() - self._handle[1] > HANDLE_VALID_S:
            return setup
        # The handle brings the history with it. It is spent by this attempt: a refused one must not be offered again.
        handle, self._handle = self._handle[0], None
        self.resumed = True
        return replace(setup, resumption_handle=handle, history=())

    def _hear(self, call: "_Call", event: LiveEvent) -> None:
        if self._call is not call:
            return  # it was hung up: nothing that it still says counts
        call.used_at = _now()
        if isinstance(event, ResumptionHandle):
            if event.handle:
                self._handle = (event.handle, _now())
                self.handles += 1
            return
        if isinstance(event, Disconnected):
            self.hang_up()
        self._listener(event)


class _Call:
    """One connection, from the wish to its end."""

    def __init__(self) -> None:
        self.session: asyncio.Future[LiveSession] = asyncio.get_running_loop().create_future()
        self.used_at = _now()
        self._over = asyncio.Event()
        self._opening: asyncio.Timeout | None = None

    @asynccontextmanager
    async def opening(self) -> AsyncIterator[None]:
        """Around the opening, which `hang_up` breaks off."""
        try:
            async with asyncio.timeout(None) as self._opening:
                yield
        except TimeoutError as error:
            raise ProviderUnavailable("hung up while dialling") from error
        finally:
            self._opening = None

    def opened(self, session: LiveSession) -> None:
        if not self.session.done():
            self.session.set_result(session)

    def hang_up(self) -> None:
        self._over.set()
        self.fail(ProviderUnavailable("the line was closed"))
        if self._opening is not None:
            self._opening.reschedule(asyncio.get_running_loop().time())

    def fail(self, error: ProviderError) -> None:
        if not self.session.done():
            self.session.set_exception(error)
            self.session.exception()  # nobody may be waiting for it: a warm connection that failed

    async def until_over(self, idle_seconds: float, busy: Callable[[], bool]) -> None:
        while not self._over.is_set():
            if busy():
                self.used_at = _now()
            left = self.used_at + idle_seconds - _now()
            if left <= 0:
                return
            try:
                async with asyncio.timeout(left):
                    await self._over.wait()
            except TimeoutError:
                continue


def _now() -> float:
    return asyncio.get_running_loop().time()
