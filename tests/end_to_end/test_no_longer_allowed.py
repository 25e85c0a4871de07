"""Whoever was taken out of `ALLOWED_USERS` is not answered after the restart that this takes."""

from asyncio import Event

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat, DeliveredButNotTold, TelegramEmulator
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin

BOSS = frozenset({3})
NOT_LISTED = "Этот бот отвечает только сотрудникам из списка"


async def test_his_conversation_is_over_and_his_questions_do_not_reach_the_model(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    never = Event()
    gemini.say(Answer(pcm=speech_like(1), transcript="до", hold=never))
    async with run_bot(drain_seconds=0.1):
        await begin(ivan)
        await ivan.send_text("был в пути")
        await gemini.wait_until(lambda emulator: any(one.activities for one in emulator.connections))
    known = len(gemini.connections)
    async with run_bot(allowed_users=BOSS):
        assert ((await ivan.next_message()).text or "").startswith(NOT_LISTED)
        await ivan.send_text("вопрос")
        assert ((await ivan.next_message()).text or "").startswith(NOT_LISTED)
    async with run_bot():
        await ivan.send_text("вопрос")
        assert ((await ivan.next_message()).text or "").startswith("Разговор не начат")
    assert len(gemini.connections) == known


async def test_his_conversation_does_not_keep_a_group_from_having_one(
    telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    ivan, boss = telegram.person(id=1, first_name="Иван"), telegram.person(id=3, first_name="Начальник")
    group = telegram.group(id=-100, title="Объект", members=[ivan, boss], administrators=[])
    async with run_bot():
        await group.send_text("/voice_chat@site_bot", by=ivan)
        await group.next_message()
    async with run_bot(allowed_users=BOSS):
        await group.send_text("/voice_chat@site_bot", by=boss)
        assert ((await group.next_message()).text or "").endswith("кто начал разговор: Начальник.")


async def test_an_answer_of_his_that_may_be_lost_is_not_sent_again(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="ответ"))
    telegram.fault("sendVoice", DeliveredButNotTold())
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("вопрос")
        await ivan.next_message()
        told = await ivan.next_message()
    async with run_bot(allowed_users=BOSS):
        press = await ivan.press(told, "📨 Отправить ещё раз")
        assert ((await press.answer()).text or "").startswith(NOT_LISTED)
    assert [message.kind for message in ivan.messages].count("voice") == 1
