"""What became of every note, told from the emulator's chats alone: the bot's own database is not asked."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Literal

from emulators.telegram import BotMessage, Chat

End = Literal["answered", "answered and told", "told", "interrupted", "lost", "twice"]
"""`answered`: by one answer, in one voice message or in pieces; `told`: by a sentence instead of one; `answered and
told`: by one answer, or a part of one, and a sentence that it may not have arrived or broke off; `interrupted`: by
nothing, and the person himself had spoken on before an end; `lost`: by nothing; `twice`: by more sound than one answer
has."""
ENDS: tuple[End, ...] = ("answered", "answered and told", "told", "interrupted", "lost", "twice")

PRE_SKIP, OPUS_RATE = 312, 48_000
"""Samples of our encoder's that are not played; RFC 7845."""
A_LITTLE_S = 0.3
"""That an answer may be longer than the model's sound: a piece ends with a whole frame, and pauses are filled."""

NUMBER = re.compile(r"№(\d+)")
COMMANDS = ("🎤 ГОЛОСОВОЙ АССИСТЕНТ ЗАПУЩЕН", "🛑 Голосовой разговор завершён")
"""The beginnings of what /voice_chat and /stop answer."""
AGAIN = re.compile(r".*:again:(\d+):\d+")
"""The data of the button under "it may not have arrived": the update that was answered."""


@dataclass(slots=True)
class Note:
    """One voice note with its number in the caption, which the model says back. Times are seconds of the run."""

    number: int
    chat: int
    message_id: int
    update_id: int
    sent_at: float
    whole_s: float = 0.0
    """How long the recording is; 0 for a text."""
    spoken_over: bool = False
    """The person did not wait for its end."""
    whole_answer_s: float = 0.0
    """How long a whole answer sounds; 0 where it always fits into one voice message."""
    voices_at: list[float] = field(default_factory=list)
    """When its voice messages came that were not deleted again."""
    sounds_s: list[float] = field(default_factory=list)
    """How long each of them is."""
    sentences: list[str] = field(default_factory=list)
    cut_short: bool = False
    """The model heard less than all of the recording."""

    @property
    def end(self) -> End:
        if self._answers > 1:
            return "twice"
        if self.voices_at:
            return "answered and told" if self.sentences else "answered"
        if self.sentences:
            return "told"
        return "interrupted" if self.spoken_over else "lost"

    @property
    def _answers(self) -> int:
        if not self.whole_answer_s:
            return len(self.voices_at)
        return ceil(max(0.0, sum(self.sounds_s) - A_LITTLE_S) / self.whole_answer_s)

    def is_meant(self, message: BotMessage) -> bool:
        """Unless the message names another note or answers a command: a sentence without a button names no note."""
        if _answers_a_command(message):
            return False
        if message.kind == "voice":
            said = NUMBER.search(message.caption or "")
            return said is None or int(said[1]) == self.number
        doubted = _doubted(message)
        return doubted is None or doubted == self.update_id


@dataclass(frozen=True, slots=True)
class Ledger:
    notes: Sequence[Note]

    def of(self, *ends: End) -> list[Note]:
        return [note for note in self.notes if note.end in ends]

    def counts(self) -> dict[str, int]:
        ends = Counter(note.end for note in self.notes)
        more = {
            "told more than once": sum(len(note.sentences) > 1 for note in self.notes),
            "heard only in part": sum(note.cut_short for note in self.notes),
        }
        return {end: ends[end] for end in ENDS} | more

    def sentences(self) -> dict[str, int]:
        return dict(Counter(sentence for note in self.notes for sentence in note.sentences).most_common())

    def details(self, kills: Sequence[float]) -> list[dict[str, object]]:
        """Of what must not be, with the kills between the note and its last answer."""
        found: list[dict[str, object]] = []
        for note in self.of("lost", "twice"):
            last = max(note.voices_at, default=float("inf"))
            found.append({"end": note.end} | asdict(note) | {"kills": [at for at in kills if note.sent_at < at < last]})
        return found


def reckon(chats: Iterable[Chat], notes: Sequence[Note], began: float) -> Ledger:
    """`began`: the monotonic time of the run's second 0.

    A voice message belongs to the note whose number it says, a sentence with a button to the note that the button
    names. What names none belongs to the last note of the chat before it: nobody sends a second note before the first
    has its end.
    """
    by_number = {note.number: note for note in notes}
    by_update = {note.update_id: note for note in notes}
    by_message = {(note.chat, note.message_id): note for note in notes}
    for chat in chats:
        current: Note | None = None
        for message in chat.history.values():
            current = by_message.get((chat.id, message.message_id), current)
            if current is None or not isinstance(message, BotMessage) or _answers_a_command(message):
                continue
            if message.kind != "voice":
                doubted = _doubted(message)
                told = current if doubted is None else by_update[doubted]
                told.sentences.append(message.text or message.kind)
                continue
            said = NUMBER.search(message.caption or "")
            answered = by_number[int(said[1])] if said else current
            answered.voices_at.append(round(message.at - began, 3))
            answered.sounds_s.append(round(sound_s(message.data or b""), 3))
            # The words of an answer in pieces stand under one of them.
            heard = re.search(r"([\d.]+) с", message.caption or "")
            answered.cut_short |= heard is not None and float(heard[1]) < answered.whole_s - 0.2
    return Ledger(notes)


def _answers_a_command(message: BotMessage) -> bool:
    return (message.text or "").startswith(COMMANDS)


def _doubted(message: BotMessage) -> int | None:
    found = [AGAIN.fullmatch(button.data or "") for row in message.buttons for button in row]
    return next((int(match[1]) for match in found if match), None)


def sound_s(ogg: bytes) -> float:
    """By the position that its last page names."""
    page = ogg.rfind(b"OggS")
    return (int.from_bytes(ogg[page + 6 : page + 14], "little") - PRE_SKIP) / OPUS_RATE if page >= 0 else 0.0
