import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from audio.listening import listen
from audio.pool import Codecs, open_codecs
from errors import DownloadFailed, RecordingSilent, RecordingTooLong, RecordingUnreadable
from tests.audio.envelope import best_lag, likeness
from tests.audio.making import blocks_of, heard, left_in, voice_note, wav
from tests.audio.ogg_check import ogg_page
from tests.audio.speech import hiss, silence, speech_like
from tests.volume import long

SPEECH = speech_like(5.0)
NOTE = voice_note(SPEECH)


@cache
def late_speech() -> bytes:
    """So much silence first that what is held goes to a file."""
    return silence(35, 24_000) + SPEECH


@cache
def late_note() -> bytes:
    return voice_note(late_speech())


@pytest.mark.parametrize("seconds", [1.0, 5.0, 60.0])
async def test_a_voice_note_is_heard_as_it_was_spoken(seconds: float, codecs: Codecs) -> None:
    speech = speech_like(seconds)
    pcm = await heard(voice_note(speech), codecs)
    assert abs(len(pcm) / 32_000 - seconds) <= 0.02
    assert likeness(speech, 24_000, pcm, 16_000) >= 0.97
    assert best_lag(speech, 24_000, pcm, 16_000) == 0


@long
async def test_ten_minutes_are_heard_as_they_were_spoken(ten_minutes: tuple[bytes, bytes], codecs: Codecs) -> None:
    speech, note = ten_minutes
    pcm = await heard(note, codecs)
    assert abs(len(pcm) / 32_000 - 600) <= 0.02
    assert likeness(speech, 24_000, pcm, 16_000) >= 0.97


@pytest.mark.parametrize(("block", "longest"), [(777, 6_400), (100_000, 32_000)])
async def test_all_frames_but_the_last_are_of_whole_100_ms_and_no_more_than_a_second(
    block: int, longest: int, codecs: Codecs
) -> None:
    """As long as what came together; nothing waits for more."""
    note = voice_note(speech_like(2.05))
    async with aclosing(listen(blocks_of(note, block), codecs, max_seconds=60)) as chunks:
        sizes = [len(chunk) async for chunk in chunks]
    assert sum(sizes) == 32_000 * 2.05
    assert {size % 3_200 for size in sizes[:-1]} == {0}
    assert longest <= max(sizes) <= 32_000


@pytest.mark.parametrize("size", [1, 63, 5_000, 1_000_000])
async def test_the_blocks_may_be_of_any_size(size: int, codecs: Codecs) -> None:
    note = NOTE[:3_000]
    async with aclosing(listen(blocks_of(note, size), codecs, max_seconds=60)) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == await heard(note, codecs)


async def test_speech_is_handed_on_while_the_rest_is_still_downloading(codecs: Codecs) -> None:
    first_words_heard = asyncio.Event()

    async def slow_download() -> AsyncIterator[bytes]:
        yield NOTE[:12_000]
        await asyncio.wait_for(first_words_heard.wait(), 5)
        yield NOTE[12_000:]

    pcm = b""
    async with aclosing(listen(slow_download(), codecs, max_seconds=60)) as chunks:
        async for chunk in chunks:
            first_words_heard.set()
            pcm += chunk
    assert len(pcm) == 5 * 32_000


async def test_silence_before_the_first_word_is_held_not_cut(codecs: Codecs) -> None:
    taken = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal taken
        async for block in blocks_of(late_note(), 1_000):
            taken += len(block)
            yield block

    async with aclosing(listen(counted(), codecs, max_seconds=60)) as chunks:
        pcm = await anext(chunks)
        assert taken > len(late_note()) - len(NOTE)
        pcm += b"".join([chunk async for chunk in chunks])
    assert len(pcm) == 40 * 32_000
    assert likeness(late_speech(), 24_000, pcm, 16_000) >= 0.97


@pytest.mark.parametrize("quiet", [silence(3, 24_000), hiss(3, 24_000, -65)], ids=["digital silence", "hiss"])
async def test_a_recording_without_sound_is_called_silent_and_nothing_of_it_comes(quiet: bytes, codecs: Codecs) -> None:
    for recording in (voice_note(quiet), wav(quiet, 24_000)):
        with pytest.raises(RecordingSilent):
            await heard(recording, codecs)


async def test_more_than_is_allowed_is_refused_with_the_limit(codecs: Codecs) -> None:
    for recording in (voice_note(speech_like(62)), wav(speech_like(62, 8_000), 8_000)):
        with pytest.raises(RecordingTooLong) as refused:
            await heard(recording, codecs, max_seconds=60)
        assert refused.value.details == {"minutes": 1}


