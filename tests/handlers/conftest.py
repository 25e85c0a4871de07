"""Downloads from the emulator, or from whatever stands before it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from random import Random

import httpx
import pytest
from telegram import Bot

from emulators.telegram import TelegramEmulator
from handlers.files import Files, Patience
from handlers.letting_go import Client
from handlers.sending import open_sender
from handlers.spool import Spool, open_spool

QUICK = Patience(connect=2.0, silence=0.3, address=2.0, whole=20.0, pauses=(0.0,) * 5)
DATA = Random(3).randbytes(100_000)

OpenFiles = Callable[..., AbstractAsyncContextManager[Files]]
SendFile = Callable[[bytes], Awaitable[str]]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
def send_file(telegram: TelegramEmulator) -> SendFile:
    """Somebody sends these bytes; their `file_id`."""
    ivan = telegram.private_chat(telegram.person(id=1, first_name="Иван"))

    async def send(data: bytes) -> str:
        await ivan.send_document(data, name="note.ogg")
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:  # no TLS here: spare the roots
            updates = (await client.get(f"{telegram.url}/bot{telegram.token}/getUpdates")).json()["result"]
        return str(updates[-1]["message"]["document"]["file_id"])

    return send


@pytest.fixture
def open_files(telegram: TelegramEmulator) -> OpenFiles:
    """`async with open_files(port)`: `getFile` is the emulator's; the downloads come from that port, over one
    connection at a time."""

    @asynccontextmanager
    async def opened(port: int | None = None, patience: Patience = QUICK) -> AsyncIterator[Files]:
        downloads = f"http://127.0.0.1:{port or telegram.port}/file/bot"
        async with (
            Bot(telegram.token, base_url=f"{telegram.url}/bot", base_file_url=downloads) as bot,
            open_sender(bot) as sender,
            Client(verify=False, limits=httpx.Limits(max_connections=1)) as client,
        ):
            yield Files(sender, client, patience)

    return opened


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "42"


@pytest.fixture
async def spool(directory: Path) -> AsyncIterator[Spool]:
    async with open_spool(directory) as opened:
        yield opened
