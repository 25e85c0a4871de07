"""The assistant inside somebody else's python-telegram-bot application."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from handlers.desk import DESK, HostApplication, open_desk
from handlers.loading import load_media
from handlers.routes import add_routes
from services import Settings, open_services, prepare

Hook = Callable[[HostApplication], Coroutine[Any, Any, None]]

_prepared: list[Settings] = []


def init_voice_assistant() -> None:
    """Read and check the settings; nothing is opened. Raises `errors.ConfigurationError`."""
    _prepared[:] = [prepare()]


def register_voice_assistant_handlers(application: HostApplication) -> None:
    """Add the assistant's commands and, in chats with an open conversation, its messages.

    What it needs is opened after the application's own `post_init` and closed before its own `post_stop`. Messages of
    chats without a conversation go on to the application's handlers.
    """
    if not _prepared:
        init_voice_assistant()
    stay = _Stay(application, _prepared[0])
    application.post_init = _both(application.post_init, stay.begin)
    application.post_stop = _both(stay.end, application.post_stop)
    application.post_shutdown = _both(stay.end, application.post_shutdown)
    add_routes(application, alone=False)


class _Stay:
    """The hooks run in tasks of their own, so what they open is owned by one task that lives between them."""

    def __init__(self, application: HostApplication, settings: Settings) -> None:
        self._application = application
        self._settings = settings
        self._task: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self._over = asyncio.Event()

    async def begin(self, _: HostApplication) -> None:
        self._task = asyncio.get_running_loop().create_task(self._live(), name="voice assistant")
        opened = asyncio.get_running_loop().create_task(self._opened.wait())
        await asyncio.wait({self._task, opened}, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        if self._task.done():
            await self._task

    async def end(self, _: HostApplication) -> None:
        """Idempotent: after a start that failed the host calls `post_shutdown` only."""
        task, self._task = self._task, None
        self._over.set()
        if task is not None:
            await task

    async def _live(self) -> None:
        async with open_services(self._settings) as services, open_desk(services, self._application.bot) as desk:
            self._application.bot_data[DESK] = desk
            try:
                await asyncio.to_thread(load_media)
                await services.load_functions()
                self._opened.set()
                await self._over.wait()
            finally:
                del self._application.bot_data[DESK]


def _both(first: Hook | None, second: Hook | None) -> Hook:
    async def hook(application: HostApplication) -> None:
        for one in (first, second):
            if one is not None:
                await one(application)

    return hook
