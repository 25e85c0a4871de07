"""A restarted bot goes on as if nothing had happened."""

from asyncio import Event
from pathlib import Path

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import GREETING, QUESTION
from emulators.telegram import Chat, TelegramEmulator
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin, words, words_of

PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
NOTE = QUESTION.path.read_bytes()


async def test_the_conversation_goes_on_in_the_same_context(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: bool(gemini.turns) and words(chat) == words_of(gemini, 0))
    async with run_bot():
        await ivan.send_voice(GREETING.path.read_bytes())
        await ivan.wait_until(
            lambda chat: len(gemini.turns) == 2 and words(chat) == words_of(gemini, 0) + words_of(gemini, 1)
        )
        await ivan.send_text("/stop")
        await ivan.wait_until(lambda chat: "завершён" in (chat.messages[-1].text or ""))
        report = ivan.messages[-1].text or ""
    assert "Прошлая запись: пять секунд" in gemini.turns[1].said.transcript
    assert "• Отправлено сообщений: 2\n• Получено сообщений: 2" in report
    assert gemini.connections[1].setup["sessionResumption"] == {"handle": gemini.connections[0].handle}


async def test_an_answer_that_was_being_made_comes_after_the_restart(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    never = Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="до", hold=never), Answer(pcm=speech_like(1), transcript="после"))
    async with run_bot(drain_seconds=0.1):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
    async with run_bot():
        assert (await ivan.next_message()).caption == "после"
    assert [message.kind for message in ivan.messages] == ["text", "voice"]


async def test_a_photo_that_waited_for_its_question_waits_on(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="вижу"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_photo(PHOTO)
        first = await telegram.wait_for(lambda call: call.method == "getFile")
    async with run_bot():
        await telegram.wait_for(lambda call: call.method == "getFile" and call.number > first.number)
        await ivan.send_text("Что на снимке?")
        assert (await ivan.next_message()).caption == "вижу"
    assert len(gemini.turns[0].heard.images) == 1


async def test_what_was_answered_is_not_answered_again(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        sent = await ivan.send_voice(NOTE)
        await ivan.next_message()
    assert sent.update_id is not None
    telegram.repeat_update(sent.update_id)
    async with run_bot():
        await ivan.send_text("/voice_chat")
        assert (await ivan.next_message()).text == "Разговор уже идёт: говорите, присылайте фото или пишите."
    assert len(gemini.turns) == 1


async def test_the_chosen_voice_is_remembered(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    async with run_bot():
        await ivan.send_text("/voice")
        card = await ivan.next_message()
        await ivan.press(card, "Fenrir")
        await ivan.wait_until(lambda chat: len(card.edits) == 1)
    async with run_bot():
        await ivan.send_text("/voice")
        assert "Сейчас: Fenrir" in ((await ivan.next_message()).text or "")


async def test_a_stopped_conversation_leaves_nothing_behind(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("/stop")
        await ivan.next_message()
    async with run_bot():
        await ivan.send_text("вопрос")
        assert ((await ivan.next_message()).text or "").startswith("Разговор не начат")
