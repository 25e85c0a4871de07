"""Recordings that are no voice notes (video notes, music files, dictaphones) and noise reduction, by the `ffmpeg` program.

The program is a process of its own, so a file made to harm it does not harm the bot. Without it PyAV reads what it can.
"""

import asyncio
import shutil
import warnings
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import av
import ffmpeg

from audio.pool import Codecs
from audio.resampling import RATE, Resampler
from audio.sniffing import demuxer
from errors import Overloaded, RecordingHasNoSoundTrack, RecordingNeedsFfmpeg, RecordingUnreadable

with warnings.catch_warnings():
    # pydub warns of a missing ffmpeg, of audioop and of its own regexes: nothing that is news here.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment, silence

_PROGRAM = "ffmpeg"
_READ = 1 << 16
_QUEUE_S = 60
"""Longest wait for another recording's program to end."""


def require_ffmpeg() -> None:
    """Raises RecordingNeedsFfmpeg when noise reduction can not be had."""
    if shutil.which(_PROGRAM) is None:
        raise RecordingNeedsFfmpeg("noise reduction", wanted="noise_reduction")


async def read(
    blocks: AsyncIterator[bytes],
    codecs: Codecs,
    *,
    max_seconds: float,
    noise_reduction: bool,
    scratch: Path | None,
) -> AsyncGenerator[bytes]:
    """s16le mono PCM at 16 kHz, at most `max_seconds` of it, in pieces that end in a pause where there is one.

    The file is kept in `scratch` meanwhile: an MP4 may have its table of contents at its end.
    """
    with NamedTemporaryFile(dir=scratch, suffix=".recording") as file:
        async for block in blocks:
            await codecs.run(file.write, block)
        file.flush()
        kind = await codecs.run(demuxer, file)
        if kind is None:
            raise RecordingUnreadable("no known kind of file")
        if shutil.which(_PROGRAM) is None:
            raise RecordingNeedsFfmpeg("todo")
        yield b""
