"""The client's messages of BidiGenerateContent, field by field, as the v1beta reference lists them."""

from emulators.gemini_live.proto_json import FieldType, MapOf, Message, Repeated, Scalar, enumeration

STRING, BOOL, INT, FLOAT = Scalar.STRING, Scalar.BOOL, Scalar.INT, Scalar.FLOAT
BYTES, STRUCT, VALUE = Scalar.BYTES, Scalar.STRUCT, Scalar.VALUE
STRINGS = Repeated(STRING)

BLOB = Message("Blob", {"mime_type": STRING, "data": BYTES})
FILE_DATA = Message("FileData", {"mime_type": STRING, "file_uri": STRING})
EMPTY = Message("google.protobuf.Empty")

_TYPES = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL")
SCHEMA = Message("Schema")
SCHEMA.fields |= {
    "type": enumeration("Type", "TYPE_UNSPECIFIED", *_TYPES, *(name.lower() for name in _TYPES)),
    "format": STRING,
    "title": STRING,
    "description": STRING,
    "nullable": BOOL,
    "enum": STRINGS,
    "max_items": INT,
    "min_items": INT,
    "properties": MapOf(SCHEMA),
    "required": STRINGS,
    "min_properties": INT,
    "max_properties": INT,
    "min_length": INT,
    "max_length": INT,
    "pattern": STRING,
    "example": VALUE,
    "any_of": Repeated(SCHEMA),
    "property_ordering": STRINGS,
    "default": VALUE,
    "items": SCHEMA,
    "minimum": FLOAT,
    "maximum": FLOAT,
}

FUNCTION_DECLARATION = Message(
    "FunctionDeclaration",
    {
        "name": STRING,
        "description": STRING,
        "behavior": enumeration("FunctionDeclaration.Behavior", "UNSPECIFIED", "BLOCKING", "NON_BLOCKING"),
        "parameters": SCHEMA,
        "parameters_json_schema": VALUE,
        "response": SCHEMA,
        "response_json_schema": VALUE,
    },
)
OTHER_TOOLS = ("code_execution", "url_context", "google_maps", "file_search", "computer_use", "google_search_retrieval")
TOOL = Message(
    "Tool",
    {
        "function_declarations": Repeated(FUNCTION_DECLARATION),
        "google_search": STRUCT,
        "mcp_servers": Repeated(STRUCT),
        **dict.fromkeys(OTHER_TOOLS, STRUCT),
    },
)

SCHEDULING = enumeration("FunctionResponse.Scheduling", "SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT")
FUNCTION_RESPONSE = Message(
    "FunctionResponse",
    {
        "id": STRING,
        "name": STRING,
        "response": STRUCT,
        "parts": Repeated(Message("FunctionResponsePart", {"inline_data": BLOB})),
        "will_continue": BOOL,
        "scheduling": SCHEDULING,
    },
)
_PART_DATA: dict[str, FieldType] = {
    "text": STRING,
    "inline_data": BLOB,
    "file_data": FILE_DATA,
    "function_call": Message("FunctionCall", {"id": STRING, "name": STRING, "args": STRUCT}),
    "function_response": FUNCTION_RESPONSE,
    "executable_code": STRUCT,
    "code_execution_result": STRUCT,
}
PART = Message(
    "Part",
    {
        **_PART_DATA,
        "thought": BOOL,
        "thought_signature": BYTES,
        "part_metadata": STRUCT,
        "video_metadata": STRUCT,
        "media_resolution": STRUCT,
    },
    oneof=frozenset(_PART_DATA),
)
CONTENT = Message("Content", {"parts": Repeated(PART), "role": STRING})

_VOICE = Message(
    "VoiceConfig",
    {"prebuilt_voice_config": Message("PrebuiltVoiceConfig", {"voice_name": STRING})},
)
_SPEECH = Message(
    "SpeechConfig",
    {
        "voice_config": _VOICE,
        "multi_speaker_voice_config": Message(
            "MultiSpeakerVoiceConfig",
            {
                "speaker_voice_configs": Repeated(
                    Message("SpeakerVoiceConfig", {"speaker": STRING, "voice_config": _VOICE})
                )
            },
        ),
        "language_code": STRING,
    },
)
_LEVELS = ("THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH")
_RESOLUTIONS = ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH", "ULTRA_HIGH")
GENERATION_CONFIG = Message(
    "GenerationConfig",
    {
        "response_modalities": Repeated(
            enumeration("GenerationConfig.Modality", "MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO")
        ),
        "speech_config": _SPEECH,
        "thinking_config": Message(
            "ThinkingConfig",
            {
                "include_thoughts": BOOL,
                "thinking_budget": INT,
                "thinking_level": enumeration("ThinkingLevel", *_LEVELS),
            },
        ),
        "media_resolution": enumeration("MediaResolution", *(f"MEDIA_RESOLUTION_{name}" for name in _RESOLUTIONS)),
        "candidate_count": INT,
        "stop_sequences": STRINGS,
        "max_output_tokens": INT,
        "temperature": FLOAT,
        "top_p": FLOAT,
        "top_k": INT,
        "seed": INT,
        "presence_penalty": FLOAT,
        "frequency_penalty": FLOAT,
        "response_logprobs": BOOL,
        "logprobs": INT,
        "response_mime_type": STRING,
        "response_schema": SCHEMA,
        "response_json_schema": VALUE,
        "enable_affective_dialog": BOOL,
        "translation_config": Message(
            "TranslationConfig", {"target_language_code": STRING, "echo_target_language": BOOL}
        ),
    },
)

