"""Who plays: the foreman's chat, the model where it is the emulated one, and where the files of a run lie."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from emulators.demo.findings import AUDIBLE_DB, Findings, seconds, size
from emulators.demo.measuring import RATE, Recording
from emulators.demo.model import Witness
from emulators.gemini_live import Turn
from emulators.gemini_live.answers import OUTPUT_RATE
from emulators.telegram import BotMessage, Chat, TelegramEmulator

MISSING_S = 0.5
"""Less than any piece of an answer."""
FILES = 3
"""Of a document."""
GOES_ON_S = 1.5


class StepFailed(Exception):
    """The script cannot go on; the message says why, in Russian."""


@dataclass(frozen=True, slots=True)
class Answered:
    words: str
    turn: Turn | None
    """`None` with the real Gemini."""


@dataclass(slots=True)
class Scene:
    telegram: TelegramEmulator
    chat: Chat
    model: Witness | None
    """`None`: the real Gemini answers, and what it heard cannot be seen."""
    files: Path
    """Of this run: `replies/` and the note that is made for it."""
    deadline_s: float
    """Of each wait."""
    first_note: Recording | None = None
    replies: int = 0
    sent_at: float = 0.0
    turns_before: int = 0

    def about_to_send(self) -> None:
        self.sent_at = monotonic()
        self.turns_before = len(self.model.turns) if self.model else 0

    async def next_message(self, found: Findings) -> BotMessage:
        """The bot's answer to what was sent last. Raises `StepFailed`."""
        try:
            message = await self.chat.next_message(self.deadline_s)
        except TimeoutError:
            raise StepFailed(f"за {self.deadline_s:.0f} с бот ничего не ответил") from None
        found.answered_s = message.at - self.sent_at
        found.facts.append(f"ответ через {seconds(found.answered_s)}")
        return message

    async def three_files(self, found: Findings) -> list[BotMessage]:
        """Whatever was said meanwhile of how long it takes. Raises `StepFailed`."""
        files: list[BotMessage] = []
        while len(files) < FILES:
            message = await self.next_message(found)
            if message.kind == "document":
                files.append(message)
            elif message.kind != "text" or files:
                raise StepFailed("вместо файлов пришло другое")
        return files

    async def voice_reply(self, found: Findings, name: str, *, after: int = 0, not_of: str = "") -> Answered:
        """The same, where it must be voice, in one message or in several: kept as files, measured together, and
        compared with what the model said.

        `after`: so many turns of the model lie between the sending and the one that is answered. `not_of`: the words of
        an older answer, of which the beginning may have come.
        """
        message = await self.next_message(found)
        while message.kind == "voice" and message.caption and not_of.startswith(message.caption):
            message = await self.next_message(found)
        turn = await self.turn(after)
        said = Recording.from_pcm(turn.said.pcm, OUTPUT_RATE) if turn is not None else None
        self.replies += 1
        messages, pcm = [message], await self._kept(message, f"{self.replies}-{name}.ogg")
        while await self._goes_on(messages[-1], len(pcm) / 2 / RATE, said):
            message = await self.next_message(found)
            if not message.silent:  # no further piece: the older answer had come whole before it was interrupted
                self.replies += 1
                messages, pcm = [], b""
            messages.append(message)
            pcm += await self._kept(message, f"{self.replies}-{name}-{len(messages)}.ogg")
        reply = Recording(pcm)
        found.reply_s = reply.seconds
        found.facts.append(f"{seconds(reply.seconds)}, {size(sum(len(one.data or b'') for one in messages))}")
        found.check(reply.decibels > AUDIBLE_DB, "в ответе тишина")
        caption = " ".join(one.caption or "" for one in messages)
        if turn is not None and said is not None:
            await asyncio.to_thread(found.compare_reply, said, reply)
            spoken = turn.said.transcript.split()
            found.check(caption.split() == spoken, "подпись под ответом — не те слова, что сказаны")
        return Answered(caption, turn)

    async def _kept(self, message: BotMessage, name: str) -> bytes:
        """Its sound at `RATE`. Raises `StepFailed`."""
        if message.kind != "voice" or message.data is None:
            raise StepFailed(f"вместо голосового сообщения пришло: «{message.text}»")
        path = self.files / "replies" / name
        path.write_bytes(message.data)
        return (await asyncio.to_thread(Recording.read, path)).pcm

    async def _goes_on(self, last: BotMessage, came_s: float, said: Recording | None) -> bool:
        """Whether another piece of the answer follows; with the real Gemini the bot shows then that it goes on."""
        if said is not None:
            return came_s < said.seconds - MISSING_S
        try:
            await self.chat.wait_until(lambda chat: any(at > last.at for at, _, _ in chat.actions), GOES_ON_S)
        except TimeoutError:
            return False
        return True

    async def turn(self, after: int) -> Turn | None:
        """The model's turn number `after` since the last sending. Raises `StepFailed`."""
        if self.model is None:
            return None
        try:
            return await self.model.turn(self.turns_before + after)
        except TimeoutError:
            raise StepFailed("на связи, открытой вначале, модель этого вопроса не слышала или не договорила") from None
