"""Reads JSON by the rules of Protocol Buffers: known fields only, camelCase or snake_case, typed values.

The result has camelCase keys, bytes decoded; free-form values (`Struct`, `Value`) and map keys are left as they are.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from emulators.gemini_live.refusal import Refusal

INT64 = 2**63


class Scalar(StrEnum):
    STRING = "TYPE_STRING"
    BOOL = "TYPE_BOOL"
    INT = "TYPE_INT64"
    FLOAT = "TYPE_FLOAT"
    BYTES = "TYPE_BYTES"
    DURATION = "type.googleapis.com/google.protobuf.Duration"
    STRUCT = "type.googleapis.com/google.protobuf.Struct"
    VALUE = "type.googleapis.com/google.protobuf.Value"


@dataclass(frozen=True, slots=True)
class Enumeration:
    name: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Repeated:
    of: "FieldType"


@dataclass(frozen=True, slots=True)
class MapOf:
    """String keys."""

    of: "FieldType"


@dataclass(slots=True)
class Message:
    """`fields` by snake_case name; at most one of the `oneof` fields may be set. Filled later when it is recursive."""

    name: str
    fields: dict[str, "FieldType"] = field(default_factory=dict)
    oneof: frozenset[str] = frozenset()


FieldType = Scalar | Enumeration | Repeated | MapOf | Message


def enumeration(name: str, *values: str) -> Enumeration:
    return Enumeration(name, frozenset(values))


@cache
def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def parse(frame: str | bytes, message: Message) -> dict[str, Any]:
    """The frame as `message`; raises Refusal (1007) with the server's wording for anything that is not."""
    try:
        value = json.loads(frame)
    except ValueError as error:
        raise Refusal(1007, f"Invalid JSON payload received. {error}") from error
    if not isinstance(value, dict):
        raise Refusal(1007, "Invalid JSON payload received. Expected an object.")
    return _message(message, value, "")


def _message(message: Message, value: dict[str, Any], path: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    chosen = ""
    known = {camel(name): name for name in message.fields}
    for key, entry in value.items():
        name = key if key in message.fields else known.get(key)
        if name is None:
            at = f" at '{path}'" if path else ""
            raise Refusal(1007, f'Invalid JSON payload received. Unknown name "{key}"{at}: Cannot find field.')
        if camel(name) in result:
            raise Refusal(1007, f"Invalid value at '{path}', the field '{name}' is set twice.")
        if entry is None:
            continue
        if name in message.oneof:
            if chosen:
                raise Refusal(
                    1007, f"Invalid value at '{path}' (oneof), '{chosen}' is already set. Cannot set '{name}'"
                )
            chosen = name
        result[camel(name)] = _value(message.fields[name], entry, f"{path}.{name}" if path else name)
    return result


def _value(kind: FieldType, value: Any, path: str) -> Any:
    match kind:
        case Message():
            if not isinstance(value, dict):
                raise _wrong(path, f"type.googleapis.com/{kind.name}", value)
            return _message(kind, value, path)
        case Repeated():
            if not isinstance(value, list):
                raise _wrong(path, "repeated", value)
            return [_value(kind.of, entry, f"{path}[{index}]") for index, entry in enumerate(value)]
        case MapOf():
            if not isinstance(value, dict):
                raise _wrong(path, "map", value)
            return {key: _value(kind.of, entry, f"{path}[{key}]") for key, entry in value.items()}
        case Enumeration():
            if value not in kind.values:
                raise _wrong(path, f"type.googleapis.com/{kind.name}", value)
            return value
        case Scalar():
            return _READERS[kind](value, path)


def _wrong(path: str, kind: str, value: Any) -> Refusal:
    shown = json.dumps(value, ensure_ascii=False)
    return Refusal(1007, f"Invalid value at '{path}' ({kind}), {shown}")


def _string(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, Scalar.STRING, value)
    return value


def _bool(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, Scalar.BOOL, value)
    return value


def _int(value: Any, path: str) -> int:
    """A whole number, also as a string: this is how JSON carries 64 bits."""
    number = _float(value, path, kind=Scalar.INT)
    if not number.is_integer() or not -INT64 <= number < INT64:
        raise _wrong(path, Scalar.INT, value)
    return int(value) if not isinstance(value, float) else int(number)


def _float(value: Any, path: str, kind: Scalar = Scalar.FLOAT) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _wrong(path, kind, value)
    try:
        return float(value)
    except (ValueError, OverflowError) as error:
        raise _wrong(path, kind, value) from error


def _bytes(value: Any, path: str) -> bytes:
    """Base64 in the usual or the URL-safe alphabet, padded or not."""
    if not isinstance(value, str):
        raise _wrong(path, Scalar.BYTES, value)
    plain = value.translate(_USUAL_ALPHABET).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        shown = value[:16]
        raise Refusal(
            1007, f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed for \"{shown}\""
        ) from error


def _duration(value: Any, path: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d{1,9})?s", value):
        raise _wrong(path, Scalar.DURATION, value)
    return value


def _struct(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, Scalar.STRUCT, value)
    return value


_USUAL_ALPHABET = str.maketrans("-_", "+/")
_READERS: dict[Scalar, Callable[[Any, str], Any]] = {
    Scalar.STRING: _string,
    Scalar.BOOL: _bool,
    Scalar.INT: _int,
    Scalar.FLOAT: _float,
    Scalar.BYTES: _bytes,
    Scalar.DURATION: _duration,
    Scalar.STRUCT: _struct,
    Scalar.VALUE: lambda value, path: value,
}
