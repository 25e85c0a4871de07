"""What a `setup` message may say to the 3.8 live models, and what it settles for the connection."""

import re
from dataclasses import dataclass
from typing import Any

from emulators.gemini_live.messages import OTHER_TOOLS
from emulators.gemini_live.proto_json import camel
from emulators.gemini_live.refusal import Refusal, invalid_argument

PLAIN = "gemini-3.8-live"
THINKING = "gemini-3.8-live-extended-thinking"
# fmt: off
VOICES = frozenset([
    "Zephyr", "Puck", "Charon", "Kore", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Autonoe", "Enceladus",
    "Iapetus", "Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar",
    "Alnilam", "Schedar", "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia",
    "Sadaltager", "Sulafat",
])
# fmt: on
NOT_IN_LIVE = ("responseMimeType", "responseSchema", "responseJsonSchema", "responseLogprobs", "logprobs")
FUNCTION_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")


@dataclass(frozen=True, slots=True)
class SpeechDetection:
    """The server's own voice activity detection."""

    level: float = 0.01
    """Root mean square from which a frame counts as speech, 0..1."""
    start_ms: int = 60
    """So much speech in a row begins an activity."""
    silence_ms: int = 800
    """So much silence in a row, heard as audio, ends it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What the rest of the emulator needs to know of an accepted setup."""

    model: str
    detection: SpeechDetection | None
    """`None`: the client marks activities itself."""
    interruptible: bool
    pictures_outside: bool
    """Pictures between activities belong to the next turn."""
    input_transcription: bool
    output_transcription: bool
    resumption: bool
    handle: str | None
    seeded: bool
    """The first `clientContent` up to `turnComplete` is history."""
    compression: tuple[int | None, int | None] | None
    """Tokens: trigger, target; `None` inside: the server's default."""
    functions: dict[str, bool]
    """By name: does a call of it block."""
    instruction: str


def settle(setup: dict[str, Any], version: str) -> Settled:
    """Raises Refusal for what the real server answers with a close instead of `setupComplete`."""
    model = _model(setup, version)
    generation = setup.get("generationConfig", {})
    _check_generation(generation, model)
    if setup.get("proactivity", {}).get("proactiveAudio") is False:
        raise invalid_argument("proactive_audio can not be switched off.")
    realtime = setup.get("realtimeInputConfig", {})
    resumption = setup.get("sessionResumption")
    compression = setup.get("contextWindowCompression")
    return Settled(
        model=model,
        detection=_detection(realtime.get("automaticActivityDetection", {})),
        interruptible=realtime.get("activityHandling") != "NO_INTERRUPTION",
        pictures_outside=realtime.get("turnCoverage") != "TURN_INCLUDES_ONLY_ACTIVITY",
        input_transcription="inputAudioTranscription" in setup,
        output_transcription="outputAudioTranscription" in setup,
        resumption=resumption is not None,
        handle=(resumption or {}).get("handle"),
        seeded=bool(setup.get("historyConfig", {}).get("initialHistoryInClientContent")),
        compression=None if compression is None else _compression(compression),
        functions=functions(setup.get("tools", []), model),
        instruction=text_of(setup.get("systemInstruction", {})),
    )


def text_of(content: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in content.get("parts", []) if "text" in part)


def functions(tools: list[dict[str, Any]], model: str) -> dict[str, bool]:
    """Declared names, with whether a call blocks; the 3.8 default is that it does not."""
    declared: dict[str, bool] = {}
    for place, tool in enumerate(tools):
        for other in (*OTHER_TOOLS, "mcp_servers"):
            if camel(other) in tool:
                raise invalid_argument(f"tools[{place}].{other} is not supported by this model.")
        for declaration in tool.get("functionDeclarations", []):
            name = declaration.get("name", "")
            if not FUNCTION_NAME.fullmatch(name):
                raise invalid_argument(
                    f"tools[{place}]: Invalid function name. Must start with a letter or an underscore."
                )
            if name in declared:
                raise invalid_argument(f"Duplicate function declaration found: {name}")
            if "parameters" in declaration and "parametersJsonSchema" in declaration:
                raise invalid_argument(f"{name}: parameters and parameters_json_schema are both set.")
            _check_schema(declaration.get("parameters"), f"{name}.parameters")
            declared[name] = declaration.get("behavior") == "BLOCKING"
    if model == THINKING and any(declared.values()):
        raise invalid_argument("BLOCKING functions are not supported by this model.")
    return declared


