"""What the model remembers of a conversation, what that costs in tokens, and the handles that bring it back."""

import itertools
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from emulators.gemini_live.answers import Remembered
from emulators.gemini_live.records import Connection, Heard, Said
from emulators.gemini_live.refusal import Refusal, invalid_argument
from emulators.gemini_live.setup import Settled

AUDIO_TOKENS_PER_SECOND = 25
PICTURE_TOKENS = 258
LETTERS_PER_TOKEN = 4
DEFAULT_TRIGGER = 0.8
"""Of the context window, when the client asks for compression without naming a trigger."""


def text_tokens(text: str) -> int:
    return -(-len(text) // LETTERS_PER_TOKEN)


def tokens(entry: Remembered) -> Counter[str]:
    """By modality; speech is billed as audio, whatever transcripts were made of it."""
    match entry:
        case Heard():
            counted = Counter(TEXT=sum(map(text_tokens, entry.texts)), IMAGE=PICTURE_TOKENS * len(entry.pictures))
            counted["AUDIO"] = round(entry.seconds * AUDIO_TOKENS_PER_SECOND)
        case Said():
            written = entry.text if entry.pcm else entry.text or entry.transcript
            counted = Counter(TEXT=text_tokens(written), AUDIO=round(entry.seconds * AUDIO_TOKENS_PER_SECOND))
        case _:
            counted = Counter(TEXT=text_tokens(str(entry.response)))
    return +counted


@dataclass(eq=False, slots=True)
class Conversation:
    """Lives across connections as long as a handle of it does; `connection` is the last one that had it."""

    connection: Connection
    entries: list[Remembered] = field(default_factory=list)

    def prompt(self, instruction: str) -> Counter[str]:
        """Tokens of the whole context, by modality."""
        total = Counter(TEXT=text_tokens(instruction))
        for entry in self.entries:
            total.update(tokens(entry))
        return +total

    def fit(self, settled: Settled, window: int | None) -> None:
        """Drop the oldest turns when compression was asked for; raises Refusal (1007) when the window is exceeded."""
        total = self.prompt(settled.instruction).total()
        if settled.compression is not None:
            trigger, target = settled.compression
            if trigger is None:
                trigger = round((window or 131_072) * DEFAULT_TRIGGER)
            if total > trigger:
                self._shrink(settled.instruction, trigger // 2 if target is None else target)
        elif window is not None and total > window:
            raise invalid_argument("The context window is exceeded.")

    def _shrink(self, instruction: str, target: int) -> None:
        """Cut at the beginning of a turn of the person; the last one always stays."""
        starts = [place for place, entry in enumerate(self.entries) if isinstance(entry, Heard)]
        for start in starts:
            left = Conversation(self.connection, self.entries[start:])
            if start == starts[-1] or left.prompt(instruction).total() <= target:
                self.entries = left.entries
                return


class Handles:
    """Resumption handles: each is a conversation as it was when the handle was given out."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[Conversation, tuple[Remembered, ...]]] = {}
        self._numbers = itertools.count(1)

    def give(self, conversation: Conversation) -> str:
        handle = f"h{next(self._numbers)}-{secrets.token_urlsafe(12)}"
        self._given[handle] = (conversation, tuple(conversation.entries))
        return handle

    def resume(self, handle: str, connection: Connection) -> Conversation:
        """The conversation, now of `connection`; raises Refusal for an unknown handle or one whose socket is open."""
        if handle not in self._given:
            raise invalid_argument("The session resumption handle is not valid.")
        conversation, entries = self._given[handle]
        if conversation.connection.open:
            raise Refusal(1011, "Internal error encountered. The session is still connected.")
        conversation.connection = connection
        conversation.entries = list(entries)
        return conversation

    def forget_all(self) -> None:
        self._given.clear()


def usage(prompt: Counter[str], said: Said, untold: int, thoughts: int) -> dict[str, Any]:
    """`usageMetadata` of a turn: the prompt is the whole context, thoughts are not in the total."""
    response = tokens(said)
    counted: dict[str, Any] = {
        "promptTokenCount": prompt.total() + untold,
        "responseTokenCount": response.total(),
        "totalTokenCount": prompt.total() + untold + response.total(),
        "promptTokensDetails": [{"modality": kind, "tokenCount": count} for kind, count in sorted(prompt.items())],
        "responseTokensDetails": [{"modality": kind, "tokenCount": count} for kind, count in sorted(response.items())],
    }
    if thoughts:
        counted["thoughtsTokenCount"] = thoughts
    return counted
