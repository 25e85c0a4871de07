"""START HERE: settings -> services -> Telegram, in one task group."""

import gc

if __name__ == "__main__":
    gc.disable()  # until all is loaded: looking again and again through what stays takes a seventh of the loading

import asyncio
import errno
import logging
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import structlog
from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ExtBot
from telegram.request import HTTPXRequest

from errors import AssistantError, ConfigurationError
from handlers import receipts
from handlers.clock import TelegramClock
from handlers.commands import restore
from handlers.desk import DESK, Desk, HostApplication, open_desk
from handlers.door import apologize, must_not_wait, on_unexpected
from handlers.letting_go import Request
from handlers.loading import load_media
from handlers.menu import set_menu
from handlers.outcomes import observed
from handlers.recovery import settled
from handlers.routes import add_routes
from logs import configure_logs
from memory import give_back_free_memory, settle_allocation
from prompts.texts import text
from services import Services, Today, open_services
from settings import Settings, read_settings
from storage.database import Database
from storage.fence import Fence, open_fence
from storage.inbox import open_inbox
from storage.sole import sole
from storage.tidying import keep_tidy
from tasks import task_group
from tls import trusting
from updates.admission import Reception
from updates.bot_api import BotApi
from updates.inbox import Entry, Receipt, Slot, SlotWithAView
from updates.lanes import feed, open_lanes
from updates.polling import poll
from updates.trouble import Trouble
from updates.webhook import Webhook, set_webhook

if TYPE_CHECKING:
    import uvicorn

log = structlog.get_logger("bot")

UPDATES = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
"""The kinds that are asked for."""
KEPT_WARM = 16
"""Idle connections to Telegram. Every request looks at all of them, which costs more than the request itself when they
are many; and at Telegram's own limit of messages not more than these are busy at a time."""
LOAD_AFTER_S = 0.02
"""So that the poll is on its way: loading holds up whatever else the interpreter does."""
WARM_AFTER_S = 1.0
WEBHOOK_CLOSE_S = 6.0
DRAIN_S = 10.0


def main() -> int:
    """Exit status 0 after Ctrl-C or SIGTERM, 2 with one sentence when a setting is missing or wrong."""
    settle_allocation()
    gc.freeze()
    gc.enable()
    try:
        settings = read_settings()
        settings.require_keys()
        trusting()
        configure_logs(settings.log_level, settings.log_format, _secrets(settings))
        for name in settings.not_supported_yet():
            _say("setup.not_supported_yet", name=name)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run(settings))
    except ConfigurationError as error:
        _say(f"setup.{error.reason}", **error.details)
        return 2
    return 0


async def run(settings: Settings) -> None:
    """The bot, until SIGINT or SIGTERM. Raises `errors.ConfigurationError`."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with task_group() as group:
        serving = group.create_task(serve(settings), name="serve")
        stopping = group.create_task(stop.wait(), name="stop")
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (serving, stopping):
            task.cancel()


async def serve(settings: Settings, *, drain_seconds: float = DRAIN_S, today: Today | None = None) -> None:
    """The bot, until cancelled; then what is being said has so long to end, and the rest waits for the next process.
    `today` as for `open_services`."""
    bot, clock = _bot_id(settings), TelegramClock()
    async with (
        sole(settings.data_dir, bot, partial(_say, "setup.another_process")),
        open_services(settings, bot, today) as services,
        open_fence(_database(services), bot, partial(_say, "setup.another_machine")) as fence,
        _application(settings, clock) as application,
        open_desk(services, application.bot, clock) as desk,
    ):
        database = _database(services)
        inbox = await open_inbox(database, bot, Entry)
        if desk.spool is not None:
            await desk.spool.sweep(inbox.unfinished)
        if desk.books is not None:
            log.info("sends that may have arrived", count=await desk.books.after_crash())
        application.bot_data[DESK] = desk
        add_routes(application, alone=True)
        application.add_error_handler(on_unexpected)
        log.info("conversations restored", count=await restore(desk))
        asks, ready = asyncio.Event(), asyncio.Event()
        async with (
            _drained(services, drain_seconds),
            open_lanes(inbox, application.bot, _reception(application, desk, ready)) as lanes,
            _client_of_polls(services, clock, asks) as client,
            task_group() as group,
        ):
            group.create_task(feed(inbox, lanes), name="feed")
            group.create_task(_fenced(services, fence), name="fence")
            group.create_task(set_menu(desk.sender), name="menu")
            group.create_task(_load(services, asks, ready), name="what is loaded later")
            group.create_task(services.loop_lag.watch(), name="loop lag")
            group.create_task(give_back_free_memory(services.assistant.is_quiet), name="memory")
            group.create_task(keep_tidy(database, services.data_dir), name="tidy")
            api = BotApi(client, settings.telegram_api_base_url, settings.telegram_bot_token)
            started = partial(_say, "setup.started", username=application.bot.username)
            slot = SlotWithAView(inbox, desk.ahead.look)
            if settings.webhook_url:
                await _receive(settings, settings.webhook_url, api, slot, started)
            else:
                started()
                await poll(api, slot, allowed_updates=UPDATES)


def _client_of_polls(services: Services, clock: TelegramClock, asks: asyncio.Event) -> httpx.AsyncClient:
    """`asks` is set when it asks for the first time. Polls tell the time even when nothing is sent for days."""

    async def on_request(_: httpx.Request) -> None:
        asks.set()

    return httpx.AsyncClient(
        proxy=services.telegram_proxy,
        verify=trusting(),
        event_hooks={"request": [on_request], "response": [clock.hear]},
    )


async def _load(services: Services, asks: asyncio.Event, ready: asyncio.Event) -> None:
    """Behind the first poll, which need not wait for it; `ready` is set when a turn has what it needs on the loop."""
    await asks.wait()
    await asyncio.sleep(LOAD_AFTER_S)
    await asyncio.to_thread(load_media)
    await services.load_functions()
    ready.set()
    await services.codecs.warm()
    await services.load_provider()
    await asyncio.sleep(WARM_AFTER_S)
    await services.assistant.quiet()  # half a second of work, for which nobody who is speaking has to wait
    await services.warm_documents()
    if __name__ == "__main__":  # as a program: what is loaded stays, and is not looked through again
        gc.collect()
        gc.freeze()


def _database(services: Services) -> Database:
    assert services.database is not None
    return services.database


async def _fenced(services: Services, fence: Fence | None) -> None:
    """What is being answered is the other process's from then on."""
    if fence is not None:
        await fence.fallen()
        await services.suspend()
        raise ConfigurationError("another process has the bot", reason="taken_over")


