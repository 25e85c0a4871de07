"""Faults 19 and 20: a crowd and a flood, a soak, a clock that jumps, a disk and a database that refuse, a stop."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import monotonic

import pytest

from emulators.gemini_live import GeminiLiveEmulator
from emulators.gemini_live.faults import (
    Abort,
    Close,
    DoubledTurnComplete,
    EarlyTurnComplete,
    EmptyTurn,
    Fault,
    LateTranscript,
    Moment,
    OddAudio,
)
from emulators.telegram import Call, Chat, ConnectionCut, Hang, Refusal, TelegramEmulator
from open_turns import MOST_OPEN_TURNS
from tests.clock import assert_sooner, reads_the_clock
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.test_doubtful_sends import Start
from tests.faults.conftest import Crowd, descriptors, on_every_database
from tests.faults.ledger import QuotingModel, accounted, note, quoted, settled
from tests.storage.databases import Server
from tests.volume import long

STOP_S = 12.0
DATABASE = "voice.sqlite3"
THINK_S = 0.3
FILE_S = 0.3
"""Until Telegram says where a file is; the flood's come one after another."""


@pytest.mark.parametrize("count", [pytest.param(50, marks=long), 12])
async def test_19_many_chats_at_once_are_each_answered_once_and_with_their_own_answer(
    count: int, crowd: Crowd, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    chats = crowd(count)
    async with run_bot():
        for chat in chats:
            await chat.send_text("/voice_chat")
        for chat in chats:
            await chat.next_message()
            await chat.send_text(f"вопрос {chat.id}")
        for chat in chats:
            assert (await chat.next_message()).caption == quoted(f"вопрос {chat.id}")
    assert accounted(telegram, chats) == Counter(answered=count)


@reads_the_clock
@pytest.mark.parametrize("kind", ["notes", "files"])
async def test_19_a_quiet_chat_beside_a_flood_waits_little_longer_than_alone(
    kind: str, crowd: Crowd, chats: list[Chat], telegram: TelegramEmulator, model: QuotingModel, run_bot: RunBot
) -> None:
    """What either chat waits for is the other side's slowness, much longer than what a busy machine takes: a model
    that thinks, and files that come slowly. A note waits for its file in its conversation, a document aside."""
    quiet, flood = crowd(2)
    recorded = note(1)
    model.think_seconds = THINK_S

    async def asked(question: str) -> float:
        begun = monotonic()
        await quiet.send_text(question)
        assert (await quiet.next_message()).caption == quoted(question)
        return monotonic() - begun

    async with run_bot():
        await begin(quiet)
        await begin(flood)
        alone = median([await asked(f"один {number}") for number in range(3)])
        files = telegram.fault("getFile", Hang(FILE_S), times=100)
        for _ in range(40):
            await (flood.send_voice(recorded) if kind == "notes" else flood.send_document(recorded))
        beside = median([await asked(f"рядом {number}") for number in range(3)])
        assert files.met < MOST_OPEN_TURNS, "the flood was over before the quiet chat had its answers"
        await flood.send_text("/stop")
        await flood.wait_until(lambda chat: any("завершён" in (one.text or "") for one in chat.messages))
    assert_sooner(beside, 3 * alone)
    assert sum(one.kind == "voice" for one in flood.messages) <= 40
    chats.remove(flood)  # whose notes are all alike; what became of each is not to be told


def _seeded(luck: random.Random) -> Fault:
    faults: list[Fault] = [
        Abort(Moment.CHUNK, chunks=luck.randint(1, 20)),
        Close(Moment.CHUNK, chunks=luck.randint(1, 20)),
        Abort(Moment.IDLE),
        EmptyTurn(),
        EarlyTurnComplete(chunks=luck.randint(1, 20)),
        DoubledTurnComplete(),
        LateTranscript(),
        OddAudio(cut=True),
    ]
    return luck.choice(faults)


def _resident() -> int:
    """kB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@pytest.mark.parametrize("seed", [20])
async def test_20_after_sixty_turns_with_seeded_faults_everything_is_back_to_base(
    seed: int, crowd: Crowd, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    luck, chats = random.Random(seed), crowd(4)

    async def turns(first: int, count: int, *, faults: bool) -> None:
        for number in range(first, first + count):
            if faults and luck.random() < 0.5:
                gemini.fault(_seeded(luck))
            if faults and luck.random() < 0.2:
                telegram.fault("sendVoice", Refusal(502, "Bad Gateway") if luck.random() < 0.5 else ConnectionCut())
            for chat in chats:
                await chat.send_text(f"вопрос {number}")
            for chat in chats:
                await chat.wait_until(lambda chat: settled([chat]))

    async with run_bot():
        for chat in chats:
            await begin(chat)
        await turns(0, 1, faults=False)
        tasks, fds, resident = len(asyncio.all_tasks()), len(descriptors()), _resident()
        await turns(1, 14, faults=True)
        await turns(15, 1, faults=False)
        assert len(asyncio.all_tasks()) <= tasks + 2 * len(chats), f"seed {seed}"
        assert len(descriptors()) <= fds + 2 * len(chats), f"seed {seed}"
        assert _resident() - resident < 60_000, f"seed {seed}"
        for chat in chats:
            await chat.send_text("/stop")
            await chat.wait_until(lambda chat: "завершён" in (chat.messages[-1].text or ""))
    assert _rows(tmp_path, "conversations") == 0
    assert accounted(telegram, chats)["answered"] >= 60


def _rows(data_dir: Path, table: str) -> int:
    connection = sqlite3.connect(data_dir / DATABASE)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.parametrize("seconds", [-20 * 60, 24 * 60 * 60], ids=["back", "forward"])
async def test_20_a_clock_that_jumps_disturbs_nothing(
    seconds: float, ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(note(1))
        assert (await ivan.next_message()).kind == "voice"
        telegram.advance(seconds)
        await ivan.send_voice(note(2))
        assert (await ivan.next_message()).kind == "voice"
    assert accounted(telegram, [ivan]) == Counter(answered=2)


async def test_20_a_database_that_is_locked_for_a_second_loses_and_doubles_nothing(
    crowd: Crowd, telegram: TelegramEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    chats = crowd(3)
    async with run_bot():
        for chat in chats:
            await begin(chat)
        other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            for chat in chats:
                await chat.send_text("вопрос")
            await asyncio.sleep(1)  # the fault itself
            assert not any(one.kind == "voice" for chat in chats for one in chat.messages)
            other.execute("ROLLBACK")
        finally:
            other.close()
        for chat in chats:
            assert (await chat.next_message()).caption == quoted("вопрос")
    assert accounted(telegram, chats) == Counter(answered=3)


async def test_20_a_database_server_that_is_started_anew_loses_and_doubles_nothing(
    crowd: Crowd,
    telegram: TelegramEmulator,
    run_bot: RunBot,
    postgresql: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await postgresql.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    monkeypatch.setenv("DATABASE_URL", postgresql.url("postgres"))
    chats = crowd(3)
    async with run_bot():
        for chat in chats:
            await begin(chat)
        await asyncio.to_thread(postgresql.control, "-m", "immediate", "stop")
        try:
            begun = telegram.calls[-1].number
            for chat in chats:
                await chat.send_text("вопрос")
            # The poll that brought them, and the one that brings them again: nothing was kept.
            first = await _poll_after(telegram, begun)
            await _poll_after(telegram, first.number)
            assert not any(one.kind == "voice" for chat in chats for one in chat.messages)
        finally:
            await asyncio.to_thread(postgresql.start)
        for chat in chats:
            assert (await chat.next_message(timeout=30)).caption == quoted("вопрос")
    assert accounted(telegram, chats) == Counter(answered=3)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A directory on a disk of 1.5 MB; skips where none can be mounted."""
    folder, mount = tmp_path / "small", shutil.which("mount")
    folder.mkdir()
    if (
        mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=1536k", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("a small disk (tmpfs) cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


async def test_20_on_a_full_disk_updates_stay_with_telegram_until_there_is_room(
    small_disk: Path, ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    filler = small_disk / "filler"
    async with run_bot(data_dir=small_disk):
        await begin(ivan)
        await asyncio.to_thread(_fill, filler)
        begun = len(telegram.calls)
        await ivan.send_text("вопрос " + "!" * 800)
        # The poll that brought it, and the one that brings it again.
        first = await _poll_after(telegram, begun)
        await _poll_after(telegram, first.number)
        await asyncio.to_thread(filler.unlink)
        await ivan.wait_until(lambda chat: settled([chat]))


async def _poll_after(telegram: TelegramEmulator, number: int) -> Call:
    return await telegram.wait_for(lambda call: call.method == "getUpdates" and call.number > number)


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as out:
        try:
            while out.write(bytes(4096)):
                pass
        except OSError:
            return


@on_every_database
async def test_20_a_stop_under_load_is_soon_over_and_the_next_process_answers_the_rest(
    crowd: Crowd,
    telegram: TelegramEmulator,
    model: QuotingModel,
    start: Start,
    run_bot: RunBot,
    tmp_path: Path,
) -> None:
    chats = crowd(6)
    async with start() as process:
        for chat in chats:
            await begin(chat)
        model.may_answer.clear()
        for chat in chats:
            await chat.send_text(f"вопрос {chat.id}")
        await model.asked(6)
        process.send_signal(signal.SIGTERM)
        asked_at = monotonic()
        for chat in chats:
            await chat.send_text(f"ещё {chat.id}")
        model.may_answer.set()
        async with asyncio.timeout(STOP_S):
            assert await process.wait() == 0
        assert monotonic() - asked_at < STOP_S
    async with run_bot(data_dir=tmp_path / "data"):
        for chat in chats:
            await chat.wait_until(lambda chat: settled([chat]))
    fates = accounted(telegram, chats)
    assert fates["told"] == 0
    assert fates.total() == 12
    assert fates["answered"] >= 6
