"""The composition root: opens every part below the handlers, closes them in reverse, whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from pydantic import SecretStr

from archive import Archive
from audio.pool import Codecs, open_codecs
from context import Parts
from documents.rendering import Renderer, open_renderer
from errors import ConfigurationError
from function_calls import Functions, discover
from live_session import LiveProvider
from loop_lag import LoopLag
from mail import Mail, Server
from mcp_servers import Offer, ServerConfig, read_servers
from presses import Presses
from provider_loading import LoadedLater
from settings import Settings, read_settings
from storage.cards import Cards
from storage.conversations import Conversations
from storage.database import Database, open_database
from storage.documents import Documents
from storage.effects import EffectJournal
from storage.number_series import NumberSeries
from storage.profiles import Addresses, Profiles
from tls import trusting
from voice_assistant import Limits, TelegramVoiceAssistant, open_voice_assistant
from workshop import Workshop, open_workshop

log = structlog.get_logger(__name__)

if TYPE_CHECKING:
    from gemini_live_session import GeminiLive

INPUT_RATE, OUTPUT_RATE = 16_000, 24_000
"""Hz, of every live model that is known here."""
Today = Callable[[], date]
TEMPLATES = "templates"
"""The folder in DATA_DIR whose templates of documents come before the shipped ones."""
HOST = "host"
"""The scratch folder inside somebody else's application."""

