"""What a foreman does with the bot, over the real clients."""

from asyncio import Event
from pathlib import Path

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import GREETING, QUESTION
from emulators.telegram import Chat, TelegramEmulator
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin, words, words_of

SITE_PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
NOTE = QUESTION.path.read_bytes()


async def test_a_voice_note_is_answered_with_a_captioned_voice_message(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        answer = await ivan.next_message()
        assert answer.kind == "voice", answer.text
        await ivan.wait_until(lambda chat: bool(gemini.turns) and words(chat) == words_of(gemini, 0))
    assert answer.file_name == "answer.ogg"
    assert "пять секунд" in (answer.caption or "")
    assert not telegram.problems


async def test_the_connection_is_open_before_the_first_note_comes(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 1)
        assert not gemini.connections[0].activities


async def test_the_second_answer_remembers_the_first_note(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: bool(gemini.turns) and words(chat) == words_of(gemini, 0))
        await ivan.send_voice(GREETING.path.read_bytes())
        await ivan.wait_until(
            lambda chat: len(gemini.turns) == 2 and words(chat) == words_of(gemini, 0) + words_of(gemini, 1)
        )
    second = gemini.turns[1].said.transcript
    assert "Прошлая запись" in second
    assert "пять секунд" in second


async def test_text_is_answered_with_voice(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("Сколько бетона на плиту шесть на восемь?")
        assert (await ivan.next_message()).kind == "voice"
    assert gemini.turns[0].heard.texts == ("Сколько бетона на плиту шесть на восемь?",)


async def test_a_captioned_photo_is_one_turn_with_its_caption(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_photo(SITE_PHOTO, caption="Что не так?")
        assert (await ivan.next_message()).kind == "voice"
    heard = gemini.turns[0].heard
    assert heard.texts == ("Что не так?",)
    assert len(heard.images) == 1


async def test_a_photo_waits_for_the_spoken_question(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_photo(SITE_PHOTO)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).kind == "voice"
    heard = gemini.turns[0].heard
    assert len(heard.images) == 1
    assert heard.seconds > 4
    assert len(gemini.turns) == 1


async def test_an_album_is_one_turn_in_its_order(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_album([SITE_PHOTO, SITE_PHOTO, SITE_PHOTO], caption="Сравни")
        assert (await ivan.next_message()).kind == "voice"
    assert len(gemini.turns) == 1
    assert len(gemini.turns[0].heard.images) == 3
    assert gemini.turns[0].heard.texts == ("Сравни",)


@pytest.mark.parametrize("newer", ["note", "text", "captioned photo"])
async def test_what_is_said_anew_interrupts_and_nothing_of_the_old_answer_follows(
    newer: str, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    held = Event()
    gemini.say(
        Answer(pcm=speech_like(8), transcript="старый ответ", hold=held, hold_after=20),
        Answer(pcm=speech_like(1), transcript="новый ответ"),
    )
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await gemini.wait_until(lambda emulator: [len(one.activities) for one in emulator.connections] == [1])
        match newer:
            case "note":
                await ivan.send_voice(GREETING.path.read_bytes())
            case "text":
                await ivan.send_text("А сколько кирпича?")
            case _:
                await ivan.send_photo(SITE_PHOTO, caption="Что тут?")
        answer = await ivan.next_message(30)
        held.set()
        await ivan.send_text("/stop")
        report = await ivan.next_message()
    assert answer.caption == "новый ответ"
    assert gemini.turns[0].interrupted
    assert "• Отправлено сообщений: 2\n• Получено сообщений: 1" in (report.text or "")


async def test_stop_shows_the_statistics_and_the_button_does_too(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="да"))
    async with run_bot():
        await ivan.send_text("/voice_chat")
        started = await ivan.next_message()
        await ivan.send_voice(NOTE)
        await ivan.next_message()
        pressed = await ivan.press(started, "🛑 Завершить разговор")
        report = await ivan.next_message()
        await ivan.send_text("/stop")
        nothing = await ivan.next_message()
    assert pressed.answer is not None
    lines = (report.text or "").splitlines()
    said = [message.get("realtimeInput", {}) for message in gemini.connections[0].messages]
    frames = sum("audio" in one for one in said)
    assert 1 <= frames / gemini.turns[0].heard.seconds <= 10  # as it comes: of a second at most, of 100 ms at least
    assert lines[:6] == [
        "🛑 Голосовой разговор завершён",
        "📊 Статистика сессии:",
        "• Отправлено сообщений: 1",
        "• Получено сообщений: 1",
        f"• Аудио фрагментов отправлено: {frames}",
        "• Аудио фрагментов получено: 25",
    ]
    assert "0,0" in lines[-1]
    assert nothing.text == "Сейчас разговора нет; начать его можно командой /voice_chat."


async def test_recording_is_shown_until_the_voice_message_is_there(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    held = Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="да", hold=held))
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: [action for _, action, _ in chat.actions] == ["record_voice"])
        held.set()
        assert (await ivan.next_message()).kind == "voice"


async def test_voice_chat_twice_is_the_same_conversation(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("/voice_chat")
        reminder = await ivan.next_message()
        await ivan.send_text("раз")
        await ivan.next_message()
    assert reminder.text == "Разговор уже идёт: говорите, присылайте фото или пишите."
    assert len(gemini.connections) == 1


async def test_a_message_without_a_conversation_gets_a_button_that_starts_one(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await ivan.send_voice(NOTE)
        offer = await ivan.next_message()
        await ivan.press(offer, "🎤 Начать разговор")
        started = await ivan.next_message()
    assert offer.text == "Разговор не начат: нажмите кнопку, и я отвечу голосом."
    assert "ЗАПУЩЕН" in (started.text or "")


async def test_a_chosen_voice_is_used_and_a_sample_can_be_heard(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await ivan.send_text("/voice")
        card = await ivan.next_message()
        await ivan.press(card, "▶️ Kore")
        sample = await ivan.next_message()
        await ivan.press(card, "Charon")
        await ivan.wait_until(lambda chat: len(card.edits) == 1)
        await begin(ivan)
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 2)
    voices = [
        connection.setup["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"]
        for connection in gemini.connections
    ]
    assert voices == ["Kore", "Charon"]
    assert (sample.kind, sample.caption) == ("voice", "Kore: женский, спокойный")
    assert "Сейчас: Charon" in (card.text or "")


async def test_a_sample_asked_for_twice_at_once_is_spoken_once(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    told = Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="образец", hold=told))
    async with run_bot():
        await ivan.send_text("/voice")
        card = await ivan.next_message()
        await ivan.press(card, "▶️ Kore")
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 1)
        again = await ivan.press(card, "▶️ Kore")
        await again.answer()
        told.set()
        samples = [await ivan.next_message(), await ivan.next_message()]
    assert [sample.caption for sample in samples] == ["Kore: женский, спокойный"] * 2
    assert len(gemini.connections) == 1


async def test_people_with_an_english_telegram_read_english(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ann = telegram.private_chat(telegram.person(id=2, first_name="Ann", language_code="en"))
    async with run_bot():
        await ann.send_text("/voice_chat")
        started = await ann.next_message()
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 1)
    assert "VOICE ASSISTANT STARTED" in (started.text or "")
    assert "in English" in gemini.connections[0].setup["systemInstruction"]["parts"][0]["text"]


async def test_the_menu_is_set_for_each_language_and_kind_of_chat(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await telegram.wait_for(lambda _: _menus(telegram) == 6)
    menus = [call for call in telegram.calls if call.method == "setMyCommands"]
    assert {call.params.get("language_code") for call in menus} == {None, "ru", "en"}
    assert len({str(call.params["scope"]) for call in menus}) == 2


def _menus(telegram: TelegramEmulator) -> int:
    return sum(call.method == "setMyCommands" for call in telegram.calls)
