"""What functions send: texts, cards, questions with buttons whose press is the next turn's news."""

import json
from typing import Any

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.messages import BotMessage
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin


def spoken(words: str) -> Answer:
    return Answer(pcm=speech_like(1), transcript=words)


def calling(name: str, arguments: dict[str, Any], words: str) -> Answer:
    return Answer(calls=[Call(name, arguments)], then=spoken(words))


def results(gemini: GeminiLiveEmulator) -> list[dict[str, Any]]:
    return [
        response["response"]
        for connection in gemini.connections
        for message in connection.messages
        for response in message.get("toolResponse", {}).get("functionResponses", [])
    ]


def heard(gemini: GeminiLiveEmulator, number: int) -> str:
    return " ".join(gemini.turns[number].heard.texts)


ASKS = calling("show_card", {"title": "Заливаем?", "buttons": ["Да", "Нет"]}, "Жду вашего ответа")


async def asked(ivan: Chat) -> BotMessage:
    """The card of `ASKS`, and the answer behind it taken."""
    await ivan.send_text("спроси меня")
    card = await ivan.next_message()
    assert (await ivan.next_message()).caption == "Жду вашего ответа"
    return card


async def test_a_text_comes_beside_the_spoken_answer(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    gemini.say(calling("send_text", {"text": "1. Бетон В25 <b>\n2. Арматура"}, "Отправил"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("отправь текстом")
        assert (await ivan.next_message()).text == "1. Бетон В25 <b>\n2. Арматура"
        assert (await ivan.next_message()).caption == "Отправил"


async def test_a_card_is_formatted_and_its_words_are_no_markup(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(calling("show_card", {"title": "Смета <1>", "lines": ["бетон & арматура"]}, "Показал"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("покажи")
        card = await ivan.next_message()
        await ivan.next_message()
    assert card.text == "Смета <1>\nбетон & арматура"
    assert [entity["type"] for entity in card.entities] == ["bold"]


async def test_the_press_of_a_button_is_the_next_turns_news(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(ASKS, spoken("Понял, заливаем"))
    async with run_bot():
        await begin(ivan)
        card = await asked(ivan)
        assert results(gemini)[0]["status"] == "waiting_for_person"
        query = await ivan.press(card, "Да")
        assert (await ivan.next_message()).caption == "Понял, заливаем"
        await query.answer()
        assert "«Да»" in heard(gemini, 1)
        assert card.text == "Заливаем?\n→ Да"
        assert card.buttons == []


async def test_only_the_first_press_counts(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    gemini.say(ASKS, spoken("Понял"))
    async with run_bot():
        await begin(ivan)
        card = await asked(ivan)
        data = card.buttons[0][0].data
        await ivan.press(card, "Да")
        second = await ivan.press(card, data=data)
        assert (await second.answer()).text == "Ответ уже принят."
        assert (await ivan.next_message()).caption == "Понял"
    assert len(gemini.turns) == 2


async def test_a_press_after_the_conversation_is_one_sentence(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(ASKS)
    async with run_bot():
        await begin(ivan)
        card = await asked(ivan)
        await ivan.send_text("/stop")
        await ivan.next_message()
        assert "Разговор уже завершён" in ((await (await ivan.press(card, "Да")).answer()).text or "")
    assert len(gemini.turns) == 1


async def test_buttons_that_nobody_made_do_nothing(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    gemini.say(ASKS)
    async with run_bot():
        await begin(ivan)
        card = await asked(ivan)
        token = (card.buttons[0][0].data or "").rpartition(":")[0]
        for data in ("voice_assistant:card:", "voice_assistant:card:no:0", f"{token}:7", f"{token}:x"):
            answer = await (await ivan.press(card, data=data)).answer()
            assert answer.text == "Эта кнопка больше не действует; если нужно, попросите снова."
    assert len(gemini.turns) == 1


async def test_in_a_group_only_the_openers_press_counts(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    ivan, other = telegram.person(id=1, first_name="Иван"), telegram.person(id=2, first_name="Пётр")
    group = telegram.group(id=-5, title="Объект", members=[ivan, other])
    gemini.say(ASKS, spoken("Понял"))
    async with run_bot():
        await begin(group)
        card = await asked(group)
        stranger = await group.press(card, "Да", by=other)
        assert (await stranger.answer()).text == "Эта кнопка для того, кто вёл разговор."
        await group.press(card, "Нет", by=ivan)
        assert (await group.next_message()).caption == "Понял"
    assert "«Нет»" in heard(gemini, 1)


async def test_a_question_waits_for_its_press_across_a_restart(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(ASKS, spoken("Понял"))
    async with run_bot():
        await begin(ivan)
        card = await asked(ivan)
    async with run_bot():
        await ivan.press(card, "Нет")
        assert (await ivan.next_message()).caption == "Понял"
    assert "«Нет»" in heard(gemini, 1)


async def test_the_project_is_filled_by_words_and_what_was_not_said_is_left_out(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    arguments = {
        "contractor": {"name": "ООО «СтройМонтаж»", "inn": "7702000002", "ogrn": "1027700000002"},
        "representatives": {
            "contractor": {"name_initials": "Иванов И.И.", "position": "прораб"},
            "customer_control": {"name_initials": "Сидоров С.С."},
        },
    }
    gemini.say(calling("update_project", arguments, "Записал"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("Подрядчик ООО Строймонтаж, ИНН 7702000002, прораб Иванов Иван Иванович")
        assert (await ivan.next_message()).caption == "Записал"
        await ivan.send_text("/project")
        shown = (await ivan.next_message()).text or ""
    told = results(gemini)[0]["result"]
    assert sorted(told["not_said"]) == ["contractor.ogrn", "representatives.customer_control.name_initials"]
    assert "Подрядчик: ООО «СтройМонтаж», ИНН 7702000002\n" in shown
    assert "Представитель подрядчика: прораб, Иванов И.И." in shown
    assert "Сидоров" not in shown
    assert "1027700000002" not in shown


async def test_the_project_is_filled_by_a_file_and_outlives_restart_and_conversation(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    tree = {
        "object": {"name": "Жилой дом № 3", "address": "г. Примерск"},
        "contractor": {"name": "ООО «СтройМонтаж»", "inn": "77"},
        "works": [{"name": "Армирование"}],
    }
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(json.dumps(tree).encode(), name="project.json", mime="application/json")
        assert (await ivan.next_message()).text == "Записал из файла в проект; пропущено полей: 1."
        assert "Объект: Жилой дом № 3, г. Примерск" in ((await ivan.next_message()).text or "")
        await ivan.send_text("/stop")
        await ivan.next_message()
    async with run_bot():
        await ivan.send_text("/project")
        assert "Подрядчик: ООО «СтройМонтаж»" in ((await ivan.next_message()).text or "")


async def test_a_file_that_is_no_project_is_one_sentence(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(b'{"a": 1}', name="x.json", mime="application/json")
        assert "нет ни объекта" in ((await ivan.next_message()).text or "")
        await ivan.send_document(b'{"a": ', name="x.json", mime="application/json")
        assert "прочитать не удалось" in ((await ivan.next_message()).text or "")


async def test_a_letter_without_a_mail_server_is_refused_and_says_so(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    letter = {"to": "a@example.ru", "subject": "Акт", "body": "Здравствуйте"}
    gemini.say(calling("send_email", letter, "Почта не настроена"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_text("отправь на a@example.ru")
        await ivan.next_message()
    (result,) = results(gemini)
    assert result["result"]["sent"] is False
    assert "SMTP_HOST" in result["result"]["reason"]
