"""Memory does not grow with a recording's length: the same process, ten times the minutes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.audio.making import spoken_again, voice_note, wav
from tests.audio.speech import silence, speech_like

_SLACK = 8
"""Megabytes, for the allocator's moods; ten minutes of PCM are 19."""

ROOT = Path(__file__).parents[2]
LISTENER = """
import asyncio, sys
from contextlib import aclosing, suppress
from audio.listening import listen
from audio.pool import open_codecs
from errors import RecordingSilent

async def blocks(path):
    with open(path, "rb") as file:
        while block := file.read(1 << 16):
            yield block

async def main():
    async with open_codecs(2) as codecs:
        with suppress(RecordingSilent):
            async with aclosing(listen(blocks(sys.argv[1]), codecs, max_seconds=900)) as chunks:
                async for _ in chunks:
                    pass
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")))

asyncio.run(main())
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


def peak_megabytes(recording: bytes, folder: Path) -> float:
    """Of a process that listens to it, without the ffmpeg program."""
    file = folder / "recording"
    file.write_bytes(recording)
    command = [sys.executable, "-W", "ignore", "-c", LISTENER, str(file)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "TMPDIR": str(folder)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return int(result.stdout) / 1024


def test_of_a_voice_note(tmp_path: Path) -> None:
    one = voice_note(speech_like(60))
    assert peak_megabytes(spoken_again(one, 10), tmp_path) < peak_megabytes(one, tmp_path) + _SLACK


def test_of_a_silent_note(tmp_path: Path) -> None:
    one = voice_note(silence(60, 24_000))
    assert peak_megabytes(one * 10, tmp_path) < peak_megabytes(one, tmp_path) + _SLACK


def test_of_another_recording(tmp_path: Path) -> None:
    one, ten = (wav(speech_like(60 * minutes, 16_000), 16_000) for minutes in (1, 10))
    assert peak_megabytes(ten, tmp_path) < peak_megabytes(one, tmp_path) + _SLACK
