"""`kill -9` in the middle of a function: what it did is not done twice, and what nobody knows is said so."""

from asyncio import Event

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.faults import Hang
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import begin
from tests.end_to_end.test_doubtful_sends import Start, start
from tests.end_to_end.test_function_sending import results
from tests.end_to_end.test_process import DEADLINE_S

__all__ = ("start",)

WRITES = Call("send_text", {"text": "Ведомость"})


async def test_a_text_that_was_sent_before_the_kill_is_not_sent_again(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    never = Event()
    gemini.say(
        Answer(calls=[WRITES], then=Answer(pcm=speech_like(1), transcript="до", hold=never)),
        Answer(calls=[WRITES], then=Answer(pcm=speech_like(1), transcript="после")),
    )
    async with start() as process:
        await begin(ivan)
        await ivan.send_text("отправь текстом")
        assert (await ivan.next_message()).text == "Ведомость"
        await gemini.wait_until(lambda emulator: bool(results(emulator)))
        process.kill()
        await process.wait()
    async with start():
        assert (await ivan.next_message(timeout=DEADLINE_S)).caption == "после"
    assert [message.text for message in ivan.messages if message.kind == "text"][1:] == ["Ведомость"]
    assert results(gemini)[1]["repeated"] is True


async def test_a_text_that_was_on_its_way_at_the_kill_is_not_repeated_and_the_model_is_told(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    answers = Answer(calls=[WRITES], then=Answer(pcm=speech_like(1), transcript="посмотрите выше"))
    gemini.say(answers, answers)
    async with start() as process:
        await begin(ivan)
        telegram.fault("sendMessage", Hang())
        before = len(telegram.calls)
        await ivan.send_text("отправь текстом")
        await telegram.wait_for(lambda call: call.method == "sendMessage" and call.number > before)
        process.kill()
        await process.wait()
    async with start():
        told = await ivan.next_message(timeout=DEADLINE_S)
        assert (await ivan.next_message(timeout=DEADLINE_S)).caption == "посмотрите выше"
        assert not any(message.text == "Ведомость" for message in ivan.messages)
        await ivan.press(told, "📨 Отправить ещё раз")
        assert (await ivan.next_message(timeout=DEADLINE_S)).text == "Ведомость"
    assert "могло не дойти" in (told.text or "")
    assert results(gemini)[-1]["status"] == "unknown_outcome"
