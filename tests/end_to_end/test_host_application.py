"""Inside somebody else's application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.ext import Application, CommandHandler, MessageHandler, filters

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from handlers import init_voice_assistant, register_voice_assistant_handlers
from handlers.desk import Context
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import begin

HostApplication = Application[Any, Any, Any, Any, Any, Any]
RunHost = Callable[[list[str]], AbstractAsyncContextManager[HostApplication]]


@pytest.fixture
def run_host(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RunHost:
    """A bot that echoes text, greets on /start, and notes the order of its own hooks."""
    for name, value in {
        "SSL_CERT_FILE": str(gemini.ca_file),
        "GOOGLE_API_KEY": "test-key",
        "GOOGLE_GEMINI_BASE_URL": gemini.url,
        "DATA_DIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)

    async def echo(update: Update, context: Context) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text(f"host: {update.effective_message.text}")

    @asynccontextmanager
    async def run(hooks: list[str]) -> AsyncIterator[HostApplication]:
        async def post_init(_: HostApplication) -> None:
            hooks.append("post_init")

        async def post_stop(_: HostApplication) -> None:
            hooks.append("post_stop")

        application: HostApplication = (
            Application.builder()
            .token(telegram.token)
            .base_url(f"{telegram.url}/bot")
            .base_file_url(f"{telegram.url}/file/bot")
            .post_init(post_init)
            .post_stop(post_stop)
            .build()
        )
        application.add_handler(CommandHandler("start", echo))
        application.add_handler(MessageHandler(filters.TEXT, echo))
        init_voice_assistant()
        register_voice_assistant_handlers(application)
        # The order of `run_polling`, which would take the event loop for itself.
        await application.initialize()
        assert application.post_init is not None
        await application.post_init(application)
        assert application.updater is not None
        await application.updater.start_polling(timeout=1)
        await application.start()
        try:
            yield application
        finally:
            await application.updater.stop()
            await application.stop()
            assert application.post_stop is not None
            await application.post_stop(application)
            await application.shutdown()

    return run


async def test_the_host_keeps_its_messages_until_a_conversation_is_open(
    ivan: Chat, gemini: GeminiLiveEmulator, run_host: RunHost
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="голосом"))
    hooks: list[str] = []
    async with run_host(hooks):
        await ivan.send_text("/start")
        assert (await ivan.next_message()).text == "host: /start"
        await ivan.send_text("до разговора")
        assert (await ivan.next_message()).text == "host: до разговора"
        await begin(ivan)
        await ivan.send_text("во время разговора")
        assert (await ivan.next_message()).caption == "голосом"
        await ivan.send_text("/stop")
        assert "Голосовой разговор завершён" in ((await ivan.next_message()).text or "")
        await ivan.send_text("после")
        assert (await ivan.next_message()).text == "host: после"
    assert hooks == ["post_init", "post_stop"]


async def test_a_voice_note_goes_round_and_the_turn_does_not_hold_up_the_host(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_host: RunHost
) -> None:
    held = asyncio.Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="готово", hold=held))
    pyotr = telegram.private_chat(telegram.person(id=2, first_name="Пётр"))
    async with run_host([]):
        await begin(ivan)
        await ivan.send_voice(QUESTION.path.read_bytes())
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        await pyotr.send_text("привет")
        assert (await pyotr.next_message()).text == "host: привет"
        held.set()
        assert (await ivan.next_message()).caption == "готово"


async def test_whoever_blocks_the_bot_has_no_conversation_any_more(
    ivan: Chat, gemini: GeminiLiveEmulator, run_host: RunHost
) -> None:
    async with run_host([]):
        await begin(ivan)
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 1)
        ivan.block()
        await gemini.wait_until(lambda emulator: not any(one.open for one in emulator.connections))
        ivan.unblock()
        await ivan.send_text("после")
        assert (await ivan.next_message()).text == "host: после"
