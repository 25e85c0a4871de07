"""What can go wrong at the other end. `GeminiLiveEmulator.fault` queues these; each strikes at its moment."""

from dataclasses import dataclass
from enum import StrEnum


class Moment(StrEnum):
    CONNECT = "connect"
    """The socket has been opened."""
    SETUP = "setup"
    """Instead of `setupComplete`."""
    READY = "ready"
    """After `setupComplete`."""
    ACTIVITY_END = "activity end"
    """Everything was heard, nothing was answered yet; a text or a `clientContent` counts too."""
    CHUNK = "chunk"
    """After `chunks` pieces of speech were sent."""
    TOOL_CALL = "tool call"
    """After a `toolCall` was sent."""
    IDLE = "idle"
    """After the last message of a turn."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Base of all; a fault that ends the connection or its speech has a `Moment`, one that spoils a turn has none."""


@dataclass(frozen=True, slots=True)
class TimedFault(Fault):
    at: Moment
    chunks: int = 1
    """Only for `Moment.CHUNK`."""


@dataclass(frozen=True, slots=True)
class Close(TimedFault):
    code: int = 1011
    reason: str = "Internal error encountered."


@dataclass(frozen=True, slots=True)
class Abort(TimedFault):
    """The TCP connection is reset, without a close frame."""


@dataclass(frozen=True, slots=True)
class HalfOpen(TimedFault):
    """Nothing is read or written any more and no FIN is sent."""


@dataclass(frozen=True, slots=True)
class Silence(TimedFault):
    """The answer (or at `SETUP` `setupComplete`) never comes; the socket is healthy, pings are answered."""


@dataclass(frozen=True, slots=True)
class HttpError(Fault):
    """The WebSocket handshake is refused: 429, 503, 403, ..."""

    status: int = 503


@dataclass(frozen=True, slots=True)
class DelayedPongs(Fault):
    """From the opening of the connection on, pings are answered so late."""

    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class TurnFault(Fault):
    """Strikes at the next turn."""


@dataclass(frozen=True, slots=True)
class EmptyTurn(TurnFault):
    """`turnComplete` without anything said."""

    reason: str | None = None
    """`turnCompleteReason`, for example `RESPONSE_REJECTED`."""


@dataclass(frozen=True, slots=True)
class SilentAudio(TurnFault):
    """As long as it should be, and all zeros."""


@dataclass(frozen=True, slots=True)
class TextOnly(TurnFault):
    """The answer comes as a text part, without speech and transcript."""


@dataclass(frozen=True, slots=True)
class OddAudio(TurnFault):
    """Every piece of speech but the last has an odd number of bytes; joined they are the whole speech."""

    cut: bool = False
    """The last byte never comes."""


@dataclass(frozen=True, slots=True)
class BrokenJson(TurnFault):
    """A frame that is cut in the middle, before the speech."""


@dataclass(frozen=True, slots=True)
class RawFrames(TurnFault):
    """These frames, whatever they are, before the speech; a `str` goes out as a text frame."""

    frames: tuple[bytes | str, ...]


@dataclass(frozen=True, slots=True)
class UnknownField(TurnFault):
    """A message of which the client knows no field, before the speech."""


@dataclass(frozen=True, slots=True)
class HugeFrame(TurnFault):
    """A piece of silence of so many bytes on the wire, before the speech."""

    size: int = 20_000_000


@dataclass(frozen=True, slots=True)
class DoubledTurnComplete(TurnFault):
    pass


@dataclass(frozen=True, slots=True)
class EarlyTurnComplete(TurnFault):
    """`turnComplete` after so many pieces of speech, then the rest, and no second `turnComplete`."""

    chunks: int = 1


@dataclass(frozen=True, slots=True)
class LateTranscript(TurnFault):
    """The second half of the output transcript comes after `turnComplete`."""


@dataclass(frozen=True, slots=True)
class MissingTurnComplete(TurnFault):
    pass


@dataclass(frozen=True, slots=True)
class MissingGenerationComplete(TurnFault):
    pass
