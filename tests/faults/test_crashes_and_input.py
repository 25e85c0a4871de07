"""Faults 17 and 18: `kill -9` at named and at seeded moments, and recordings that are none."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import Chat, Hang, TelegramEmulator
from tasks import task_group
from tests.audio.making import recording, voice_note
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.test_doubtful_sends import Start
from tests.faults.conftest import Crowd, on_every_database
from tests.faults.ledger import Fate, accounted, answer, note, quoted, settled
from tests.volume import long

ROOT = Path(__file__).parents[2]
NOTE_S = 2
Reached = Callable[[TelegramEmulator, GeminiLiveEmulator], Awaitable[object]]


async def _downloading(telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> None:
    await telegram.wait_for(lambda call: call.method == "file")


async def _heard(telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> None:
    await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))


async def _half_said(telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> None:
    await gemini.wait_until(lambda emulator: any(str(one.sent).count("speech") >= 10 for one in emulator.connections))


async def _sending(telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> None:
    await telegram.wait_for(lambda call: call.method == "sendVoice")


async def _sent(telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> None:
    await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 200)


@on_every_database
@pytest.mark.parametrize(
    ("reached", "held", "fates"),
    [
        (_downloading, "file", Counter(answered=1)),
        (_heard, "answer 0", Counter(answered=1)),
        (_half_said, "answer 10", Counter(answered=1)),
        (_sending, "sendVoice", Counter(told=1)),
        (_sent, "", Counter(answered=1)),
    ],
    ids=["downloading", "heard", "half said", "sending", "sent"],
)
async def test_17_killed_at_a_named_moment_a_note_is_answered_once_or_told(
    reached: Reached,
    held: str,
    fates: Counter[Fate],
    ivan: Chat,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    start: Start,
    run_bot: RunBot,
    tmp_path: Path,
) -> None:
    what, _, after = held.partition(" ")
    if what == "answer":
        gemini.say(answer(f"запись {NOTE_S} с", hold=asyncio.Event(), hold_after=int(after)))
    elif what:
        telegram.fault(what, Hang(None))
    async with start():
        await begin(ivan)
        await ivan.send_voice(note(NOTE_S))
        await reached(telegram, gemini)
    telegram.clear_faults()
    async with run_bot(data_dir=tmp_path / "data"):
        await ivan.wait_until(lambda chat: settled([chat]))
        await ivan.send_text("ещё здесь?")
        await ivan.wait_until(lambda chat: chat.messages[-1].caption == quoted("ещё здесь?"))
    assert accounted(telegram, [ivan]) == fates + Counter(answered=1)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=long) for seed in range(1, 5))])
async def test_17_killed_at_a_seeded_moment_under_a_stream_of_notes_none_is_lost_or_answered_twice(
    seed: int, crowd: Crowd, telegram: TelegramEmulator, start: Start, run_bot: RunBot, tmp_path: Path
) -> None:
    chats = crowd(6)
    last_call = random.Random(seed).randint(1, 60)
    notes = [note(seconds) for seconds in (1, 2, 3)]

    async def speak(chat: Chat) -> None:
        for recorded in notes:
            await chat.send_voice(recorded)
            await chat.wait_until(lambda chat: settled([chat]), timeout=40)

    async with task_group() as group:
        async with start():
            for chat in chats:
                await begin(chat)
            begun = len(telegram.calls)
            for chat in chats:
                group.create_task(speak(chat))
            await telegram.wait_for(lambda call: call.number >= begun + last_call)
        async with run_bot(data_dir=tmp_path / "data"):
            for chat in chats:
                await chat.wait_until(
                    lambda chat: sum(one.kind == "voice" for one in chat.history.values()) >= 5 and settled([chat]),
                    timeout=40,
                )
    fates = accounted(telegram, chats)
    assert fates["answered"] + fates["told"] == 18, f"seed {seed}: {fates}"
    assert fates["told"] <= 6


GOOD = speech_like(2)
BROKEN = {
    "empty": b"",
    "random bytes": random.Random(18).randbytes(5_000),
    "20 MB of nothing": bytes(20_000_000),
    "only the first page": voice_note(GOOD)[:60],
    "Vorbis inside": recording(GOOD, 24_000, "ogg", "vorbis", layout="stereo"),
    "stereo": recording(speech_like(2, 48_000), 48_000, "ogg", "libopus", layout="stereo"),
    "cut in the middle": voice_note(GOOD)[: len(voice_note(GOOD)) // 2],
    "an hour, it says": voice_note(GOOD),
}
READABLE = ("Vorbis inside", "stereo", "cut in the middle")


@pytest.mark.parametrize("name", BROKEN)
async def test_18_a_broken_recording_is_refused_in_one_sentence_and_the_next_one_answered(
    name: str, ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    data = BROKEN[name]
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(data, duration=3600 if "hour" in name else 1 if "cut" in name else 2)
        received = await ivan.next_message()
        await ivan.send_text("ещё здесь?")
        assert (await ivan.next_message()).caption == quoted("ещё здесь?")
    assert received.kind == ("voice" if name in READABLE else "text")
    if name not in READABLE:
        assert accounted(telegram, [ivan]) == Counter(told=1, answered=1)


async def test_18_a_video_note_is_heard(ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_video_note(recording(GOOD, 24_000, "mp4", "aac", picture=True))
        assert (await ivan.next_message()).caption == quoted("запись 2 с")


FUZZ = """
import asyncio, random
from audio.pool import open_codecs
from errors import AssistantError
from tests.audio.making import heard, voice_note
from tests.audio.speech import speech_like

async def main():
    good, luck = voice_note(speech_like(1)), random.Random(18)
    async with open_codecs() as codecs:
        for _ in range(150):
            bad = bytearray(good)
            for _ in range(luck.randint(1, 20)):
                bad[luck.randrange(len(bad))] ^= 1 << luck.randrange(8)
            try:
                assert len(await heard(bytes(bad), codecs)) < 2 * 16_000 * 900
            except AssistantError:
                pass
    # Not ru_maxrss: that one begins with the size of the process that started this one.
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))

asyncio.run(main())
"""


async def test_18_flipped_bits_crash_no_decoder_and_fill_no_memory() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FUZZ, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-1000:]
    assert int(out) < 400_000, "kB at the most"
