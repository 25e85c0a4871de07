"""The people of a soak: each asks in his own chat, by voice, text or photo, and has an end before he goes on."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from itertools import count
from time import monotonic

from PIL import Image

from audio.encoder import VoiceEncoder
from benchmarks.kills_ledger import Note
from benchmarks.soak_faults import ASKS_FOR_A_NORM, Luck, Weather
from emulators.speech.recordings import GREETING
from emulators.speech.sound import decode
from emulators.telegram import BotMessage, Chat
from emulators.telegram.messages import SentMessage

NOTE_S = 0.6
RATE = 24_000
PATIENCE_S = 75.0
"""Longer than any wait of the bot: 30 s for Telegram's answer to a send, then the sentence."""


@cache
def recording() -> bytes:
    """OGG/Opus."""
    encoder = VoiceEncoder(RATE)
    encoder.feed(decode(str(GREETING.path), RATE)[: int(NOTE_S * RATE) * 2])
    return encoder.finish()


@cache
def picture() -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").save(file, "JPEG")
    return file.getvalue()


@dataclass(slots=True)
class Diary:
    """What was asked, by everybody."""

    turns: int
    """So many are still to be begun."""
    began: float = field(default_factory=monotonic)
    notes: list[Note] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def next_number(self) -> int:
        self.turns -= 1
        return next(self._numbers)

    def now(self) -> float:
        return round(monotonic() - self.began, 3)


@dataclass(slots=True)
class Person:
    chat: Chat
    luck: Luck
    diary: Diary
    weather: Weather

    async def talk(self) -> None:
        """Until there are no turns left."""
        kinds: Sequence[tuple[float, Callable[[int], Awaitable[None]]]] = (
            (50, self._voice),
            (25, self._text),
            (8, self._interruption),
            (5, self._function),
            (4, self._bad_recording),
            (2, self._photo),
            (3, self._new_conversation),
        )
        while self.diary.turns > 0:
            self.weather.before_a_turn(self.luck, self.chat)
            [(_, ask)] = self.luck.choices(kinds, [weight for weight, _ in kinds])
            self.diary.kinds[ask.__name__.strip("_").replace("_", " ")] += 1
            await ask(self.diary.next_number())

    async def speak_once(self) -> None:
        """A whole conversation of one note, in good weather."""
        await self.begin()
        await self._voice(self.diary.next_number())
        await self.stop()

    async def stop(self) -> None:
        await self._command("/stop")

    async def begin(self) -> None:
        await self._command("/voice_chat")

    async def _command(self, command: str) -> None:
        seen = len(self.chat.events)
        await self.chat.send_text(command)
        await self._until(seen, lambda message: message.kind == "text")

    async def _voice(self, number: int) -> None:
        seen = len(self.chat.events)
        await self._end(self._note(number, await self._say(number), NOTE_S), seen)

    async def _text(self, number: int, words: str = "вопрос") -> None:
        seen = len(self.chat.events)
        await self._end(self._note(number, await self.chat.send_text(f"№{number} {words}")), seen)

    async def _function(self, number: int) -> None:
        await self._text(number, ASKS_FOR_A_NORM)

    async def _photo(self, number: int) -> None:
        seen = len(self.chat.events)
        await self._end(self._note(number, await self.chat.send_photo(picture(), caption=f"№{number}")), seen)

    async def _interruption(self, number: int) -> None:
        """A note, and a text as soon as a moment has passed."""
        seen = len(self.chat.events)
        note = self._note(number, await self._say(number), NOTE_S)
        note.spoken_over = True
        await self._end(note, seen, self.luck.uniform(0.0, 0.6))
        await self._text(self.diary.next_number())

    async def _bad_recording(self, number: int) -> None:
        whole = recording()
        bad = self.luck.choice((b"", self.luck.randbytes(3_000), whole[:60], whole[: len(whole) // 2]))
        seen = len(self.chat.events)
        await self._end(self._note(number, await self._say(number, bad)), seen)

    async def _new_conversation(self, number: int) -> None:
        await self.stop()
        await self.begin()
        await self._text(number)

    async def _say(self, number: int, ogg: bytes | None = None) -> SentMessage:
        return await self.chat.send_voice(recording() if ogg is None else ogg, duration=1, caption=f"№{number}")

    def _note(self, number: int, sent: SentMessage, whole_s: float = 0.0) -> Note:
        assert sent.update_id is not None
        note = Note(number, self.chat.id, sent.message_id, sent.update_id, self.diary.now(), whole_s)
        self.diary.notes.append(note)
        return note

    async def _end(self, note: Note, seen: int, patience_s: float = PATIENCE_S) -> None:
        """Wait for its answer, or a sentence; without one the person speaks on."""
        with suppress(TimeoutError):
            await self._until(seen, note.is_meant, patience_s)

    async def _until(self, seen: int, meant: Callable[[BotMessage], bool], patience_s: float = PATIENCE_S) -> None:
        """The first `seen` events were there before."""

        def is_here(chat: Chat) -> bool:
            contents = (event.content for event in chat.events[seen:] if event.type == "message")
            return any(isinstance(content, BotMessage) and meant(content) for content in contents)

        await self.chat.wait_until(is_here, patience_s)


def people(chats: Sequence[Chat], seed: int, diary: Diary, weather: Weather) -> list[Person]:
    return [Person(chat, random.Random(seed * 1_000 + chat.id), diary, weather) for chat in chats]  # noqa: S311
