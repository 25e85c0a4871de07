"""A model that gives back exactly what it heard, for measuring how alike sound is after its way through a client."""

import asyncio
from collections.abc import Sequence

from emulators.gemini_live.answers import OUTPUT_RATE, Answer, Remembered
from emulators.gemini_live.records import Heard
from emulators.speech.sound import resample


class EchoModel:
    """Speech is resampled to 24 kHz and sent in pieces of `chunk_ms`; a text is given back as a text part."""

    def __init__(self, chunk_ms: int = 40) -> None:
        self._chunk_ms = chunk_ms

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        seconds = f"{heard.seconds:.1f} с"
        return Answer(
            pcm=await asyncio.to_thread(resample, heard.pcm, heard.rate, OUTPUT_RATE),
            transcript=f"Повтор записи, {seconds}" if heard.pcm else "",
            text=" ".join(heard.texts) or None,
            input_transcript=f"Запись, {seconds}" if heard.pcm else None,
            chunk_ms=self._chunk_ms,
        )
