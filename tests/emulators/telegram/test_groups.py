import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot


@pytest.fixture
def forum(telegram: TelegramEmulator) -> Chat:
    worker = telegram.person(id=12, first_name="Рабочий")
    chief = telegram.person(id=11, first_name="Шеф")
    return telegram.group(id=-1001234567890, title="Объект", members=[worker], administrators=[chief], forum=True)


async def test_a_topic_has_its_own_thread(bot: RawBot, forum: Chat) -> None:
    thread = forum.create_topic("Кровля")
    await forum.send_text("/voice_chat", thread=thread)
    created, said = [update["message"] for update in await bot.get("getUpdates")]
    assert created["forum_topic_created"]["name"] == "Кровля"
    assert (said["message_thread_id"], said["is_topic_message"]) == (thread, True)
    assert said["chat"] == {"id": forum.id, "title": "Объект", "type": "supergroup", "is_forum": True}
    # Whoever answers nobody in a topic is shown as answering its beginning.
    assert said["reply_to_message"]["message_id"] == thread
    await bot.get("sendMessage", chat_id=forum.id, text="в теме", message_thread_id=thread)
    await bot.get("sendChatAction", chat_id=forum.id, action="typing", message_thread_id=thread)
    assert ((await forum.next_message()).thread, forum.actions[0][2]) == (thread, thread)
    assert await bot.refusal("sendMessage", chat_id=forum.id, text="a", message_thread_id=777) == (
        "400 Bad Request: message thread not found"
    )
    await bot.get("sendMessage", chat_id=forum.id, text="в общей", message_thread_id=1)
    assert (await forum.next_message()).thread is None


async def test_supergroups_number_their_messages_for_themselves(bot: RawBot, forum: Chat, ivan: Chat) -> None:
    assert (await ivan.send_text("a")).message_id == 101
    assert (await forum.send_text("a")).message_id == 2
    assert (await ivan.send_text("a")).message_id == 102


async def test_an_anonymous_administrator_speaks_for_the_group(bot: RawBot, forum: Chat) -> None:
    await forum.send_text("/stop", anonymous=True)
    message = (await bot.get("getUpdates"))[0]["message"]
    assert (message["from"]["username"], message["sender_chat"]["id"]) == ("GroupAnonymousBot", forum.id)


async def test_in_privacy_mode_only_what_is_meant_for_the_bot_is_told(
    bot: RawBot, forum: Chat, telegram: TelegramEmulator
) -> None:
    assert (await bot.get("getMe"))["can_read_all_group_messages"] is True
    telegram.set_privacy_mode(True)
    assert (await bot.get("getMe"))["can_read_all_group_messages"] is False
    own = await bot.get("sendMessage", chat_id=forum.id, text="слушаю")
    heard = [
        await forum.send_text("между собой"),
        await forum.send_text("/stop"),
        await forum.send_text("/stop@site_bot"),
        await forum.send_text("/stop@other_bot"),
        await forum.send_text("эй, @site_bot"),
        await forum.send_text("ответ", reply_to=own["message_id"]),
    ]
    assert [sent.update_id is not None for sent in heard] == [False, True, True, False, True, True]


async def test_only_own_messages_are_deleted_in_a_group(bot: RawBot, forum: Chat) -> None:
    theirs = await forum.send_text("a")
    assert await bot.refusal("deleteMessage", chat_id=forum.id, message_id=theirs.message_id) == (
        "400 Bad Request: message can't be deleted"
    )


@pytest.mark.parametrize(("chat_id", "kind"), [(-5, "group"), (-1009999999999, "supergroup")])
async def test_the_id_of_a_group_says_its_kind(
    bot: RawBot, telegram: TelegramEmulator, chat_id: int, kind: str
) -> None:
    telegram.group(id=chat_id, title="Объект")
    assert (await bot.get("getChat", chat_id=chat_id))["type"] == kind
