"""Answers as the Bot API words them."""

import json
import re
from typing import Any

from .files import StoredFile
from .server import Answer
from .wire import ApiError, Json

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def success(result: Any) -> Answer:
    return _json({"ok": True, "result": result}, 200, {})


def refusal(error: ApiError) -> Answer:
    """`Retry-After` stands in the headers as well, as the server puts it there."""
    content: Json = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        content["parameters"] = error.parameters
    retry_after = error.parameters.get("retry_after")
    return _json(content, error.status, {"retry-after": str(retry_after)} if retry_after else {})


def file_bytes(file: StoredFile, wanted: str | None) -> Answer:
    """`wanted` is the Range header, `None` when there is none or none is served."""
    size = len(file.data)
    headers = {"content-type": file.mime or "application/octet-stream", "accept-ranges": "bytes"}
    found = _RANGE.fullmatch(wanted or "")
    if found is None or not any(found.groups()):
        return Answer(file.data, 200, headers)
    if found[1]:
        begin, end = int(found[1]), min(int(found[2] or size - 1), size - 1)
    else:
        begin, end = max(size - int(found[2]), 0), size - 1
    if begin >= size or begin > end:
        return Answer(b"", 416, headers | {"content-range": f"bytes */{size}"})
    return Answer(file.data[begin : end + 1], 206, headers | {"content-range": f"bytes {begin}-{end}/{size}"})


def _json(content: Json, status: int, headers: dict[str, str]) -> Answer:
    answer = Answer(
        json.dumps(content, ensure_ascii=False).encode(), status, {"content-type": "application/json"} | headers
    )
    answer.description = content.get("description")
    answer.result = content.get("result")
    return answer
