"""A model that really listens."""

from collections.abc import Sequence

from emulators.gemini_live.answers import Answer, Remembered
from emulators.gemini_live.records import Heard


class ListeningModel:
    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        return Answer(pcm=b"\0\0" * 24000, transcript="заглушка")
