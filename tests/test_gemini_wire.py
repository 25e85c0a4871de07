"""Gemini's words and ours, both ways, without a connection."""

import json

import pytest
from google.genai import types

import errors
import gemini_wire
from live_session import (
    FunctionCall,
    FunctionCallsCancelled,
    FunctionDeclaration,
    GenerationComplete,
    GoingAway,
    Interrupted,
    LiveEvent,
    ResumptionHandle,
    Setup,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    Usage,
    Utterance,
    WrittenText,
)

PCM = b"\1\0\2\0"
AUDIO = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AQACAA=="}}


def events(**message: object) -> list[LiveEvent]:
    return list(gemini_wire.events(types.LiveServerMessage.model_validate(message)))


def content(**fields: object) -> list[LiveEvent]:
    return events(serverContent=fields)


# -- events ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({}, []),
        ({"setupComplete": {"sessionId": "s"}}, []),
        ({"serverContent": {}}, []),
        ({"serverContent": {"modelTurn": {"parts": [AUDIO]}}}, [Speech(PCM)]),
        ({"serverContent": {"modelTurn": {"parts": [AUDIO, AUDIO]}}}, [Speech(PCM), Speech(PCM)]),
        ({"serverContent": {"modelTurn": {}}}, []),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "да"}]}}}, [WrittenText("да")]),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "думаю", "thought": True}]}}}, []),
        ({"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": ""}}]}}}, []),
        ({"serverContent": {"inputTranscription": {"text": " раз"}}}, [Transcript(Speaker.PERSON, " раз")]),
        ({"serverContent": {"outputTranscription": {"text": " да"}}}, [Transcript(Speaker.ASSISTANT, " да")]),
        ({"serverContent": {"outputTranscription": {"text": ""}}}, []),
        ({"serverContent": {"outputTranscription": {"finished": True}}}, []),
        ({"serverContent": {"interrupted": True}}, [Interrupted()]),
        ({"serverContent": {"generationComplete": True}}, [GenerationComplete()]),
        ({"serverContent": {"turnComplete": True}}, [TurnEnded()]),
        ({"serverContent": {"turnComplete": False}}, []),
        ({"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}}, [ResumptionHandle("h")]),
        ({"sessionResumptionUpdate": {"newHandle": "h"}}, [ResumptionHandle(None)]),
        ({"sessionResumptionUpdate": {"newHandle": "", "resumable": True}}, [ResumptionHandle(None)]),
        ({"sessionResumptionUpdate": {"resumable": False}}, [ResumptionHandle(None)]),
        ({"goAway": {"timeLeft": "50s"}}, [GoingAway(50.0)]),
        ({"goAway": {"timeLeft": "9.500s"}}, [GoingAway(9.5)]),
        ({"goAway": {}}, [GoingAway(60.0)]),
        ({"goAway": {"timeLeft": "soon"}}, [GoingAway(60.0)]),
        ({"toolCallCancellation": {"ids": ["a", "b"]}}, [FunctionCallsCancelled(("a", "b"))]),
        ({"toolCallCancellation": {}}, [FunctionCallsCancelled(())]),
        ({"toolCall": {}}, []),
    ],
)
def test_a_message_is_translated(message: dict[str, object], expected: list[LiveEvent]) -> None:
    assert events(**message) == expected


def test_calls_are_handed_on_in_their_order_also_without_arguments() -> None:
    called = events(toolCall={"functionCalls": [{"id": "1", "name": "find", "args": {"q": "бетон"}}, {"id": "2"}]})
    assert called == [FunctionCall("1", "find", {"q": "бетон"}), FunctionCall("2", "", {})]


