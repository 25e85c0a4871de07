"""Parameters of a call, however they travelled: query string, form, JSON or multipart."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from .calls import UploadedFile
from .wire import ApiError, Json, bad_request, words

MAX_UPLOAD_BYTES = 50 * 1000 * 1000
_ROOM_FOR_FIELDS = 1 << 20

_INTEGERS = frozenset(
    words(
        "offset limit timeout message_id message_thread_id duration user_id reply_to_message_id width height length "
        "max_connections cache_time draft_id direct_messages_topic_id from_chat_id"
    )
)
_BOOLEANS = frozenset(
    words(
        "disable_notification protect_content allow_paid_broadcast show_alert drop_pending_updates has_spoiler is_big "
        "show_caption_above_media disable_content_type_detection allow_sending_without_reply supports_streaming"
    )
)
_OBJECTS = frozenset(
    words(
        "reply_markup reply_parameters entities caption_entities media commands scope allowed_updates message_ids "
        "reaction menu_button link_preview_options"
    )
)


@dataclass(slots=True)
class Arguments:
    """`values` are as on the wire: text, with JSON inside where the Bot API has objects."""

    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, UploadedFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def required(self, name: str) -> str:
        if not self.text(name):
            raise bad_request(f'parameter "{name}" is required')
        return self.text(name)

    def integer(self, name: str, default: int = 0, low: int = -(1 << 31), high: int = (1 << 31) - 1) -> int:
        """What is no number counts as 0, what is out of bounds as the bound: the server does not refuse either."""
        text = self.text(name)
        value = default if not text else _leading_integer(text)
        return min(max(value, low), high)

    def boolean(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def json(self, name: str, refusal: str) -> Any:
        """The decoded value, `None` when it is missing."""
        if not self.text(name):
            return None
        try:
            return json.loads(self.text(name))
        except ValueError:
            raise bad_request(refusal) from None

    def objects(self, name: str) -> list[Json]:
        """A list of objects; the server takes one that it cannot read for none."""
        try:
            value = self.json(name, "")
        except ApiError:
            return []
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    def decoded(self) -> Json:
        """For the log of calls: values as what they mean."""
        return {name: _meaning(name, value) for name, value in self.values.items()}


async def read_arguments(request: Request) -> Arguments:
    """Everything that came with the request; the body wins over the query string."""
    arguments = Arguments(values=dict(request.query_params))
    await _refuse_too_large(request)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json":
        arguments.values |= _from_json(await request.body())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        await _read_form(request, arguments)
    return arguments


async def _read_form(request: Request, arguments: Arguments) -> None:
    try:
        async with request.form(max_part_size=_ROOM_FOR_FIELDS) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    mime = value.content_type or ""
                    arguments.files[name] = UploadedFile(value.filename or "", mime, await value.read())
                else:
                    arguments.values[name] = value
    except MultiPartException as error:
        raise ApiError(400, f"Bad Request: {error.message}") from error


async def _refuse_too_large(request: Request) -> None:
    if int(request.headers.get("content-length") or 0) <= MAX_UPLOAD_BYTES + _ROOM_FOR_FIELDS:
        return
    async for _ in request.stream():  # read to the end, or a client that is still sending sees a reset instead
        pass
    raise ApiError(413, "Request Entity Too Large")


def _from_json(body: bytes) -> dict[str, str]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse parameter value: invalid JSON") from None
    if not isinstance(value, dict):
        raise bad_request("JSON object expected")
    return {name: _as_text(item) for name, item in value.items() if item is not None}


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _leading_integer(text: str) -> int:
    digits = text.strip()
    try:
        return int(digits)
    except ValueError:
        return 0


def _meaning(name: str, value: str) -> Any:
    if name in _BOOLEANS:
        return value.strip().lower() in ("true", "yes", "1")
    if name in _INTEGERS or name == "chat_id":
        try:
            return int(value)
        except ValueError:
            return value
    if name in _OBJECTS:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
