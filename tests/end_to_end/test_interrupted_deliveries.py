"""A newer question while an answer is being handed to Telegram: what is not in the chat yet stays away."""

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import MissingTurnComplete, TextOnly
from emulators.telegram import BotMessage, Chat, Hang, Refusal, TelegramEmulator, TooManyRequests
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.long_answers import counting, voices

# Python-telegram-bot warns of itself whenever it meets a 429.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
NEWER = "Пятьдесят. Пятьдесят один."


async def begin_with_a_question(chat: Chat) -> None:
    await begin(chat)
    await chat.send_text("посчитай")


async def stopped(chat: Chat) -> str:
    """The report of the conversation, behind which nothing of an answer comes."""
    await chat.send_text("/stop")
    await chat.wait_until(lambda chat: "завершён" in (chat.messages[-1].text or ""))
    return chat.messages[-1].text or ""


async def test_an_interruption_while_the_answer_is_held_by_a_429_keeps_all_of_it_back(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(counting(1), counting(1, first=50))
    telegram.fault("sendVoice", TooManyRequests(3))
    async with run_bot():
        await begin_with_a_question(ivan)
        await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 429)
        await ivan.send_text("не надо")
        only = await ivan.next_message()
        assert "• Получено сообщений: 1\n" in await stopped(ivan)
    assert only.caption == NEWER
    assert voices(ivan) == [only]


async def test_an_interruption_while_the_last_piece_is_held_by_a_429_keeps_that_piece_back(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(counting(9, pace=4.0), counting(1, first=50))
    async with run_bot():
        await begin_with_a_question(ivan)
        first = await ivan.next_message()
        telegram.fault("sendVoice", TooManyRequests(3))
        await gemini.wait_until(lambda emulator: len(emulator.turns) == 1)
        await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 429)
        await ivan.send_text("не надо")
        second = await ivan.next_message()
        assert "• Получено сообщений: 1\n" in await stopped(ivan)
    assert second.caption == NEWER
    assert voices(ivan) == [first, second]


async def test_an_interruption_while_an_earlier_piece_is_under_way_keeps_the_last_one_back(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(counting(9, pace=4.0), counting(1, first=50))
    under_way = telegram.fault("sendVoice", Hang())
    async with run_bot():
        await begin_with_a_question(ivan)
        await telegram.wait_for(lambda call: call.method == "sendVoice")
        await gemini.wait_until(lambda emulator: len(emulator.turns) == 1)
        await ivan.send_text("не надо")
        await gemini.wait_until(lambda emulator: len(emulator.turns) == 2)
        under_way.release()
        await ivan.wait_until(lambda chat: len(voices(chat)) == 2)
        await stopped(ivan)
    assert NEWER in [message.caption for message in voices(ivan)]
    assert len(voices(ivan)) == 2


LONG = "Слово за словом. " * 300
"""Longer than a message holds, and than a caption."""


@pytest.mark.parametrize("in_the_chat", [0, 1], ids=["all of it", "its second message"])
async def test_an_interruption_while_a_written_answer_is_held_by_a_429_keeps_it_back(
    in_the_chat: int, ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript=LONG), counting(1, first=50))
    gemini.fault(TextOnly())
    async with run_bot():
        await begin(ivan)
        await _hold_what_follows(telegram, ivan, after=in_the_chat)
        assert (await _answer_to_another(ivan)).caption == NEWER
    assert _written(ivan) == in_the_chat


async def test_an_interruption_while_the_rest_of_the_words_is_held_by_a_429_keeps_it_back(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript=LONG[:2000]), counting(1, first=50))
    async with run_bot():
        await begin(ivan)
        await _hold_what_follows(telegram, ivan, after=0)
        assert (await ivan.next_message()).kind == "voice"
        assert (await _answer_to_another(ivan)).caption == NEWER
    assert not _written(ivan)


async def test_a_question_behind_an_answer_that_telegram_refused_is_answered(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    """The model has not said yet that its turn is over."""
    gemini.say(Answer(pcm=speech_like(1), transcript=""), counting(1, first=50))
    gemini.fault(MissingTurnComplete())
    telegram.fault("sendVoice", Refusal(400, "Bad Request: chat not found"))
    async with run_bot():
        await begin_with_a_question(ivan)
        assert (await ivan.next_message()).text == text("error.unexpected")
        await ivan.send_text("ещё раз")
        assert (await ivan.next_message()).caption == NEWER


async def _hold_what_follows(telegram: TelegramEmulator, chat: Chat, *, after: int) -> None:
    """Ask; so many messages of text get through, the next one meets a 429."""
    for _ in range(after):
        telegram.fault("sendMessage", Hang(0.0))
    telegram.fault("sendMessage", TooManyRequests(3))
    await chat.send_text("посчитай")
    await telegram.wait_for(lambda call: call.method == "sendMessage" and call.status == 429)


async def _answer_to_another(chat: Chat) -> BotMessage:
    await chat.send_text("не надо")
    while (message := await chat.next_message()).kind != "voice":
        pass
    await stopped(chat)
    return message


def _written(chat: Chat) -> int:
    """Messages with words of the first answer alone."""
    return sum("Слово за словом" in (message.text or "") for message in chat.messages)
