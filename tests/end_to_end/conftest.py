"""The real bot between the two emulators: real clients, real audio, nothing patched."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

import bot
from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from services import Today
from settings import Settings
from tasks import task_group

RunBot = Callable[..., AbstractAsyncContextManager[None]]
MakeSettings = Callable[..., Settings]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
async def gemini() -> AsyncIterator[GeminiLiveEmulator]:
    async with GeminiLiveEmulator(key="test-key") as emulator:
        yield emulator


@pytest.fixture
def make_settings(
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    tmp_path: Path,
    migrated: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> MakeSettings:
    """Settings that lead to the two emulators, whatever the environment says; the database has its tables."""
    shutil.copy(migrated, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(gemini.ca_file))

    def make(**overrides: object) -> Settings:
        values: dict[str, object] = {
            "telegram_bot_token": telegram.token,
            "telegram_api_base_url": telegram.url,
            "GOOGLE_API_KEY": "test-key",
            "google_gemini_base_url": gemini.url,
            "data_dir": tmp_path,
            "codec_processes": 0,  # they take a while to start; test_codec_processes.py has some
        }
        return Settings(_env_file=None, **(values | overrides))  # type: ignore[arg-type, call-arg]

    return make


@pytest.fixture
def run_bot(telegram: TelegramEmulator, make_settings: MakeSettings) -> RunBot:
    """`async with run_bot(setting=...)`: the bot polls while the block runs; at its end turns may come to theirs."""

    @asynccontextmanager
    async def run(
        *, drain_seconds: float = 3.0, today: Today | None = None, **overrides: object
    ) -> AsyncIterator[None]:
        async with task_group() as group:
            known = len(telegram.calls)
            serving = group.create_task(bot.serve(make_settings(**overrides), drain_seconds=drain_seconds, today=today))
            await telegram.wait_for(lambda call: call.method == "getUpdates" and call.number > known)
            yield
            serving.cancel()

    return run


@pytest.fixture
def ivan(telegram: TelegramEmulator) -> Chat:
    return telegram.private_chat(telegram.person(id=1, first_name="Иван"))


def words(chat: Chat) -> list[str]:
    """All that was said to this chat; on a busy machine an answer comes in pieces, each with its part of the words."""
    return [word for one in chat.messages if one.kind == "voice" for word in (one.caption or "").split()]


def words_of(gemini: GeminiLiveEmulator, turn: int) -> list[str]:
    return gemini.turns[turn].said.transcript.split()


async def begin(chat: Chat) -> None:
    """`/voice_chat`, and its answer taken."""
    await chat.send_text("/voice_chat")
    assert "ЗАПУЩЕН" in ((await chat.next_message()).text or "")
