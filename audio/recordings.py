"""Recordings that are no voice notes: video notes, music files, dictaphones. And noise reduction for all of them.

The `ffmpeg` program reads them: a file made to break a decoder breaks a process of its own, not the bot. PyAV reads
what it can where the program is missing, and says why when the program got nothing out of a file.
"""

import shutil
import warnings
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from tempfile import NamedTemporaryFile

import ffmpeg

from audio.level import FLOOR_DBFS
from audio.pcm import RATE
from audio.pool import Codecs
from audio.programs import output_of
from audio.sniffing import demuxer
from audio.sound_file import SoundFile
from errors import RecordingNeedsFfmpeg, RecordingUnreadable

with warnings.catch_warnings():
    # pydub warns of a missing ffmpeg, of audioop and of its own regexes: nothing that is news here.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment, silence

_PROGRAM = "ffmpeg"
_SECOND = 2 * RATE

_START_S = 30
_SLOWEST = 10
"""The program may take `_START_S` and a second for every `_SLOWEST` of sound; it takes one for a hundred."""

_PIECE = 30 * _SECOND
_LOOK_BACK = 5 * _SECOND
_PAUSE_MS = 300
_PAUSE_DB = 16
"""Below the loudness around it; a noisy site is never below an absolute floor."""


def require_ffmpeg() -> None:
    """Raises RecordingNeedsFfmpeg when noise reduction is not to be had."""
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
    """s16le mono PCM at 16 kHz, about `max_seconds` at most; a long recording in pieces that end in a pause.

    The file is kept in `scratch` meanwhile, for an MP4 may have its table of contents at its end.
    """
    with NamedTemporaryFile(dir=scratch, suffix=".recording") as file:
        async for block in blocks:
            await codecs.run(file.write, block)
        await codecs.run(file.flush)
        kind = await codecs.run(demuxer, file.file)
        if kind is None:
            raise RecordingUnreadable("no known kind of file")
        pieces = _Pieces()
        async with aclosing(_sound(Path(file.name), kind, codecs, max_seconds, noise_reduction)) as sound:
            async for pcm in sound:
                if piece := await codecs.run(pieces.feed, pcm):
                    yield piece
        yield pieces.rest()


async def _sound(
    path: Path, kind: str, codecs: Codecs, max_seconds: float, noise_reduction: bool
) -> AsyncGenerator[bytes]:
    if shutil.which(_PROGRAM) is not None:
        nothing_came = True
        argv = _command(path, kind, max_seconds, noise_reduction)
        async with aclosing(output_of(argv, codecs, _START_S + max_seconds / _SLOWEST)) as output:
            async for pcm in output:
                nothing_came = False
                yield pcm
        if not nothing_came:
            return
    async with aclosing(_by_library(path, kind, codecs)) as output:
        async for pcm in output:
            yield pcm


def _command(path: Path, kind: str, max_seconds: float, noise_reduction: bool) -> list[str]:
    sound = ffmpeg.input(f"file:{path}", f=kind, protocol_whitelist="file", threads=1)["a:0"]
    if noise_reduction:
        # Engines and wind lie below a voice. The floor of afftdn is followed, for no two sites hum alike. The threshold
        # of dynaudnorm keeps it from making speech of a silent room.
        sound = (
            sound.filter("highpass", f=100)
            .filter("afftdn", nr=12, nf=-40, tn=1)
            .filter("dynaudnorm", f=200, g=15, m=8, t=0.01)
        )
    output = sound.output("pipe:1", format="s16le", acodec="pcm_s16le", ac=1, ar=RATE, t=max_seconds, vn=None)
    return list(output.global_args("-v", "quiet", "-nostdin").compile(cmd=_PROGRAM))


async def _by_library(path: Path, kind: str, codecs: Codecs) -> AsyncGenerator[bytes]:
    file = await codecs.run(SoundFile, path, kind)
    try:
        while (pcm := await codecs.run(file.read)) is not None:
            yield pcm
    finally:
        file.close()


class _Pieces:
    """A long recording cut at its pauses: whoever stops between two pieces, or is cut off there, splits no word."""

    def __init__(self) -> None:
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> bytes:
        """Half a minute and less than a read more, once there is so much; else nothing yet."""
        self._pcm += pcm
        if len(self._pcm) < _PIECE:
            return b""
        end = _last_pause(bytes(self._pcm[-_LOOK_BACK:])) + len(self._pcm) - _LOOK_BACK
        piece = bytes(self._pcm[:end])
        del self._pcm[:end]
        return piece

    def rest(self) -> bytes:
        return bytes(self._pcm)


def _last_pause(pcm: bytes) -> int:
    """Where the middle of the last pause is, in bytes; the end when there is none."""
    whole = pcm[: len(pcm) & ~1]
    segment = AudioSegment(data=whole, sample_width=2, frame_rate=RATE, channels=1)
    threshold = max(segment.dBFS - _PAUSE_DB, FLOOR_DBFS)
    pauses = silence.detect_silence(segment, _PAUSE_MS, threshold, seek_step=20)
    if not pauses:
        return len(whole)
    start, end = pauses[-1]
    return 2 * int(RATE * (start + end) // 2000)
