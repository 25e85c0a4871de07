"""What every turn brings, past the SDK: the same as through it, and nothing that is not exactly as known."""

import base64
import json
from typing import Any

import pytest
from google import genai
from google.genai import types

import gemini_wire
from emulators.gemini_live import GeminiLiveEmulator
from gemini_live_session import GeminiLive
from live_session import LiveEvent, Setup, Speech

PCM = bytes(range(256)) * 5
BY_HAND = types.LiveConnectConfig(
    realtime_input_config=types.RealtimeInputConfig(
        automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
    )
)


def message(**content: Any) -> dict[str, Any]:
    blob = {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(PCM).decode()}
    return {"serverContent": {"modelTurn": {"role": "model", "parts": [{"inlineData": blob}]}, **content}}


def test_a_frame_of_sound_is_its_pcm() -> None:
    assert gemini_wire.plain(json.dumps(message()).encode()) == [Speech(PCM)]


@pytest.mark.parametrize(
    "said",
    [
        message(),
        message(outputTranscription={"text": "да"}),
        message(generationComplete=True, outputTranscription={"text": "да"}, inputTranscription={"text": " Сколько"}),
        {"serverContent": {"inputTranscription": {"text": " Сколько"}}},
        {"serverContent": {"outputTranscription": {"text": "Два куба."}}},
        {"serverContent": {"generationComplete": True}},
        {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}},
        {"sessionResumptionUpdate": {"resumable": False}},
    ],
)
def test_what_is_said_is_what_the_sdk_makes_of_it(said: dict[str, Any]) -> None:
    through_the_sdk = types.LiveServerMessage.model_validate(said)
    assert gemini_wire.plain(json.dumps(said)) == list(gemini_wire.events(through_the_sdk))


def changed(path: str, value: Any) -> dict[str, Any]:
    whole = message()
    part = whole["serverContent"]["modelTurn"]["parts"][0]
    places = {"": whole, "content": whole["serverContent"], "turn": whole["serverContent"]["modelTurn"]}
    places |= {"part": part, "blob": part["inlineData"]}
    place, _, key = path.partition(".")
    places[place][key] = value
    return whole


@pytest.mark.parametrize(
    "other",
    [
        changed(".usageMetadata", {}),
        changed("content.outputTranscription", {"text": "да", "finished": True}),
        changed("content.outputTranscription", {"text": 5}),
        changed("content.outputTranscription", {"text": ""}),
        changed("content.inputTranscription", None),
        changed("content.generationComplete", False),
        changed("content.turnComplete", True),
        changed("content.interrupted", True),
        changed("turn.parts", [*message()["serverContent"]["modelTurn"]["parts"], {"text": "да"}]),
        changed("turn.parts", []),
        changed("part.thought", True),
        changed("blob.data", "?"),
        changed("blob.data", "QUJD*"),
        changed("blob.data", ""),
        changed("blob.data", 5),
        changed("blob.displayName", "x"),
        {"goAway": {"timeLeft": "5s"}},
        {"serverContent": {}},
        {"sessionResumptionUpdate": {"resumable": True}},
        {"sessionResumptionUpdate": {"newHandle": "", "resumable": True}},
        {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": False}},
        {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True, "lastConsumedClientMessageIndex": "3"}},
        {"sessionResumptionUpdate": {"resumable": False}, "usageMetadata": {}},
        [],
        5,
    ],
)
def test_everything_else_is_left_to_the_sdk(other: object) -> None:
    assert gemini_wire.plain(json.dumps(other).encode()) is None


@pytest.mark.parametrize("frame", [b"", b"{", b"\xff\xfe", b'{"serverContent": NaN'])
def test_what_is_no_json_is_left_to_the_sdk(frame: bytes) -> None:
    assert gemini_wire.plain(frame) is None


async def test_sound_is_sent_as_the_sdk_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with GeminiLiveEmulator("test-key") as gemini:
        monkeypatch.setenv("SSL_CERT_FILE", str(gemini.ca_file))
        options = types.HttpOptions(api_version="v1beta", base_url=gemini.url)
        client = genai.Client(api_key="test-key", http_options=options)
        heard: list[LiveEvent] = []
        live = GeminiLive("test-key", "gemini-3.8-live", base_url=gemini.url)
        async with live.connect(Setup("", "Aoede"), heard.append) as ours:
            await ours.begin()
            await ours.send_audio(PCM)
            await ours.end()
            async with client.aio.live.connect(model="gemini-3.8-live", config=BY_HAND) as theirs:
                await theirs.send_realtime_input(activity_start=types.ActivityStart())
                await theirs.send_realtime_input(audio=types.Blob(data=PCM, mime_type="audio/pcm;rate=16000"))
                await theirs.send_realtime_input(activity_end=types.ActivityEnd())
                await gemini.wait_until(lambda g: all(len(one.messages) == 4 for one in g.connections))
        await live.close()
        await client.aio.aclose()
    short, long = (connection.messages[1:] for connection in gemini.connections)
    assert short == long
    assert short[1] == {"realtimeInput": {"audio": {"data": PCM, "mimeType": "audio/pcm;rate=16000"}}}
