"""Long answers in recorded words, and what of them came into a chat."""

from collections.abc import Callable

from audio.decoder import OpusDecoder
from emulators.gemini_live import Answer
from emulators.speech import words
from emulators.telegram import BotMessage, Chat
from tests.audio.envelope import likeness


def counting(seconds: float, *, first: int = 1, pace: float | None = None, **how: object) -> Answer:
    """Counts aloud, each number a sentence, for at least so long."""
    spoken: list[str] = []
    pcm = b""
    value = first
    while len(pcm) < seconds * 48_000:
        spoken += words.number(value)
        spoken[-1] += "."
        pcm, value = words.speech(spoken), value + 1
    return Answer(pcm=pcm, transcript=words.transcript(spoken), pace=pace, **how)  # type: ignore[arg-type]


def played(message: BotMessage) -> bytes:
    """s16le mono at 16 kHz."""
    decoder = OpusDecoder()
    return decoder.feed(message.data or b"") + decoder.finish()


def voices(chat: Chat) -> list[BotMessage]:
    """Those that are still in the chat."""
    return [message for message in chat.messages if message.kind == "voice" and not message.deleted]


def has_all_words(answer: Answer) -> Callable[[Chat], bool]:
    return lambda chat: " ".join(message.caption or "" for message in voices(chat)) == answer.transcript


def assert_is_the_answer(messages: list[BotMessage], answer: Answer) -> None:
    """Played one after the other they sound as it was said and last as long; the captions are its words."""
    heard = b"".join(played(message) for message in messages)
    assert likeness(answer.pcm, 24_000, heard, 16_000) >= 0.97
    assert abs(len(heard) / 32_000 - len(answer.pcm) / 48_000) <= 0.02
    assert " ".join(message.caption or "" for message in messages) == answer.transcript
