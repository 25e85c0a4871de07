"""What the emulated model says in the benchmarks: always the same."""

from collections.abc import Sequence

from benchmarks.material import Spoken, answer
from emulators.gemini_live import Answer, Heard, Remembered


class FixedModel:
    """Answers at once; `pace` is a multiple of real time, None as fast as the socket takes it."""

    def __init__(self) -> None:
        self.spoken: Spoken = answer(2)
        self.pace: float | None = None

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        return Answer(self.spoken.pcm, self.spoken.words, pace=self.pace, input_transcript="проверка записи")
