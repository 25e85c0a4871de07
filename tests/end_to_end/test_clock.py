"""A clock of ours that is wrong: how old a recording is, is told by Telegram's."""

import socket

import pytest
from pydantic import SecretStr

import bot
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from tasks import task_group
from tests.end_to_end.conftest import MakeSettings, RunBot, begin

NOTE = QUESTION.path.read_bytes()
AHEAD_S = 40 * 60
"""More than the age at which a recording counts as stale."""
OUTAGE_S = 31 * 60


async def test_with_our_clock_ahead_a_live_note_is_answered(
    ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    telegram.advance(-AHEAD_S)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).kind == "voice"


async def test_with_our_clock_behind_a_note_that_waited_through_an_outage_is_stale(
    ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    telegram.advance(AHEAD_S)
    async with run_bot():
        await begin(ivan)
    await ivan.send_voice(NOTE)
    telegram.advance(OUTAGE_S)
    async with run_bot():
        assert "запись устарела" in ((await ivan.next_message()).text or "")


async def test_a_poll_alone_tells_the_time(ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot) -> None:
    telegram.tell_time(lambda: None)
    async with run_bot():
        await begin(ivan)
        telegram.tell_time()
        telegram.advance(-AHEAD_S)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).kind == "voice"


async def test_with_a_webhook_the_answers_to_other_calls_tell_the_time(
    ivan: Chat, telegram: TelegramEmulator, make_settings: MakeSettings
) -> None:
    port = _free_port()
    hook = f"http://127.0.0.1:{port}/hook"
    settings = make_settings(webhook_url=hook, webhook_secret=SecretStr("s3cret"), web_port=port)
    telegram.tell_time(lambda: None)
    async with task_group() as group:
        serving = group.create_task(bot.serve(settings))
        await telegram.wait_for(lambda call: call.method == "setWebhook")
        telegram.tell_time()
        telegram.advance(-AHEAD_S)
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).kind == "voice"
        serving.cancel()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.mark.parametrize("header", [None, "yesterday"])
async def test_an_answer_that_does_not_tell_the_time_leaves_it_as_it_was(
    header: str | None, ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    telegram.advance(-AHEAD_S)
    async with run_bot():
        await begin(ivan)
        telegram.tell_time(lambda: header)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).kind == "voice"


async def test_where_no_answer_tells_the_time_our_own_clock_does(
    ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    telegram.tell_time(lambda: None)
    async with run_bot():
        await begin(ivan)
    telegram.advance(-OUTAGE_S)
    await ivan.send_voice(NOTE)
    async with run_bot():
        assert "запись устарела" in ((await ivan.next_message()).text or "")
