"""The process dies between the pieces of an answer: the next one takes them back and asks again, or says so."""

import asyncio

from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import Chat, Hang, Refusal, TelegramEmulator
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.long_answers import assert_is_the_answer, counting, has_all_words, voices
from tests.end_to_end.test_doubtful_sends import NOTE, Start, start
from tests.end_to_end.test_long_answers import AFTER_A_PIECE, BROKE_OFF

__all__ = ["start"]


async def shown_again(telegram: TelegramEmulator) -> None:
    """The bot knows that the piece arrived when it shows that it goes on."""
    sent = await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 200)
    await telegram.wait_for(lambda call: call.method == "sendChatAction" and call.number > sent.number)


async def test_killed_after_a_piece_the_next_process_deletes_it_and_answers_whole(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    never, answer = asyncio.Event(), counting(3, first=30)
    gemini.say(counting(14, pace=3.0, hold=never, hold_after=AFTER_A_PIECE), answer)
    async with start():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        first = await ivan.next_message()
        await shown_again(telegram)
    async with start():
        await ivan.wait_until(has_all_words(answer))
    assert first.deleted
    assert_is_the_answer(voices(ivan), answer)
    assert len(ivan.messages) == 3


async def test_killed_after_a_piece_that_cannot_be_deleted_the_person_is_told_and_nothing_is_asked_again(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    never = asyncio.Event()
    gemini.say(counting(14, pace=3.0, hold=never, hold_after=AFTER_A_PIECE))
    async with start():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.next_message()
        await shown_again(telegram)
    telegram.fault("deleteMessage", Refusal(400, "Bad Request: message can't be deleted for everyone"))
    async with start():
        told = await ivan.next_message()
    assert (told.text, told.buttons) == (BROKE_OFF, [])
    assert sum(len(one.activities) for one in gemini.connections) == 1


async def test_killed_while_a_later_piece_is_sent_the_person_is_told_and_can_have_it(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, start: Start
) -> None:
    gemini.say(counting(14, pace=3.0))
    async with start():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.next_message()
        hanging = telegram.fault("sendVoice", Hang(None))
        await telegram.wait_for(lambda call: call.method == "sendVoice" and bool(hanging.met) and call.status == 0)
    telegram.clear_faults()
    async with start():
        told = await ivan.next_message()
        await ivan.press(told, "📨 Отправить ещё раз")
        assert (await ivan.next_message()).kind == "voice"
    assert told.text == BROKE_OFF
    assert sum(len(one.activities) for one in gemini.connections) == 1


async def test_stopped_in_order_after_a_piece_it_is_not_said_twice_either(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    never, answer = asyncio.Event(), counting(3, first=30)
    gemini.say(counting(14, pace=3.0, hold=never, hold_after=AFTER_A_PIECE), answer)
    async with run_bot(drain_seconds=0.1):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        first = await ivan.next_message()
    async with run_bot():
        await ivan.wait_until(has_all_words(answer))
    assert first.deleted
    assert_is_the_answer(voices(ivan), answer)
