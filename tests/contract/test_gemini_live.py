"""Gemini's own troubles over the real client: refusals, closes, garbage, silence, and where the key must not appear."""

import asyncio
import logging
import traceback

import pytest
from structlog.testing import capture_logs

import gemini_live_session
from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.gemini_live.faults import (
    Abort,
    BrokenJson,
    Close,
    DoubledTurnComplete,
    EmptyTurn,
    Fault,
    HttpError,
    HugeFrame,
    Moment,
    OddAudio,
    Silence,
    TextOnly,
    UnknownField,
)
from errors import (
    KeyRejected,
    ModelUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaSpent,
    RegionUnsupported,
    RequestRejected,
)
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
from tests.contract.conftest import KEY, MakeGeminiLive
from tests.contract.servers import DEADLINE_S, Listening
from tests.script import sound

SETUP = Setup("Ты помощник прораба.", "Aoede")
SPOKEN = Answer(pcm=sound() * 3, transcript="да")

CLOSES = [
    (1000, "", ProviderUnavailable),
    (1001, "", ProviderUnavailable),
    (1007, "Request contains an invalid argument.", RequestRejected),
    (1007, "API key expired. Please renew the API key.", KeyRejected),
    (1007, "User location is not supported for the API use.", RegionUnsupported),
    (1008, "models/x is not found for API version v1beta, or is not supported for bidiGenerateContent.", ModelUnknown),
    (1008, "Operation is not implemented, or supported, or enabled.", ProviderUnavailable),
    (1011, "You exceeded your current quota, please check your plan and billing details.", QuotaSpent),
    (1011, "Deadline expired before operation could complete.", ProviderUnavailable),
    (1011, "Internal error encountered.", ProviderUnavailable),
]


async def opened(provider: gemini_live_session.GeminiLive, setup: Setup = SETUP) -> None:
    """Raises what keeps a connection from coming about."""
    async with asyncio.timeout(DEADLINE_S), provider.connect(setup, Listening()):
        pass


async def asked(provider: gemini_live_session.GeminiLive, until: type[TurnEnded] | type[Disconnected]) -> Listening:
    """One question, listened to until that event; a connection that is gone earlier says so as an event."""
    listening = Listening()
    async with asyncio.timeout(DEADLINE_S), provider.connect(SETUP, listening) as session:
        try:
            await session.begin()
            await session.send_text("?")
            await session.end()
        except ProviderUnavailable:
            assert until is Disconnected
        await listening.until(until)
    return listening


def last_error(listening: Listening) -> Exception:
    event = listening.events[-1]
    assert isinstance(event, Disconnected)
    return event.error