_TRANSCRIPTION = Message(
    "AudioTranscriptionConfig",
    {
        "language_codes": STRINGS,
        "language_auto": EMPTY,
        "language_hints": Message("LanguageHints", {"language_codes": STRINGS}),
        "custom_vocabulary": STRINGS,
        "adaptation_phrases": STRINGS,
        "word_timestamp": BOOL,
        "diarization": BOOL,
        "mode": enumeration("AudioTranscriptionConfig.Mode", "MODE_UNSPECIFIED", "VERBATIM", "SMART"),
    },
)
_START = ("START_SENSITIVITY_UNSPECIFIED", "START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW")
_END = ("END_SENSITIVITY_UNSPECIFIED", "END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW")
_REALTIME_INPUT_CONFIG = Message(
    "RealtimeInputConfig",
    {
        "automatic_activity_detection": Message(
            "AutomaticActivityDetection",
            {
                "disabled": BOOL,
                "start_of_speech_sensitivity": enumeration("StartSensitivity", *_START),
                "end_of_speech_sensitivity": enumeration("EndSensitivity", *_END),
                "prefix_padding_ms": INT,
                "silence_duration_ms": INT,
            },
        ),
        "activity_handling": enumeration(
            "ActivityHandling", "ACTIVITY_HANDLING_UNSPECIFIED", "START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"
        ),
        "turn_coverage": enumeration(
            "TurnCoverage",
            "TURN_COVERAGE_UNSPECIFIED",
            "TURN_INCLUDES_ONLY_ACTIVITY",
            "TURN_INCLUDES_ALL_INPUT",
            "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
        ),
    },
)
SETUP = Message(
    "BidiGenerateContentSetup",
    {
        "model": STRING,
        "generation_config": GENERATION_CONFIG,
        "system_instruction": CONTENT,
        "tools": Repeated(TOOL),
        "realtime_input_config": _REALTIME_INPUT_CONFIG,
        "session_resumption": Message("SessionResumptionConfig", {"handle": STRING}),
        "context_window_compression": Message(
            "ContextWindowCompressionConfig",
            {"trigger_tokens": INT, "sliding_window": Message("SlidingWindow", {"target_tokens": INT})},
        ),
        "input_audio_transcription": _TRANSCRIPTION,
        "output_audio_transcription": _TRANSCRIPTION,
        "proactivity": Message("ProactivityConfig", {"proactive_audio": BOOL, "proactive_video": BOOL}),
        "history_config": Message("HistoryConfig", {"initial_history_in_client_content": BOOL}),
        "avatar_config": STRUCT,
        "safety_settings": Repeated(Message("SafetySetting", {"category": STRING, "threshold": STRING})),
        "labels": MapOf(STRING),
    },
)
REALTIME_INPUT = Message(
    "BidiGenerateContentRealtimeInput",
    {
        "media_chunks": Repeated(BLOB),
        "audio": BLOB,
        "video": BLOB,
        "text": STRING,
        "audio_stream_end": BOOL,
        "activity_start": EMPTY,
        "activity_end": EMPTY,
    },
)
_KINDS: dict[str, FieldType] = {
    "setup": SETUP,
    "client_content": Message("BidiGenerateContentClientContent", {"turns": Repeated(CONTENT), "turn_complete": BOOL}),
    "realtime_input": REALTIME_INPUT,
    "tool_response": Message("BidiGenerateContentToolResponse", {"function_responses": Repeated(FUNCTION_RESPONSE)}),
    "context_update": Message(
        "BidiGenerateContentContextUpdate", {"system_instruction": CONTENT, "tools": Repeated(TOOL)}
    ),
}
CLIENT_MESSAGE = Message("BidiGenerateContentClientMessage", _KINDS, oneof=frozenset(_KINDS))
