"""Faults 1 to 8 and 12: the connection to the model breaks, falls silent, lags or is refused."""

from asyncio import Event
from collections import Counter
from time import monotonic

import pytest

import gemini_live_session
from emulators.gemini_live import GeminiLiveEmulator
from emulators.gemini_live.faults import Abort, Close, DelayedPongs, Fault, HalfOpen, HttpError, Moment, Silence
from emulators.telegram import Chat, TelegramEmulator
from prompts.texts import text
from tests.audio.ogg_check import checked
from tests.clock import assert_sooner, reads_the_clock
from tests.end_to_end.conftest import RunBot, begin
from tests.faults.conftest import Crowd
from tests.faults.ledger import accounted, answer, note, quoted
from tests.proxies import TcpProxy
from tests.volume import long

FRAME_BYTES = 2_800
"""A piece of 40 ms of speech on the wire, about."""
ANSWER_BYTES = 72_000


def _url(proxy: TcpProxy) -> str:
    return f"https://localhost:{proxy.port}"


@pytest.mark.parametrize("every", [pytest.param(1, marks=long), 6], ids=["all", "some"])
@pytest.mark.parametrize("first", [1, FRAME_BYTES // 2], ids=["between frames", "inside of frames"])
async def test_1_a_reset_anywhere_in_an_answer_leaves_one_whole_answer(
    first: int, every: int, crowd: Crowd, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    chats = crowd(2)
    resets = range(first, ANSWER_BYTES, every * FRAME_BYTES)
    async with TcpProxy("127.0.0.1", gemini.port) as proxy, run_bot(google_gemini_base_url=_url(proxy)):
        for chat in chats:
            await begin(chat)
        for number, n_bytes in enumerate(resets):
            chat = chats[number % 2]
            proxy.reset_after(n_bytes, "down")
            await chat.send_text(f"вопрос {number}")
            received = await chat.next_message()
            assert (received.caption, received.duration) == (quoted(f"вопрос {number}"), 1)
    assert accounted(telegram, chats) == Counter(answered=len(resets))
    assert len(gemini.connections) > len(resets) / 2


async def test_2_a_half_open_connection_is_noticed_and_the_question_asked_again(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with (
        TcpProxy("127.0.0.1", gemini.port) as proxy,
        run_bot(google_gemini_base_url=_url(proxy), turn_timeout_seconds=0.5),
    ):
        await begin(ivan)
        await ivan.send_text("до")  # once this is answered the bot has its connection, whatever was sent before
        assert (await ivan.next_message()).caption == quoted("до")
        proxy.freeze()
        await ivan.send_text("вопрос")
        await proxy.connected(2)
        proxy.thaw()
        assert (await ivan.next_message()).caption == quoted("вопрос")


async def test_2_a_connection_that_is_half_open_twice_is_told(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.fault(HalfOpen(Moment.ACTIVITY_END), times=2)
    async with run_bot(turn_timeout_seconds=0.5):
        await begin(ivan)
        await ivan.send_text("вопрос")
        assert (await ivan.next_message()).text == text("error.answer_timed_out")


async def test_3_before_a_server_goes_away_the_next_connection_is_open(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    held = Event()
    gemini.say(answer("раз", hold=held))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("раз")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        gemini.go_away(seconds=5)
        held.set()
        await ivan.next_message()
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 2)
        first, second = gemini.connections
        await ivan.send_text("два")
        assert (await ivan.next_message()).caption == quoted("два")
        assert first.close_code in (None, 1000)
    assert second.setup["sessionResumption"] == {"handle": first.handle}


@pytest.mark.parametrize("moment", [Moment.SETUP, Moment.CHUNK, Moment.IDLE])
@pytest.mark.parametrize(
    "code", [1011, 1008, 1006, 1007], ids=["1011 internal", "1008 policy", "1006 no close", "1007 invalid"]
)
async def test_4_each_close_code_has_its_policy(
    code: int, moment: Moment, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    reason = "Request contains an invalid argument." if code == 1007 else "Something is wrong."
    fault: Fault = Abort(moment, chunks=3) if code == 1006 else Close(moment, chunks=3, code=code, reason=reason)
    gemini.fault(fault)
    async with run_bot():
        await begin(ivan)
        for question in ("раз", "два"):
            await ivan.send_text(question)
            await ivan.next_message()
    fates = accounted(telegram, [ivan])
    if code == 1007 and moment is Moment.CHUNK:
        # A fresh connection rejected it: the same thing is not said again.
        assert fates == Counter(told=1, answered=1)
        assert [len(connection.activities) for connection in gemini.connections] == [1, 1]
    elif code in (1011, 1006) or moment is Moment.IDLE:
        assert fates == Counter(answered=2)


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "stale"])
async def test_5_a_handle_that_is_not_taken_is_dropped_and_the_past_told_instead(
    refused: bool, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("раз")
        await ivan.next_message()
        if refused:
            gemini.fault(Close(Moment.SETUP, code=1007, reason="Invalid session resumption handle."))
        else:
            gemini.expire_handles()
        gemini.drop_all()
        await gemini.wait_until(lambda emulator: not emulator.connections[0].open)
        await ivan.send_text("два")
        assert (await ivan.next_message()).caption == quoted("два")
    last = gemini.connections[-1]
    assert "handle" not in last.setup["sessionResumption"]
    told = str([message["clientContent"] for message in last.messages if "clientContent" in message])
    assert "раз" in told
    assert quoted("раз") in told


async def test_6_late_pongs_do_not_end_a_connection(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pongs of 30 s, at a fortieth of all times."""
    for name in ("PING_EVERY_S", "PONG_WITHIN_S"):
        monkeypatch.setattr(gemini_live_session, name, getattr(gemini_live_session, name) / 40)
    gemini.fault(DelayedPongs(30 / 40))
    async with run_bot():
        await begin(ivan)
        for question in ("раз", "два"):
            await ivan.send_text(question)
            assert (await ivan.next_message()).caption == quoted(question)
            # The next ping goes out only when the one before was answered in time.
            await _pinged(gemini, gemini.connections[0].pings + 2)
        assert [connection.close_code for connection in gemini.connections] == [None]


async def _pinged(gemini: GeminiLiveEmulator, times: int) -> None:
    await gemini.wait_until(lambda emulator: emulator.connections[0].pings == times)


@reads_the_clock
@pytest.mark.parametrize("silences", [1, 2])
async def test_7_a_silent_server_is_asked_once_more_then_the_person_is_told(
    silences: int, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.fault(Silence(Moment.ACTIVITY_END), times=silences)
    async with run_bot(turn_timeout_seconds=0.5):
        await begin(ivan)
        asked_at = monotonic()
        await ivan.send_text("вопрос")
        await ivan.next_message()
        took = monotonic() - asked_at
    assert accounted(telegram, [ivan]) == (Counter(answered=1) if silences == 1 else Counter(told=1))
    assert sum(len(connection.activities) for connection in gemini.connections) == 2
    assert took >= 0.5 * silences
    assert_sooner(took, 4)


@pytest.mark.parametrize("pace", [0.5, 10.0], ids=["at half speed", "in bursts"])
async def test_8_slow_and_bursty_speech_make_the_same_valid_voice_message(
    pace: float, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(answer("запись 2 с", pace=pace))
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(note(2))
        received = await ivan.next_message()
    assert (received.kind, received.caption) == ("voice", quoted("запись 2 с"))
    assert received.data is not None
    assert checked(received.data).seconds == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("status", [429, 503])
async def test_12_a_model_that_refuses_connections_is_not_stormed_and_everybody_is_told(
    status: int,
    crowd: Crowd,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    run_bot: RunBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dialling.PATIENCE_S", 1.5)  # instead of 10
    chats = crowd(50)
    gemini.fault(HttpError(status), times=None)
    async with TcpProxy("127.0.0.1", gemini.port) as proxy, run_bot(google_gemini_base_url=_url(proxy)):
        for chat in chats:
            await chat.send_text("/voice_chat")
        for chat in chats:
            await chat.next_message()
            await chat.send_text("вопрос")
        for chat in chats:
            await chat.next_message()
        dialled = len(proxy.connections)
    assert accounted(telegram, chats) == Counter(told=50)
    # The first ones may all be on their way when the first refusal comes; afterwards one tries for all.
    assert dialled <= 32 + 5


async def test_12_after_a_refusal_that_passes_everybody_is_answered(
    crowd: Crowd, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    chats = crowd(3)
    gemini.fault(HttpError(503), times=2)
    async with run_bot():
        for chat in chats:
            await begin(chat)
            await chat.send_text("вопрос")
        for chat in chats:
            await chat.next_message()
    assert accounted(telegram, chats)["answered"] >= 2
