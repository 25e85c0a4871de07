"""The one entrance for recordings: bytes of whatever was sent -> PCM for the live model."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

from audio import recordings
from audio.decoder import OpusDecoder
from audio.holding import CHUNK, HeldSound
from audio.pool import Codecs
from audio.resampling import RATE
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
        recordings.require_ffmpeg()
    longest = int((max_seconds + _GRACE_S) * 2 * RATE)
    with HeldSound(scratch) as held:
        sound = _sound(blocks, codecs, held, max_seconds=max_seconds, noise_reduction=noise_reduction, scratch=scratch)
        async with aclosing(sound):
            async for block, length in sound:
                if length > longest:
                    raise RecordingTooLong(minutes=max(1, round(max_seconds / 60)))
                for chunk in _chunks(block):
                    yield chunk
        if not held.length:
            raise RecordingUnreadable("no sound could be decoded")
        if not held.heard:
            raise RecordingSilent


async def _sound(
    blocks: AsyncIterator[bytes],
    codecs: Codecs,
    held: HeldSound,
    *,
    max_seconds: float,
    noise_reduction: bool,
    scratch: Path | None,
) -> AsyncGenerator[tuple[bytes, int]]:
    """All that comes out of `held`, and how much had been put into it by then."""
    head = await _beginning(blocks)
    async with aclosing(_rejoined(head, blocks)) as whole:
        decoder = OpusDecoder() if is_ogg_opus(head) and not noise_reduction else None
        if decoder is not None:
            async with aclosing(_of_opus(whole, codecs, held, decoder)) as sound:
                async for one in sound:
                    yield one
        else:
            enough = max_seconds + 2 * _GRACE_S
            read = recordings.read(whole, codecs, max_seconds=enough, noise_reduction=noise_reduction, scratch=scratch)
            async with aclosing(read) as pieces:
                async for pcm in pieces:
                    yield await codecs.run(held.pass_on, pcm), held.length
                    while held.ready:
                        yield await codecs.run(held.take), held.length
        yield await codecs.run(_finished, held, decoder), held.length
        while held.ready:
            yield await codecs.run(held.take), held.length


async def _of_opus(
    blocks: AsyncIterator[bytes], codecs: Codecs, held: HeldSound, decoder: OpusDecoder
) -> AsyncGenerator[tuple[bytes, int]]:
    """While one slice is on its way to the model, the next one that has come is being decoded."""
    async for block in blocks:
        slices = [block[start : start + _SLICE] for start in range(0, len(block), _SLICE)]
        work = None
        try:
            for number in range(len(slices)):
                work = work or codecs.begin(_decoded, held, decoder, slices[number])
                pcm, work = await codecs.outcome(work), None
                while held.ready:  # what was held back through a silence, or is more than is taken at a time
                    yield pcm, held.length
                    pcm = await codecs.run(held.take)
                length = held.length
                if number + 1 < len(slices):
                    work = codecs.begin(_decoded, held, decoder, slices[number + 1])
                yield pcm, length
        finally:
            if work is not None:
                await codecs.leave(work)


def _decoded(held: HeldSound, decoder: OpusDecoder, block: bytes) -> bytes:
    return held.pass_on(decoder.feed(block))


def _finished(held: HeldSound, decoder: OpusDecoder | None = None) -> bytes:
    if decoder is not None:
        held.put(decoder.finish())
    held.finish()
    return held.take() if held.ready else b""


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
