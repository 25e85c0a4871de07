import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.decoder import OpusDecoder
from audio.ogg import _MOST_BAD_PAGES
from tests.audio.envelope import best_lag, likeness
from tests.audio.making import recording, voice_note
from tests.audio.ogg_check import ogg_page, pages
from tests.audio.speech import speech_like

SPEECH = speech_like(4.0)
NOTE = voice_note(SPEECH)
HEAD = b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
TAGS = b"OpusTags" + bytes(8)


def decoded(data: bytes, size: int = 8192) -> bytes:
    decoder = OpusDecoder()
    pcm = b"".join([decoder.feed(data[start : start + size]) for start in range(0, len(data), size)])
    return pcm + decoder.finish()


WHOLE = decoded(NOTE)


@pytest.mark.parametrize("seconds", [0.02, 0.5, 1.0, 1.0101, 5.0, 60.0])
def test_a_note_is_decoded_to_the_sample_and_to_the_same_speech(seconds: float) -> None:
    speech = speech_like(seconds)
    pcm = decoded(voice_note(speech))
    assert abs(len(pcm) / 2 - seconds * 16_000) <= 1
    if seconds >= 0.5:
        assert likeness(speech, 24_000, pcm, 16_000) >= 0.97
        assert best_lag(speech, 24_000, pcm, 16_000) == 0


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=80))
@settings(max_examples=20, deadline=None)
def test_it_does_not_matter_how_the_bytes_are_cut(sizes: list[int]) -> None:
    decoder, start, pcm = OpusDecoder(), 0, b""
    for size in sizes:
        pcm += decoder.feed(NOTE[start : start + size])
        start += size
    pcm += decoder.feed(NOTE[start:]) + decoder.finish()
    assert pcm == WHOLE


def test_byte_by_byte_is_the_same_too() -> None:
    assert decoded(NOTE, 1) == WHOLE


