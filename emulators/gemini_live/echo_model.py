"""A model that gives back exactly what it heard, for measuring how alike sound is after its way through a client."""

from collections.abc import Sequence

from emulators.gemini_live.answers import OUTPUT_RATE, Answer, Remembered
from emulators.gemini_live.records import Heard
from emulators.gemini_live.sound import resample


class EchoModel:
    """Speech is resampled to 24 kHz; a text is given back as a text part."""

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        seconds = f"{heard.seconds:.1f} с"
        return Answer(
            pcm=resample(heard.pcm, heard.rate, OUTPUT_RATE),
            transcript=f"Повтор записи, {seconds}" if heard.pcm else "",
            text=" ".join(heard.texts) or None,
            input_transcript=f"Запись, {seconds}" if heard.pcm else None,
        )
