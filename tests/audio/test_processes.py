"""Codec processes: what is kept in them, what becomes of it when one ends, and what they may know."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from audio.intake import Intake, Sound
from audio.listening import listen
from audio.pool import Codecs, open_codecs
from audio.processes import BUSY, Processes, open_processes
from audio.voice_pieces import VoicePieces
from errors import SoundLost
from tests.audio.making import blocks_of, heard, voice_note
from tests.audio.speech import speech_like

SPEECH = speech_like(2.5)
NOTE = voice_note(SPEECH)


class Box:
    """Something to keep, as the processes see it."""

    def __init__(self, content: str = "") -> None:
        if content == "broken":
            raise ValueError(content)
        self.content = content

    def add(self, more: str) -> str:
        self.content += more
        return self.content

    def fail(self, error: str) -> None:
        raise FileNotFoundError(2, "no such file", "/secret/name") if error == "os" else ValueError(error)

    def pid(self) -> int:
        return os.getpid()

    def environment(self) -> list[str]:
        return sorted(os.environ)

    def print(self) -> int:
        print("no answer")
        return os.write(1, b"no answer either\n")

    def hang(self) -> None:
        time.sleep(600)

    def end(self) -> None:
        os._exit(0)

    def smuggle(self) -> object:
        return Path("/")

    def signals(self) -> list[bool]:
        return [signal.getsignal(number) == signal.SIG_IGN for number in (signal.SIGINT, signal.SIGTERM)]


@pytest_asyncio.fixture
async def beside() -> AsyncIterator[Processes]:
    async with open_processes(2) as opened:
        yield opened


@pytest_asyncio.fixture
async def codecs_beside() -> AsyncIterator[Codecs]:
    async with open_codecs(2, processes=2) as codecs:
        yield codecs


async def test_objects_live_in_another_process_and_keep_what_they_know(beside: Processes) -> None:
    one, two = await beside.keep(Box, "a"), await beside.keep(Box, "x")
    assert await one.run(Box.pid) != os.getpid()
    assert [await one.run(Box.add, "b"), await two.run(Box.add, "y"), await one.run(Box.add, "c")] == [
        "ab",
        "xy",
        "abc",
    ]


async def test_steps_are_done_in_the_order_in_which_they_began(beside: Processes) -> None:
    box = await beside.keep(Box)
    steps = [box.begin(Box.add, str(number)) for number in range(5)]
    assert await steps[4].outcome() == "01234"
    assert await steps[0].outcome() == "0"


async def test_what_a_step_raises_comes_back_without_what_it_was_about(beside: Processes) -> None:
    box = await beside.keep(Box)
    with pytest.raises(FileNotFoundError) as missing:
        await box.run(Box.fail, "os")
    assert missing.value.errno == 2
    assert "secret" not in str(missing.value)
    with pytest.raises(RuntimeError, match=r"^ValueError$"):
        await box.run(Box.fail, "what somebody said")
    assert await box.run(Box.add, "still here") == "still here"


async def test_what_could_not_be_made_says_so_at_each_step(beside: Processes) -> None:
    broken = await beside.keep(Box, "broken")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="ValueError"):
            await broken.run(Box.pid)
    await broken.aclose()


async def test_a_step_that_nobody_waits_for_disturbs_no_other(beside: Processes) -> None:
    box = await beside.keep(Box)
    await box.begin(Box.add, "left").leave()
    caller = asyncio.create_task(box.run(Box.add, " cancelled"))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await box.run(Box.add, " heard") == "left cancelled heard"


async def test_what_libraries_print_is_no_answer(beside: Processes) -> None:
    assert await (await beside.keep(Box)).run(Box.print) == len(b"no answer either\n")


async def test_it_knows_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:secret")
    monkeypatch.setenv("GOOGLE_API_KEY", "secret")
    async with open_processes(1) as beside:
        names = await (await beside.keep(Box)).run(Box.environment)
    assert "PATH" in names
    assert not {"TELEGRAM_BOT_TOKEN", "GOOGLE_API_KEY"} & set(names)


async def test_the_signals_that_end_its_parent_are_not_for_it(beside: Processes) -> None:
    """Ctrl-C and a service manager reach both at once, and the parent still has answers to finish."""
    box = await beside.keep(Box)
    assert await box.run(Box.signals) == [True, True]
    pid = await box.run(Box.pid)
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert await box.run(Box.pid) == pid


@pytest.mark.parametrize("ends", ["by itself", "killed"])
async def test_with_a_process_all_that_it_kept_is_lost_and_the_next_is_kept_in_another(
    beside: Processes, ends: str
) -> None:
    box = await beside.keep(Box)
    pid = await box.run(Box.pid)
    waiting = [box.begin(Box.end) if ends == "by itself" else box.begin(Box.hang), box.begin(Box.pid)]
    if ends == "killed":
        os.kill(pid, signal.SIGKILL)
    for step in waiting:
        with pytest.raises(SoundLost):
            await step.outcome()
    with pytest.raises(SoundLost):
        await box.run(Box.pid)
    await box.aclose()
    assert await (await beside.keep(Box)).run(Box.pid) != pid


async def test_one_that_hangs_is_ended() -> None:
    async with open_processes(1, step_s=3.0) as beside:
        box = await beside.keep(Box)
        pid = await box.run(Box.pid)
        with pytest.raises(SoundLost):
            await box.run(Box.hang)
        assert await (await beside.keep(Box)).run(Box.pid) != pid


async def test_nothing_but_our_results_is_taken_from_it(beside: Processes) -> None:
    """Strangers' recordings are decoded there: whoever took it over must not take over the bot."""
    box = await beside.keep(Box)
    with pytest.raises(SoundLost):
        await box.run(Box.smuggle)


