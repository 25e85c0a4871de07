"""What a turn of the model looks like on the wire."""

import asyncio

import pytest

from emulators.fixtures.make_pictures import SITE_PHOTO
from emulators.gemini_live import Answer, Behaviour, GeminiLiveEmulator
from tests.clock import assert_sooner, reads_the_clock
from tests.emulators.gemini_live.raw_client import (
    END,
    START,
    Message,
    audio,
    content,
    contents,
    keys,
    parts,
    session,
    speech,
    text,
    transcript,
    video,
)
from tests.emulators.gemini_live.tones import tone

LONG = Answer(
    pcm=tone(1.0, 300, rate=24_000), transcript="Раз два три четыре пять шесть семь", input_transcript="Ну что"
)
TRANSCRIPTS: Message = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}


def _speaks(message: Message) -> bool:
    return "modelTurn" in message.get("serverContent", {})


async def test_a_turn_goes_from_speech_to_generation_complete_to_turn_complete(gemini: GeminiLiveEmulator) -> None:
    gemini.say(LONG)
    async with session(gemini) as client:
        messages = await client.ask(audio(tone(1.0)))
    assert keys(messages) == ["modelTurn", "generationComplete", "turnComplete", "usageMetadata"]
    assert speech(messages) == LONG.pcm
    assert parts(messages)[0]["inlineData"]["mimeType"] == "audio/pcm;rate=24000"
    assert len(parts(messages)) == 25, "40 ms each"
    await gemini.wait_until(lambda g: len(g.turns) == 1)
    assert (gemini.turns[0].said.pcm, gemini.turns[0].said.transcript) == (LONG.pcm, LONG.transcript)
    assert not gemini.turns[0].interrupted


async def test_transcripts_come_in_pieces_that_begin_with_a_space(gemini: GeminiLiveEmulator) -> None:
    gemini.say(LONG)
    async with session(gemini, **TRANSCRIPTS) as client:
        messages = await client.ask(audio(tone(1.0)))
    pieces = [
        content["outputTranscription"]["text"] for content in contents(messages) if "outputTranscription" in content
    ]
    assert pieces == [" Раз два три", " четыре пять шесть", " семь"]
    assert transcript(messages, "inputTranscription") == " Ну что"


@pytest.mark.parametrize(("asked", "other"), [("input", "output"), ("output", "input")])
async def test_a_transcript_comes_only_when_asked_for(gemini: GeminiLiveEmulator, asked: str, other: str) -> None:
    gemini.say(LONG)
    async with session(gemini, **{f"{asked}AudioTranscription": {}}) as client:
        messages = await client.ask(audio(tone(1.0)))
    assert f"{asked}Transcription" in keys(messages)
    assert f"{other}Transcription" not in keys(messages)


async def test_a_bundled_turn_ends_in_one_message_of_everything() -> None:
    async with GeminiLiveEmulator(behaviour=Behaviour(bundle=True)) as gemini:
        gemini.say(LONG)
        async with session(gemini, **TRANSCRIPTS) as client:
            messages = await client.ask(audio(tone(1.0)))
    last = messages[-1]
    assert sorted(last["serverContent"]) == ["generationComplete", "modelTurn", "outputTranscription", "turnComplete"]
    assert "usageMetadata" in last
    assert (speech(messages), transcript(messages)) == (LONG.pcm, f" {LONG.transcript}")


async def test_a_written_answer_is_a_text_part(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="Сорок миллиметров."))
    async with session(gemini) as client:
        assert parts(await client.ask(audio(tone(0.1)))) == [{"text": "Сорок миллиметров."}]


async def test_usage_counts_the_whole_context_by_modality(gemini: GeminiLiveEmulator) -> None:
    gemini.say(LONG, LONG)
    async with session(gemini, systemInstruction={"parts": [{"text": "0123456789"}]}) as client:
        first = (await client.ask(audio(tone(4.0))))[-1]["usageMetadata"]
        second = (await client.ask(video(SITE_PHOTO.read_bytes()), text("четыре 4")))[-1]["usageMetadata"]
    assert first == {
        "promptTokenCount": 103,
        "responseTokenCount": 25,
        "totalTokenCount": 128,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}, {"modality": "TEXT", "tokenCount": 3}],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 25}],
    }
    assert second["promptTokensDetails"] == [
        {"modality": "AUDIO", "tokenCount": 125},
        {"modality": "IMAGE", "tokenCount": 258},
        {"modality": "TEXT", "tokenCount": 5},
    ]


async def test_the_real_counter_s_gaps_can_be_had() -> None:
    async with GeminiLiveEmulator(behaviour=Behaviour(untold_tokens=30, thoughts_tokens=12)) as gemini:
        gemini.say(LONG)
        async with session(gemini) as client:
            usage = (await client.ask(audio(tone(4.0))))[-1]["usageMetadata"]
    assert (usage["promptTokenCount"], usage["totalTokenCount"], usage["thoughtsTokenCount"]) == (130, 155, 12)


