"""What Gemini may say but a plain answer, over the real client: garbage, odd pieces, writing, nothing, calls."""

import asyncio

import pytest
from structlog.testing import capture_logs

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.gemini_live.faults import (
    BrokenJson,
    DoubledTurnComplete,
    EmptyTurn,
    Fault,
    HugeFrame,
    OddAudio,
    TextOnly,
    UnknownField,
)
from errors import ProviderUnavailable
from live_session import (
    Disconnected,
    FunctionCall,
    FunctionDeclaration,
    GenerationComplete,
    GoingAway,
    LiveEvent,
    Setup,
    Speaker,
    Speech,
    TurnEnded,
    WrittenText,
)
from tests.contract.asking import SETUP, SPOKEN, asked, last_error
from tests.contract.conftest import MakeGeminiLive
from tests.contract.servers import DEADLINE_S, Listening
from tests.script import sound


@pytest.mark.parametrize("fault", [BrokenJson(), UnknownField()])
async def test_a_frame_that_cannot_be_read_ends_the_connection_as_unavailable(
    fault: Fault, gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.say(SPOKEN)
    gemini.fault(fault)
    assert type(last_error(await asked(gemini_live(), Disconnected))) is ProviderUnavailable


async def test_an_error_of_the_listener_is_logged_as_ours_and_ends_the_connection_as_unavailable(
    gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    listening = Listening()

    def broken(event: LiveEvent) -> None:
        if isinstance(event, Speech):
            raise KeyError("what people say")
        listening(event)

    gemini.say(SPOKEN)
    with capture_logs() as logged:
        async with asyncio.timeout(DEADLINE_S), gemini_live().connect(SETUP, broken) as session:
            await session.begin()
            await session.send_text("?")
            await session.end()
            await listening.until(Disconnected)
    error = last_error(listening)
    assert type(error) is ProviderUnavailable
    assert str(error) == "the listener failed: KeyError"
    (line,) = (line for line in logged if line["log_level"] == "error")
    assert (line["error"], line["where"].split(":")[0]) == ("KeyError", __file__)


async def test_a_frame_of_twenty_megabytes_is_heard(gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive) -> None:
    gemini.say(SPOKEN)
    gemini.fault(HugeFrame(20_000_000))
    listening = await asked(gemini_live(), TurnEnded)
    assert listening.pcm.endswith(SPOKEN.pcm)
    assert len(listening.pcm) > 14_000_000


async def test_pieces_of_odd_length_are_handed_on_as_they_are(
    gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.say(SPOKEN)
    gemini.fault(OddAudio())
    assert (await asked(gemini_live(), TurnEnded)).pcm == SPOKEN.pcm


async def test_an_answer_in_writing_and_an_empty_one_are_told_apart(
    gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    provider = gemini_live()
    gemini.say(SPOKEN, SPOKEN)
    gemini.fault(TextOnly())
    gemini.fault(EmptyTurn("RESPONSE_REJECTED"))
    written, empty = await asked(provider, TurnEnded), await asked(provider, TurnEnded)
    assert WrittenText("да") in written.events
    assert not any(isinstance(event, Speech | WrittenText) for event in empty.events)
    assert TurnEnded("RESPONSE_REJECTED") in empty.events


async def test_several_fields_in_one_message_are_all_heard(
    gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.say(Answer(pcm=sound() * 3, transcript="раз два три", bundle=True))
    listening = await asked(gemini_live(), TurnEnded)
    assert (listening.pcm, listening.words(Speaker.ASSISTANT)) == (sound() * 3, "раз два три")
    ends = [event for event in listening.events if isinstance(event, GenerationComplete | TurnEnded)]
    assert ends == [GenerationComplete(), TurnEnded()]


async def test_what_comes_after_the_end_of_a_turn_is_read_too(
    gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    listening = Listening()
    gemini.say(SPOKEN)
    gemini.fault(DoubledTurnComplete())
    async with asyncio.timeout(DEADLINE_S), gemini_live().connect(SETUP, listening) as session:
        await session.begin()
        await session.send_text("?")
        await session.end()
        await listening.until(TurnEnded, 2)
        gemini.go_away(0.05)
        await listening.until(GoingAway)
        await listening.until(Disconnected)


async def test_a_call_is_heard_and_its_result_makes_the_model_go_on(
    gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.say(Answer(calls=[Call("find", {"query": "бетон"})], pcm=sound(), transcript="нашёл"))
    schema = {"type": "OBJECT", "properties": {"query": {"type": "STRING"}}}
    setup = Setup("", "Aoede", functions=(FunctionDeclaration("find", "Finds.", schema),))
    listening = Listening()
    async with asyncio.timeout(DEADLINE_S), gemini_live().connect(setup, listening) as session:
        await session.begin()
        await session.send_text("?")
        await session.end()
        await listening.until(FunctionCall)
        call = next(event for event in listening.events if isinstance(event, FunctionCall))
        await session.answer_call(call, {"found": 1})
        await listening.until(TurnEnded)
    assert (call.name, call.arguments) == ("find", {"query": "бетон"})
    assert listening.pcm == sound()
