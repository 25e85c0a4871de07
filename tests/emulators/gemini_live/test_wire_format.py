"""Protocol Buffers in JSON: what is read, and what is refused in the server's words."""

import base64
import json
from typing import Any

import pytest

from emulators.gemini_live import Answer, Behaviour, GeminiLiveEmulator
from tests.emulators.gemini_live.raw_client import END, MANUAL, START, RawClient, audio, content, dial, session
from tests.emulators.gemini_live.tones import tone


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"hello": 1}, 'Invalid JSON payload received. Unknown name "hello": Cannot find field.'),
        (
            {"realtimeInput": {"activityStart": {}, "hello": 1}},
            "Invalid JSON payload received. Unknown name \"hello\" at 'realtime_input': Cannot find field.",
        ),
        (
            {"realtimeInput": {"activityStart": {"now": True}}},
            "Invalid JSON payload received. Unknown name \"now\" at 'realtime_input.activity_start': Cannot find",
        ),
        (
            {"clientContent": {"turns": [{"role": "user", "parts": [{"txt": "?"}]}]}},
            "Invalid JSON payload received. Unknown name \"txt\" at 'client_content.turns[0].parts[0]'",
        ),
        ({"RealtimeInput": {}}, 'Invalid JSON payload received. Unknown name "RealtimeInput": Cannot find field.'),
        ({"realtimeInput": {"text": 5}}, "Invalid value at 'realtime_input.text' (TYPE_STRING), 5"),
        (
            {"realtimeInput": {"audioStreamEnd": "true"}},
            "Invalid value at 'realtime_input.audio_stream_end' (TYPE_BOOL)",
        ),
        (
            {"realtimeInput": []},
            "Invalid value at 'realtime_input' (type.googleapis.com/BidiGenerateContentRealtimeInput)",
        ),
        ({"clientContent": {"turns": {}}}, "Invalid value at 'client_content.turns' (repeated), {}"),
        ({"realtimeInput": {"audio": {"data": "?!"}}}, "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES)"),
        ({"realtimeInput": {"audio": {"data": "AAAAA"}}}, "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES)"),
        ({"realtimeInput": {}, "clientContent": {}}, "Invalid value at '' (oneof), 'realtime_input' is already set."),
        ({"realtimeInput": {}, "realtime_input": {}}, "Invalid value at '', the field 'realtime_input' is set twice."),
        (
            {"toolResponse": {"functionResponses": [{"scheduling": "SOMETIME"}]}},
            "Invalid value at 'tool_response.function_responses[0].scheduling' (type.googleapis.com/FunctionResponse.",
        ),
        ({}, "Request contains an invalid argument. The message is empty."),
        ("[1]", "Invalid JSON payload received. Expected an object."),
        ("{", "Invalid JSON payload received. Expecting property name"),
        (b"\xff\x00", "Invalid JSON payload received."),
    ],
)
async def test_a_malformed_message_is_closed_with_1007(
    gemini: GeminiLiveEmulator, message: dict[str, Any] | str | bytes, reason: str
) -> None:
    async with session(gemini) as client:
        await client.send(message)
        code, said = await client.closed()
    assert (code, said[: len(reason)]) == (1007, reason)


async def _heard(gemini: GeminiLiveEmulator, client: RawClient, message: dict[str, Any]) -> bytes:
    gemini.say(Answer(text="да"))
    await client.ask(message)
    return gemini.connections[0].activities[-1].pcm


@pytest.mark.parametrize("padding", [True, False])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
async def test_both_base64_alphabets_are_read_padded_or_not(
    gemini: GeminiLiveEmulator, encode: Any, padding: bool
) -> None:
    pcm = bytes(range(256)) + b"\xfb\xff"
    data = encode(pcm).decode()
    message = {"realtimeInput": {"audio": {"data": data if padding else data.rstrip("="), "mimeType": "audio/pcm"}}}
    async with session(gemini) as client:
        assert await _heard(gemini, client, message) == pcm


async def test_snake_case_and_camel_case_may_be_mixed(gemini: GeminiLiveEmulator) -> None:
    blob = {"mime_type": "audio/pcm;rate=8000", "data": "AAEC_w=="}
    async with session(gemini) as client:
        assert await _heard(gemini, client, {"realtime_input": {"audio": blob}}) == b"\0\1\2\xff"
    assert gemini.connections[0].messages[2] == {
        "realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=8000", "data": b"\0\1\2\xff"}}
    }


async def test_text_and_binary_frames_are_both_read(gemini: GeminiLiveEmulator) -> None:
    async with dial(gemini) as client:
        await client.send(json.dumps({"setup": {"model": "models/gemini-3.8-live", **MANUAL}}).encode())
        assert "setupComplete" in await client.receive()


async def test_a_null_is_an_unset_field(gemini: GeminiLiveEmulator) -> None:
    async with session(gemini, systemInstruction=None, generationConfig={"temperature": None}):
        assert gemini.connections[0].setup["generationConfig"] == {}


async def test_a_refused_message_is_not_recorded(gemini: GeminiLiveEmulator) -> None:
    async with session(gemini) as client:
        await client.send(START, START)
        await client.closed()
    assert [next(iter(message)) for message in gemini.connections[0].messages] == ["setup", "realtimeInput"]


async def test_a_frame_beyond_the_limit_is_closed_with_1009() -> None:
    async with GeminiLiveEmulator(behaviour=Behaviour(max_frame_bytes=10_000)) as gemini, session(gemini) as client:
        await client.send(START, audio(tone(0.1)))
        await client.send(audio(tone(1.0)))
        assert (await client.closed())[0] == 1009


@pytest.mark.parametrize("message", [END, content("?", role="system")])
async def test_nothing_follows_a_refusal(gemini: GeminiLiveEmulator, message: dict[str, Any]) -> None:
    async with session(gemini) as client:
        await client.send(message)
        assert (await client.closed())[0] == 1007
    assert gemini.turns == []
