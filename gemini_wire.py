"""Gemini's words <-> ours: pure translation, no connection.

Facts behind the mapping: one server message may carry several fields at once; `interactionStatus`, when it is there,
decides about the end of a turn instead of `turnComplete`; the reason of a close is only told in its text.
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Literal

from google.genai import types

import errors
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
    WrittenText,
)

CONTEXT_TRIGGER_TOKENS = 32_000
"""Every turn is billed for the whole context, past audio included: a long talk is folded early."""

_TRY_LATER_S = 60.0
_LONGEST_PLAIN = 1 << 20
"""Characters of a message: twelve seconds of sound in one. Longer ones are rare, and not worth reading twice."""
_PLAIN = ("inputTranscription", "modelTurn", "outputTranscription", "generationComplete")
"""In the order in which they have to be acted upon."""


def connect_config(setup: Setup) -> types.LiveConnectConfig:
    """Manual activity: a recording is one activity, whatever pauses it has, and its end starts the answer at once."""
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        speech_config=types.SpeechConfig(
            voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name=setup.voice))
        ),
        system_instruction=setup.instruction,
        realtime_input_config=types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
        ),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        session_resumption=types.SessionResumptionConfig(handle=setup.resumption_handle),
        context_window_compression=types.ContextWindowCompressionConfig(
            trigger_tokens=CONTEXT_TRIGGER_TOKENS, sliding_window=types.SlidingWindow()
        ),
        history_config=types.HistoryConfig(initial_history_in_client_content=True) if setup.history else None,
    )


def tools(functions: Sequence[FunctionDeclaration]) -> str:
    """The `tools` of a setup, as JSON; empty when there are none.

    Blocking: a recording is whole before the call, so nothing is won by talking on, and no filler is spoken.
    """
    declarations = [
        types.FunctionDeclaration(
            name=one.name,
            description=one.description,
            # An object without properties is refused.
            parameters=types.Schema.model_validate(one.parameters) if one.parameters else None,
            behavior=types.Behavior.BLOCKING,
        )
        for one in functions
    ]
    if not declarations:
        return ""
    tool = types.Tool(function_declarations=declarations)
    return json.dumps([tool.model_dump(mode="json", by_alias=True, exclude_none=True)], ensure_ascii=False)


def with_tools(message: str, tools: str) -> str:
    """The setup message that the SDK made, with these `tools`."""
    setup = json.dumps(json.loads(message)["setup"], ensure_ascii=False)
    return f'{{"setup": {setup[:-1]}, "tools": {tools}}}}}'


def history(setup: Setup) -> list[types.Content | types.ContentDict]:
    """What was said before, for a connection that starts without a resumption handle."""
    roles = {Speaker.PERSON: "user", Speaker.ASSISTANT: "model"}
    return [types.Content(role=roles[one.speaker], parts=[types.Part(text=one.text)]) for one in setup.history]


def audio(pcm: bytes, rate: int) -> str:
    """The message that `send_realtime_input` makes of sound, in a twentieth of its time."""
    data = b2a_base64(pcm, newline=False).decode("ascii")
    return f'{{"realtime_input": {{"audio": {{"data": "{data}", "mime_type": "audio/pcm;rate={rate}"}}}}}}'


def mark(which: Literal["activity_start", "activity_end"]) -> str:
    """The message that `send_realtime_input` makes of the beginning or the end of an activity."""
    return f'{{"realtime_input": {{"{which}": {{}}}}}}'


def plain(frame: str | bytes) -> list[LiveEvent] | None:
    """What `events` makes of a message that holds nothing but what every turn brings, each exactly as it is known:
    sound, transcripts, the end of the generation, a handle. None for all others."""
    try:
        message: dict[str, Any] = json.loads(frame) if len(frame) <= _LONGEST_PLAIN else {}
        match message:
            case {"serverContent": dict(content)} if len(message) == 1:
                return _plain_content(content)
            case {"sessionResumptionUpdate": dict(update)} if len(message) == 1:
                return _plain_update(update)
    except ValueError:
        pass
    return None


def _plain_content(content: dict[str, Any]) -> list[LiveEvent] | None:
    found: list[LiveEvent] = []
    for key in _PLAIN:
        if key not in content:
            continue
        match key, content[key]:
            case "inputTranscription", {"text": str(text)} as said if len(said) == 1 and text:
                found.append(Transcript(Speaker.PERSON, text))
            case "outputTranscription", {"text": str(text)} as said if len(said) == 1 and text:
                found.append(Transcript(Speaker.ASSISTANT, text))
            case "modelTurn", dict(turn) if pcm := _sound(turn):
                found.append(Speech(pcm))
            case "generationComplete", True:
                found.append(GenerationComplete())
            case _:
                return None
    return found if found and len(found) == len(content) else None


def _sound(turn: dict[str, Any]) -> bytes | None:
    match turn:
        case {"parts": [{"inlineData": {"data": str(data)} as blob} as part]}:
            if len(part) == 1 and turn.keys() <= {"parts", "role"} and blob.keys() <= {"data", "mimeType"}:
                return a2b_base64(data, strict_mode=True)
    return None


def _plain_update(update: dict[str, Any]) -> list[LiveEvent] | None:
    match update:
        case {"resumable": False} if len(update) == 1:
            return [ResumptionHandle(None)]
        case {"resumable": True, "newHandle": str(handle)} if len(update) == 2 and handle:
            return [ResumptionHandle(handle)]
    return None


def events(message: types.LiveServerMessage) -> Iterator[LiveEvent]:
    """All that one server message says, in the order in which it has to be acted upon."""
    content = message.server_content
    if content is not None:
        yield from _content(content)
    if message.tool_call is not None:
        for call in message.tool_call.function_calls or []:
            yield FunctionCall(call.id or "", call.name or "", call.args or {})
    if message.tool_call_cancellation is not None:
        yield FunctionCallsCancelled(tuple(message.tool_call_cancellation.ids or ()))
    if message.usage_metadata is not None:
        yield _usage(message.usage_metadata)
    if content is not None:
        yield from _ends(content)
    update = message.session_resumption_update
    if update is not None:
        yield ResumptionHandle(update.new_handle if update.resumable and update.new_handle else None)
    if message.go_away is not None:
        yield GoingAway(_seconds(message.go_away.time_left))


def _content(content: types.LiveServerContent) -> Iterator[LiveEvent]:
    if content.interrupted:
        yield Interrupted()
    if content.input_transcription is not None and content.input_transcription.text:
        yield Transcript(Speaker.PERSON, content.input_transcription.text)
    for part in (content.model_turn.parts or []) if content.model_turn else []:
        if part.inline_data is not None and part.inline_data.data:
            yield Speech(part.inline_data.data)
        elif part.text and not part.thought:
            yield WrittenText(part.text)
    if content.output_transcription is not None and content.output_transcription.text:
        yield Transcript(Speaker.ASSISTANT, content.output_transcription.text)


def _ends(content: types.LiveServerContent) -> Iterator[LiveEvent]:
    if content.generation_complete:
        yield GenerationComplete()
    status = content.interaction_status
    if status is None or status == types.InteractionStatus.INTERACTION_STATUS_UNSPECIFIED:
        ended = bool(content.turn_complete)
    else:
        ended = status == types.InteractionStatus.IDLE
    if ended:
        reason = content.turn_complete_reason
        yield TurnEnded(reason.value if reason is not None else None)


def _usage(usage: types.UsageMetadata) -> Usage:
    prompt = _by_modality([*(usage.prompt_tokens_details or []), *(usage.tool_use_prompt_tokens_details or [])])
    response = _by_modality(usage.response_tokens_details or [])
    # The details need not add up to the count: the rest is kept, under a name that no price list has.
    _add_rest(prompt, (usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0))
    _add_rest(response, usage.response_token_count or 0)
    if usage.thoughts_token_count:
        response["THOUGHTS"] = usage.thoughts_token_count
    return Usage(prompt, response)


def _by_modality(details: Iterable[types.ModalityTokenCount]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for detail in details:
        name = detail.modality.value if detail.modality is not None else "OTHER"
        counts[name] = counts.get(name, 0) + (detail.token_count or 0)
    return counts


def _add_rest(counts: dict[str, int], total: int) -> None:
    rest = total - sum(counts.values())
    if rest > 0:
        counts["OTHER"] = counts.get("OTHER", 0) + rest


def _seconds(duration: str | None) -> float:
    try:
        return float((duration or "").removesuffix("s"))
    except ValueError:
        return _TRY_LATER_S


def close_error(code: int | None, reason: str) -> errors.ProviderError:
    """What a close frame means to us. The server distinguishes its refusals by their wording only."""
    said = reason.casefold()
    if "api key" in said or "api_key" in said or "unregistered callers" in said:
        return errors.KeyRejected("Gemini refuses the key")
    if "location is not supported" in said:
        return errors.RegionUnsupported("Gemini does not serve this region")
    if "quota" in said or "resource_exhausted" in said or "resource has been exhausted" in said:
        return errors.QuotaSpent("Gemini quota is spent")
    if "is not found for api version" in said or "not supported for bidigeneratecontent" in said:
        return errors.ModelUnknown("Gemini does not know the model")
    if code == 1007:  # the close code for invalid data, RFC 6455 7.4.1
        return errors.RequestRejected("Gemini rejected the request: 1007")
    return errors.ProviderUnavailable(f"Gemini closed the connection: {code}")


def handshake_error(status: int) -> errors.ProviderError:
    """What an HTTP answer instead of a WebSocket means to us."""
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return errors.KeyRejected(f"Gemini refuses the key: HTTP {status}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.QuotaSpent("Gemini quota is spent: HTTP 429")
    if status == HTTPStatus.BAD_REQUEST:
        return errors.RequestRejected("Gemini rejected the request: HTTP 400")
    return errors.ProviderUnavailable(f"Gemini does not open a live connection: HTTP {status}")
