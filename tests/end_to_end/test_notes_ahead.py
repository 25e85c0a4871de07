"""A note is fetched while its update is still being written down, and only when it will be asked about."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from storage.address import FILE
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin

NOTE = QUESTION.path.read_bytes()


async def locked(database: sqlite3.Connection) -> None:
    """From here on nobody else writes."""
    async with asyncio.timeout(10):
        while True:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                await asyncio.sleep(0.01)
            else:
                return


async def test_a_note_is_here_before_its_update_is_kept(
    tmp_path: Path, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="да"))
    async with run_bot():
        await begin(ivan)
        with closing(sqlite3.connect(tmp_path / FILE, timeout=0, isolation_level=None)) as other:
            await locked(other)
            await ivan.send_voice(NOTE)
            await telegram.wait_for(lambda call: call.method == "file" and call.outcome == "answered")
            assert other.execute("SELECT count(*) FROM inbox WHERE raw LIKE '%voice\"%file_id%'").fetchone() == (0,)
            other.execute("ROLLBACK")
        assert (await ivan.next_message()).caption == "да"
    assert sum(call.method == "getFile" for call in telegram.calls) == 1


async def test_a_note_that_is_refused_is_not_fetched(ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot) -> None:
    async with run_bot():
        await ivan.send_voice(NOTE)
        await ivan.next_message()  # there is no conversation
        await begin(ivan)
        await ivan.send_voice(NOTE, duration=3 * 3600)
        await ivan.next_message()  # it is too long
    assert not any(call.method in ("getFile", "file") for call in telegram.calls)
