import asyncio
from typing import Any

import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import tone

STOP = {"inline_keyboard": [[{"text": "🛑 Завершить разговор", "callback_data": "stop:17"}]]}
NOT_MODIFIED = (
    "400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)


async def test_an_edit_changes_the_message_in_place_and_wakes_whoever_watches(bot: RawBot, ivan: Chat) -> None:
    await bot.get("sendMessage", chat_id=1, text="было", reply_markup=STOP)
    message = await ivan.next_message()
    watched = asyncio.create_task(ivan.wait_until(lambda chat: message.text == "стало"))
    edited = await bot.get("editMessageText", chat_id=1, message_id=message.message_id, text="стало")
    await watched
    assert edited["edit_date"] >= edited["date"]
    assert message.buttons == []  # a keyboard that an edit does not repeat is gone
    assert [(edit.text, edit.buttons[0][0].data) for edit in message.edits] == [("было", "stop:17")]


@pytest.mark.parametrize(
    ("method", "fields", "refusal"),
    [
        ("editMessageText", {"text": "было"}, NOT_MODIFIED),
        ("editMessageText", {"text": " <b></b>было ", "parse_mode": "HTML"}, NOT_MODIFIED),
        ("editMessageText", {"text": ""}, "400 Bad Request: message text is empty"),
        ("editMessageText", {"text": "a" * 4097}, "400 Bad Request: message is too long"),
        ("editMessageText", {"text": "a", "message_id": 5000}, "400 Bad Request: message to edit not found"),
        (
            "editMessageText",
            {"text": "a", "message_id": "", "chat_id": ""},
            "400 Bad Request: message identifier is not specified",
        ),
        (
            "editMessageText",
            {"text": "a", "reply_markup": {"keyboard": [["b"]]}},
            "400 Bad Request: inline keyboard expected",
        ),
        ("editMessageCaption", {"caption": "a"}, "400 Bad Request: there is no caption in the message to edit"),
        ("editMessageReplyMarkup", {}, NOT_MODIFIED),
        ("deleteMessage", {"message_id": 5000}, "400 Bad Request: message to delete not found"),
        ("deleteMessage", {"message_id": 0}, "400 Bad Request: message identifier is not specified"),
        ("deleteMessage", {"chat_id": ""}, "400 Bad Request: chat identifier is not specified"),
        ("deleteMessages", {"message_ids": []}, "400 Bad Request: message identifiers are not specified"),
        ("deleteMessages", {"message_ids": [1] * 101}, "400 Bad Request: too many message identifiers specified"),
        ("setMessageReaction", {"message_id": 5000}, "400 Bad Request: message to react not found"),
        (
            "setMessageReaction",
            {"reaction": [{"type": "emoji", "emoji": "🧱"}]},
            "400 Bad Request: REACTION_INVALID",
        ),
    ],
)
async def test_a_change_is_refused(bot: RawBot, ivan: Chat, method: str, fields: dict[str, Any], refusal: str) -> None:
    sent = await bot.get("sendMessage", chat_id=1, text="было")
    assert await bot.refusal(method, **{"chat_id": 1, "message_id": sent["message_id"], **fields}) == refusal
    assert ivan.messages[0].text == "было"
    assert ivan.messages[0].edits == []


async def test_only_own_messages_are_edited_and_only_captions_where_there_is_a_file(bot: RawBot, ivan: Chat) -> None:
    theirs = await ivan.send_text("чужое")
    assert await bot.refusal("editMessageText", chat_id=1, message_id=theirs.message_id, text="a") == (
        "400 Bad Request: message can't be edited"
    )
    voice = await bot.get("sendVoice", {"voice": ("a.ogg", tone())}, chat_id=1, caption="нача")
    where = {"chat_id": 1, "message_id": voice["message_id"]}
    assert await bot.refusal("editMessageText", text="a", **where) == (
        "400 Bad Request: there is no text in the message to edit"
    )
    await bot.get("editMessageCaption", caption="начало и конец", **where)
    assert ivan.messages[0].caption == "начало и конец"
    assert await bot.refusal("editMessageCaption", caption="a" * 1025, **where) == (
        "400 Bad Request: message caption is too long"
    )


async def test_deleted_messages_are_gone_for_the_bot(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    first, second = [await bot.get("sendMessage", chat_id=1, text=text) for text in "аб"]
    await bot.get("deleteMessage", chat_id=1, message_id=first["message_id"])
    assert ivan.messages[0].deleted
    assert await bot.refusal("deleteMessage", chat_id=1, message_id=first["message_id"]) == (
        "400 Bad Request: message to delete not found"
    )
    await bot.get("deleteMessages", chat_id=1, message_ids=[first["message_id"], second["message_id"], 9999])
    assert ivan.messages[1].deleted
    old = await bot.get("sendMessage", chat_id=1, text="в")
    telegram.advance(49 * 60 * 60)
    assert await bot.refusal("deleteMessage", chat_id=1, message_id=old["message_id"]) == (
        "400 Bad Request: message can't be deleted for everyone"
    )


async def test_a_pressed_button_waits_for_its_answer(bot: RawBot, ivan: Chat) -> None:
    await bot.get("sendMessage", chat_id=1, text="a", reply_markup=STOP)
    query = await ivan.press(await ivan.next_message(), "🛑 Завершить разговор")
    update = (await bot.get("getUpdates"))[0]["callback_query"]
    assert (update["id"], update["data"], update["message"]["text"]) == (query.id, "stop:17", "a")
    await bot.get("answerCallbackQuery", callback_query_id=query.id, text="Завершаю", show_alert=True)
    answer = await query.answer()
    assert (answer.text, answer.show_alert) == ("Завершаю", True)


async def test_a_button_is_answered_once_and_within_150_seconds(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    too_old = "400 Bad Request: query is too old and response timeout expired or query ID is invalid"
    await bot.get("sendMessage", chat_id=1, text="a", reply_markup=STOP)
    message = await ivan.next_message()
    once, late = await ivan.press(message, data="stop:17"), await ivan.press(message, data="unknown")
    assert await bot.refusal("answerCallbackQuery", callback_query_id="12") == too_old
    assert await bot.refusal("answerCallbackQuery", callback_query_id=once.id, text="a" * 201) == (
        "400 Bad Request: MESSAGE_TOO_LONG"
    )
    await bot.get("answerCallbackQuery", callback_query_id=once.id)
    assert await bot.refusal("answerCallbackQuery", callback_query_id=once.id) == too_old
    telegram.advance(151)
    assert await bot.refusal("answerCallbackQuery", callback_query_id=late.id) == too_old


async def test_a_button_of_a_deleted_message_tells_an_inaccessible_message(bot: RawBot, ivan: Chat) -> None:
    sent = await bot.get("sendMessage", chat_id=1, text="a", reply_markup=STOP)
    await bot.get("deleteMessage", chat_id=1, message_id=sent["message_id"])
    await ivan.press(ivan.messages[0], data="stop:17")
    assert (await bot.get("getUpdates"))[0]["callback_query"]["message"]["date"] == 0


async def test_a_button_that_is_not_there_cannot_be_pressed(bot: RawBot, ivan: Chat) -> None:
    await bot.get("sendMessage", chat_id=1, text="a", reply_markup=STOP)
    with pytest.raises(LookupError, match="no button 'Старт'"):
        await ivan.press(ivan.messages[0], "Старт")


async def test_a_reaction_is_kept(bot: RawBot, ivan: Chat) -> None:
    sent = await ivan.send_text("готово")
    await bot.get(
        "setMessageReaction", chat_id=1, message_id=sent.message_id, reaction=[{"type": "emoji", "emoji": "👌"}]
    )
    assert ivan.history[sent.message_id].reactions == ["👌"]
