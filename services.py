"""The composition root: opens every part below the handlers, closes them in reverse, whatever happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import SecretStr

from audio.pool import Codecs, open_codecs
from errors import ConfigurationError
from function_calls import discover
from gemini_live_session import GeminiLive
from settings import Settings, read_settings
from storage.conversations import Conversations
from storage.database import Database, open_database
from voice_assistant import Limits, TelegramVoiceAssistant, open_voice_assistant

log = structlog.get_logger(__name__)

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


@asynccontextmanager
async def open_services(settings: Settings, bot: int | None = None) -> AsyncIterator[Services]:
    """`bot` is the id of the bot whose conversations are kept in the database; None keeps nothing.

    Raises `errors.ConfigurationError`.
    """
    scratch = _scratch(settings.data_dir / "scratch" / (HOST if bot is None else str(bot)))
    limits = Limits(settings.turn_timeout_seconds, settings.session_idle_seconds, settings.session_max_minutes)
    provider = live_provider(settings)
    functions = discover()
    for problem in functions.problems:
        log.warning("function not usable", problem=str(problem))
    async with (
        _database(settings, bot) as database,
        _closed(provider),
        open_codecs() as codecs,
        open_voice_assistant(
            provider,
            voice=settings.gemini_voice,
            time_zone=settings.time_zone,
            limits=limits,
            functions=functions,
            store=Conversations(database, bot) if database is not None and bot is not None else None,
        ) as assistant,
    ):
        rules = Rules(
            allowed_users=settings.allowed_users,
            admin_users=settings.admin_users,
            voice_max_minutes=settings.voice_max_minutes,
            session_max_minutes=settings.session_max_minutes,
            model=settings.gemini_model,
        )
        yield Services(assistant, codecs, rules, _plain(settings.telegram_proxy), scratch, settings.data_dir, database)


@asynccontextmanager
async def _closed(provider: GeminiLive) -> AsyncIterator[None]:
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


def live_provider(settings: Settings) -> GeminiLive:
    """The live model that the settings name; nothing is opened."""
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
