"""The model calls a function in the middle of an answer."""

from asyncio import Event

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.gemini_live.faults import Close, Moment, Silence
from emulators.telegram import Chat
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin

ASKS = Answer(
    calls=[Call("norm_status", {"norm": "СП 63.13330.2018"})],
    then=Answer(pcm=speech_like(1), transcript="Действует"),
)


def _results(gemini: GeminiLiveEmulator) -> list[dict[str, object]]:
    return [
        response["response"]
        for connection in gemini.connections
        for message in connection.messages
        for response in message.get("toolResponse", {}).get("functionResponses", [])
    ]


async def test_the_status_of_a_norm_comes_from_the_catalogue(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(ASKS)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("Действует ли СП 63?")
        assert (await ivan.next_message()).caption == "Действует"
    (result,) = _results(gemini)
    assert "Бетонные и железобетонные конструкции" in str(result)
    assert gemini.connections[0].setup["tools"][0]["functionDeclarations"][0]["behavior"] == "BLOCKING"


async def test_a_function_that_does_not_exist_is_answered_too(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(calls=[Call("norm_status", {})], then=Answer(pcm=speech_like(1), transcript="Какую норму?")))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("Действует ли?")
        assert (await ivan.next_message()).caption == "Какую норму?"
    (result,) = _results(gemini)
    assert "invalid_arguments" in str(result)


async def test_a_break_during_a_call_is_followed_by_one_whole_answer(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(ASKS, ASKS)
    gemini.fault(Close(Moment.TOOL_CALL, code=1011, reason="Internal error encountered."))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("Действует ли СП 63?")
        assert (await ivan.next_message()).caption == "Действует"
    assert len(ivan.messages) == 2


async def test_a_question_after_a_call_interrupts_the_answer_that_came_of_it(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    never = Event()
    gemini.say(
        Answer(calls=ASKS.calls, then=Answer(pcm=speech_like(1), transcript="Действует", hold=never)),
        Answer(pcm=speech_like(1), transcript="Другое"),
    )
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("Действует ли СП 63?")
        await gemini.wait_until(lambda emulator: bool(_results(emulator)))
        await ivan.send_text("Не надо, скажи другое")
        assert (await ivan.next_message()).caption == "Другое"
    assert len(ivan.messages) == 2


async def test_a_model_that_falls_silent_after_a_call_is_noticed(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(ASKS, ASKS)
    gemini.fault(Silence(Moment.TOOL_CALL))
    async with run_bot(turn_timeout_seconds=0.5):
        await begin(ivan)
        await ivan.send_text("раз")
        assert (await ivan.next_message(timeout=5)).caption == "Действует"
