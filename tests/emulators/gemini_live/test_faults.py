"""What can be made to go wrong, seen from the client."""

import asyncio
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.gemini_live.faults import (
    Abort,
    BrokenJson,
    Close,
    DelayedPongs,
    DoubledTurnComplete,
    EarlyTurnComplete,
    EmptyTurn,
    Fault,
    HalfOpen,
    HttpError,
    HugeFrame,
    LateTranscript,
    MissingGenerationComplete,
    MissingTurnComplete,
    Moment,
    OddAudio,
    Silence,
    SilentAudio,
    TextOnly,
    UnknownField,
)
from tests.emulators.gemini_live.raw_client import (
    DEADLINE,
    END,
    START,
    Message,
    RawClient,
    audio,
    contents,
    dial,
    keys,
    parts,
    session,
    setup,
    speech,
    transcript,
)
from tests.emulators.gemini_live.tones import tone

ANSWER = Answer(pcm=tone(0.4, rate=24_000), transcript="Раз два три четыре пять")
CALLING = Answer(calls=[Call("find")], text="Ищу")
SHORT = 0.2


async def _nothing_comes(client: RawClient) -> bool:
    try:
        async with asyncio.timeout(SHORT):
            await client.socket.recv()
    except TimeoutError:
        return True
    return False


async def _pong_comes(client: RawClient, within: float = DEADLINE) -> bool:
    try:
        async with asyncio.timeout(within):
            await (await client.socket.ping())
    except TimeoutError:
        return False
    return True


async def _lost(client: RawClient, *messages: Message) -> tuple[ConnectionClosed, list[Message]]:
    """How the connection ended, and what came before."""
    received: list[Message] = []
    try:
        await client.send(*messages)
        while True:
            received.append(await client.receive())
    except ConnectionClosed as lost:
        return lost, received


@pytest.mark.parametrize("moment", list(Moment))
async def test_a_connection_can_be_closed_at_any_moment(gemini: GeminiLiveEmulator, moment: Moment) -> None:
    gemini.say(CALLING if moment is Moment.TOOL_CALL else ANSWER)
    gemini.fault(Close(moment, code=1011, reason="The service is currently unavailable."))
    async with dial(gemini) as client:
        lost, _ = await _lost(client, setup(), START, END)
    assert lost.rcvd is not None
    assert (lost.rcvd.code, lost.rcvd.reason) == (1011, "The service is currently unavailable.")
    async with session(gemini):
        await gemini.wait_until(lambda g: g.connections[0].close_code == 1011)


@pytest.mark.parametrize("moment", list(Moment))
async def test_a_connection_can_be_reset_at_any_moment(gemini: GeminiLiveEmulator, moment: Moment) -> None:
    gemini.say(CALLING if moment is Moment.TOOL_CALL else ANSWER)
    gemini.fault(Abort(moment))
    async with dial(gemini) as client:
        lost, _ = await _lost(client, setup(), START, END)
    assert lost.rcvd is None
    await gemini.wait_until(lambda g: g.connections[0].close_code == 1006)


async def test_speech_breaks_off_after_so_many_pieces(gemini: GeminiLiveEmulator) -> None:
    gemini.say(ANSWER)
    gemini.fault(Close(Moment.CHUNK, chunks=3))
    async with session(gemini) as client:
        _, messages = await _lost(client, START, END)
    assert len(parts(messages)) == 3
    assert gemini.turns == []


@pytest.mark.parametrize("moment", [Moment.CONNECT, Moment.SETUP, Moment.ACTIVITY_END, Moment.CHUNK])
async def test_silence_leaves_the_socket_healthy(gemini: GeminiLiveEmulator, moment: Moment) -> None:
    gemini.say(ANSWER)
    gemini.fault(Silence(moment))
    async with dial(gemini) as client:
        await client.send(setup(), START, END)
        if moment in (Moment.ACTIVITY_END, Moment.CHUNK):
            assert "setupComplete" in await client.receive()
        if moment is Moment.CHUNK:
            await client.receive()
        assert await _nothing_comes(client)
        assert await _pong_comes(client)
        assert gemini.connections[0].pongs == gemini.connections[0].pings == 1


