"""On Telegram's bad days a person gets one answer, not none and not two, and nobody else notices."""

from time import monotonic

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.faults import DeliveredButNotTold, Fault, Hang, RawAnswer, Refusal, TooManyRequests
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin

# Python-telegram-bot warns of itself whenever it meets a 429.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
NOTE = QUESTION.path.read_bytes()


@pytest.fixture
def petr(telegram: TelegramEmulator) -> Chat:
    return telegram.private_chat(telegram.person(id=2, first_name="Пётр"))


def voices(chat: Chat) -> list[str | None]:
    return [message.caption for message in chat.messages if message.kind == "voice"]


def answer(words: str) -> Answer:
    return Answer(pcm=speech_like(1), transcript=words)


@pytest.mark.parametrize(
    "fault", [Refusal(500, "Internal Server Error"), RawAnswer(b"<html>502</html>", 502), TooManyRequests(1)]
)
async def test_an_answer_that_telegram_did_not_take_arrives_once(
    fault: Fault, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(answer("раз"), answer("два"))
    telegram.fault("sendVoice", fault, times=2)
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).caption == "раз"
        await ivan.send_text("ещё вопрос")
        assert (await ivan.next_message()).caption == "два"
    assert voices(ivan) == ["раз", "два"]


async def test_an_answer_that_may_have_arrived_is_not_sent_again_by_itself(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(answer("раз"), answer("два"))
    telegram.fault("sendVoice", DeliveredButNotTold())
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: voices(chat) == ["раз"])
        await ivan.send_text("ещё вопрос")
        await ivan.wait_until(lambda chat: "два" in voices(chat))
    assert voices(ivan) == ["раз", "два"]


async def test_a_chat_that_is_limited_waits_its_time_and_another_is_answered_meanwhile(
    ivan: Chat, petr: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    telegram.fault("sendVoice", TooManyRequests(3), chat=ivan)
    async with run_bot():
        await begin(ivan)
        await begin(petr)
        await ivan.send_text("вопрос")
        limited = await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 429)
        await petr.send_text("вопрос")
        assert (await petr.next_message()).kind == "voice"
        assert not voices(ivan)
        assert (await ivan.next_message()).kind == "voice"
        assert monotonic() - limited.at >= 3.0


@pytest.mark.parametrize("method", ["sendChatAction", "editMessageCaption"])
@pytest.mark.parametrize("fault", [TooManyRequests(60), Refusal(502, "Bad Gateway"), Hang()])
async def test_what_is_only_show_does_not_hold_an_answer(
    method: str, fault: Fault, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    telegram.fault(method, fault, times=100)
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("вопрос")
        assert (await ivan.next_message(timeout=5)).kind == "voice"


async def test_who_forbids_voice_messages_hears_audio(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    telegram.forbid_voice(telegram.person(id=1, first_name="Иван"))
    async with run_bot():
        await begin(ivan)
        for _ in range(2):
            await ivan.send_text("вопрос")
            assert (await ivan.next_message()).kind == "audio"
    assert sum(call.method == "sendVoice" for call in telegram.calls) == 1


async def test_who_forbids_audio_too_reads_the_answer(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(answer("словами"))
    telegram.fault("sendVoice", Refusal(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"))
    telegram.fault("sendAudio", Refusal(400, "Bad Request: CHAT_SEND_AUDIOS_FORBIDDEN"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("вопрос")
        assert (await ivan.next_message()).text == "словами"


async def test_a_person_who_blocks_the_bot_is_left_alone_and_others_are_answered(
    ivan: Chat, petr: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await begin(petr)
        telegram.fault("sendVoice", Refusal(403, "Forbidden: bot was blocked by the user"), times=10, chat=ivan)
        telegram.fault("sendMessage", Refusal(403, "Forbidden: bot was blocked by the user"), times=10, chat=ivan)
        await ivan.send_text("вопрос")
        await telegram.wait_for(lambda call: call.method == "sendVoice" and call.status == 403)
        await petr.send_text("вопрос")
        assert (await petr.next_message()).kind == "voice"
    refused = [call for call in telegram.calls if call.status == 403 and call.method != "sendChatAction"]
    assert [call.method for call in refused] == ["sendVoice"]


async def test_an_outage_of_seconds_is_outlived(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    """Also reads: the note's address is asked for in the middle of it."""
    async with run_bot():
        await begin(ivan)
        for method in ("getFile", "sendVoice", "sendChatAction"):
            telegram.fault(method, Refusal(502, "Bad Gateway"), times=3)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).kind == "voice"
    assert len(voices(ivan)) == 1
