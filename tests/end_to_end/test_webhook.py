"""The webhook instead of polling."""

import asyncio
import socket

from pydantic import SecretStr

import bot
from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from settings import Settings
from tasks import task_group
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import MakeSettings, begin


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def test_updates_come_by_webhook_with_the_secret(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, make_settings: MakeSettings
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="по вебхуку"))
    port = _free_port()
    settings: Settings = make_settings(
        webhook_url=f"http://127.0.0.1:{port}/hook", webhook_secret=SecretStr("s3cret"), web_port=port
    )
    async with task_group() as group:
        serving = group.create_task(bot.serve(settings))
        set_webhook = await telegram.wait_for(lambda call: call.method == "setWebhook")
        await begin(ivan)
        await ivan.send_voice(QUESTION.path.read_bytes())
        assert (await ivan.next_message()).caption == "по вебхуку"
        serving.cancel()
    assert set_webhook.params["secret_token"] == "s3cret"
    assert not [call for call in telegram.calls if call.method == "getUpdates"]
    await asyncio.to_thread(lambda: socket.create_server(("127.0.0.1", port)).close())