async def test_a_note_that_telegram_rounded_down_is_let_through(codecs: Codecs) -> None:
    assert len(await heard(voice_note(speech_like(5.4)), codecs, max_seconds=5)) == 5.4 * 32_000


async def test_a_small_file_that_decodes_to_hours_is_stopped_at_the_limit(codecs: Codecs) -> None:
    head = b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
    pages = [ogg_page([head], number=0, flags=2)]
    pages += [ogg_page([b"\x1b\x02"] * 127, number=number) for number in range(1, 1_000)]
    with pytest.raises(RecordingTooLong):
        await heard(b"".join(pages), codecs, max_seconds=120)


@pytest.mark.parametrize(
    "data",
    [b"", b"O", b"OggS", NOTE[:28], NOTE[:40], NOTE[:47], b"\x00" * 5_000, b"<svg></svg>" * 9],
    ids=["empty", "a letter", "magic", "page head", "half a head", "head only", "zeros", "markup"],
)
async def test_what_is_no_recording_is_unreadable(data: bytes, codecs: Codecs) -> None:
    with pytest.raises(RecordingUnreadable):
        await heard(data, codecs)


async def test_a_note_cut_in_the_middle_is_heard_as_far_as_it_goes(codecs: Codecs) -> None:
    pcm = await heard(NOTE[: len(NOTE) // 2], codecs)
    assert 2 * 32_000 < len(pcm) < 3 * 32_000
    assert likeness(SPEECH[: len(pcm) * 3 // 2], 24_000, pcm, 16_000) >= 0.97


async def test_a_download_that_fails_raises_its_own_error(codecs: Codecs) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield NOTE[:12_000]
        raise DownloadFailed

    chunks = listen(broken(), codecs, max_seconds=60)
    with pytest.raises(DownloadFailed):
        [chunk async for chunk in chunks]


async def test_decoding_waits_for_a_codec_thread_and_does_not_borrow_the_loop() -> None:
    async with open_codecs(1) as codecs:
        occupied, free = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def occupy() -> bool:
            loop.call_soon_threadsafe(occupied.set)
            return free.wait(10)

        occupation = asyncio.create_task(codecs.run(occupy))
        await asyncio.wait_for(occupied.wait(), 5)
        listening = asyncio.create_task(heard(NOTE, codecs))
        done, _ = await asyncio.wait({listening}, timeout=0.1)
        assert not done
        free.set()
        assert len(await asyncio.wait_for(listening, 5)) == 5 * 32_000
        await occupation


class Counting(ThreadPoolExecutor):
    begun = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.begun += 1
        return super().submit(fn, *args, **kwargs)


async def test_what_has_come_is_decoded_while_what_was_decoded_is_sent() -> None:
    begun = []
    for block in (4_096, len(NOTE)):
        with Counting(1) as pool:
            async with aclosing(listen(blocks_of(NOTE, block), Codecs(pool, 1), max_seconds=60)) as chunks:
                await anext(chunks)
                begun.append(pool.begun)
    by_slices, whole = begun
    assert whole == by_slices + 1


@pytest.mark.parametrize("chunks_read", [0, 1, 10])
async def test_it_can_be_closed_at_any_time_and_leaves_nothing(
    chunks_read: int, codecs: Codecs, tmp_path: Path
) -> None:
    async with aclosing(listen(blocks_of(late_note()), codecs, max_seconds=60, scratch=tmp_path)) as chunks:
        for _ in range(chunks_read):
            await anext(chunks)
    assert left_in(tmp_path) == []


async def test_a_listener_cancelled_while_the_download_hangs_lets_go(codecs: Codecs, tmp_path: Path) -> None:
    hanging = asyncio.Event()

    async def hung() -> AsyncIterator[bytes]:
        yield NOTE[:6_000]
        hanging.set()
        await asyncio.Event().wait()

    async def read() -> None:
        async with aclosing(listen(hung(), codecs, max_seconds=60, scratch=tmp_path)) as chunks:
            async for _ in chunks:
                pass

    reading = asyncio.create_task(read())
    await asyncio.wait_for(hanging.wait(), 5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 5)
    assert left_in(tmp_path) == []


async def test_many_notes_at_once_take_turns_in_few_threads(codecs: Codecs) -> None:
    note = voice_note(speech_like(3.0))
    async with asyncio.TaskGroup() as group:
        listening = [group.create_task(heard(note, codecs)) for _ in range(30)]
        await asyncio.sleep(0)
        assert sum(thread.name.startswith("codec") for thread in threading.enumerate()) <= 2
    assert {len(task.result()) for task in listening} == {3 * 32_000}
