"""Who is answered: groups, topics, the list of allowed users."""

import shutil

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin

NOISE = "Шумоподавление включено" if shutil.which("ffmpeg") else "Шумоподавление недоступно"


@pytest.fixture
def group(telegram: TelegramEmulator) -> Chat:
    ivan = telegram.person(id=1, first_name="Иван")
    pyotr = telegram.person(id=2, first_name="Пётр")
    boss = telegram.person(id=3, first_name="Начальник")
    return telegram.group(id=-100, title="Объект", members=[ivan, pyotr], administrators=[boss])


async def test_in_a_group_only_the_opener_is_answered(group: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    ivan, pyotr, _ = group.members
    gemini.say(Answer(pcm=speech_like(1), transcript="Ивану"))
    async with run_bot():
        await group.send_text("/voice_chat@site_bot", by=ivan)
        started = await group.next_message()
        await group.send_text("а мне?", by=pyotr, reply_to=started.message_id)
        asked = await group.send_text("вопрос", by=ivan, reply_to=started.message_id)
        answer = await group.next_message()
    assert (started.text or "").endswith("В группе отвечаю только тому, кто начал разговор: Иван.")
    assert answer.caption == "Ивану"
    assert answer.reply_to == asked.message_id
    assert [turn.heard.texts for turn in gemini.turns] == [("вопрос",)]


async def test_the_opener_or_an_administrator_stops_it_and_nobody_else(
    group: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ivan, pyotr, boss = group.members
    async with run_bot():
        await group.send_text("/voice_chat@site_bot", by=ivan)
        started = await group.next_message()
        await group.send_text("/stop@site_bot", by=pyotr)
        refused = await group.next_message()
        await group.press(started, "🛑 Завершить разговор", by=boss)
        report = await group.next_message()
    assert refused.text == "Завершить разговор может тот, кто его начал, или администратор чата."
    assert (report.text or "").startswith("🛑 Голосовой разговор завершён")


async def test_each_topic_of_a_forum_has_a_conversation_of_its_own(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ivan = telegram.person(id=1, first_name="Иван")
    forum = telegram.group(id=-200, title="Стройка", members=[ivan], administrators=[], forum=True)
    forum.create_topic("General")  # number 1 is the general topic, whose messages carry no thread
    walls, roof = forum.create_topic("Стены"), forum.create_topic("Кровля")
    async with run_bot():
        for topic in (walls, roof):
            await forum.send_text("/voice_chat@site_bot", by=ivan, thread=topic)
            started = await forum.next_message()
            assert started.thread == topic
        await gemini.wait_until(lambda emulator: len(emulator.connections) == 2)
        await forum.send_text("/stop@site_bot", by=ivan, thread=walls)
        report = await forum.next_message()
        assert report.thread == walls
        await forum.send_text("/voice_chat@site_bot", by=ivan, thread=roof)
        assert (await forum.next_message()).text == "Разговор уже идёт: говорите, присылайте фото или пишите."


async def test_a_stranger_in_a_group_can_press_neither_a_voice_nor_its_sample(
    group: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ivan, pyotr, _ = group.members
    async with run_bot(allowed_users=frozenset({1})):
        await group.send_text("/voice@site_bot", by=ivan)
        card = await group.next_message()
        for button in ("Charon", "▶️ Charon"):
            press = await group.press(card, button, by=pyotr)
            answer = await press.answer()
            assert (answer.text or "").startswith("Этот бот отвечает только сотрудникам из списка")
    assert card.edits == []
    assert gemini.connections == []


async def test_commands_for_other_bots_are_not_answered_and_unknown_ones_get_their_own_sentence(
    group: Chat, ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    telegram.set_privacy_mode(False)  # it hears what is meant for others, too
    async with run_bot():
        await group.send_text("/voice_chat@site_bot", by=group.members[0])
        await group.next_message()
        for words in ("/weather@otherbot", "/stop@otherbot", "/weather", "/weather@Site_Bot"):
            await group.send_text(words, by=group.members[0])
        assert (await group.next_message()).text == "Такой команды нет; что я умею — /voice_help."
        for words in ("/weather@otherbot", "/weather"):
            await ivan.send_text(words)
        assert (await ivan.next_message()).text == "Такой команды нет; что я умею — /voice_help."
    assert (len(group.messages), len(ivan.messages)) == (2, 1)


async def test_how_a_conversation_sounds_and_hears_is_for_its_opener(group: Chat, run_bot: RunBot) -> None:
    ivan, pyotr, _ = group.members
    async with run_bot(allowed_users=frozenset({1, 2})):
        await group.send_text("/voice@site_bot", by=pyotr)
        card = await group.next_message()
        await group.send_text("/voice_chat@site_bot", by=ivan)
        await group.next_message()
        press = await group.press(card, "Charon", by=pyotr)
        assert (await press.answer()).text == "Голос выбирает тот, кто начал разговор."
        for person, sentence in ((pyotr, "Шумоподавлением управляет тот, кто начал разговор."), (ivan, NOISE)):
            await group.send_text("/noise@site_bot", by=person)
            assert ((await group.next_message()).text or "").startswith(sentence)
    assert card.edits == []


async def test_only_allowed_users_are_answered_and_administrators_are_allowed(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    stranger = telegram.private_chat(telegram.person(id=9, first_name="Чужой"))
    boss = telegram.private_chat(telegram.person(id=3, first_name="Начальник"))
    async with run_bot(allowed_users=frozenset({1}), admin_users=frozenset({3})):
        for words in (
            *("/start", "/voice_chat", "/voice", "/noise", "/voice_help", "/project", "/documents", "/stop", "/cancel"),
            "/weather",
            "привет",
        ):
            await stranger.send_text(words)
            answer = await stranger.next_message()
            assert answer.text is not None
            assert answer.text.startswith("Этот бот отвечает только сотрудникам из списка")
            assert "9" in answer.text
        await begin(boss)
    assert len(gemini.connections) <= 1
