"""A model that really listens: it says what it measured, so that an answer proves what reached it."""

import asyncio
from collections.abc import Sequence

from emulators.gemini_live.answers import Answer, Remembered
from emulators.gemini_live.records import Heard
from emulators.speech import words

PITCH_STEP = 10
"""The pitch is said to the nearest 10 Hz."""


class ListeningModel:
    """Answers in Russian speech: the length and pitch of a recording, the size of a picture, the number of words of a
    text, and then the recording that came before, from the conversation's history. The transcript is exactly what is
    spoken:

        Слышу запись: пять секунд, голос сто двадцать герц. Прошлая запись: две секунды, голос сто герц.
    """

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        # Ten minutes of sound take half a second to measure: not on the loop that answers pings.
        return await asyncio.to_thread(_answer, heard, history)


def _answer(heard: Heard, history: Sequence[Remembered]) -> Answer:
    spoken = [*_now(heard), *_before(history)]
    return Answer(pcm=words.speech(spoken), transcript=words.transcript(spoken), input_transcript=_understood(heard))


def _now(heard: Heard) -> list[str]:
    spoken: list[str] = []
    if heard.pcm:
        spoken += ["слышу запись:", *_measured(heard)]
    for picture in heard.pictures:
        width, height = picture.size
        spoken += ["вижу снимок:", *words.number(width), "на", *words.counted(height, words.POINTS)]
        spoken[-1] += "."
    if heard.texts:
        count = sum(len(text.split()) for text in heard.texts)
        spoken += ["вы написали:", *words.counted(count, words.WORDS)]
        spoken[-1] += "."
    return spoken or ["ничего не слышу."]


def _before(history: Sequence[Remembered]) -> list[str]:
    recordings = [entry for entry in history if isinstance(entry, Heard) and entry.pcm]
    return ["прошлая запись:", *_measured(recordings[-1])] if recordings else []


def _measured(heard: Heard) -> list[str]:
    seconds = words.counted(round(heard.seconds), words.SECONDS)
    seconds[-1] += ","
    if heard.pitch_hz is None:
        return [*seconds, "голоса не слышно."]
    hertz = words.number(round(heard.pitch_hz / PITCH_STEP) * PITCH_STEP)
    return [*seconds, "голос", *hertz, "герц."]


def _understood(heard: Heard) -> str | None:
    """This model measures and does not recognise words; the transcript says so."""
    return f"[речь, {heard.seconds:.0f} с]" if heard.pcm else None
