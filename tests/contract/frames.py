"""Frames of the model that went wrong: good ones with something missing, too much or of another type, and no JSON."""

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Place = tuple[str | int, ...]


def _speech(data: bytes) -> dict[str, Any]:
    blob = {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(data).decode()}
    return {"serverContent": {"modelTurn": {"role": "model", "parts": [{"inlineData": blob}]}}}


GOOD: tuple[dict[str, Any], ...] = (
    {"setupComplete": {"sessionId": "session-1"}},
    _speech(b"\x10\x27\xf0\xd8" * 200),
    _speech(b"\x10\x27\xf0"),
    {"serverContent": {"modelTurn": {"parts": [{"text": "слово"}]}}},
    {"serverContent": {"inputTranscription": {"text": "вопрос", "finished": True}}},
    {"serverContent": {"outputTranscription": {"text": "ответ"}}},
    {"serverContent": {"generationComplete": True}},
    {"serverContent": {"turnComplete": True, "turnCompleteReason": "RESPONSE_REJECTED"}},
    {"serverContent": {"interrupted": True, "turnComplete": True, "generationComplete": True}},
    {"toolCall": {"functionCalls": [{"id": "1", "name": "norm_status", "args": {"norm": "СП 63"}}]}},
    {"toolCallCancellation": {"ids": ["1", "2"]}},
    {"goAway": {"timeLeft": "9.5s"}},
    {"sessionResumptionUpdate": {"newHandle": "handle", "resumable": True}},
    {"usageMetadata": {"totalTokenCount": 9, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 9}]}},
)
"""One of each kind, as documented."""


def frames() -> st.SearchStrategy[tuple[bytes | str, ...]]:
    one = _mutated() | _joined().map(_text) | _cut() | st.binary(max_size=40) | st.text(max_size=20)
    return st.lists(one, min_size=1, max_size=4).map(tuple)


def _values() -> st.SearchStrategy[object]:
    numbers = st.integers() | st.sampled_from([0, -1, 2**31, 2**63, 10**30]) | st.floats()
    leaves = st.none() | st.booleans() | numbers | st.text(max_size=8) | st.just("не base64!")
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    frame = copy.deepcopy(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(sorted(_places(frame), key=str) or [("serverContent",)]))
        holder: Any = frame  # a dictionary or a list
        for key in place[:-1]:
            holder = holder[key]
        match draw(st.sampled_from(["change", "remove", "add"])):
            case "remove":
                holder.pop(place[-1])
            case "add" if isinstance(holder, dict):
                holder[draw(st.text(max_size=8))] = draw(_values())
            case _:
                holder[place[-1]] = draw(_values())
    return _text(frame)


@st.composite
def _joined(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of several kinds in one message."""
    chosen = draw(st.lists(st.sampled_from(GOOD), min_size=2, max_size=4))
    frame: dict[str, Any] = {}
    for good in chosen:
        for name, value in copy.deepcopy(good).items():
            frame[name] = frame.get(name, {}) | value
    return frame


@st.composite
def _cut(draw: st.DrawFn) -> bytes:
    whole = _text(draw(st.sampled_from(GOOD))).encode()
    return whole[: draw(st.integers(0, len(whole) - 1))]


def _text(frame: object) -> str:
    return json.dumps(frame)


def _places(value: Any, above: Place = ()) -> Iterator[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*above, key)
        yield from _places(one, (*above, key))
