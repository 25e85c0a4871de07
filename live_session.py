"""The seam between a conversation and a live model: what a provider takes and the events it emits.

One event means one thing with every provider; differences are settled in the provider's own file.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Speaker(StrEnum):
    PERSON = "person"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One side of an earlier turn, as text: what a fresh connection is told of the past."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """A function that the model may call. `parameters` is an OpenAPI schema object, None when it takes none."""

    name: str
    description: str
    parameters: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What a connection is opened with."""

    instruction: str
    voice: str
    resumption_handle: str | None = None
    history: tuple[Utterance, ...] = ()
    functions: tuple[FunctionDeclaration, ...] = ()


@dataclass(frozen=True, slots=True)
class Speech:
    """A piece of the spoken answer: s16le mono PCM at the provider's `output_rate`."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of a speaker's words; pieces are joined as they come, unordered against `Speech`."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class WrittenText:
    """Words that the model wrote instead of speaking them."""

    text: str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FunctionCallsCancelled:
    """The model no longer wants these; they must not be answered."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The person spoke over the assistant: whatever of the answer is not yet delivered is void."""


@dataclass(frozen=True, slots=True)
class GenerationComplete:
    """The last sound of the answer came; `TurnEnded` may still take as long as playing it would."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The model waits for the person. `reason` is the provider's word for an unusual end."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one turn is billed for, in tokens by modality (`TEXT`, `AUDIO`, `IMAGE`, `VIDEO`, ...)."""

    prompt: dict[str, int] = field(default_factory=dict)
    response: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResumptionHandle:
    """Opens the same conversation again in a new connection; `None`: at this moment it could not be resumed."""

    handle: str | None


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The server closes this connection in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The last event of a connection that its server, the network or a fault ended."""

    error: Exception


LiveEvent = (
    Speech
    | Transcript
    | WrittenText
    | FunctionCall
    | FunctionCallsCancelled
    | Interrupted
    | GenerationComplete
    | TurnEnded
    | Usage
    | ResumptionHandle
    | GoingAway
    | Disconnected
)

Listener = Callable[[LiveEvent], None]
"""Called by the connection's reader for each event, in order. It must return at once: it holds up the socket."""


class LiveSession(Protocol):
    """An open connection. All of one question goes between `begin` and `end`; a `begin` during an answer
    interrupts it. Every method raises `errors.ProviderUnavailable` when the connection is gone."""

    async def begin(self) -> None: ...

    async def send_audio(self, pcm: bytes) -> None:
        """One frame of s16le mono PCM at the provider's `input_rate`: 100 ms of a live microphone, up to a second of a
        recording."""

    async def send_image(self, data: bytes, mime_type: str) -> None: ...

    async def send_text(self, text: str) -> None: ...

    async def end(self) -> None: ...

    async def answer_call(self, call: FunctionCall, result: dict[str, Any]) -> None:
        """Every call must be answered, or the model waits for ever; one that it cancelled must not be."""


class LiveProvider(Protocol):
    """Opens conversations."""

    input_rate: int
    output_rate: int

    def connect(self, setup: Setup, listener: Listener) -> AbstractAsyncContextManager[LiveSession]:
        """Raises an `errors.ProviderError` when no session comes about within its deadline."""
