"""What the emulator heard and said, for tests to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from emulators.gemini_live.pictures import picture_size
from emulators.speech import sound


@dataclass(frozen=True)
class Image:
    data: bytes
    mime_type: str

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height as stored, in pixels; raises ValueError for what is no JPEG, PNG or WebP."""
        return picture_size(self.data)


@dataclass(frozen=True)
class Heard:
    """Everything of one turn of the person: `at_start` and `at_end` are `time.monotonic()` on the emulator's side."""

    pcm: bytes = b""
    """s16le mono at `rate`, all pieces joined."""
    rate: int = 16_000
    pictures: tuple[Image, ...] = ()
    texts: tuple[str, ...] = ()
    at_start: float = 0.0
    at_end: float = 0.0

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / self.rate

    @property
    def images(self) -> list[bytes]:
        return [picture.data for picture in self.pictures]

    @property
    def mimes(self) -> list[str]:
        return [picture.mime_type for picture in self.pictures]

    @cached_property
    def loudness(self) -> float:
        """Root mean square of the loudest half second, 0..1; 0 without sound."""
        return sound.loudness(self.pcm, self.rate)

    @cached_property
    def pitch_hz(self) -> float | None:
        """Median pitch of the voiced parts; `None` when nothing is voiced."""
        return sound.pitch(self.pcm, self.rate)


@dataclass(frozen=True)
class Said:
    """What was really sent of an answer."""

    pcm: bytes = b""
    """s16le mono at 24 kHz."""
    transcript: str = ""
    """The words of `pcm`, whether or not the client asked to have them."""
    text: str = ""
    """Written parts."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / 24_000


@dataclass(frozen=True)
class FunctionResult:
    name: str
    response: dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """A turn that ended, by itself or interrupted. One that a fault or a lost connection cut is not recorded."""

    heard: Heard
    said: Said
    interrupted: bool
    began_at: float = field(default=0.0, compare=False)
    """`time.monotonic()` when the first of its sound was sent; 0 without sound."""
    sounded_at: float = field(default=0.0, compare=False)
    """And the last."""


@dataclass
class Connection:
    """A client's connection as seen from the server."""

    path: str
    headers: Mapping[str, str]
    """Case-insensitive."""
    setup: dict[str, Any] = field(default_factory=dict)
    """As received, all keys in camelCase; empty until it came."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """Every accepted message in order, `setup` first; keys in camelCase, `data` decoded to bytes."""
    activities: list[Heard] = field(default_factory=list)
    """Ended turns of the person, whether answered or not."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """Every message that was sent, as JSON data; speech is replaced by its length in bytes."""
    open: bool = True
    close_code: int | None = None
    """1006 when there was no close frame."""
    close_reason: str = ""
    pings: int = 0
    """Received from the client."""
    pongs: int = 0
    """Sent to the client."""
    handle: str | None = None
    """The last resumption handle that was given out."""