def test_sound_comes_out_while_the_note_is_still_coming_in() -> None:
    assert len(OpusDecoder().feed(NOTE[: len(NOTE) // 2])) > len(WHOLE) / 5


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_stereo_and_other_rates_are_brought_to_16_khz_mono(rate: int) -> None:
    speech = speech_like(3.0, rate)
    pcm = decoded(recording(speech, rate, "ogg", "libopus", layout="stereo"))
    assert abs(len(pcm) / 2 - 3 * 16_000) <= 1
    assert likeness(speech, rate, pcm, 16_000) >= 0.97


def test_streams_one_after_the_other_are_joined() -> None:
    assert decoded(NOTE + NOTE) == WHOLE + WHOLE


def test_a_stream_that_runs_beside_is_passed_over() -> None:
    beside = [ogg_page([b"\x80theora" + bytes(40)], serial=7, number=0, flags=2)]
    beside += [ogg_page([bytes(200)], serial=7, number=number) for number in range(1, 4)]
    own = pages(NOTE)
    mixed = [beside[0], own[0], *(page for pair in zip(beside[1:], own[1:4], strict=True) for page in pair), *own[4:]]
    assert decoded(b"".join(mixed)) == WHOLE


def test_tags_with_a_large_picture_are_no_sound() -> None:
    own = pages(NOTE)
    picture = TAGS + random.Random(1).randbytes(200_000)
    serial = int.from_bytes(own[0][14:18], "little")
    parts = [picture[start : start + 255 * 255] for start in range(0, len(picture), 255 * 255)]
    tags = [
        ogg_page([part], serial=serial, number=1 + index, flags=1 if index else 0, unfinished=part is not parts[-1])
        for index, part in enumerate(parts)
    ]
    renumbered = [
        ogg_page(packets_of(page), serial=serial, number=1 + len(tags) + index, flags=page[5], position=page[6:14])
        for index, page in enumerate(own[2:])
    ]
    assert decoded(own[0] + b"".join(tags) + b"".join(renumbered)) == WHOLE


def packets_of(page: bytes) -> list[bytes]:
    table = page[27 : 27 + page[26]]
    body, packets, packet = 27 + len(table), [], b""
    for length in table:
        packet += page[body : body + length]
        body += length
        if length < 255:
            packets.append(packet)
            packet = b""
    return packets


def test_junk_between_pages_is_passed_over() -> None:
    junk = random.Random(2).randbytes(5_000) + b"OggS\x00" + b"OggS"
    assert decoded(junk + junk.join(pages(NOTE)) + junk) == WHOLE


def test_a_damaged_page_costs_its_own_second_only() -> None:
    own = pages(NOTE)
    damaged = bytearray(own[3])
    damaged[300] ^= 0x10
    pcm = decoded(b"".join([*own[:3], bytes(damaged), *own[4:]]))
    assert len(WHOLE) - 1.1 * 32_000 < len(pcm) < len(WHOLE) - 0.5 * 32_000


def test_a_page_that_lies_about_its_size_costs_its_own_second_only() -> None:
    own = pages(NOTE)
    lying = bytearray(own[-1])
    lying[27] = 255
    assert len(decoded(b"".join([*own[:-1], bytes(lying)]))) > len(WHOLE) - 1.1 * 32_000
    lying = bytearray(own[2])
    lying[26] = 255
    assert len(decoded(b"".join([*own[:2], bytes(lying), *own[3:]]))) > len(WHOLE) - 1.2 * 32_000


def test_a_damaged_head_does_not_cost_the_note() -> None:
    damaged = bytearray(NOTE)
    damaged[38] ^= 0xFF
    assert likeness(WHOLE, 16_000, decoded(bytes(damaged)), 16_000) >= 0.97


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_note_that_breaks_off_is_heard_as_far_as_it_goes(share: float) -> None:
    pcm = decoded(NOTE[: int(len(NOTE) * share)])
    assert len(pcm) / len(WHOLE) == pytest.approx(share, abs=0.08)
    assert likeness(WHOLE[: len(pcm)], 16_000, pcm, 16_000) >= 0.97


def test_bits_flipped_anywhere_never_crash_it_nor_make_it_longer() -> None:
    luck = random.Random(20)
    for _ in range(80):
        damaged = bytearray(NOTE)
        for _ in range(luck.choice((1, 2, 30))):
            damaged[luck.randrange(len(damaged))] ^= 1 << luck.randrange(8)
        cut = luck.randrange(len(damaged))
        pcm = decoded(bytes(damaged[cut // 3 :]), luck.choice((100, 8192)))
        assert len(pcm) % 2 == 0
        assert len(pcm) <= len(WHOLE) + 3_200


@given(st.lists(st.lists(st.binary(max_size=400), max_size=6), max_size=6), st.binary(max_size=12))
@settings(max_examples=60, deadline=None)
def test_packets_of_any_content_never_crash_it(contents: list[list[bytes]], head_end: bytes) -> None:
    data = ogg_page([HEAD[: 19 - len(head_end) % 11] + head_end], number=0, flags=2) + ogg_page([TAGS], number=1)
    for number, packets in enumerate(contents):
        data += ogg_page(
            packets,
            number=2 + number,
            flags=4 if number == 5 else 0,
            position=bytes(packets[0][:8] if packets else b""),
        )
    assert len(decoded(data)) % 2 == 0


@given(st.binary(max_size=3_000))
@settings(max_examples=40, deadline=None)
def test_random_bytes_are_no_sound(data: bytes) -> None:
    assert decoded(data) == b""


def test_after_too_many_bad_pages_in_a_row_the_rest_is_not_looked_at() -> None:
    beginning, rest = NOTE[:200], b"OggS\x00" + bytes(23)
    for bad, is_heard in ((_MOST_BAD_PAGES - 1, True), (_MOST_BAD_PAGES + 1, False)):
        assert (len(decoded(beginning + rest * bad + NOTE)) > len(WHOLE) / 2) is is_heard
