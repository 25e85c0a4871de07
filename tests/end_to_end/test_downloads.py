"""Notes whose download breaks off, stalls or is not wanted any more."""

from asyncio import Event
from pathlib import Path
from time import monotonic

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import Close, Moment
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, CutAt, Fault, Hang, Refusal, SlowBody, TelegramEmulator
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.clock import assert_sooner, reads_the_clock
from tests.end_to_end.conftest import RunBot, begin

NOTE = QUESTION.path.read_bytes()


def _activities(gemini: GeminiLiveEmulator) -> list[int]:
    return [len(connection.activities) for connection in gemini.connections]


def _kept(data_dir: Path) -> list[bytes]:
    return [path.read_bytes() for path in data_dir.glob("recordings/*/*")]


def _audio_came(gemini: GeminiLiveEmulator) -> bool:
    return any("audio" in message.get("realtimeInput", {}) for one in gemini.connections for message in one.messages)


@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "without ranges"])
async def test_a_note_cut_twice_is_heard_once_and_whole(
    ranges: bool, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    telegram.serve_ranges(ranges)
    gemini.say(*[Answer(pcm=speech_like(1), transcript="да")] * 2)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.next_message()
        telegram.fault("file", CutAt(len(NOTE) // 3))
        telegram.fault("file", CutAt(len(NOTE) // 3 if ranges else 2 * len(NOTE) // 3))
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).caption == "да"
    uncut, cut = (turn.heard.pcm for turn in gemini.turns)
    assert cut == uncut
    assert _activities(gemini) == [2]
    assert [call.outcome for call in telegram.calls if call.method == "file"] == ["answered", "cut", "cut", "answered"]


async def test_a_note_whose_address_expired_half_way_is_heard_whole(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="да"))
    telegram.fault("file", CutAt(len(NOTE) // 2))
    telegram.fault("file", Refusal(404, "Not Found"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).caption == "да"
    assert _activities(gemini) == [1]
    assert sum(call.method == "getFile" for call in telegram.calls) == 2


async def test_a_note_that_telegram_does_not_hand_out_is_told_and_the_next_one_is_answered(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="да"))
    telegram.fault("file", CutAt(len(NOTE) // 2))
    telegram.fault("file", Refusal(400, "Bad Request"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).text == text("error.download_failed")
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).caption == "да"
    assert len(gemini.turns) == 1
    assert gemini.turns[0].heard.seconds > 4


@reads_the_clock
@pytest.mark.parametrize(
    "fault",
    [Hang(), SlowBody(piece=len(NOTE) // 2, interval=60.0), CutAt(len(NOTE) // 2)],
    ids=["before it began", "half way", "between two attempts"],
)
async def test_stop_while_a_note_downloads_ends_it_at_once(
    fault: Fault,
    ivan: Chat,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    run_bot: RunBot,
    tmp_path: Path,
) -> None:
    telegram.fault("file", fault)
    telegram.fault("file", Hang(), times=9)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await telegram.wait_for(lambda call: call.method == "file")
        if not isinstance(fault, Hang):
            await gemini.wait_until(_audio_came)
        begun = monotonic()
        await ivan.send_text("/stop")
        assert "завершён" in ((await ivan.next_message()).text or "")
        assert_sooner(monotonic() - begun, 1)
        await gemini.wait_until(lambda emulator: not emulator.connections[0].open)
        telegram.clear_faults()
        gemini.say(Answer(pcm=speech_like(1), transcript="снова"))
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).caption == "снова"
    assert _activities(gemini) == [0, 1]
    assert gemini.turns[0].heard.seconds < 6
    assert _kept(tmp_path) == []


async def test_a_note_that_is_asked_again_is_downloaded_once_and_not_kept_for_longer(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    held = Event()
    gemini.fault(Close(Moment.ACTIVITY_END, code=1011, reason="Internal error encountered."))
    gemini.say(Answer(pcm=speech_like(1), transcript="да", hold=held))
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda emulator: _activities(emulator) == [1, 1])
        assert _kept(tmp_path) == [NOTE]
        held.set()
        assert (await ivan.next_message()).caption == "да"
    assert sum(call.method == "file" for call in telegram.calls) == 1
    assert _kept(tmp_path) == []


async def test_after_a_restart_a_note_is_heard_although_telegram_has_it_no_more(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    never, answer = Event(), Answer(pcm=speech_like(1), transcript="после")
    gemini.say(Answer(pcm=speech_like(1), transcript="до", hold=never), answer)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda emulator: _activities(emulator) == [1])
    telegram.fault("file", Refusal(404, "Not Found"), times=99)
    async with run_bot():
        assert (await ivan.next_message()).caption == "после"
    assert _kept(tmp_path) == []