def test_all_fields_of_one_message_come_in_the_order_in_which_they_are_acted_upon() -> None:
    found = events(
        serverContent={
            "turnComplete": True,
            "generationComplete": True,
            "outputTranscription": {"text": "да"},
            "inputTranscription": {"text": "раз"},
            "modelTurn": {"parts": [AUDIO]},
            "interrupted": True,
        },
        usageMetadata={"responseTokenCount": 1, "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 1}]},
        sessionResumptionUpdate={"newHandle": "h", "resumable": True},
        goAway={"timeLeft": "1s"},
        toolCall={"functionCalls": [{"id": "1", "name": "f"}]},
    )
    assert found == [
        Interrupted(),
        Transcript(Speaker.PERSON, "раз"),
        Speech(PCM),
        Transcript(Speaker.ASSISTANT, "да"),
        FunctionCall("1", "f", {}),
        Usage({}, {"AUDIO": 1}),
        GenerationComplete(),
        TurnEnded(),
        ResumptionHandle("h"),
        GoingAway(1.0),
    ]


@pytest.mark.parametrize(
    ("status", "complete", "ends"),
    [
        (None, True, True),
        (None, False, False),
        ("INTERACTION_STATUS_UNSPECIFIED", True, True),
        ("IN_PROGRESS", True, False),
        ("IN_PROGRESS", False, False),
        ("IDLE", True, True),
        ("IDLE", False, True),
    ],
)
def test_the_interaction_status_decides_about_the_end_where_there_is_one(
    status: str | None, complete: bool, ends: bool
) -> None:
    fields = {"turnComplete": complete} | ({"interactionStatus": status} if status else {})
    assert content(**fields) == ([TurnEnded()] if ends else [])


def test_an_unusual_end_keeps_the_providers_word_for_it() -> None:
    assert content(turnComplete=True, turnCompleteReason="RESPONSE_REJECTED") == [TurnEnded("RESPONSE_REJECTED")]


# -- usage -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, Usage()),
        ({"promptTokenCount": 0, "responseTokenCount": 0}, Usage()),
        ({"promptTokenCount": 60}, Usage({"OTHER": 60}, {})),
        (
            {"promptTokenCount": 93, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}]},
            Usage({"AUDIO": 50, "OTHER": 43}, {}),
        ),
        (
            {"promptTokenCount": 10, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}]},
            Usage({"AUDIO": 50}, {}),
        ),
        (
            {
                "promptTokenCount": 3,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 1},
                    {"modality": "TEXT", "tokenCount": 2},
                    {"modality": "AUDIO"},
                ],
            },
            Usage({"TEXT": 3, "AUDIO": 0}, {}),
        ),
        (
            {"promptTokenCount": 4, "promptTokensDetails": [{"tokenCount": 4}]},
            Usage({"OTHER": 4}, {}),
        ),
        (
            {
                "promptTokenCount": 5,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 5}],
                "toolUsePromptTokenCount": 7,
                "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}],
            },
            Usage({"TEXT": 12}, {}),
        ),
        ({"thoughtsTokenCount": 9, "responseTokenCount": 2}, Usage({}, {"OTHER": 2, "THOUGHTS": 9})),
        ({"totalTokenCount": 99, "cachedContentTokenCount": 3}, Usage()),
    ],
)
def test_usage_is_told_by_modality_and_what_the_details_leave_out_is_kept(
    counts: dict[str, object], expected: Usage
) -> None:
    assert events(usageMetadata=counts) == [expected]


# -- closes ------------------------------------------------------------------------------------------------------------

UNAVAILABLE = errors.ProviderUnavailable
CLOSES = [
    (1000, "", UNAVAILABLE),
    (1001, "", UNAVAILABLE),
    (1006, "Abnormal closure.", UNAVAILABLE),
    (1006, "", UNAVAILABLE),
    (1009, "message too big", UNAVAILABLE),
    (None, "", UNAVAILABLE),
    (1007, "Request contains an invalid argument.", errors.RequestRejected),
    (1007, "", errors.RequestRejected),
    (1007, "API key not valid. Please pass a valid API key.", errors.KeyRejected),
    (1007, "API key expired. Please renew the API key.", errors.KeyRejected),
    (1008, "Method doesn't allow unregistered callers (callers without established identity).", errors.KeyRejected),
    (1008, "Your API key was reported as leaked. Please use another API key.", errors.KeyRejected),
    (1007, "User location is not supported for the API use.", errors.RegionUnsupported),
    (1007, "User location is not supported for the API use without a billing account", errors.RegionUnsupported),
    (1011, "You exceeded your current quota, please check your plan and billing details.", errors.QuotaSpent),
    (1011, "RESOURCE_EXHAUSTED", errors.QuotaSpent),
    (1011, "Resource has been exhausted (e.g. check quota).", errors.QuotaSpent),
    (1008, "models/gemini-9 is not found for API version v1beta, or is not supported for ", errors.ModelUnknown),
    (1008, "models/x is not supported for bidiGenerateContent.", errors.ModelUnknown),
    (1008, "Operation is not implemented, or supported, or enabled.", UNAVAILABLE),
    (1008, "The operation was aborted.", UNAVAILABLE),
    (1011, "Deadline expired before operation could complete.", UNAVAILABLE),
    (1011, "The service is currently unavailable.", UNAVAILABLE),
    (1011, "Internal error encountered.", UNAVAILABLE),
]


