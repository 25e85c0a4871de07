"""Where long answers are cut, tried with the recorded notes and with sound that is made up."""

import audioop
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.pauses import LEAST_S, Cutter, Ear
from emulators.speech import words
from emulators.speech.recordings import DICTATION, NOTES, Recording
from emulators.speech.sound import decode
from tests.audio.speech import hiss, silence, speech_like

RATE = 24_000
SPEECH = speech_like(8)


def cut(pcm: bytes, *sizes: int, may_cut: bool = True) -> list[bytes]:
    """The pieces of `pcm`, fed in blocks of these sizes over and over."""
    cutter, pieces, start, turn = Cutter(), [b""], 0, 0
    while start < len(pcm):
        size = sizes[turn % len(sizes)]
        before, *after = cutter.feed(pcm[start : start + size], may_cut=may_cut)
        pieces[-1] += before
        pieces += after
        start, turn = start + size, turn + 1
    pieces[-1] += cutter.finish()
    return pieces


def seconds(pcm: bytes) -> float:
    return len(pcm) / 2 / RATE


def spoken(*sentences: float, pause: float) -> bytes:
    """Vowels without a break, so many seconds each, with a pause between them."""
    vowel = speech_like(0.1)
    loud = next(vowel[start:] for start in range(0, len(vowel), 960) if not Ear().is_quiet(vowel[start : start + 960]))
    block = (loud * 100)[: 2 * RATE // 10]
    return silence(pause, RATE).join(block * round(10 * length) for length in sentences)


@given(st.lists(st.integers(1, 9_601), min_size=1, max_size=8), st.integers(0, len(SPEECH)))
@settings(max_examples=40, deadline=None)
def test_the_pieces_joined_are_the_answer_byte_for_byte_however_it_comes(sizes: list[int], length: int) -> None:
    assert b"".join(cut(SPEECH[:length], *sizes)) == SPEECH[:length]


@given(st.lists(st.integers(1, 4_801), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_where_it_is_cut_does_not_depend_on_how_it_comes(sizes: list[int]) -> None:
    assert cut(SPEECH, *sizes) == cut(SPEECH, 960)


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.name)
@pytest.mark.parametrize("noise_dbfs", [None, -50.0, -42.0])
def test_no_recorded_speech_is_cut_in_a_word(note: Recording, noise_dbfs: float | None) -> None:
    pcm = decode(str(note.path), RATE)
    if noise_dbfs is not None:
        pcm = audioop.add(pcm, hiss(seconds(pcm), RATE, noise_dbfs)[: len(pcm)].ljust(len(pcm), b"\0"), 2)
    loudest = audioop.rms(pcm, 2)
    pieces = cut(pcm, 1_920)
    edges = [(one[-1_920:], other[:1_920]) for one, other in pairwise(pieces)]
    for end, beginning in edges:  # 40 ms on either side
        assert max(audioop.rms(end, 2), audioop.rms(beginning, 2)) < loudest * 0.25
    assert all(seconds(piece) >= least for piece, least in zip(pieces[:-1], LEAST_S, strict=False))


def test_a_dictation_is_cut_after_its_first_sentences_and_ever_later() -> None:
    lengths = [seconds(piece) for piece in cut(decode(str(DICTATION.path), RATE), 1_920)]
    assert len(lengths) == 5
    assert 2.0 <= lengths[0] < 5.0
    assert lengths[:-1] == sorted(lengths[:-1])


def test_the_words_of_the_emulated_model_are_cut_between_its_sentences() -> None:
    counted = [f"{word}." for word in words.UNITS * 2]
    pieces = cut(words.speech(counted), 1_920)
    assert 2.0 <= seconds(pieces[0]) < 3.5
    assert len(pieces) == 3


@pytest.mark.parametrize(
    ("sentences", "pause", "count"),
    [
        ((2.5, 2.0), 0.4, 2),
        ((1.5, 2.0), 0.4, 1),  # too short to be a piece
        ((2.5, 0.5), 0.4, 1),  # nearly over
        ((2.5, 2.0), 0.16, 1),  # between words
        ((6.0, 2.0), 0.16, 2),  # it had to be cut long ago
        ((2.5, 2.0, 2.0), 0.4, 2),  # the second piece has to be longer
        ((2.5, 4.5, 0.3), 0.4, 3),  # and needs no more than a word behind it
    ],
)
def test_a_pause_ends_a_piece_that_is_long_enough_when_speech_goes_on(
    sentences: tuple[float, ...], pause: float, count: int
) -> None:
    assert len(cut(spoken(*sentences, pause=pause), 1_920)) == count


def test_silence_at_the_end_belongs_to_the_last_piece_clicks_or_not() -> None:
    click = b"\xff\x3f" * 480
    end = silence(0.5, RATE) + click + silence(4, RATE) + click + silence(1, RATE)
    pieces = cut(spoken(2.5, 5.0, pause=0.4) + end, 1_920)
    assert [round(seconds(piece), 1) for piece in pieces] == [2.8, 10.6]


def test_digital_silence_and_noise_alone_are_one_piece() -> None:
    assert len(cut(silence(20, RATE), 1_920)) == len(cut(hiss(20, RATE, -30), 1_920)) == 1


def test_while_it_may_not_be_cut_it_is_not_and_can_be_cut_later() -> None:
    pcm = spoken(2.5, 2.0, 2.0, 2.0, pause=0.4)
    assert cut(pcm, 1_920, may_cut=False) == [pcm]
    cutter, joined = Cutter(), b""
    for start in range(0, len(pcm), 1_920):
        before, *after = cutter.feed(pcm[start : start + 1_920], may_cut=start > 5 * 2 * RATE)
        joined += before
        if after:
            break
    assert after
    assert 4.9 < seconds(joined) < 7.6


def test_no_more_than_a_second_is_held_back() -> None:
    luck, cutter, held = random.Random(5), Cutter(), 0
    pcm = speech_like(60) + silence(20, RATE)
    start = most = 0
    while start < len(pcm):
        size = luck.randrange(2, 4_000)
        block = pcm[start : start + size]
        held += len(block) - sum(map(len, cutter.feed(block, may_cut=True)))
        most, start = max(most, held), start + size
    assert most / 2 / RATE < 2.0
    assert held / 2 / RATE < 0.13