async def test_a_second_one_is_started_when_the_first_is_busy(beside: Processes) -> None:
    busy = [await beside.keep(Box) for _ in range(BUSY)]
    assert len({await box.run(Box.pid) for box in busy}) == 1
    async with asyncio.timeout(20):
        pids: set[int] = set()
        while len(pids) < 2:
            box = await beside.keep(Box)
            pids.add(await box.run(Box.pid))
            await box.aclose()
    assert len(pids) == 2


async def test_none_outlives_its_parent() -> None:
    async with open_processes(1) as beside:
        pid = await (await beside.keep(Box)).run(Box.pid)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_one_that_hangs_does_not_outlive_it_either() -> None:
    async with open_processes(1, end_s=0.1) as beside:
        box = await beside.keep(Box)
        pid = await box.run(Box.pid)
        step = box.begin(Box.hang)
    with pytest.raises(SoundLost):
        await step.outcome()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_where_no_process_can_be_started_threads_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    async with open_codecs(1, processes=1) as codecs:
        await codecs.warm()
        box = await codecs.keep(Box)
        assert await box.run(Box.pid) == os.getpid()
        assert len(await heard(NOTE, codecs)) == 2.5 * 32_000


async def test_where_one_ends_at_once_threads_do_the_work_and_none_is_tried_for_a_while(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts = tmp_path / "starts"
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho start >> {starts}\n")
    program.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(program))
    async with open_codecs(1, processes=1) as codecs:
        for _ in range(3):
            assert len(await heard(NOTE, codecs)) == 2.5 * 32_000
    assert starts.read_text() == "start\n"


async def test_none_is_started_when_all_is_over() -> None:
    async with open_processes(1) as beside:
        pass
    with pytest.raises(OSError, match="no codec process"):
        await asyncio.wait_for(beside.keep(Box), 5)


@pytest.mark.parametrize("size", [63, 5_000])
async def test_a_note_is_heard_there_as_it_is_in_threads(size: int, codecs: Codecs, codecs_beside: Codecs) -> None:
    async def frames(where: Codecs) -> list[bytes]:
        return [frame async for frame in listen(blocks_of(NOTE, size), where, max_seconds=60)]

    assert b"".join(await frames(codecs_beside)) == b"".join(await frames(codecs))


async def test_an_answer_is_made_there_as_it_is_in_threads(codecs: Codecs, codecs_beside: Codecs) -> None:
    made = []
    for where in (codecs, codecs_beside):
        sound = await where.keep(VoicePieces)
        assert await sound.run(VoicePieces.feed, SPEECH, may_cut=False) is None
        made.append(await sound.run(VoicePieces.finish))
        await sound.aclose()
    assert made[0] == made[1]
    assert made[0].seconds == 2.5


async def test_a_long_silence_is_held_there_in_a_file_which_goes_with_it(codecs_beside: Codecs, tmp_path: Path) -> None:
    held = await codecs_beside.keep(Intake, tmp_path, False)
    silence: Sound = await held.run(Intake.put, bytes(40 * 32_000))
    assert not silence.heard
    pid_files = [os.readlink(file) for file in _open_files(codecs_beside)]
    assert any(str(tmp_path) in name for name in pid_files)
    await held.aclose()
    other = await codecs_beside.keep(Box)
    await other.run(Box.pid)  # behind the drop
    assert not any(str(tmp_path) in os.readlink(file) for file in _open_files(codecs_beside))


def _open_files(codecs: Codecs) -> list[Path]:
    assert threading.current_thread() is threading.main_thread()
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text("ascii").split()
    return [file for child in children for file in Path(f"/proc/{child}/fd").glob("*") if file.is_symlink()]