@pytest.mark.parametrize(("code", "reason", "expected"), CLOSES)
def test_the_close_code_and_its_reason_tell_what_is_wrong(
    code: int | None, reason: str, expected: type[errors.ProviderError]
) -> None:
    assert type(gemini_wire.close_error(code, reason)) is expected


def test_the_servers_own_words_stay_out_of_the_message() -> None:
    error = gemini_wire.close_error(1007, "invalid argument: Иван Петрович сказал")
    assert "Иван" not in str(error)
    assert "1007" in str(error)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, errors.KeyRejected),
        (403, errors.KeyRejected),
        (429, errors.QuotaSpent),
        (400, errors.RequestRejected),
        (404, UNAVAILABLE),
        (500, UNAVAILABLE),
        (502, UNAVAILABLE),
        (503, UNAVAILABLE),
    ],
)
def test_an_http_answer_to_the_handshake_tells_what_is_wrong(status: int, expected: type[errors.ProviderError]) -> None:
    assert type(gemini_wire.handshake_error(status)) is expected


# -- setup -------------------------------------------------------------------------------------------------------------


def test_a_connection_marks_its_activities_itself_and_asks_for_both_transcripts_and_for_resumption() -> None:
    config = gemini_wire.connect_config(Setup("Ты помощник.", "Kore"))
    assert config.realtime_input_config is not None
    assert config.realtime_input_config.automatic_activity_detection is not None
    assert config.realtime_input_config.automatic_activity_detection.disabled
    assert config.input_audio_transcription is not None
    assert config.output_audio_transcription is not None
    assert config.session_resumption == types.SessionResumptionConfig(handle=None)
    assert config.context_window_compression is not None
    assert config.system_instruction == "Ты помощник."
    assert config.history_config is None


def test_a_handle_is_offered_and_a_history_announced() -> None:
    resumed = gemini_wire.connect_config(Setup("", "Kore", resumption_handle="h"))
    seeded = gemini_wire.connect_config(Setup("", "Kore", history=(Utterance(Speaker.PERSON, "раз"),)))
    assert resumed.session_resumption == types.SessionResumptionConfig(handle="h")
    assert seeded.history_config == types.HistoryConfig(initial_history_in_client_content=True)


def test_the_history_has_a_role_for_each_side() -> None:
    setup = Setup("", "Kore", history=(Utterance(Speaker.PERSON, "раз"), Utterance(Speaker.ASSISTANT, "два")))
    told = [one for one in gemini_wire.history(setup) if isinstance(one, types.Content)]
    assert [(one.role, [part.text for part in one.parts or []]) for one in told] == [
        ("user", ["раз"]),
        ("model", ["два"]),
    ]


def test_functions_are_declared_as_blocking_with_an_openapi_schema() -> None:
    schema = {"type": "OBJECT", "properties": {"query": {"type": "STRING"}}, "required": ["query"]}
    assert json.loads(gemini_wire.tools((FunctionDeclaration("find", "Ищет.", schema),))) == [
        {
            "functionDeclarations": [
                {"name": "find", "description": "Ищет.", "parameters": schema, "behavior": "BLOCKING"},
            ]
        }
    ]


def test_a_function_without_parameters_is_declared_without_a_schema() -> None:
    [tool] = json.loads(gemini_wire.tools((FunctionDeclaration("now", "Tells."),)))
    assert tool == {"functionDeclarations": [{"name": "now", "description": "Tells.", "behavior": "BLOCKING"}]}


def test_no_functions_are_no_tools() -> None:
    assert gemini_wire.tools(()) == ""


def test_the_tools_join_what_the_setup_says_already() -> None:
    tools = gemini_wire.tools((FunctionDeclaration("now", "Который час?"),))
    setup = {"model": "models/m", "systemInstruction": {"parts": [{"text": "Ты — помощник."}]}}
    joined = json.loads(gemini_wire.with_tools(json.dumps({"setup": setup}), tools))
    assert joined == {"setup": {**setup, "tools": json.loads(tools)}}
