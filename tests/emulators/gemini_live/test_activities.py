"""How input becomes turns of the person: marked by the client, or detected."""

from typing import Any

import pytest

from emulators.fixtures.make_pictures import SITE_PHOTO
from emulators.gemini_live import Answer, GeminiLiveEmulator
from tests.emulators.gemini_live.raw_client import (
    END,
    START,
    audio,
    contents,
    session,
    speech,
    text,
    transcript,
    video,
)
from tests.emulators.gemini_live.tones import silence, tone

INVALID = "Request contains an invalid argument."
AUTOMATIC: dict[str, Any] = {"realtimeInputConfig": {}}
YES = Answer(pcm=tone(0.2, 300, rate=24_000), transcript="Да")


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([START, START], f"{INVALID} activity_start while an activity is open."),
        ([END], f"{INVALID} activity_end without activity_start."),
        ([START, END, END], f"{INVALID} activity_end without activity_start."),
        (
            [{"realtimeInput": {"audioStreamEnd": True}}],
            f"{INVALID} audio_stream_end needs automatic activity detection.",
        ),
        ([START, audio(b"\0\0\0")], f"{INVALID} The audio has an odd number of bytes; 16-bit samples are expected."),
        ([START, audio(b"OggS", "audio/ogg")], f"{INVALID} Unsupported audio MIME type: audio/ogg"),
        ([audio(b"\0\0", "audio/pcm;rate=fast")], f"{INVALID} Unsupported audio MIME type: audio/pcm;rate=fast"),
        ([video(b"<svg/>", "image/svg+xml")], f"{INVALID} Unsupported MIME type: image/svg+xml"),
        ([video(b"\xff\xd8\xff\xe0\0")], "Provided image is not valid."),
        ([video(b"no picture", "image/png")], "Provided image is not valid."),
        (
            [{"realtimeInput": {"mediaChunks": [{"mimeType": "audio/pcm", "data": "AAA="}]}}],
            "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.",
        ),
    ],
)
async def test_input_out_of_order_or_of_a_wrong_kind_is_closed(
    gemini: GeminiLiveEmulator, messages: list[dict[str, Any]], reason: str
) -> None:
    gemini.say(YES)
    async with session(gemini) as client:
        await client.send(*messages)
        assert await client.closed() == (1007, reason)


@pytest.mark.parametrize("message", [START, END])
async def test_activities_are_not_marked_where_they_are_detected(
    gemini: GeminiLiveEmulator, message: dict[str, Any]
) -> None:
    async with session(gemini, **AUTOMATIC) as client:
        await client.send(message)
        assert await client.closed() == (
            1007,
            "Explicit activity control is not supported when automatic activity detection is enabled.",
        )


async def test_everything_inside_an_activity_is_one_turn(gemini: GeminiLiveEmulator) -> None:
    photo = SITE_PHOTO.read_bytes()
    gemini.say(YES)
    async with session(gemini) as client:
        await client.ask(video(photo), audio(tone(0.3)), text("Что это?"), audio(tone(0.2)))
    await gemini.wait_until(lambda g: len(g.turns) == 1)
    heard = gemini.turns[0].heard
    assert (heard.seconds, heard.rate, heard.texts) == (0.5, 16_000, ("Что это?",))
    assert (heard.images, heard.mimes, heard.pictures[0].size) == ([photo], ["image/jpeg"], (1280, 960))
    assert heard.at_end >= heard.at_start > 0
    assert gemini.connections[0].activities == [heard]


async def test_audio_outside_of_an_activity_is_ignored(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    async with session(gemini) as client:
        await client.send(audio(tone(1.0)))
        await client.ask(audio(tone(0.25)))
    assert [heard.seconds for heard in gemini.connections[0].activities] == [0.25]


async def test_a_picture_outside_of_an_activity_belongs_to_the_next_turn(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    async with session(gemini) as client:
        await client.send(video(SITE_PHOTO.read_bytes()))
        await client.ask(audio(tone(0.1)))
    assert len(gemini.connections[0].activities[0].pictures) == 1


async def test_a_picture_outside_is_dropped_when_only_activity_is_covered(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    config = {"automaticActivityDetection": {"disabled": True}, "turnCoverage": "TURN_INCLUDES_ONLY_ACTIVITY"}
    async with session(gemini, realtimeInputConfig=config) as client:
        await client.send(video(SITE_PHOTO.read_bytes()))
        await client.ask(audio(tone(0.1)))
    assert gemini.connections[0].activities[0].pictures == ()


async def test_a_text_outside_of_an_activity_is_answered_by_itself(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    async with session(gemini) as client:
        await client.send(text("Сколько?"))
        assert speech(await client.turn()) == YES.pcm
    assert gemini.connections[0].activities[0].texts == ("Сколько?",)


async def test_another_rate_in_the_same_activity_is_brought_to_the_first(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    async with session(gemini) as client:
        await client.ask(audio(tone(0.5, rate=8000), "audio/pcm;rate=8000"), audio(tone(0.5)))
    heard = gemini.connections[0].activities[0]
    assert heard.rate == 8000
    assert heard.seconds == pytest.approx(1.0, abs=0.001)


async def test_detected_speech_is_answered_after_silence_was_heard(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    async with session(gemini, **AUTOMATIC) as client:
        await client.send(audio(silence(1.0)), audio(tone(1.0)), audio(silence(0.9)))
        assert speech(await client.turn()) == YES.pcm
    heard = gemini.connections[0].activities[0]
    assert heard.seconds == pytest.approx(0.3 + 1.0 + 0.8, abs=0.05)


async def test_without_silence_neither_time_nor_audio_stream_end_makes_an_answer(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    async with session(gemini, **AUTOMATIC, outputAudioTranscription={}) as client:
        await client.send(audio(tone(1.0)), {"realtimeInput": {"audioStreamEnd": True}})
        # A text is answered in order: what came before it was not.
        await client.send(text("Ты слышал?"))
        assert transcript(await client.turn()) == " Да"
    assert [heard.texts for heard in gemini.connections[0].activities] == [("Ты слышал?",)]


async def test_a_pause_shorter_than_asked_for_does_not_cut_a_turn(gemini: GeminiLiveEmulator) -> None:
    gemini.say(YES)
    config = {"automaticActivityDetection": {"silenceDurationMs": 1500}}
    async with session(gemini, realtimeInputConfig=config) as client:
        await client.send(audio(tone(0.5)), audio(silence(1.2)), audio(tone(0.5)), audio(silence(1.6)))
        await client.turn()
    assert len(gemini.connections[0].activities) == 1


async def test_detected_speech_interrupts(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(pcm=tone(5, 300, rate=24_000), pace=1.0))
    async with session(gemini, **AUTOMATIC) as client:
        await client.send(text("Расскажи"))
        await client.until(lambda message: "modelTurn" in message.get("serverContent", {}))
        await client.send(audio(tone(0.2)))
        last = contents(await client.turn())
    assert last[-2:] == [{"interrupted": True}, {"turnComplete": True}]
