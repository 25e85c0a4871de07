"""The Gemini Live API on this machine: TLS, WebSocket, BidiGenerateContent."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from emulators.gemini_live.answers import Answer, Model
from emulators.gemini_live.faults import Fault
from emulators.gemini_live.records import Connection, Turn


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the emulated server behaves where the real one varies."""

    pace: float | None = None
    """Speech is sent at this multiple of real time; `None`: as fast as possible."""
    playback_scale: float = 0.0
    """`turnComplete` comes when the speech would have been played; 1.0 is real time, 0 at once."""
    bundle: bool = False
    """Speech, transcript and `turnComplete` share messages."""
    context_tokens: int | None = 131_072
    """A longer context is closed with 1007 unless compression was asked for; `None`: no limit."""
    max_frame_bytes: int = 16 * 1024 * 1024
    """A longer message is closed with 1009."""
    untold_tokens: int = 0
    """Counted in `promptTokenCount` and missing from its details, as the real server does (25 to 51)."""
    thoughts_tokens: int = 0
    """`thoughtsTokenCount`; not part of the total, as on the real server."""
    keep: int | None = None
    """So many of the last turns and closed connections are kept in the records; `None`: all."""


class GeminiLiveEmulator:
    """An asynchronous context manager; `model` (default: `ListeningModel`) answers when nothing is scripted.

    Leaving it closes all connections and raises the first error of the emulator or its model.
    """

    connections: list[Connection]
    turns: list[Turn]
    """Across connections, in the order in which they ended."""
    ca_file: Path
    """Certificate of the authority, PEM; gone after the block."""

    def __init__(
        self, key: str = "test-key", port: int = 0, model: Model | None = None, *, behaviour: Behaviour | None = None
    ) -> None: ...

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def url(self) -> str:
        """`https://localhost:PORT`, for `GOOGLE_GEMINI_BASE_URL`."""
        raise NotImplementedError

    async def wait_until(self, condition: Callable[["GeminiLiveEmulator"], bool], timeout: float = 10) -> None:
        """Returns as soon as `condition(self)` holds; looks after each thing that happens here. Raises TimeoutError."""

    def say(self, *answers: Answer) -> None:
        """Queue answers for the next turns, whichever connection they come from."""

    def fault(self, fault: Fault, times: int | None = 1, connection: Connection | None = None) -> None:
        """Queue a fault to strike `times` (`None`: always), at `connection` or wherever its moment comes first."""

    def drop_all(self, code: int = 1011, reason: str = "Internal error encountered.") -> None:
        """Close every open connection now."""

    def go_away(self, seconds: float, code: int = 1001, reason: str = "") -> None:
        """Tell every open connection that it ends in so many seconds, and end it then."""

    def expire_handles(self) -> None:
        """Forget all resumption handles, as the real server does two hours after the connection's end."""
