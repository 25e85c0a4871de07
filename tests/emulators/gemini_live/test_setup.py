"""What `setup` may say to the 3.8 models."""

from typing import Any

import pytest

from emulators.gemini_live import GeminiLiveEmulator
from tests.emulators.gemini_live.raw_client import END, dial, session, setup

INVALID = "Request contains an invalid argument."
GENERATION = "generationConfig"


def _tools(**declaration: Any) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": [{"name": "find", **declaration}]}]}


def _parameters(**schema: Any) -> dict[str, Any]:
    return _tools(parameters=schema)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {GENERATION: {"responseModalities": ["AUDIO"], "temperature": "0.5", "maxOutputTokens": 100.0, "topK": 3}},
        {"generation_config": {"speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}}}},
        {GENERATION: {"mediaResolution": "MEDIA_RESOLUTION_LOW", "seed": "7", "thinkingConfig": {"thinkingBudget": 0}}},
        {"systemInstruction": {"parts": [{"text": "Отвечай коротко"}], "role": "user"}},
        {"inputAudioTranscription": {"language_codes": ["ru-RU"]}, "outputAudioTranscription": {}},
        {"contextWindowCompression": {"triggerTokens": "25600", "slidingWindow": {"targetTokens": "12800"}}},
        {"sessionResumption": {}, "historyConfig": {"initialHistoryInClientContent": False}, "labels": {"a": "b"}},
        {"tools": [{"googleSearch": {}}], "proactivity": {"proactiveAudio": True}},
        _parameters(type="object", properties={"query": {"type": "STRING", "maxLength": "9"}}, required=["query"]),
        _tools(behavior="BLOCKING", parametersJsonSchema={"type": "object", "whatever_it_says": 1}),
        {"model": "models/gemini-3.8-live-extended-thinking", GENERATION: {"thinkingConfig": {"thinkingLevel": "LOW"}}},
    ],
)
async def test_a_good_setup_is_complete(gemini: GeminiLiveEmulator, fields: dict[str, Any]) -> None:
    async with session(gemini, **fields):
        assert gemini.connections[0].setup["model"].startswith("models/gemini-3.8-live")


THINKING = {"model": "models/gemini-3.8-live-extended-thinking"}


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        (
            {"model": "models/gemini-9"},
            1008,
            "models/gemini-9 is not found for API version v1beta, or is not supported",
        ),
        ({"model": "gemini-3.8-live"}, 1007, "* BidiGenerateContentRequest.setup.model: unexpected model name format"),
        ({GENERATION: {"responseModalities": ["TEXT"]}}, 1007, INVALID),
        ({GENERATION: {"responseModalities": ["AUDIO", "TEXT"]}}, 1007, INVALID),
        (
            {GENERATION: {"responseModalities": ["TEXT"], "speechConfig": {"languageCode": "ru-RU"}}},
            1007,
            "Cannot extract voices from a non-audio request.",
        ),
        (
            {GENERATION: {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "kore"}}}}},
            1007,
            INVALID,
        ),
        ({GENERATION: {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}}, 1007, INVALID),
        ({GENERATION: {"enableAffectiveDialog": True}}, 1007, INVALID),
        ({GENERATION: {"responseMimeType": "application/json"}}, 1007, INVALID),
        ({"proactivity": {"proactiveAudio": False}}, 1007, INVALID),
        ({"sessionResumption": {"handle": "never given"}}, 1007, INVALID),
        ({"sessionResumption": {"transparent": True}}, 1007, "Invalid JSON payload received. Unknown name"),
        ({"explicitVadSignal": True}, 1007, "Invalid JSON payload received. Unknown name"),
        ({"contextWindowCompression": {"triggerTokens": 10}}, 1007, INVALID),
        ({"contextWindowCompression": {"triggerTokens": 9, "slidingWindow": {"targetTokens": 9}}}, 1007, INVALID),
        ({"tools": [{"codeExecution": {}}]}, 1007, INVALID),
        (_tools(name="1st"), 1007, INVALID),
        (_tools(parameters={"type": "STRING"}, parametersJsonSchema={}), 1007, INVALID),
        ({"tools": [*_tools()["tools"], *_tools()["tools"]]}, 1007, f"{INVALID} Duplicate function declaration"),
        (_parameters(type="OBJECT"), 1007, INVALID),
        (_parameters(type="OBJECT", properties={"a": {"type": "ARRAY"}}), 1007, INVALID),
        (_parameters(type="OBJECT", properties={"a": {"type": "STRING"}}, required=["b"]), 1007, INVALID),
        (_parameters(type="OBJECT", additionalProperties=False), 1007, "Invalid JSON payload received. Unknown name"),
        (THINKING, 1007, INVALID),
        (THINKING | {GENERATION: {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}}, 1007, INVALID),
        (
            THINKING | {GENERATION: {"thinkingConfig": {"thinkingLevel": "LOW"}}} | _tools(behavior="BLOCKING"),
            1007,
            INVALID,
        ),
        (
            {"realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": -1}}},
            1007,
            INVALID,
        ),
    ],
)
async def test_a_bad_setup_is_closed_instead_of_completed(
    gemini: GeminiLiveEmulator, fields: dict[str, Any], code: int, words: str
) -> None:
    async with dial(gemini) as client:
        await client.send(setup(**fields))
        closed_with, reason = await client.closed()
    assert (closed_with, reason[: len(words)]) == (code, words)
    assert len(reason.encode()) <= 123


async def test_setup_comes_first(gemini: GeminiLiveEmulator) -> None:
    async with dial(gemini) as client:
        await client.send(END)
        assert await client.closed() == (1007, f"{INVALID} The first message must be setup.")


async def test_setup_comes_only_once(gemini: GeminiLiveEmulator) -> None:
    async with session(gemini) as client:
        await client.send(setup())
        assert await client.closed() == (1007, f"{INVALID} setup was already sent.")