__all__ = ["Rules", "Services", "Settings", "live_provider", "open_services", "prepare"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decided about who is answered and how far; no `allowed_users` allows everybody."""

    allowed_users: frozenset[int]
    admin_users: frozenset[int]
    voice_max_minutes: float
    session_max_minutes: float
    model: str

    def allow(self, user: int | None) -> bool:
        return not self.allowed_users or user in self.allowed_users or user in self.admin_users


async def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Services:
    assistant: TelegramVoiceAssistant
    codecs: Codecs
    rules: Rules
    telegram_proxy: str | None
    scratch: Path
    """For temporary files."""
    data_dir: Path
    database: Database | None
    """None inside somebody else's application: nothing is promised there beyond the life of the process."""
    parts: Parts
    presses: Presses
    loop_lag: LoopLag = field(default_factory=LoopLag)
    """Of the loop that all of this runs in, while somebody watches it."""
    load_functions: Callable[[], Awaitable[object]] = _nothing
    """Read the folder of functions now, not with the first conversation."""
    load_provider: Callable[[], Awaitable[object]] = _nothing
    """Load the live model's library now, not with the first conversation."""
    warm_documents: Callable[[], Awaitable[object]] = _nothing
    """Load what documents are made with now, not with the first one."""

    async def quiet(self) -> None:
        """Wait until nothing is being asked, answered or finished."""
        await self.assistant.quiet()
        if self.parts.workshop is not None:
            await self.parts.workshop.quiet()

    async def suspend(self) -> None:
        """Cut all of that at once."""
        await self.assistant.suspend()
        if self.parts.workshop is not None:
            self.parts.workshop.close()


@asynccontextmanager
async def open_services(
    settings: Settings, bot: int | None = None, today: Today | None = None
) -> AsyncIterator[Services]:
    """`bot` is the id of the bot whose conversations are kept in the database; None keeps nothing.

    `today` is the day on the site, of the clock when it is None. Raises `errors.ConfigurationError`.
    """
    zone = ZoneInfo(settings.time_zone)
    scratch = _scratch(settings.data_dir / "scratch" / (HOST if bot is None else str(bot)))
    provider = LoadedLater(lambda: live_provider(settings), input_rate=INPUT_RATE, output_rate=OUTPUT_RATE)
    mail, servers = _mail(settings), read_servers(_plain(settings.mcp_servers))
    functions = discover()
    async with (
        _database(settings, bot) as database,
        _parts(database, bot, mail, settings.data_dir, today or (lambda: datetime.now(zone).date())) as parts,
        _closed(provider),
        open_codecs(processes=settings.codec_processes if bot is not None else 0) as codecs,
        _mcp(servers, functions.offer),
        _assistant(settings, provider, functions, parts, _conversations(database, bot)) as assistant,
    ):
        yield Services(
            assistant,
            codecs,
            _rules(settings),
            _plain(settings.telegram_proxy),
            scratch,
            settings.data_dir,
            database,
            parts,
            Presses(functions, parts),
            load_functions=partial(asyncio.to_thread, _load, functions),
            load_provider=provider.load,
            warm_documents=parts.documents.warm if isinstance(parts.documents, Archive) else _nothing,
        )


def _assistant(
    settings: Settings,
    provider: LiveProvider,
    functions: Functions,
    parts: Parts,
    store: Conversations | None,
) -> AbstractAsyncContextManager[TelegramVoiceAssistant]:
    return open_voice_assistant(
        provider,
        voice=settings.gemini_voice,
        time_zone=settings.time_zone,
        limits=Limits(settings.turn_timeout_seconds, settings.session_idle_seconds, settings.session_max_minutes),
        functions=functions,
        parts=parts,
        store=store,
    )


def _conversations(database: Database | None, bot: int | None) -> Conversations | None:
    return Conversations(database, bot) if database is not None and bot is not None else None


def _rules(settings: Settings) -> Rules:
    return Rules(
        allowed_users=settings.allowed_users,
        admin_users=settings.admin_users,
        voice_max_minutes=settings.voice_max_minutes,
        session_max_minutes=settings.session_max_minutes,
        model=settings.gemini_model,
    )


def _load(functions: Functions) -> None:
    for problem in functions.load():
        log.warning("function not usable", problem=str(problem))


@asynccontextmanager
async def _closed(provider: LoadedLater) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await provider.close()


@asynccontextmanager
async def _database(settings: Settings, bot: int | None) -> AsyncIterator[Database | None]:
    if bot is None:
        yield None
        return
    async with open_database(_plain(settings.database_url), settings.data_dir) as database:
        yield database


@asynccontextmanager
async def _mcp(servers: Mapping[str, ServerConfig], offer: Offer) -> AsyncIterator[None]:
    if not servers:
        yield
        return
    from mcp_connection import open_mcp_servers

    async with open_mcp_servers(servers, offer):
        yield


@asynccontextmanager
async def _parts(
    database: Database | None, bot: int | None, mail: Mail | None, data_dir: Path, today: Today
) -> AsyncIterator[Parts]:
    """What functions work with. Inside somebody else's application it lives as long as the process."""
    with open_renderer(data_dir / TEMPLATES) as renderer:
        if database is not None and bot is not None:
            archive = _archive(database, bot, renderer, data_dir / "documents" / str(bot), today)
            async with open_workshop() as workshop:
                yield _parts_in(database, bot, mail, archive, workshop)
            return
        with TemporaryDirectory(prefix="voice-assistant-") as folder:
            async with open_database(None, Path(folder)) as passing, open_workshop() as workshop:
                archive = _archive(passing, 0, renderer, Path(folder) / "documents", today)
                yield _parts_in(passing, 0, mail, archive, workshop)


def _archive(database: Database, bot: int, renderer: Renderer, folder: Path, today: Today) -> Archive:
    store = Documents(database, bot)
    return Archive(store, NumberSeries(database, bot, store), renderer, folder, today)


def _parts_in(database: Database, bot: int, mail: Mail | None, archive: Archive, workshop: Workshop) -> Parts:
    return Parts(
        workshop=workshop,
        documents=archive,
        journal=EffectJournal(database, bot),
        cards=Cards(database, bot),
        profiles=Profiles(database, bot),
        addresses=Addresses(database, bot),
        mail=mail,
    )


def _mail(settings: Settings) -> Mail | None:
    """None: the operator wants no letters to be sent."""
    if (settings.smtp_host is None) != (settings.smtp_from is None):
        raise ConfigurationError("SMTP_HOST and SMTP_FROM belong together", reason="mail_incomplete")
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    security = "tls" if settings.smtp_tls else "starttls" if settings.smtp_starttls else "none"
    password = _plain(settings.smtp_password)
    return Mail(
        Server(settings.smtp_host, settings.smtp_port, settings.smtp_from, security, settings.smtp_user, password)
    )


def live_provider(settings: Settings) -> "GeminiLive":
    """The live model that the settings name; nothing is opened. Loading its library takes a second."""
    from gemini_live_session import GeminiLive

    return GeminiLive(
        settings.google_api_key.get_secret_value(),
        settings.gemini_model,
        base_url=settings.google_gemini_base_url,
        proxy=_plain(settings.gemini_proxy),
    )


def prepare() -> Settings:
    """The settings that a live conversation needs, read and checked. Raises `errors.ConfigurationError`."""
    settings = read_settings()
    settings.require_model_key()
    trusting()
    return settings


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _scratch(scratch: Path) -> Path:
    """An empty place for files; folders in it are not ours."""
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        for left_over in scratch.iterdir():
            if not left_over.is_dir():
                left_over.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"DATA_DIR: {type(error).__name__}", reason="data_dir_unwritable") from error
    return scratch
