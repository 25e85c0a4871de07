"""What the emulated model says: scripted answers, and the models that make them up."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulators.gemini_live.records import FunctionResult, Heard, Said

OUTPUT_RATE = 24_000


@dataclass(frozen=True, slots=True)
class Call:
    """A function that the model wants called; its id is given when it is sent."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, in the order in which it is made: transcript of the input, thinking, calls, text, speech.

    A blocking call is waited for before the speech; a non-blocking one is not. `then` is said when all `calls`
    have been answered: in the same turn when they block, as a turn of its own (by the response's scheduling) when not.
    """

    pcm: bytes = b""
    """s16le mono at 24 kHz."""
    transcript: str = ""
    """Of `pcm`; sent only to a client that asked for output transcription."""
    text: str | None = None
    """A written part of the model's turn, next to the speech or instead of it."""
    calls: Sequence[Call] = ()
    then: "Answer | None" = None
    cancel: asyncio.Event | None = None
    """When it is set, open `calls` that block are cancelled and the turn goes on with `then`. The server says so by
    itself only when it hears the person speak over a call, which takes its own detection of speech."""
    input_transcript: str | None = None
    think_seconds: float = 0.0
    pace: float | None = None
    """Speech is sent at this multiple of real time; `None`: as the emulator's `Behaviour` says."""
    chunk_ms: int = 40
    hold: asyncio.Event | None = None
    """Waited for before the chunk number `hold_after` (0: before the first word)."""
    hold_after: int = 0
    bundle: bool | None = None
    """Several fields in one message; `None`: as the emulator's `Behaviour` says."""
    turn_complete_reason: str | None = None


Remembered = Heard | Said | FunctionResult
"""One entry of a conversation's history; seeded turns are `Heard` or `Said` without sound."""


class Model(Protocol):
    """Answers when no scripted answer is queued."""

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        """`history` is what came before `heard`, oldest first."""