@pytest.mark.parametrize("moment", [Moment.CONNECT, Moment.SETUP, Moment.ACTIVITY_END, Moment.CHUNK])
async def test_half_open_answers_not_even_a_ping(gemini: GeminiLiveEmulator, moment: Moment) -> None:
    gemini.say(ANSWER)
    gemini.fault(HalfOpen(moment))
    async with dial(gemini, close_timeout=0.1) as client:
        await client.send(setup(), START, END)
        await gemini.wait_until(lambda g: bool(g.connections) and not g.connections[0].open)
        assert not await _pong_comes(client, within=SHORT)


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_the_handshake_can_be_refused_so_many_times(gemini: GeminiLiveEmulator, status: int) -> None:
    gemini.fault(HttpError(status), times=2)
    for _ in range(2):
        with pytest.raises(InvalidStatus) as refused:
            async with dial(gemini):
                pass
        assert refused.value.response.status_code == status
        assert json.loads(refused.value.response.body)["error"]["code"] == status
    async with session(gemini):
        assert len(gemini.connections) == 1


async def _spoilt_turn(gemini: GeminiLiveEmulator, fault: Fault) -> list[Message]:
    gemini.say(ANSWER)
    gemini.fault(fault)
    async with session(gemini, outputAudioTranscription={}) as client:
        return await client.ask(audio(tone(0.1)))


async def test_an_empty_turn_has_no_speech(gemini: GeminiLiveEmulator) -> None:
    messages = await _spoilt_turn(gemini, EmptyTurn(reason="RESPONSE_REJECTED"))
    assert keys(messages) == ["generationComplete", "turnCompleteReason", "turnComplete", "usageMetadata"]


async def test_silent_audio_is_all_zeros(gemini: GeminiLiveEmulator) -> None:
    assert speech(await _spoilt_turn(gemini, SilentAudio())) == bytes(len(ANSWER.pcm))


async def test_a_text_only_turn_has_neither_speech_nor_transcript(gemini: GeminiLiveEmulator) -> None:
    messages = await _spoilt_turn(gemini, TextOnly())
    assert (parts(messages), transcript(messages)) == ([{"text": ANSWER.transcript}], "")


async def test_odd_audio_is_whole_when_it_is_joined(gemini: GeminiLiveEmulator) -> None:
    messages = await _spoilt_turn(gemini, OddAudio())
    sizes = [len(speech([message])) for message in messages if parts([message])]
    assert speech(messages) == ANSWER.pcm
    assert all(size % 2 for size in sizes[:-1])


async def test_odd_audio_can_lack_its_last_byte(gemini: GeminiLiveEmulator) -> None:
    assert speech(await _spoilt_turn(gemini, OddAudio(cut=True))) == ANSWER.pcm[:-1]


async def test_an_unknown_field_comes_before_the_speech(gemini: GeminiLiveEmulator) -> None:
    assert "quantumEntanglement" in (await _spoilt_turn(gemini, UnknownField()))[0]


async def test_a_huge_frame_comes_before_the_speech(gemini: GeminiLiveEmulator) -> None:
    first, *_ = await _spoilt_turn(gemini, HugeFrame(size=2_000_000))
    assert 1_990_000 < len(json.dumps(first)) < 2_010_000


async def test_broken_json_comes_before_the_speech(gemini: GeminiLiveEmulator) -> None:
    gemini.say(ANSWER)
    gemini.fault(BrokenJson())
    async with session(gemini) as client:
        await client.send(START, END)
        with pytest.raises(json.JSONDecodeError):
            await client.receive()
        assert speech(await client.turn()) == ANSWER.pcm


async def test_turn_complete_can_come_twice(gemini: GeminiLiveEmulator) -> None:
    gemini.say(ANSWER)
    gemini.fault(DoubledTurnComplete())
    async with session(gemini) as client:
        await client.ask()
        assert keys(await client.turn()) == ["turnComplete", "usageMetadata"]


