"""What is said in a chat waits for nothing but its order: no file, no notice and no button of the chat holds it up."""

import asyncio

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat, Hang, TelegramEmulator
from prompts.texts import text
from tests.audio.making import recording
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.test_recordings_and_drawings import DRAWING, SITE_PHOTO
from turn import PHOTO_AFTER_S
from updates.lanes import Bounds

ANYTHING = "application/octet-stream"
HELP_BEGINS = text("help.text", minutes=15)[:20]


def answers(count: int) -> list[Answer]:
    return [Answer(pcm=speech_like(1), transcript=f"ответ {number}") for number in range(1, count + 1)]


def said(chat: Chat) -> list[str]:
    return [message.text or message.caption or "" for message in chat.messages[1:]]


async def test_a_question_behind_a_file_does_not_wait_for_what_the_file_is(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(*answers(1))
    looked_at = telegram.fault("getFile", Hang(None))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(b"AC1027 drawing", name="plan.dwg", mime=ANYTHING)
        await telegram.wait_for(lambda call: call.method == "getFile")
        await ivan.send_text("Какая марка бетона?")
        assert (await ivan.next_message()).caption == "ответ 1"
        looked_at.release()
        assert (await ivan.next_message()).text == text("error.file_unsupported")


async def test_a_question_behind_a_notice_is_asked_before_the_notice_can_be_sent(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(*answers(1))
    async with run_bot():
        await begin(ivan)
        held = telegram.fault("sendMessage", Hang(None))
        await ivan.send_text("/voice_help")
        await telegram.wait_for(lambda call: HELP_BEGINS in str(call.params.get("text")))
        await ivan.send_text("Какая марка бетона?")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        assert not said(ivan)
        held.release()
        await ivan.wait_until(lambda chat: len(said(chat)) == 2)
    assert {words[:7] for words in said(ivan)} == {HELP_BEGINS[:7], "ответ 1"}


async def test_as_many_chats_as_there_are_slots_cannot_hold_another_one_with_their_notices(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(*answers(1))
    crowd = [
        telegram.private_chat(telegram.person(id=number, first_name=f"Иван {number}"))
        for number in range(1, Bounds().parallel + 2)
    ]
    quiet = crowd.pop()
    async with run_bot():
        await begin(quiet)
        held = [telegram.fault("sendMessage", Hang(None), chat=chat) for chat in crowd]
        for chat in crowd:
            await chat.send_text("/voice_help")
        await telegram.until(lambda: all(fault.met for fault in held) or None, 15)
        await quiet.send_text("Какая марка бетона?")
        assert (await quiet.next_message()).caption == "ответ 1"
        assert not any(chat.messages for chat in crowd)
        for fault in held:
            fault.release()
        for chat in crowd:
            assert HELP_BEGINS in ((await chat.next_message()).text or "")


async def test_the_stop_button_stops_also_while_telegram_hears_nothing_of_buttons(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="никогда", hold=asyncio.Event()))
    answered = telegram.fault("answerCallbackQuery", Hang(None))
    async with run_bot():
        await ivan.send_text("/voice_chat")
        started = await ivan.next_message()
        await ivan.send_text("Какая марка бетона?")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        await ivan.press(started, text("stop.button"))
        assert "завершён" in ((await ivan.next_message()).text or "")
        [call] = [call for call in telegram.calls if call.method == "answerCallbackQuery"]
        assert call.outcome == "pending"
        answered.release()


async def test_a_recording_sent_as_a_file_is_heard_before_the_question_behind_it(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(*answers(2))
    fetched = telegram.fault("getFile", Hang(None))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(
            recording(speech_like(2), 24_000, "mp3", "libmp3lame"), name="a.mp3", mime="audio/mpeg"
        )
        await telegram.wait_for(lambda call: call.method == "getFile")
        await ivan.send_text("О чём это?")
        fetched.release()
        await ivan.wait_until(lambda chat: "ответ 2" in said(chat))
    assert [(turn.heard.seconds > 1, turn.heard.texts) for turn in gemini.turns] == [
        (True, ()),
        (False, ("О чём это?",)),
    ]


@pytest.mark.parametrize(
    ("data", "pictures"), [(DRAWING, 1), (recording(speech_like(2), 24_000, "mp3", "libmp3lame"), 0)]
)
async def test_a_file_with_a_caption_is_asked_about_before_the_question_behind_it_whatever_it_is(
    data: bytes, pictures: int, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(*answers(2))
    looked_at = telegram.fault("getFile", Hang(None))
    async with run_bot():
        await begin(ivan)
        await ivan.send_photo(SITE_PHOTO)
        await telegram.wait_for(lambda call: call.method == "getFile")
        await ivan.send_document(data, name="без имени", mime=ANYTHING, caption="Что это?")
        await telegram.until(lambda: sum(call.method == "getFile" for call in telegram.calls) == 2 or None, 15)
        await ivan.send_text("А это?")
        looked_at.release()
        await ivan.wait_until(lambda chat: "ответ 2" in said(chat))
    first, second = (turn.heard for turn in gemini.turns)
    assert (first.texts, len(first.pictures), second.texts) == (("Что это?",), 1 + pictures, ("А это?",))


async def test_a_captioned_file_that_is_nothing_is_told_of_and_the_next_question_is_asked(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(*answers(1))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(b"AC1027 drawing", name="plan.dwg", mime=ANYTHING, caption="Что тут?")
        assert (await ivan.next_message()).text == text("error.file_unsupported")
        await ivan.send_text("Какая марка бетона?")
        assert (await ivan.next_message()).caption == "ответ 1"


async def test_a_picture_that_came_as_a_slow_file_belongs_to_the_question_behind_it(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="никогда", hold=asyncio.Event()), *answers(1))
    fetched = telegram.fault("getFile", Hang(None))
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(SITE_PHOTO, name="site.jpg", mime="image/jpeg")
        await telegram.wait_for(lambda call: call.method == "getFile")
        await ivan.send_text("Что на снимке?")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
        await asyncio.sleep(PHOTO_AFTER_S)  # it is none that was sent right behind its question
        fetched.release()
        assert (await ivan.next_message()).caption == "ответ 1"
    heard = gemini.turns[-1].heard
    assert (heard.texts, len(heard.pictures)) == (("Что на снимке?",), 1)
