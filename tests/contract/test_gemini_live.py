"""Gemini's own troubles over the real client: refusals, closes, silence, and where the key must not appear."""

import logging
import traceback

import pytest

import gemini_live_session
from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import Abort, BrokenJson, Close, Fault, HttpError, Moment, Silence
from errors import (
    KeyRejected,
    ModelUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaSpent,
    RegionUnsupported,
    RequestRejected,
    SetupRejected,
)
from live_session import Disconnected, Setup, TurnEnded
from tests.contract.asking import SPOKEN, asked, last_error, opened
from tests.contract.conftest import KEY, MakeGeminiLive
from tests.contract.servers import Listening

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


@pytest.mark.parametrize(("code", "reason", "expected"), CLOSES)
async def test_a_close_instead_of_the_setup_says_what_is_wrong(
    code: int, reason: str, expected: type[ProviderError], gemini: GeminiLiveEmulator, gemini_live: MakeGeminiLive
) -> None:
    gemini.fault(Close(Moment.SETUP, code=code, reason=reason))
    with pytest.raises(ProviderError) as refused:
        await opened(gemini_live())
    assert type(refused.value) is (SetupRejected if expected is RequestRejected else expected)


async def test_a_refused_handle_is_no_refused_setup(gemini_live: MakeGeminiLive) -> None:
    with pytest.raises(RequestRejected):
        await opened(gemini_live(), Setup("", "Aoede", resumption_handle="unknown"))


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
        (400, SetupRejected),
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
