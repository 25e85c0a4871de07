"""Settings from the environment and `.env`, read once; everything else is handed plain values."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from errors import ConfigurationError

PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
NOT_YET = ("PUBLIC_URL",)
"""Known names that nothing reads yet."""

UserIds = Annotated[frozenset[int], NoDecode]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, frozen=True
    )

    telegram_bot_token: SecretStr = SecretStr("")
    telegram_api_base_url: str = "https://api.telegram.org"
    telegram_proxy: SecretStr | None = None
    google_api_key: Annotated[
        SecretStr, Field(validation_alias=AliasChoices("GOOGLE_API_KEY", "GEMINI_API_KEY", "GENAI_API_KEY"))
    ] = SecretStr("")
    google_gemini_base_url: str | None = None
    gemini_proxy: SecretStr | None = None
    gemini_model: str = "gemini-3.8-live"
    gemini_voice: str = "Aoede"
    live_provider: Literal["gemini", "openai"] = "gemini"
    database_url: SecretStr | None = None
    data_dir: Path = Path("data")
    time_zone: str = "Europe/Moscow"
    voice_max_minutes: Annotated[float, Field(gt=0)] = 15
    turn_timeout_seconds: Annotated[float, Field(gt=0)] = 20
    session_idle_seconds: Annotated[float, Field(gt=0)] = 120
    session_max_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 60
    allowed_users: UserIds = frozenset()
    admin_users: UserIds = frozenset()
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: str | None = None
    smtp_host: str | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    smtp_starttls: bool = True
    smtp_tls: bool = False
    mcp_servers: SecretStr | None = None
    codec_processes: Annotated[int, Field(ge=0, le=16)] = 2
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("allowed_users", "admin_users", mode="before")
    @classmethod
    def _user_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]
        if not all(part.lstrip("-").isdigit() for part in parts):
            raise ValueError("numeric Telegram ids, separated by commas, are expected")
        return frozenset(int(part) for part in parts)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("live_provider", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("telegram_api_base_url", "google_gemini_base_url", "webhook_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("a URL that starts with http:// or https:// is expected")
        return value.rstrip("/") if value else value

    @field_validator("telegram_proxy", "gemini_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in PROXY_SCHEMES or not parts.hostname:
                raise ValueError("a URL like http://host:port or socks5://user:password@host:port is expected")
        return value

    @field_validator("time_zone")
    @classmethod
    def _time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("a name like Europe/Moscow is expected") from error
        return value

    def require_keys(self) -> None:
        """Raises `errors.ConfigurationError` that says which key is missing and where to get it."""
        if not self.telegram_bot_token.get_secret_value():
            raise ConfigurationError("TELEGRAM_BOT_TOKEN is not set", reason="token_missing")
        self.require_model_key()

    def require_model_key(self) -> None:
        """The same for the live model alone."""
        if self.live_provider == "openai":
            raise ConfigurationError("LIVE_PROVIDER=openai is not supported yet", reason="provider_not_supported")
        if not self.google_api_key.get_secret_value():
            raise ConfigurationError("GOOGLE_API_KEY is not set", reason="key_missing")

    def not_supported_yet(self) -> list[str]:
        """Names that are set and that nothing reads yet."""
        return [name for name in NOT_YET if getattr(self, name.lower()) is not None]


def read_settings() -> Settings:
    """Raises `errors.ConfigurationError`; no value of a setting is in it."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationError(f"{name} is wrong: {first['type']}", reason="setting_wrong", name=name) from None