@asynccontextmanager
async def _drained(services: Services, seconds: float) -> AsyncIterator[None]:
    try:
        yield
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await services.quiet()
        # While the desk is open: what ends now still has something to send, to write down and to erase.
        await services.suspend()


def _bot_id(settings: Settings) -> int:
    """The number before the colon of the token."""
    number = settings.telegram_bot_token.get_secret_value().partition(":")[0]
    if not number.isdecimal():
        raise ConfigurationError("TELEGRAM_BOT_TOKEN has no bot id", reason="token_rejected")
    return int(number)


@asynccontextmanager
async def _application(settings: Settings, clock: TelegramClock) -> AsyncIterator[HostApplication]:
    """Without an `Updater`: updates come through our inbox. Waits until Telegram can be reached."""
    base = settings.telegram_api_base_url
    proxy = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy else None
    request = Request(
        connection_pool_size=256,
        connect_timeout=10.0,
        read_timeout=30.0,
        write_timeout=30.0,
        media_write_timeout=60.0,
        pool_timeout=10.0,
        proxy=proxy,
        httpx_kwargs=observed(clock.hear)
        | {"verify": trusting(), "limits": httpx.Limits(max_connections=256, max_keepalive_connections=KEPT_WARM)},
    )
    bot: ExtBot[None] = ExtBot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=request,
        get_updates_request=HTTPXRequest(proxy=proxy, httpx_kwargs={"verify": trusting()}),
    )
    application = Application.builder().bot(bot).updater(None).build()
    try:
        await _initialize(application)
        yield application
    finally:
        await application.shutdown()


async def _initialize(application: HostApplication) -> None:
    trouble, said = Trouble(logging.getLogger("bot")), False
    while True:
        try:
            await application.initialize()
            trouble.over()
            return
        except InvalidToken:
            raise ConfigurationError("Telegram rejects the bot token", reason="token_rejected") from None
        except TelegramError as error:
            if not said:
                _say("setup.telegram_unreachable")
                said = True
            await asyncio.sleep(trouble.wait("Telegram is out of reach", type(error).__name__))


def _reception(application: HostApplication, desk: Desk, ready: asyncio.Event) -> Reception:
    async def handle(update: Update, receipt: Receipt) -> None:
        await ready.wait()
        receipts.current.set(receipt)
        outcome = await settled(desk, update, receipt.attempt, receipt.joined)
        if outcome is not None:
            await receipt.done(outcome)
            if desk.spool is not None:
                desk.spool.erase(update.update_id)
            return
        await receipt.join(None)
        await application.process_update(update)

    async def refuse(update: Update, error: AssistantError) -> None:
        await apologize(update, error, desk)

    return Reception(handle=handle, apologize=refuse, bypass=must_not_wait)


async def _receive(settings: Settings, url: str, api: BotApi, slot: Slot, started: Callable[[], None]) -> None:
    """The webhook instead of polling; `started` is called when Telegram knows it."""
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else secrets.token_urlsafe(32)
    webhook = Webhook(slot, path=urlsplit(url).path, secret=secret)
    with _listen(settings) as listening:
        server = _server(webhook)
        async with task_group() as group:
            serving = group.create_task(server.serve([listening]), name="webhook")
            try:
                await set_webhook(api, url, secret=secret, allowed_updates=UPDATES)
                started()
                await asyncio.shield(serving)
            finally:
                server.should_exit = True
                await asyncio.wait({serving}, timeout=WEBHOOK_CLOSE_S)


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.web_host, settings.web_port
    # With the protocol named, asyncio sends small answers at once; without it they wait some 40 ms.
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, proto=socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a name
        listening.close()
        reason = "address_in_use" if getattr(error, "errno", None) == errno.EADDRINUSE else "address_unusable"
        raise ConfigurationError(f"bind: {type(error).__name__}", reason=reason, host=host, port=port) from error
    return listening


def _server(webhook: Webhook) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Signals are `run`'s."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(webhook, http="h11", log_config=None, access_log=False, lifespan="off")
    config.timeout_graceful_shutdown = 5
    return Server(config)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _secrets(settings: Settings) -> list[str]:
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return [value.get_secret_value() for value in values if hasattr(value, "get_secret_value")]


def _say(key: str, **details: object) -> None:
    sys.stderr.write(text(key, **details) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
