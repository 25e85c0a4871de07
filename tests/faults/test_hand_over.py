"""Faults 17 and 20: a process that is stopped while the next one has been started, and one that is started too many."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import TelegramEmulator
from prompts.texts import text
from tests.end_to_end.conftest import begin
from tests.end_to_end.test_doubtful_sends import ROOT, Start, environment
from tests.faults.conftest import Crowd, on_every_database
from tests.faults.ledger import QuotingModel, accounted, settled
from tests.storage.databases import Server

WAITS = text("setup.another_process")
ELSEWHERE = text("setup.another_machine")
Second = Callable[..., AbstractAsyncContextManager[Process]]
START_S = 60.0
LISTEN_S = 2.0
"""For what must not come: a process that did not wait would have asked Telegram for its name long before."""


@pytest.fixture
def second(telegram: TelegramEmulator, gemini: GeminiLiveEmulator, tmp_path: Path) -> Second:
    """`async with second()`: another `bot.py` beside one that runs, or on another machine. It has said that it waits,
    and does; it is killed at the end."""

    @asynccontextmanager
    async def started(*, elsewhere: bool = False) -> AsyncIterator[Process]:
        known = telegram.calls[-1].number
        data = tmp_path / ("elsewhere" if elsewhere else "data")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "bot.py"),
            cwd=tmp_path,
            env=environment(telegram, gemini, data) | {"LOG_LEVEL": "ERROR"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=PIPE,
        )
        try:
            assert process.stderr is not None
            async with asyncio.timeout(START_S):
                assert (await process.stderr.readline()).decode().strip() == (ELSEWHERE if elsewhere else WAITS)
            with pytest.raises(TimeoutError):
                await telegram.wait_for(lambda call: call.method == "getMe" and call.number > known, LISTEN_S)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return started


@on_every_database
async def test_20_what_is_in_flight_while_one_process_hands_over_to_the_next_is_answered_once(
    crowd: Crowd,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    model: QuotingModel,
    start: Start,
    second: Second,
) -> None:
    chats = crowd(4)
    async with start() as old:
        for chat in chats:
            await begin(chat)
        model.may_answer.clear()
        for chat in chats[:3]:
            await chat.send_text(f"вопрос {chat.id}")
        await model.asked(3)
        old.send_signal(signal.SIGTERM)
        async with second() as new:
            await chats[3].send_text("вопрос 4")
            model.may_answer.set()
            async with asyncio.timeout(START_S):
                assert await old.wait() == 0
            for chat in chats:
                await chat.wait_until(lambda chat: settled([chat]), START_S)
            new.send_signal(signal.SIGTERM)
            async with asyncio.timeout(START_S):
                assert await new.wait() == 0
    assert accounted(telegram, chats) == Counter(answered=4)
    await model.asked(4)
    assert sum(len(connection.activities) for connection in gemini.connections) == 4


@pytest.mark.parametrize(
    ("stored_in", "elsewhere"),
    [("sqlite", False), ("postgresql", True)],
    indirect=["stored_in"],
    ids=["beside it", "on another machine"],
)
async def test_17_the_next_process_takes_over_from_one_that_was_killed(
    stored_in: str,
    elsewhere: bool,
    crowd: Crowd,
    telegram: TelegramEmulator,
    model: QuotingModel,
    start: Start,
    second: Second,
) -> None:
    chats = crowd(2)
    async with start() as old:
        for chat in chats:
            await begin(chat)
        model.may_answer.clear()
        await chats[0].send_text("вопрос 1")
        await model.asked(1)
        async with second(elsewhere=elsewhere):
            await chats[1].send_text("вопрос 2")
            await model.asked(2)
            old.kill()
            await old.wait()
            model.may_answer.set()
            for chat in chats:
                await chat.wait_until(lambda chat: settled([chat]), START_S)
    assert accounted(telegram, chats) == Counter(answered=2)


async def test_20_a_second_process_beside_one_that_goes_on_does_nothing_but_wait(
    crowd: Crowd,
    telegram: TelegramEmulator,
    model: QuotingModel,
    start: Start,
    second: Second,
) -> None:
    (ivan,) = crowd(1)
    async with start():
        await begin(ivan)
        model.may_answer.clear()
        await ivan.send_text("вопрос 1")
        await model.asked(1)
        async with second() as other:
            model.may_answer.set()
            await ivan.wait_until(lambda chat: settled([chat]))
            other.send_signal(signal.SIGTERM)
            async with asyncio.timeout(START_S):
                assert await other.wait() == 0
        await ivan.send_text("вопрос 2")
        await ivan.wait_until(lambda chat: settled([chat]))
    assert accounted(telegram, [ivan]) == Counter(answered=2)
    assert not [call for call in telegram.calls if call.status == 409]


@pytest.mark.parametrize("stored_in", ["postgresql"], indirect=True)
async def test_20_a_machine_that_lost_the_bot_to_another_one_stops_and_what_it_was_answering_is_answered_once(
    stored_in: str,
    crowd: Crowd,
    telegram: TelegramEmulator,
    model: QuotingModel,
    start: Start,
    second: Second,
    postgresql: Server,
) -> None:
    (ivan,) = crowd(1)
    async with start() as old:
        await begin(ivan)
        model.may_answer.clear()
        await ivan.send_text("вопрос 1")
        await model.asked(1)
        async with second(elsewhere=True):
            old.send_signal(signal.SIGSTOP)  # so that it cannot be the quicker one
            await postgresql.run(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
            await model.asked(2)
            old.send_signal(signal.SIGCONT)
            async with asyncio.timeout(START_S):
                assert await old.wait() == 2
            model.may_answer.set()
            await ivan.wait_until(lambda chat: settled([chat]), START_S)
    assert accounted(telegram, [ivan]) == Counter(answered=1)
