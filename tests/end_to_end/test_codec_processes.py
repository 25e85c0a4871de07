"""Sound is decoded and encoded in processes beside the bot; one that ends in the middle takes nobody with it."""

import os
import signal
from pathlib import Path

from audio.decoder import OpusDecoder
from emulators.gemini_live import GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, SlowBody, TelegramEmulator
from prompts.texts import text
from tests.audio.envelope import likeness
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.long_answers import assert_is_the_answer, counting

NOTE = QUESTION.path.read_bytes()


def codec_processes() -> list[int]:
    """Of the bot in this process."""
    children = [file.read_text("ascii").split() for file in Path("/proc/self/task").glob("*/children")]
    return [int(child) for some in children for child in some if b"audio.worker" in _command(int(child))]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _begun(gemini: GeminiLiveEmulator) -> int:
    messages = [message for one in gemini.connections for message in one.messages]
    return sum("activityStart" in message.get("realtimeInput", {}) for message in messages)


def _speaks(gemini: GeminiLiveEmulator) -> bool:
    return any("serverContent" in sent for one in gemini.connections for sent in one.sent)


def kill(pids: list[int]) -> None:
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


async def test_a_note_and_its_answer_go_through_them_unchanged(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    answer = counting(3)
    gemini.say(answer)
    async with run_bot(codec_processes=1):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        message = await ivan.next_message()
        assert len(codec_processes()) == 1
    assert_is_the_answer([message], answer)
    assert likeness(gemini.turns[0].heard.pcm, 16_000, _decoded(NOTE), 16_000) >= 0.99
    assert codec_processes() == []


def _decoded(note: bytes) -> bytes:
    decoder = OpusDecoder()
    return decoder.feed(note) + decoder.finish()


async def test_a_note_whose_process_ends_is_told_of_and_the_next_is_answered(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    first, second = counting(1), counting(1, first=5)
    gemini.say(first, second)
    async with run_bot(codec_processes=1):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert_is_the_answer([await ivan.next_message()], first)
        telegram.fault("file", SlowBody(piece=len(NOTE) // 10, interval=1.0))
        await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda one: _begun(one) == 2)
        kill(codec_processes())
        assert (await ivan.next_message()).text == text("error.sound_lost", "ru")
        await ivan.send_voice(NOTE)
        assert_is_the_answer([await ivan.next_message()], second)


async def test_an_answer_whose_process_ends_comes_in_writing(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    answer = counting(1.5, pace=1.0)
    gemini.say(answer)
    async with run_bot(codec_processes=1):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(_speaks)
        kill(codec_processes())
        assert (await ivan.next_message()).text == answer.transcript
