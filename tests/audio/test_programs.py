"""With a script in the place of ffmpeg, so that it can hang, crash and be counted."""

import asyncio
import os
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from audio.listening import listen
from audio.pool import Codecs, open_codecs
from audio.programs import output_of
from errors import RecordingUnreadable
from tests.audio.making import blocks_of, left_in, wav
from tests.audio.speech import speech_like

SH = "/bin/sh"
pytestmark = pytest.mark.skipif(not os.access(SH, os.X_OK), reason="needs a POSIX shell")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def read_all(script: str, codecs: Codecs, seconds: float = 10) -> bytes:
    async with aclosing(output_of([SH, "-c", script], codecs, seconds)) as output:
        return b"".join([pcm async for pcm in output])


async def test_what_a_program_writes_is_read_to_its_end(codecs: Codecs) -> None:
    assert await read_all("printf abc; exit 1", codecs) == b"abc"


async def test_a_program_that_fails_with_nothing_gives_nothing(codecs: Codecs) -> None:
    assert await read_all("exit 1", codecs) == b""


async def test_a_crash_before_anything_came_makes_the_file_unreadable(codecs: Codecs) -> None:
    with pytest.raises(RecordingUnreadable):
        await read_all("kill -SEGV $$", codecs)


async def test_a_program_that_hangs_is_given_up(codecs: Codecs) -> None:
    with pytest.raises(RecordingUnreadable):
        await read_all("exec sleep 600", codecs, seconds=0.2)


async def test_a_program_that_hangs_later_gave_what_it_gave(codecs: Codecs) -> None:
    assert await read_all("printf abc; exec sleep 600", codecs, seconds=0.5) == b"abc"


async def test_complaints_of_a_program_do_not_block_it(codecs: Codecs) -> None:
    assert await read_all("head -c 1000000 /dev/zero >&2; printf abc", codecs) == b"abc"


async def test_a_program_is_gone_when_its_reader_is(codecs: Codecs) -> None:
    async with aclosing(output_of([SH, "-c", "echo $$; exec cat /dev/zero"], codecs, 10)) as output:
        pid = int((await anext(output)).split(b"\n")[0])
        assert is_alive(pid)
    assert not is_alive(pid)


async def test_no_more_programs_run_at_once_than_there_are_threads() -> None:
    async with open_codecs(2) as codecs, AsyncExitStack() as stack:
        outputs = [
            await stack.enter_async_context(aclosing(output_of([SH, "-c", "echo x; exec sleep 600"], codecs, 10)))
            for _ in range(3)
        ]
        for output in outputs[:2]:
            assert await anext(output) == b"x\n"
        third = asyncio.ensure_future(anext(outputs[2]))
        done, _ = await asyncio.wait({third}, timeout=0.1)
        assert not done
        await outputs[0].aclose()
        assert await asyncio.wait_for(third, 5) == b"x\n"


@pytest.fixture
def hanging_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tells its process id through this pipe and never writes a byte of sound."""
    folder, pipe = tmp_path / "bin", tmp_path / "pid"
    folder.mkdir()
    os.mkfifo(pipe)
    program = folder / "ffmpeg"
    program.write_text(f"#!{SH}\necho $$ > {pipe}\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return pipe


async def test_a_cancelled_listener_leaves_neither_program_nor_file(
    hanging_ffmpeg: Path, codecs: Codecs, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    os.mkdir(scratch)
    recording = blocks_of(wav(speech_like(1.0), 24_000))
    reading = asyncio.ensure_future(anext(listen(recording, codecs, max_seconds=60, scratch=scratch)))
    pid = int(await asyncio.wait_for(asyncio.to_thread(hanging_ffmpeg.read_text), 10))
    assert is_alive(pid)
    assert len(left_in(scratch)) == 1
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 5)
    assert not is_alive(pid)
    assert left_in(scratch) == []
