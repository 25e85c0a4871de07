"""What is said in the benchmarks: recorded Russian speech of any length, as a phone's note and as a model's answer."""

import io
from dataclasses import dataclass
from functools import cache
from itertools import cycle

import av

from emulators.speech import sound
from emulators.speech.recordings import DICTATION, GREETING, QUESTION, STORY

BIT_RATE = 24_000
ANSWER_RATE = 24_000


@dataclass(frozen=True, slots=True)
class Note:
    """A voice note as a phone makes it: OGG/Opus, mono, 48 kHz."""

    seconds: float
    ogg: bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer: s16le mono at 24 kHz, and words for its transcript."""

    seconds: float
    pcm: bytes
    words: str


@cache
def note(seconds: float) -> Note:
    pcm = _speech(seconds, 48_000, (QUESTION.path, STORY.path, DICTATION.path))
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = BIT_RATE
        for piece in sound.pieces(pcm, 48_000, 20):
            frame = av.AudioFrame("s16", "mono", len(piece) // 2)
            frame.planes[0].update(piece)
            frame.sample_rate = 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Note(seconds, file.getvalue())


@cache
def answer(seconds: float) -> Spoken:
    """Begins with a sentence of about three seconds."""
    words = (DICTATION.text + " " + STORY.text).split()
    return Spoken(
        seconds,
        _speech(seconds, ANSWER_RATE, (DICTATION.path, STORY.path, GREETING.path)),
        " ".join(words[: round(2 * seconds)]),
    )


def _speech(seconds: float, rate: int, recordings: tuple[object, ...]) -> bytes:
    size = round(seconds * rate) * 2
    pcm = b""
    for path in cycle(recordings):
        if len(pcm) >= size:
            return pcm[:size]
        pcm += sound.decode(str(path), rate)
    raise AssertionError("cycle ends nowhere")
