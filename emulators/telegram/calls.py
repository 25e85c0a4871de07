"""The log of everything that a bot asked of the server."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file part of a multipart request; `name` and `mime` as the client declared them."""

    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Call:
    """One request. `status`, `description` and `outcome` are filled in when it has ended.

    `params` are decoded: numbers, booleans and nested objects as such, however they travelled. A download of a
    file is a call too, with the method `file` and the parameter `file_path`.
    """

    number: int
    at: float
    """`time.monotonic()` of its arrival."""
    method: str
    params: dict[str, Any] = field(default_factory=dict)
    files: dict[str, UploadedFile] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Parameters that the method does not have: ignored, as the real server does."""
    status: int = 0
    """HTTP status of the answer; 0 while there is none (yet, or for ever)."""
    description: str | None = None
    result: Any = None
    outcome: Literal["pending", "answered", "cut", "hung"] = "pending"
    received_at: float = 0.0
    """When all of the request was there, files included; 0 for what is not read."""
    ended_at: float = 0.0
    """When its answer was about to be sent; 0 while there is none."""
