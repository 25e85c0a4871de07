"""When the model does not answer, the person hears why in one sentence, and the operator's people do too."""

from asyncio import Event

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import Close, EmptyTurn, Fault, HttpError, Moment, Silence
from emulators.telegram import Chat, TelegramEmulator
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin

ADMIN = 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Close(Moment.SETUP, code=1007, reason="API key not valid. Please pass a valid API key."), "key_rejected"),
        (
            Close(Moment.SETUP, code=1007, reason="User location is not supported for the API use."),
            "region_unsupported",
        ),
        (Close(Moment.SETUP, code=1011, reason="You exceeded your current quota."), "quota_spent"),
        (HttpError(429), "quota_spent"),
        (
            Close(Moment.SETUP, code=1008, reason="models/x is not found for API version v1beta, or is not supported"),
            "model_unknown",
        ),
        (Close(Moment.SETUP, code=1007, reason="Request contains an invalid argument."), "setup_rejected"),
    ],
)
async def test_what_the_operator_must_mend_is_told_to_the_person_and_once_to_the_administrators(
    fault: Fault, code: str, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    boss = telegram.private_chat(telegram.person(id=ADMIN, first_name="Начальник"))
    gemini.fault(fault, times=None)
    async with run_bot(admin_users=frozenset({ADMIN})):
        await begin(ivan)
        for _ in range(2):
            await ivan.send_text("вопрос")
            assert (await ivan.next_message()).text == text(f"error.{code}")
        told = await boss.next_message()
    assert text(f"operator.{code}") in (told.text or "")
    assert len(boss.messages) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Silence(Moment.ACTIVITY_END), "answer_timed_out"),
        (EmptyTurn(), "answer_empty"),
        (Close(Moment.ACTIVITY_END, code=1011, reason="Internal error encountered."), "provider_unavailable"),
        (HttpError(503), "provider_unavailable"),
    ],
)
async def test_a_question_is_asked_again_once_then_its_failure_is_told(
    fault: Fault, code: str, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot(turn_timeout_seconds=1.0):
        await begin(ivan)
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 1)
        gemini.fault(fault, times=2)
        await ivan.send_text("вопрос")
        if isinstance(fault, HttpError):
            gemini.drop_all()
        assert (await ivan.next_message()).text == text(f"error.{code}")
        gemini.say(Answer(pcm=speech_like(1), transcript="снова здесь"))
        await ivan.send_text("вопрос")
        assert (await ivan.next_message()).caption == "снова здесь"


@pytest.mark.parametrize(
    "fault",
    [
        Close(Moment.ACTIVITY_END, code=1011, reason="Internal error encountered."),
        Close(Moment.CHUNK, chunks=5, code=1011, reason="Internal error encountered."),
        EmptyTurn(),
        Silence(Moment.ACTIVITY_END),
    ],
)
async def test_after_one_failure_the_person_hears_one_whole_answer(
    fault: Fault, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    answer = Answer(pcm=speech_like(2), transcript="целый ответ")
    gemini.say(answer, answer)
    gemini.fault(fault)
    async with run_bot(turn_timeout_seconds=1.0):
        await begin(ivan)
        await ivan.send_text("вопрос")
        received = await ivan.next_message()
        await ivan.send_text("/stop")
        await ivan.next_message()
    assert (received.caption, received.duration) == ("целый ответ", 2)
    assert len(ivan.messages) == 3


async def test_what_a_fresh_connection_rejects_is_not_sent_again(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.fault(Close(Moment.ACTIVITY_END, code=1007, reason="Request contains an invalid argument."), times=None)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("вопрос")
        assert (await ivan.next_message()).text == text("error.request_rejected")
    assert sum(len(connection.activities) for connection in gemini.connections) == 1


async def test_before_the_server_goes_away_the_turn_is_finished_and_the_conversation_resumed(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    held = Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="до", hold=held), Answer(pcm=speech_like(1), transcript="после"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("раз")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        gemini.go_away(seconds=5)
        held.set()
        assert (await ivan.next_message()).caption == "до"
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 2)
        await ivan.send_text("два")
        assert (await ivan.next_message()).caption == "после"
    first, second = gemini.connections
    assert first.handle is not None
    assert second.setup["sessionResumption"] == {"handle": first.handle}
