"""The first words of a long answer come early, and what may go wrong between its pieces."""

import asyncio
from itertools import pairwise
from time import monotonic

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import Abort, Moment
from emulators.telegram import BotMessage, Chat, DeliveredButNotTold, Refusal, TelegramEmulator, TooManyRequests
from tests.audio.speech import silence, speech_like
from tests.clock import assert_sooner, reads_the_clock
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.long_answers import assert_is_the_answer, counting, has_all_words, voices

# Python-telegram-bot warns of itself whenever it meets a 429.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

BROKE_OFF = "Ответ оборвался на середине, и продолжения не будет; задайте, пожалуйста, вопрос ещё раз."
MAY_BE_LOST = "Ответ мог не дойти: Telegram не подтвердил доставку; если его нет выше, нажмите кнопку."
AFTER_A_PIECE = 150
"""Chunks of 40 ms: the first piece has gone by then, and the second one not."""


@reads_the_clock
async def test_the_first_words_of_half_a_minute_come_after_two_seconds(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    answer = counting(30, pace=1.5)
    gemini.say(answer)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        asked = monotonic()
        first = await ivan.next_message()
        took = monotonic() - asked
        assert took > 1.0
        assert_sooner(took, 3.2)
        await ivan.wait_until(has_all_words(answer), timeout=40)
        await ivan.send_text("/stop")
        await ivan.wait_until(lambda chat: "• Получено сообщений: 1\n" in (chat.messages[-1].text or ""))
    pieces = voices(ivan)
    assert_is_the_answer(pieces, answer)
    assert 3 <= len(pieces) <= 4
    assert 2 <= (first.duration or 0) <= 4
    assert [message.silent for message in pieces] == [False] + [True] * (len(pieces) - 1)
    assert all(message.caption for message in pieces)
    recordings = [at for at, action, _ in ivan.actions if action == "record_voice"]
    for one, other in pairwise(pieces):
        assert any(one.at <= at < min(one.at + 1, other.at) for at in recordings), "nothing is shown between the pieces"


async def test_a_long_silence_in_the_middle_is_not_the_end(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    one, other = counting(4), counting(5, first=30)
    answer = Answer(
        pcm=one.pcm + silence(6, 24_000) + other.pcm, transcript=f"{one.transcript} {other.transcript}", pace=5.0
    )
    gemini.say(answer)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        await gemini.wait_until(lambda emulator: len(emulator.turns) == 1)
        await ivan.wait_until(lambda chat: len(voices(chat)) == 2)
    assert_is_the_answer(voices(ivan), answer)


async def test_an_interruption_stops_after_the_piece_that_is_there(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    never = asyncio.Event()
    gemini.say(counting(20, pace=3.0, hold=never, hold_after=AFTER_A_PIECE), counting(1, first=50))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        first = await ivan.next_message()
        await ivan.send_text("не надо")
        second = await ivan.next_message()
        assert (second.kind, second.caption, second.silent) == ("voice", "Пятьдесят. Пятьдесят один.", False)
        await ivan.send_text("/stop")
        await ivan.wait_until(lambda chat: "• Получено сообщений: 1\n" in (chat.messages[-1].text or ""))
    assert [message.message_id for message in voices(ivan)] == [first.message_id, second.message_id]


async def test_after_a_break_the_pieces_are_deleted_and_one_whole_answer_comes(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    answer = counting(14, first=30, pace=3.0)
    gemini.say(counting(14, pace=3.0), answer)
    gemini.fault(Abort(Moment.CHUNK, chunks=AFTER_A_PIECE))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        first = await ivan.next_message()
        await ivan.wait_until(has_all_words(answer))
        await ivan.send_text("/stop")
        await ivan.wait_until(lambda chat: "• Получено сообщений: 1\n" in (chat.messages[-1].text or ""))
    assert first.deleted
    assert_is_the_answer(voices(ivan), answer)
    deleted = next(call.number for call in telegram.calls if call.method == "deleteMessage")
    assert sum(call.method == "sendVoice" and call.number < deleted for call in telegram.calls) == 1


async def test_where_a_piece_cannot_be_deleted_nothing_is_asked_again_and_one_sentence_says_so(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(counting(14, pace=3.0))
    gemini.fault(Abort(Moment.CHUNK, chunks=AFTER_A_PIECE))
    telegram.fault("deleteMessage", Refusal(400, "Bad Request: message can't be deleted for everyone"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        first = await ivan.next_message()
        told = await ivan.next_message()
    assert (told.text, told.buttons) == (BROKE_OFF, [])
    assert not first.deleted
    assert len(ivan.messages) == 3
    assert sum(len(connection.activities) for connection in gemini.connections) == 1


async def test_a_piece_that_may_have_arrived_is_not_repeated_and_the_rest_goes_on(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    answer = counting(9, pace=4.0)
    gemini.say(answer)
    telegram.fault("sendVoice", DeliveredButNotTold())
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        told = await _next_text(ivan)
        pieces = voices(ivan)
        await ivan.press(told, "📨 Отправить ещё раз")
        await ivan.wait_until(lambda chat: len(voices(chat)) == len(pieces) + 1)
    assert told.text == MAY_BE_LOST
    assert_is_the_answer(pieces, answer)
    assert voices(ivan)[-1].data == pieces[0].data


async def test_when_the_connection_breaks_after_a_piece_in_doubt_the_person_is_told_and_can_have_it(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(counting(14, pace=3.0))
    gemini.fault(Abort(Moment.CHUNK, chunks=AFTER_A_PIECE))
    telegram.fault("sendVoice", DeliveredButNotTold())
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        told = await _next_text(ivan)
        await ivan.press(told, "📨 Отправить ещё раз")
        await ivan.wait_until(lambda chat: len(voices(chat)) == 2)
    assert told.text == BROKE_OFF
    assert sum(len(connection.activities) for connection in gemini.connections) == 1


async def test_pieces_that_wait_for_a_limit_become_one(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    answer = counting(24, pace=8.0)
    gemini.say(answer)
    telegram.fault("sendVoice", TooManyRequests(3))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("посчитай")
        await gemini.wait_until(lambda emulator: len(emulator.turns) == 1)
        await ivan.wait_until(lambda chat: len(voices(chat)) == 2)
    assert_is_the_answer(voices(ivan), answer)
    assert sum(call.method == "sendVoice" for call in telegram.calls) == 3


async def test_who_allows_no_sound_gets_the_words_once(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    answers = [counting(9, pace=4.0), counting(9, first=30, pace=4.0)]
    gemini.say(*answers)
    telegram.fault("sendVoice", Refusal(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"), times=9)
    telegram.fault("sendAudio", Refusal(400, "Bad Request: CHAT_SEND_AUDIOS_FORBIDDEN"), times=9)
    async with run_bot():
        await begin(ivan)
        for wanted in (answers[0].transcript, " ".join(answer.transcript for answer in answers)):
            await ivan.send_text("посчитай")
            await ivan.wait_until(lambda chat, wanted=wanted: _texts(chat) == wanted)  # type: ignore[misc]
    assert [call.method for call in telegram.calls].count("sendVoice") == 1


def _texts(chat: Chat) -> str:
    return " ".join(message.text or "" for message in chat.messages[1:])


async def test_made_up_speech_of_a_minute_arrives_whole_whatever_it_is_cut_into(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    answer = Answer(pcm=speech_like(60, seed=3), transcript="слово " * 150 + "конец.", pace=12.0)
    gemini.say(answer)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("говори")
        await ivan.wait_until(has_all_words(answer), timeout=60)
    assert_is_the_answer(voices(ivan), answer)
    assert len(voices(ivan)) >= 2


async def _next_text(chat: Chat) -> BotMessage:
    while (message := await chat.next_message()).kind != "text":
        pass
    return message
