"""What became of every question, told from the emulator's log alone: answered once, told why not, or interrupted."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from emulators.gemini_live import Answer, Heard
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.messages import BotMessage, Message
from prompts.texts import sentences, text
from tests.audio.making import voice_note
from tests.audio.speech import speech_like

SOUND = speech_like(1)
OPENING = "Ответ на «"
MAY_BE_LOST = text("recovery.may_be_lost")
Fate = Literal["answered", "told", "interrupted", "open"]


@dataclass(frozen=True, slots=True)
class Entry:
    chat: int
    question: str
    fate: Fate


def quoted(*questions: str) -> str:
    """The words of an answer to these questions."""
    return " ".join(f"{OPENING}{question}»." for question in questions)


def answer(question: str, **how: object) -> Answer:
    """A scripted answer that the ledger knows; `how` as in `Answer`."""
    return Answer(pcm=SOUND, transcript=quoted(question), **how)  # type: ignore[arg-type]


def note(seconds: int) -> bytes:
    """A voice note that the ledger tells from those of another length."""
    return voice_note(speech_like(seconds))


class QuotingModel:
    """Answers, as soon as it may, with what it was asked: texts as they are, a recording by its length."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.think_seconds = 0.0
        self._count = 0
        self._another = asyncio.Event()

    async def asked(self, count: int) -> None:
        """Wait until so many questions came."""
        async with asyncio.timeout(10):
            while self._count < count:
                self._another.clear()
                await self._another.wait()

    async def answer(self, heard: Heard, history: object) -> Answer:
        self._count += 1
        self._another.set()
        await self.may_answer.wait()
        recording = [_recording(round(heard.seconds))] if heard.pcm else []
        words = quoted(*recording, *heard.texts)
        return Answer(pcm=SOUND, transcript=words, think_seconds=self.think_seconds)


def ledger(chats: list[Chat]) -> list[Entry]:
    """Raises AssertionError when a question was answered twice, or an excuse belongs to none."""
    return [entry for chat in chats for entry in _of_chat(chat)]


def accounted(telegram: TelegramEmulator, chats: list[Chat]) -> Counter[Fate]:
    """How many questions came to which end; none may be open, and no answer may have been handed over twice."""
    entries = ledger(chats)
    lost = [entry for entry in entries if entry.fate == "open"]
    assert not lost, f"neither answered nor told: {lost}"
    for chat in chats:
        known = [quoted(label) for one in chat.history.values() if (label := _question(one)) is not None]
        strays = [
            words for one in chat.messages if OPENING in (words := _words(one)) and not any(k in words for k in known)
        ]
        assert not strays, f"answers to no question of this chat: {strays}"
    numbers = {chat.id for chat in chats}
    sent = Counter(
        (call.params["chat_id"], call.params["caption"])
        for call in telegram.calls
        if call.method == "sendVoice" and call.status == 200 and call.params.get("caption")
        if int(call.params["chat_id"]) in numbers
    )
    twice = [caption for (_, caption), count in sent.items() if count > 1]
    assert not twice, f"sent more than once: {twice}"
    return Counter(entry.fate for entry in entries)


def settled(chats: list[Chat]) -> bool:
    return all(entry.fate != "open" for entry in ledger(chats))


def _of_chat(chat: Chat) -> list[Entry]:
    history = list(chat.history.values())
    asked = [(at, label) for at, one in enumerate(history) if (label := _question(one)) is not None]
    said = [(at, one) for at, one in enumerate(history) if isinstance(one, BotMessage)]
    excuses = [at for at, one in said if _is_excuse(one)]
    fates: dict[int, Fate] = {}
    answers = [(at, one) for at, one in said if OPENING in _words(one)]
    for at, label in asked:
        naming = [when for when, one in answers if quoted(label) in _words(one) and when > at]
        assert len(naming) <= 1, f"answered {len(naming)} times: {label}"
        fates[at] = "answered" if naming else "open"
    for at in excuses:
        owed = [when for when in fates if when < at and fates[when] == "open"]
        assert owed or history[at].text == MAY_BE_LOST, f"an excuse for nothing: {history[at].text}"
        if owed:
            fates[owed[-1]] = "told"
    for at in list(fates):
        newer = any(fates[when] != "open" for when in fates if when > at)
        if fates[at] == "open" and newer:
            fates[at] = "interrupted"
    return [Entry(chat.id, label, fates[at]) for at, label in asked]


def _words(message: BotMessage) -> str:
    return message.caption or message.text or ""


def _question(message: Message) -> str | None:
    if isinstance(message, BotMessage):
        return None
    if message.duration is not None:
        return _recording(message.duration)
    words = message.text
    return None if words is None or words.startswith("/") else words


def _is_excuse(message: BotMessage) -> bool:
    return message.kind == "text" and any(
        (message.text or "").startswith(words.split("{")[0])
        for key, words in sentences("ru").items()
        if key.startswith("error.") or key in ("recovery.may_be_lost", "recovery.set_aside")
    )


def _recording(seconds: int) -> str:
    return f"запись {seconds} с"