async def test_turn_complete_can_come_before_the_rest_of_the_speech(gemini: GeminiLiveEmulator) -> None:
    gemini.say(ANSWER)
    gemini.fault(EarlyTurnComplete(chunks=2))
    async with session(gemini, sessionResumption={}) as client:
        first = await client.ask()
        rest = await client.until(lambda message: "newHandle" in message.get("sessionResumptionUpdate", {}))
    assert len(parts(first)) == 2
    assert speech(first) + speech(rest) == ANSWER.pcm
    assert "turnComplete" not in keys(rest)


async def test_half_of_the_transcript_can_come_after_the_turn(gemini: GeminiLiveEmulator) -> None:
    gemini.say(ANSWER)
    gemini.fault(LateTranscript())
    async with session(gemini, outputAudioTranscription={}, sessionResumption={}) as client:
        turn = await client.ask()
        late = await client.until(lambda message: "newHandle" in message.get("sessionResumptionUpdate", {}))
    assert transcript(turn) + transcript(late) == f" {ANSWER.transcript}"
    assert transcript(turn) == " Раз два три"


async def test_turn_complete_can_be_missing(gemini: GeminiLiveEmulator) -> None:
    gemini.say(ANSWER, ANSWER)
    gemini.fault(MissingTurnComplete())
    async with session(gemini) as client:
        await client.send(START, END)
        await gemini.wait_until(lambda g: len(g.turns) == 1)
        await client.send(START, END)
        assert speech(await client.turn()) == 2 * ANSWER.pcm


async def test_generation_complete_can_be_missing(gemini: GeminiLiveEmulator) -> None:
    assert "generationComplete" not in keys(await _spoilt_turn(gemini, MissingGenerationComplete()))


async def test_pongs_can_be_late(gemini: GeminiLiveEmulator) -> None:
    gemini.fault(DelayedPongs(2 * SHORT))
    async with session(gemini) as client:
        assert not await _pong_comes(client, within=SHORT)
        await gemini.wait_until(lambda g: g.connections[0].pings == 1)
        gemini.say(ANSWER)
        assert contents(await client.ask())[-1] == {"turnComplete": True}


async def test_a_fault_can_be_meant_for_one_connection(gemini: GeminiLiveEmulator) -> None:
    gemini.say(ANSWER, ANSWER)
    async with session(gemini) as first, session(gemini) as second:
        gemini.fault(EmptyTurn(), connection=gemini.connections[1])
        assert speech(await first.ask()) == ANSWER.pcm
        assert speech(await second.ask()) == b""


async def test_a_fault_can_strike_always(gemini: GeminiLiveEmulator) -> None:
    gemini.fault(EmptyTurn(), times=None)
    gemini.say(*[ANSWER] * 3)
    async with session(gemini) as client:
        assert [speech(await client.ask()) for _ in range(3)] == [b"", b"", b""]


async def test_all_connections_can_be_dropped(gemini: GeminiLiveEmulator) -> None:
    async with session(gemini) as first, session(gemini) as second:
        gemini.drop_all(1011, "Deadline expired before operation could complete.")
        assert await first.closed() == (1011, "Deadline expired before operation could complete.")
        assert (await second.closed())[0] == 1011


async def test_go_away_comes_before_the_close(gemini: GeminiLiveEmulator) -> None:
    async with session(gemini) as client:
        gemini.go_away(0.05)
        assert await client.receive() == {"goAway": {"timeLeft": "0.05s"}}
        assert await client.closed() == (1001, "")


async def test_an_error_of_the_model_closes_with_1011_and_fails_the_test() -> None:
    class Broken:
        async def answer(self, heard: object, history: object) -> Answer:
            raise LookupError("no idea")

    emulator = GeminiLiveEmulator(model=Broken())
    await emulator.__aenter__()
    async with session(emulator) as client:
        await client.send(START, END)
        assert (await client.closed())[0] == 1011
    with pytest.raises(LookupError, match="no idea"):
        await emulator.__aexit__(None, None, None)


async def test_waiting_for_what_never_comes_says_how_things_stand(gemini: GeminiLiveEmulator) -> None:
    with pytest.raises(TimeoutError, match="0 connections, 0 turns"):
        await gemini.wait_until(lambda g: len(g.turns) == 1, timeout=0.01)