@pytest.mark.parametrize(("code", "reason", "expected"), CLOSES)
async def test_a_close_instead_of_the_setup_says_what_is_wrong(
    code: int, reason: str, expected: type[ProviderError], gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.fault(Close(Moment.SETUP, code=code, reason=reason))
    with pytest.raises(ProviderError) as refused:
        await opened(gemini_live())
    assert type(refused.value) is expected


@pytest.mark.parametrize("moment", [Moment.READY, Moment.ACTIVITY_END, Moment.CHUNK, Moment.IDLE])
@pytest.mark.parametrize(("code", "reason", "expected"), CLOSES)
async def test_a_close_at_any_later_moment_is_told_as_the_last_event(
    moment: Moment,
    code: int,
    reason: str,
    expected: type[ProviderError],
    gemini: GeminiLiveEmulator,
    gemini_live: MakeGeminiLive,
) -> None:
    gemini.say(SPOKEN)
    gemini.fault(Close(moment, code=code, reason=reason))
    assert type(last_error(await asked(gemini_live(), Disconnected))) is expected


@pytest.mark.parametrize("moment", [Moment.CONNECT, Moment.SETUP])
async def test_a_reset_before_the_setup_is_an_unavailable_provider(
    moment: Moment, gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.fault(Abort(moment))
    with pytest.raises(ProviderUnavailable):
        await opened(gemini_live())


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, RequestRejected),
        (403, KeyRejected),
        (429, QuotaSpent),
        (500, ProviderUnavailable),
        (503, ProviderUnavailable),
    ],
)
async def test_an_http_refusal_says_what_is_wrong(
    status: int, expected: type[ProviderError], gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.fault(HttpError(status))
    with pytest.raises(ProviderError) as refused:
        await opened(gemini_live())
    assert type(refused.value) is expected


async def test_nobody_listening_is_an_unavailable_provider(
    gemini_live: MakeGeminiLive, gemini: GeminiLiveEmulator, unused_tcp_port: int
) -> None:
    provider = gemini_live_session.GeminiLive(KEY, "gemini-3.8-live", base_url=f"https://localhost:{unused_tcp_port}")
    with pytest.raises(ProviderUnavailable):
        await opened(provider)


async def test_a_certificate_of_nobody_is_an_unavailable_provider(
    gemini: GeminiLiveEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(ProviderUnavailable):
        await opened(gemini_live_session.GeminiLive(KEY, "gemini-3.8-live", base_url=gemini.url))


async def test_a_setup_that_is_never_answered_is_given_up_at_its_deadline(
    gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gemini_live_session, "SETUP_DEADLINE_S", 0.2)
    gemini.fault(Silence(Moment.SETUP))
    with pytest.raises(ProviderUnavailable):
        await opened(gemini_live())
    await gemini.wait_until(lambda emulator: not emulator.connections[0].open)


async def test_an_unknown_model_is_told_by_its_name(gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive) -> None:
    with pytest.raises(ModelUnknown):
        await opened(gemini_live(model="gemini-9-live"))


async def test_a_handle_that_nobody_gave_is_refused(gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive) -> None:
    with pytest.raises(ProviderError):
        await opened(gemini_live(), Setup("", "Aoede", resumption_handle="made-up"))


# -- garbage and odd answers -------------------------------------------------------------------------------------------


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


# -- the key -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Close(Moment.SETUP, code=1007, reason=f"API key {KEY} not valid."),
        Close(Moment.ACTIVITY_END, code=1008, reason=f"consumer 'api_key:{KEY}' has been suspended"),
        Abort(Moment.SETUP),
        HttpError(403),
        BrokenJson(),
    ],
)
async def test_the_key_is_in_no_error_and_in_no_line_of_our_own_log(
    fault: Fault | None, gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive, caplog: pytest.LogCaptureFixture
) -> None:
    # What it logs below this level are the headers and all that is said; `configure_logs` silences it.
    caplog.set_level(logging.WARNING, logger="websockets")
    caplog.set_level(logging.DEBUG)  # last: it is the level of the capturing, too
    gemini.say(SPOKEN)
    if fault is not None:
        gemini.fault(fault)
    try:
        listening = await asked(gemini_live(key=KEY if fault else "wrong-" + KEY), Disconnected)
        found: Exception = last_error(listening)
    except ProviderError as error:
        found = error
    assert KEY not in str(found)
    assert KEY not in caplog.text
    if KEY not in str(fault):  # the server's own words stay with the cause
        assert KEY not in "".join(traceback.format_exception(found))


def test_the_key_does_not_show_in_what_a_provider_prints() -> None:
    provider = gemini_live_session.GeminiLive(KEY, "gemini-3.8-live")
    assert KEY not in f"{provider!r} {provider} {vars(provider)}"


async def test_neither_key_nor_words_reach_the_log_of_a_host_application_that_logs_everything(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with GeminiLiveEmulator("very-secret-key") as gemini:
        monkeypatch.setenv("SSL_CERT_FILE", str(gemini.ca_file))
        gemini.say(Answer(text="тайна"))
        caplog.set_level(logging.WARNING, logger="websockets.server")  # the emulator's half
        caplog.set_level(logging.DEBUG)  # last: it is the level of the capturing, too
        listening = Listening()
        async with gemini_live_session.GeminiLive("very-secret-key", "gemini-3.8-live", base_url=gemini.url).connect(
            Setup("", "Aoede"), listening
        ) as session:
            await session.begin()
            await session.send_text("секрет")
            await session.end()
            await listening.until(TurnEnded)
    assert "very-secret-key" not in caplog.text
    assert "тайна" not in caplog.text
    assert "секрет" not in caplog.text
