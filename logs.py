"""Logging: structlog for us and for the libraries, secrets masked, the libraries' chatter off."""

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

CHATTER = (
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
    "telegram",
    "google_genai",
    "websockets",
    "aiosqlite",
    "asyncpg",
    "sqlalchemy",
    "alembic",
    "PIL",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "asyncio",
    "libav",
    "mcp",
    "pymorphy3",
    "aiosmtplib",
)
"""At lower levels they print URLs with the token in them, headers with the key, statements and what people say."""


def configure_logs(level: str, style: str, secrets: Iterable[str]) -> None:
    """`style` is `console` or `json`. `secrets` never appear in a line, whoever wrote it."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper("iso"),
        structlog.stdlib.ExtraAdder(),
        _Mask(secrets),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: list[structlog.types.Processor] = (
        [structlog.processors.format_exc_info, _Mask(secrets), structlog.processors.JSONRenderer(ensure_ascii=False)]
        if style == "json"
        else [
            structlog.processors.format_exc_info,
            _Mask(secrets),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in CHATTER:
        logging.getLogger(name).setLevel(logging.WARNING)
    # At ERROR it prints the body of an answer that it could not read, and with it what people say.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)


class _Mask:
    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = self._masked(value)
        return event

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text
