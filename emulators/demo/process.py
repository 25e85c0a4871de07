"""The bot as a process of its own, and the environment that it gets."""

import asyncio
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

import certifi

ROOT = Path(__file__).parents[2]
END_S = 5.0
"""How long the bot may take to end when it is asked to."""
OF_THE_MACHINE = (
    "PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT",
)  # fmt: skip
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")
OF_THE_MODEL = ("GOOGLE_", "GEMINI_", "GENAI_")
MODEL_KEYS = ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GENAI_API_KEY")
TOKEN = "TELEGRAM_BOT_TOKEN"
HERE = "127.0.0.1,localhost"


@asynccontextmanager
async def running_bot(
    environment: Mapping[str, str], directory: Path, log: Path | None, program: Sequence[Path] = (ROOT / "bot.py",)
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`bot.py` (or another `program` with its arguments), started in `directory` so that no `.env` is found, and surely
    gone after the block.

    Its output goes to `log`, or where ours goes.
    """
    with _output(log) as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *map(str, program),
            cwd=directory,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is ours to pass on, and what the bot has started ends with it
        )
    try:
        yield process
    finally:
        await _end(process)


def _output(log: Path | None) -> AbstractContextManager[BinaryIO | None]:
    return nullcontext() if log is None else log.open("wb")


async def _end(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()


def model_key() -> str | None:
    """The name under which a key of the real Gemini is set."""
    return next((name for name in MODEL_KEYS if os.environ.get(name)), None)


def has_token() -> bool:
    return bool(os.environ.get(TOKEN))


def environment(directory: Path, *, real_telegram: bool, real_model: bool) -> dict[str, str]:
    """Of the bot: a data directory of its own, and of what is set here only what is meant for it.

    The settings of a developer stay out, unless the real service that they are for is used.
    """
    kept = {name: value for name, value in os.environ.items() if _is_kept(name, real_telegram, real_model)}
    without_proxy = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), HERE)))
    return kept | {
        "DATA_DIR": str(directory / "data"),
        "LIVE_PROVIDER": "gemini",
        "NO_PROXY": without_proxy,
        "no_proxy": without_proxy,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }


def _is_kept(name: str, real_telegram: bool, real_model: bool) -> bool:
    if name.startswith(OF_THE_MODEL):
        return real_model
    return real_telegram or name in OF_THE_MACHINE or (real_model and name in PROXIES)


def trust(directory: Path, authorities: Sequence[Path]) -> Path:
    """One file with the public roots, those that are set here, and `authorities`: SSL_CERT_FILE knows one file only."""
    paths = ssl.get_default_verify_paths()
    roots = [certifi.where(), paths.openssl_cafile, os.environ.get("SSL_CERT_FILE")]
    files = [*(Path(root) for root in roots if root), *authorities]
    bundle = directory / "trusted.pem"
    bundle.write_bytes(b"\n".join(file.read_bytes() for file in dict.fromkeys(files) if file.is_file()))
    return bundle


def last_lines(log: Path, count: int = 15) -> list[str]:
    with suppress(OSError):
        return log.read_text("utf-8", errors="replace").splitlines()[-count:]
    return []
