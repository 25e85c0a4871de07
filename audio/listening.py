"""The one entrance for recordings: bytes of whatever was sent -> PCM for the live model."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

from audio.holding import CHUNK
from audio.intake import Intake, Sound
from audio.kept import Kept, Work
from audio.pcm import RATE
from audio.pool import Codecs
from audio.sniffing import HEAD, is_ogg_opus
from errors import RecordingSilent, RecordingTooLong, RecordingUnreadable

_GRACE_S = 1.0
"""Telegram gives durations in whole seconds, so one that was let in by it may be a little longer."""

_FRAME = 10 * CHUNK
"""A tenth of the messages that 100 ms take; what has come is not kept back for it."""

_SLICE = 4096
"""Bytes decoded at a time: a second of a phone's speech, and not over 5 MB of PCM in the worst case."""


async def listen(
    blocks: AsyncIterator[bytes],
    codecs: Codecs,
    *,
    max_seconds: float,
    noise_reduction: bool = False,
    scratch: Path | None = None,
) -> AsyncGenerator[bytes]:
    """The recording as s16le mono PCM at 16 kHz, while it is still coming in.

    In frames of 100 ms to a second (3,200 to 32,000 bytes; the last may be shorter). `blocks` are the file's bytes,
    cut anywhere; they stay the caller's to close. Nothing is yielded before the first 100 ms with sound; then all is,
    from the beginning. What is cut off or damaged is heard as far as it goes. Temporary files
    go to `scratch`. Close it (`contextlib.aclosing`) when it is not read to its end.

    Raises RecordingNeedsFfmpeg (details `wanted`: "noise_reduction", before a block is taken, or "format"),
    RecordingUnreadable, RecordingHasNoSoundTrack or RecordingSilent when nothing was yielded; RecordingTooLong when
    there is more than `max_seconds`; Overloaded when the programs of other recordings leave no room for a minute.
    """
    if noise_reduction:
        from audio.recordings import require_ffmpeg

        require_ffmpeg()
    longest = int((max_seconds + _GRACE_S) * 2 * RATE)
    last = Sound(b"", 0, heard=False, more=False)
    sound = _sound(blocks, codecs, max_seconds=max_seconds, noise_reduction=noise_reduction, scratch=scratch)
    async with aclosing(sound):
        async for last in sound:
            if last.length > longest:
                raise RecordingTooLong(minutes=max(1, round(max_seconds / 60)))
            for chunk in _chunks(last.pcm):
                yield chunk
    if not last.length:
        raise RecordingUnreadable("no sound could be decoded")
    if not last.heard:
        raise RecordingSilent


async def _sound(
    blocks: AsyncIterator[bytes],
    codecs: Codecs,
    *,
    max_seconds: float,
    noise_reduction: bool,
    scratch: Path | None,
) -> AsyncGenerator[Sound]:
    """All of it in order; the last one says what became of the whole."""
    head = await _beginning(blocks)
    async with aclosing(_rejoined(head, blocks)) as whole:
        if is_ogg_opus(head) and not noise_reduction:
            async with (
                aclosing(await codecs.keep(Intake, scratch, True)) as held,
                aclosing(_of_opus(whole, held)) as sound,
            ):
                async for one in sound:
                    yield one
        else:
            from audio.recordings import read  # loads PyAV and pydub, which a voice note does without

            enough = max_seconds + 2 * _GRACE_S
            recording = read(whole, codecs, max_seconds=enough, noise_reduction=noise_reduction, scratch=scratch)
            async with aclosing(await codecs.keep(Intake, scratch, False)) as held, aclosing(recording) as pieces:
                async for pcm in pieces:
                    async for one in _all(held, held.begin(Intake.put, pcm)):
                        yield one
                async for one in _all(held, held.begin(Intake.finish)):
                    yield one


async def _all(held: Kept[Intake], work: Work[Sound]) -> AsyncIterator[Sound]:
    """What a step brought, and what was held back through a silence, or is more than is taken at a time."""
    sound = await work.outcome()
    yield sound
    while sound.more:
        sound = await held.run(Intake.take)
        yield sound


async def _of_opus(blocks: AsyncIterator[bytes], held: Kept[Intake]) -> AsyncGenerator[Sound]:
    """While one slice is on its way to the model, the next one that has come is being decoded."""
    async for block in blocks:
        slices = [block[start : start + _SLICE] for start in range(0, len(block), _SLICE)]
        work = None
        try:
            for number in range(len(slices)):
                work = work or held.begin(Intake.decode, slices[number])
                sound, work = await work.outcome(), None
                while sound.more:
                    yield sound
                    sound = await held.run(Intake.take)
                if number + 1 < len(slices):
                    work = held.begin(Intake.decode, slices[number + 1])
                yield sound
        finally:
            if work is not None:
                await work.leave()
    async for sound in _all(held, held.begin(Intake.finish)):
        yield sound


async def _beginning(blocks: AsyncIterator[bytes]) -> bytes:
    head = b""
    async for block in blocks:
        head += block
        if len(head) >= HEAD:
            break
    return head


async def _rejoined(head: bytes, blocks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield head
    async for block in blocks:
        yield block


def _chunks(block: bytes) -> Iterator[bytes]:
    return (block[start : start + _FRAME] for start in range(0, len(block), _FRAME))
