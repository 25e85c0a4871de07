import asyncio
import signal
import socket
import subprocess
import sys

import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot


async def test_a_missing_message_is_named_in_the_error(ivan: Chat) -> None:
    with pytest.raises(TimeoutError, match=r"no further message in chat 1 within 0\.05 s"):
        await ivan.next_message(timeout=0.05)


async def test_a_missing_call_is_named_with_those_that_came(bot: RawBot, telegram: TelegramEmulator) -> None:
    await bot.get("getMe")
    with pytest.raises(TimeoutError, match="the last ones were: getMe"):
        await telegram.wait_for(lambda call: call.method == "sendVoice", timeout=0.05)


async def test_messages_are_taken_one_after_the_other(bot: RawBot, ivan: Chat) -> None:
    waiting = asyncio.create_task(ivan.next_message())
    for text in ("раз", "два"):
        await bot.get("sendMessage", chat_id=1, text=text)
    assert (await waiting).text == "раз"
    assert (await ivan.next_message()).text == "два"
    assert [message.text for message in ivan.messages] == ["раз", "два"]


async def test_calls_are_numbered_and_say_how_they_ended(bot: RawBot, telegram: TelegramEmulator) -> None:
    await bot.get("getMe")
    await bot.ask("getChat", chat_id=5)
    first, second = telegram.calls
    assert (first.number, first.status, first.outcome, first.result["id"]) == (1, 200, "answered", 42)
    assert (second.number, second.status, second.description) == (2, 400, "Bad Request: chat not found")
    assert first.at <= second.at


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_alone(number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "emulators.telegram", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Emulated Bot API and chat page: http://127.0.0.1:{port}\n"
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
