"""What the ledger of the kill benchmark calls one answer, and what two."""

import pytest

from audio.encoder import VoiceEncoder
from benchmarks.kills_ledger import End, Note, sound_s


@pytest.mark.parametrize(
    ("sounds", "sentences", "end"),
    [
        ([1.4], [], "answered"),
        ([0.9, 0.52], [], "answered"),
        ([0.9], ["Ответ оборвался."], "answered and told"),
        ([1.4, 1.4], [], "twice"),
        ([0.9, 1.4], [], "twice"),
        ([0.9, 0.5, 1.4], [], "twice"),
        ([], ["Не вышло."], "told"),
        ([], [], "lost"),
    ],
)
def test_pieces_of_one_answer_are_one_answer(sounds: list[float], sentences: list[str], end: End) -> None:
    note = Note(1, 1, 1, 1, 0.0, whole_answer_s=1.4)
    note.sounds_s, note.voices_at, note.sentences = sounds, [0.0] * len(sounds), sentences
    assert note.end == end


def test_where_every_answer_fits_into_one_message_two_are_two_answers() -> None:
    note = Note(1, 1, 1, 1, 0.0)
    note.sounds_s, note.voices_at = [0.1, 0.1], [0.0, 1.0]
    assert note.end == "twice"


def test_a_voice_message_says_how_long_it_sounds() -> None:
    encoder = VoiceEncoder(24_000)
    encoder.feed(bytes(int(1.3 * 24_000) * 2))
    assert sound_s(encoder.finish()) == pytest.approx(1.3, abs=0.03)
