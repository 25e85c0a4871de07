"""The unmodified google-genai client understands everything the emulator says."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from google import genai
from google.genai import types
from google.genai.errors import APIError
from google.genai.live import AsyncSession

from emulators.fixtures.make_pictures import SITE_PHOTO
from emulators.gemini_live import Answer, Call, EchoModel, GeminiLiveEmulator
from emulators.gemini_live.faults import UnknownField
from emulators.speech import sound
from emulators.speech.recordings import QUESTION
from tests.emulators.gemini_live.tones import correlation, envelope, tone

CONFIG = types.LiveConnectConfig(
    response_modalities=[types.Modality.AUDIO],
    system_instruction="Ты помощник прораба.",
    speech_config=types.SpeechConfig(
        voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name="Kore"))
    ),
    realtime_input_config=types.RealtimeInputConfig(
        automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
    ),
    input_audio_transcription=types.AudioTranscriptionConfig(language_codes=["ru-RU"]),
    output_audio_transcription=types.AudioTranscriptionConfig(),
    session_resumption=types.SessionResumptionConfig(),
    context_window_compression=types.ContextWindowCompressionConfig(
        trigger_tokens=25_600, sliding_window=types.SlidingWindow(target_tokens=12_800)
    ),
    tools=[
        types.Tool(
            function_declarations=[
                types.FunctionDeclaration(
                    name="find",
                    description="Finds a clause",
                    behavior=types.Behavior.BLOCKING,
                    parameters=types.Schema(
                        type=types.Type.OBJECT, properties={"query": types.Schema(type=types.Type.STRING)}
                    ),
                )
            ]
        )
    ],
)


def _client(gemini: GeminiLiveEmulator, key: str = "test-key") -> genai.Client:
    context = ssl.create_default_context(cafile=str(gemini.ca_file))
    return genai.Client(
        api_key=key,
        http_options=types.HttpOptions(
            api_version="v1beta",
            base_url=gemini.url,
            async_client_args={"ssl": context, "max_size": None, "proxy": None},
        ),
    )


@asynccontextmanager
async def _connected(
    gemini: GeminiLiveEmulator, config: types.LiveConnectConfig = CONFIG, model: str = "gemini-3.8-live"
) -> AsyncIterator[AsyncSession]:
    client = _client(gemini)
    async with asyncio.timeout(10), client.aio.live.connect(model=model, config=config.model_copy()) as session:
        yield session
    await client.aio.aclose()
    client.close()


async def _ask(session: AsyncSession, pcm: bytes) -> list[types.LiveServerMessage]:
    await session.send_realtime_input(activity_start=types.ActivityStart())
    await session.send_realtime_input(video=types.Blob(data=SITE_PHOTO.read_bytes(), mime_type="image/jpeg"))
    for start in range(0, len(pcm), 3200):
        blob = types.Blob(data=pcm[start : start + 3200], mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)
    await session.send_realtime_input(activity_end=types.ActivityEnd())
    return [message async for message in session.receive()]


async def test_a_note_comes_back_as_it_was() -> None:
    pcm = sound.decode(str(QUESTION.path), 16_000)
    async with GeminiLiveEmulator(model=EchoModel()) as gemini, _connected(gemini) as session:
        messages = await _ask(session, pcm)
        echo = b"".join(message.data or b"" for message in messages)
        assert gemini.connections[0].activities[0].images == [SITE_PHOTO.read_bytes()]
    assert abs(len(echo) / 48_000 - len(pcm) / 32_000) < 0.02
    assert correlation(envelope(echo, 24_000), envelope(pcm, 16_000)) > 0.995
    usage = messages[-1].usage_metadata
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert {detail.modality: detail.token_count for detail in usage.prompt_tokens_details} == {
        types.MediaModality.AUDIO: 131,
        types.MediaModality.IMAGE: 258,
        types.MediaModality.TEXT: 5,
    }


async def _note_kinds(session: AsyncSession, kinds: set[str]) -> None:
    async for message in session.receive():
        kinds.update(message.model_dump(exclude_none=True))


async def test_every_kind_of_message_is_parsed(gemini: GeminiLiveEmulator) -> None:
    gemini.say(
        Answer(calls=[Call("find", {"query": "бетон"})], pcm=tone(0.2, rate=24_000), transcript="Пять сантиметров")
    )
    async with _connected(gemini) as session:
        assert session.session_id
        await session.send_realtime_input(text="Какой слой?")
        kinds: set[str] = set()
        async for message in session.receive():
            kinds.update(message.model_dump(exclude_none=True))
            if message.tool_call is not None and message.tool_call.function_calls:
                call = message.tool_call.function_calls[0]
                assert (call.name, call.args) == ("find", {"query": "бетон"})
                response = types.FunctionResponse(id=call.id, name=call.name, response={"output": 5})
                await session.send_tool_response(function_responses=response)
        gemini.go_away(0.05)
        with pytest.raises(APIError) as closed:
            await _note_kinds(session, kinds)
    assert closed.value.code == 1001
    assert kinds == {"server_content", "tool_call", "usage_metadata", "session_resumption_update", "go_away"}


async def test_a_session_is_resumed_by_its_handle(gemini: GeminiLiveEmulator) -> None:
    async with _connected(gemini) as session:
        await _ask(session, tone(2.0))
        await gemini.wait_until(lambda g: g.connections[0].handle is not None)
    resumption = types.SessionResumptionConfig(handle=gemini.connections[0].handle)
    async with _connected(gemini, CONFIG.model_copy(update={"session_resumption": resumption})) as session:
        await session.send_realtime_input(text="Что я сказал?")
        async for _ in session.receive():
            pass
    await gemini.wait_until(lambda g: len(g.turns) == 2)
    assert gemini.turns[1].said.transcript.endswith("Прошлая запись: две секунды, голос сто двадцать герц.")


async def test_an_interruption_is_seen(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(pcm=tone(5, rate=24_000), pace=1.0))
    async with _connected(gemini) as session:
        await session.send_realtime_input(text="Говори")
        async for message in session.receive():
            content = message.server_content
            if content and content.model_turn and not gemini.turns and len(gemini.connections[0].messages) == 2:
                await session.send_realtime_input(activity_start=types.ActivityStart())
            if content and content.interrupted:
                break
        else:
            pytest.fail("no interruption")


async def test_a_refusal_carries_code_and_reason(gemini: GeminiLiveEmulator) -> None:
    with pytest.raises(APIError) as refused:
        async with _connected(gemini, model="gemini-9"):
            pass
    assert (refused.value.code, str(refused.value.details)[:38]) == (1008, "models/gemini-9 is not found for API v")
    await gemini.wait_until(lambda g: g.connections[0].close_code is not None)


async def test_an_unknown_field_breaks_the_client_as_the_real_one_would(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="да"))
    gemini.fault(UnknownField())
    async with _connected(gemini) as session:
        await session.send_realtime_input(text="?")
        with pytest.raises(TypeError):
            await _note_kinds(session, set())