@pytest.mark.parametrize("interruption", [START, text("Стоп"), content("Стоп")])
async def test_new_input_interrupts(gemini: GeminiLiveEmulator, interruption: Message) -> None:
    never = asyncio.Event()
    gemini.say(Answer(pcm=LONG.pcm, transcript="Раз два три", hold=never, hold_after=2), LONG)
    async with session(gemini) as client:
        await client.send(START, END)
        await client.until(_speaks)
        await client.receive()
        await client.send(interruption)
        messages = await client.turn()
    assert keys(messages) == ["interrupted", "turnComplete", "usageMetadata"]
    turn = gemini.turns[0]
    assert (turn.interrupted, turn.said.pcm) == (True, LONG.pcm[: 2 * 1920])


async def test_speech_that_would_still_be_playing_is_interrupted_too() -> None:
    async with GeminiLiveEmulator(behaviour=Behaviour(playback_scale=100)) as gemini, session(gemini) as client:
        gemini.say(LONG)
        await client.send(START, END)
        await client.until(lambda message: "generationComplete" in message.get("serverContent", {}))
        await client.send(START)
        assert keys(await client.turn()) == ["interrupted", "turnComplete", "usageMetadata"]


async def test_without_interruption_the_next_answer_waits(gemini: GeminiLiveEmulator) -> None:
    config = {"automaticActivityDetection": {"disabled": True}, "activityHandling": "NO_INTERRUPTION"}
    go_on = asyncio.Event()
    gemini.say(Answer(pcm=LONG.pcm, hold=go_on, hold_after=1), Answer(text="второй"))
    async with session(gemini, realtimeInputConfig=config) as client:
        await client.send(START, END)
        await client.until(_speaks)
        await client.send(START, text("ещё"), END)
        await gemini.wait_until(lambda g: len(g.connections[0].activities) == 2)
        go_on.set()
        first, second = await client.turn(), await client.turn()
    assert "interrupted" not in keys(first)
    assert parts(second) == [{"text": "второй"}]
    assert [turn.interrupted for turn in gemini.turns][:1] == [False]


@reads_the_clock
async def test_speech_is_paced_at_a_multiple_of_real_time(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(pcm=tone(1.0, 300, rate=24_000), pace=4.0))
    clock = asyncio.get_running_loop()
    async with session(gemini) as client:
        began = clock.time()
        await client.ask(audio(tone(0.1)))
        took = clock.time() - began
        assert took >= 0.2
        assert_sooner(took, 2)


@reads_the_clock
async def test_turn_complete_comes_when_the_speech_would_have_been_played() -> None:
    clock = asyncio.get_running_loop()
    async with GeminiLiveEmulator(behaviour=Behaviour(playback_scale=0.3)) as gemini, session(gemini) as client:
        gemini.say(LONG)
        await client.send(START, END)
        await client.until(lambda message: "generationComplete" in message.get("serverContent", {}))
        generated = clock.time()
        await client.turn()
        took = clock.time() - generated
        assert took > 0.15
        assert_sooner(took, 2)


async def test_thinking_and_holding_delay_the_first_word(gemini: GeminiLiveEmulator) -> None:
    held = asyncio.Event()
    gemini.say(Answer(pcm=LONG.pcm, transcript="да", input_transcript="Вопрос", think_seconds=0.05, hold=held))
    async with session(gemini, **TRANSCRIPTS) as client:
        await client.send(START, END)
        assert keys([await client.receive()]) == ["inputTranscription"]
        held.set()
        assert _speaks(await client.receive())


async def test_the_reason_of_an_unusual_end_is_told(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(turn_complete_reason="NEED_MORE_INPUT"))
    async with session(gemini) as client:
        assert (await client.ask())[-1]["serverContent"]["turnCompleteReason"] == "NEED_MORE_INPUT"


async def test_a_context_beyond_the_window_is_closed_with_1007() -> None:
    async with GeminiLiveEmulator(behaviour=Behaviour(context_tokens=100)) as gemini, session(gemini) as client:
        await client.send(START, audio(tone(5.0)), END)
        assert await client.closed() == (1007, "Request contains an invalid argument. The context window is exceeded.")


async def test_compression_drops_the_oldest_turns() -> None:
    compression = {"triggerTokens": 100, "slidingWindow": {"targetTokens": 60}}
    async with GeminiLiveEmulator(behaviour=Behaviour(context_tokens=120)) as gemini:
        gemini.say(*[Answer(text="да")] * 3)
        async with session(gemini, contextWindowCompression=compression) as client:
            counts = [(await client.ask(audio(tone(2.0))))[-1]["usageMetadata"]["promptTokenCount"] for _ in range(3)]
    assert counts == [50, 50, 50], "each time only the last question is left"


async def test_an_answer_to_a_text_is_remembered_without_sound(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="да"))
    async with session(gemini) as client:
        await client.send(text("?"))
        await client.turn()
    await gemini.wait_until(lambda g: len(g.turns) == 1)
    heard = gemini.turns[0].heard
    assert (heard.seconds, heard.loudness, heard.pitch_hz) == (0, 0, None)