def _model(setup: dict[str, Any], version: str) -> str:
    path: str = setup.get("model", "")
    if not re.fullmatch(r"models/[\w.-]+", path):
        raise Refusal(1007, "* BidiGenerateContentRequest.setup.model: unexpected model name format")
    model = path.removeprefix("models/")
    if model not in (PLAIN, THINKING):
        raise Refusal(
            1008,
            f"{path} is not found for API version {version}, or is not supported for bidiGenerateContent. "
            "Call ListModels to see the list of available models and their supported methods.",
        )
    return model


def _check_generation(generation: dict[str, Any], model: str) -> None:
    speech = generation.get("speechConfig", {})
    if generation.get("responseModalities", ["AUDIO"]) != ["AUDIO"]:
        if speech and "AUDIO" not in generation["responseModalities"]:
            raise Refusal(1007, "Cannot extract voices from a non-audio request.")
        raise invalid_argument("response_modalities must be AUDIO alone.")
    voice = speech.get("voiceConfig", {}).get("prebuiltVoiceConfig", {}).get("voiceName")
    if voice is not None and voice not in VOICES:
        raise invalid_argument(f"The voice {voice} is not known.")
    if "multiSpeakerVoiceConfig" in speech:
        raise invalid_argument("multi_speaker_voice_config is not supported.")
    for name in NOT_IN_LIVE:
        if name in generation:
            raise invalid_argument(f"{name} is not supported for bidiGenerateContent.")
    if "enableAffectiveDialog" in generation:
        raise invalid_argument("enable_affective_dialog is not supported by this model.")
    level = generation.get("thinkingConfig", {}).get("thinkingLevel")
    if model == PLAIN and level is not None:
        raise invalid_argument("thinking_level is not supported by this model.")
    if model == THINKING and level not in ("LOW", "MEDIUM", "HIGH"):
        raise invalid_argument("thinking_level must be LOW, MEDIUM or HIGH.")


def _detection(config: dict[str, Any]) -> SpeechDetection | None:
    if config.get("disabled"):
        return None
    usual = SpeechDetection()
    return SpeechDetection(
        level=0.03 if config.get("startOfSpeechSensitivity") == "START_SENSITIVITY_LOW" else usual.level,
        start_ms=_not_negative(config, "prefixPaddingMs", usual.start_ms),
        silence_ms=_not_negative(
            config, "silenceDurationMs", 1500 if config.get("endOfSpeechSensitivity") == "END_SENSITIVITY_LOW" else 800
        ),
    )


def _not_negative(config: dict[str, Any], name: str, default: int) -> int:
    value: int = config.get(name, default)
    if value < 0:
        raise invalid_argument(f"{name} is negative.")
    return value


def _compression(config: dict[str, Any]) -> tuple[int | None, int | None]:
    trigger, target = config.get("triggerTokens"), config.get("slidingWindow", {}).get("targetTokens")
    if "slidingWindow" not in config:
        raise invalid_argument("context_window_compression needs a compression mechanism.")
    if trigger is not None and target is not None and target >= trigger:
        raise invalid_argument("target_tokens must be less than trigger_tokens.")
    return trigger, target


def _check_schema(schema: dict[str, Any] | None, path: str) -> None:
    """What the declaration of a function may not leave open."""
    if schema is None:
        return
    kind = schema.get("type", "").upper()
    properties = schema.get("properties", {})
    if kind == "ARRAY" and "items" not in schema:
        raise invalid_argument(f"{path}.items: missing field.")
    if kind == "OBJECT" and not properties:
        raise invalid_argument(f"{path}.properties: should be non-empty for OBJECT type")
    for index, name in enumerate(schema.get("required", [])):
        if name not in properties:
            raise invalid_argument(f"{path}.required[{index}]: property is not defined")
    if "enum" in schema and kind not in ("STRING", ""):
        raise invalid_argument(f"{path}.enum: only allowed for STRING type")
    _check_schema(schema.get("items"), f"{path}.items")
    for name, inner in properties.items():
        _check_schema(inner, f"{path}.{name}")
    for index, inner in enumerate(schema.get("anyOf", [])):
        _check_schema(inner, f"{path}.any_of[{index}]")
