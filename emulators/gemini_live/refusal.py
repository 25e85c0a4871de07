"""How the server turns a client away: a close code and a reason of at most 123 bytes."""

LONGEST_REASON = 123
"""Bytes; the limit of a WebSocket control frame. The real server cuts its sentences there too."""


class Refusal(Exception):
    """The client broke a rule; the connection is closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


def invalid_argument(detail: str = "") -> Refusal:
    """The server's usual sentence; `detail` helps whoever debugs a client here, the real one says less."""
    return Refusal(1007, f"Request contains an invalid argument. {detail}".rstrip())


def cut(reason: str) -> str:
    """As much of `reason` as fits into a close frame, at a character's border."""
    return reason.encode()[:LONGEST_REASON].decode(errors="ignore")
