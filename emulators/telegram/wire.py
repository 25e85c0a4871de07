"""Vocabulary of the wire: what is refused and how, and how text is measured."""

from typing import Any

Json = dict[str, Any]
"""A JSON object as it stands on the wire."""


class ApiError(Exception):
    """The answer is a refusal; `description` is what the bot reads, `parameters` as in `retry_after`."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(text: str) -> ApiError:
    """400 with the prefix, and the first letter small unless it begins a CODE_LIKE_THIS: as the server does it."""
    if not (text[1:2] == "_" or text[1:2].isupper()):
        text = text[:1].lower() + text[1:]
    return ApiError(400, f"Bad Request: {text}")


def forbidden(text: str) -> ApiError:
    return ApiError(403, f"Forbidden: {text}")


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the measure of Telegram's offsets and limits."""
    return len(text.encode("utf-16-le")) // 2


def present(**fields: Any) -> Json:
    """A JSON object without the fields that are `None`."""
    return {name: value for name, value in fields.items() if value is not None}


def words(text: str) -> tuple[str, ...]:
    """The names in a long table, without the quotes around each."""
    return tuple(text.split())
