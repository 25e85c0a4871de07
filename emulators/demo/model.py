"""The model of the demo, and what can be seen of it from behind."""

from collections.abc import Callable, Sequence
from typing import Any

from emulators.gemini_live import Answer, Call, Connection, GeminiLiveEmulator, Heard, ListeningModel, Remembered, Turn
from emulators.gemini_live.answers import OUTPUT_RATE
from emulators.speech import words

COUNTED = 40
DICTATION = (
    "Сделай акт скрытых работ: армирование фундаментной плиты, оси один семь а гэ, делали с десятого, нет, с "
    "одиннадцатого по восемнадцатое ноября, арматура а пятьсот эс две тонны четыреста, проект двадцать четыре ноль "
    "один ка жэ один лист семь, дальше бетонирование"
)
ACT: dict[str, Any] = {
    "work_type": "Армирование фундаментной плиты",
    "materials": [{"name": "Арматура А500С", "quantity": "2.4", "unit": "т"}],
    "form_344": {
        "works": [{"name": "Армирование фундаментной плиты", "location": "оси 1–7/А–Г"}],
        "project_docs": [{"cipher": "24-01-КЖ1", "sheets": ["7"]}],
        "work_dates": {"start": "11 ноября", "end": "18 ноября"},
        "next_works": ["Бетонирование"],
    },
}
"""What a language model would make of `DICTATION`."""


class CountingModel(ListeningModel):
    """Counts aloud as slowly as one speaks when it is asked to in writing («посчитай»), calls the function for the act
    when it is sent `DICTATION`, the only one that it understands, else says what it heard."""

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        if any("посчитай" in text.lower() for text in heard.texts):
            return counting()
        if DICTATION in heard.texts:
            call = Call("create_hidden_works_act", ACT)
            return Answer(calls=[call], then=await super().answer(heard, history))
        return await super().answer(heard, history)


def counting() -> Answer:
    """Half a minute long, for somebody to interrupt."""
    spoken: list[str] = []
    for value in range(1, COUNTED + 1):
        spoken += words.number(value)
        spoken[-1] += "."
    return Answer(pcm=words.speech(spoken), transcript=words.transcript(spoken), pace=1.0)


class Witness:
    """Sees what reaches the emulated model over the connection of the script, whoever else talks to it.

    All waits raise TimeoutError after `deadline_s`.
    """

    def __init__(self, gemini: GeminiLiveEmulator, deadline_s: float) -> None:
        self._gemini = gemini
        self._deadline_s = deadline_s
        self._connection: Connection | None = None

    async def connected(self) -> None:
        """Take the newest connection, once its setup has come, for the script's own."""
        await self._until(lambda: bool(self._gemini.connections and self._gemini.connections[-1].setup))
        self._connection = self._gemini.connections[-1]

    @property
    def turns(self) -> list[Turn]:
        mine = {id(heard) for heard in self._connection.activities} if self._connection else set()
        return [turn for turn in self._gemini.turns if id(turn.heard) in mine]

    async def turn(self, place: int) -> Turn:
        await self._until(lambda: len(self.turns) > place)
        return self.turns[place]

    async def spoken(self, seconds: float) -> None:
        """Waits for so much speech from now on."""
        enough = self._spoken_bytes + seconds * OUTPUT_RATE * 2
        await self._until(lambda: self._spoken_bytes >= enough)

    @property
    def pieces_heard(self) -> int:
        messages = self._connection.messages if self._connection else []
        return sum("audio" in message.get("realtimeInput", {}) for message in messages)

    @property
    def pieces_said(self) -> int:
        return len(self._speech)

    @property
    def _spoken_bytes(self) -> int:
        return sum(self._speech)

    @property
    def _speech(self) -> list[int]:
        """Bytes of each piece of speech that was sent."""
        contents = [message.get("serverContent", {}) for message in (self._connection.sent if self._connection else [])]
        return [content["modelTurn"]["speech"] for content in contents if "speech" in content.get("modelTurn", {})]

    async def _until(self, condition: Callable[[], bool]) -> None:
        await self._gemini.wait_until(lambda _: condition(), self._deadline_s)
