from typing import Any

import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import jpeg, tone

BUTTON = {"text": "ok", "callback_data": "ok"}


def keyboard(*buttons: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"chat_id": ""}, "400 Bad Request: chat_id is empty"),
        ({"chat_id": 7}, "400 Bad Request: chat not found"),
        ({"chat_id": "@nobody"}, "400 Bad Request: chat not found"),
        ({"text": ""}, "400 Bad Request: message text is empty"),
        ({"text": "   "}, "400 Bad Request: message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "400 Bad Request: message text is empty"),
        ({"text": "a" * 4097}, "400 Bad Request: message is too long"),
        ({"text": "😀" * 2049}, "400 Bad Request: message is too long"),
        ({"text": "a" * 32_769}, "400 Bad Request: text is too long"),
        ({"parse_mode": "BBCode"}, "400 Bad Request: unsupported parse_mode"),
        ({"reply_markup": "{"}, "400 Bad Request: can't parse reply keyboard markup JSON object"),
        ({"reply_markup": [1]}, "400 Bad Request: object expected as reply markup"),
        (
            {"reply_markup": {"inline_keyboard": [BUTTON]}},
            '400 Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        (
            {"reply_markup": keyboard({"text": "a"})},
            "400 Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"reply_markup": keyboard({"callback_data": "a"})},
            "400 Bad Request: can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            {"reply_markup": keyboard({"text": "", "callback_data": "a"})},
            "400 Bad Request: inline keyboard button text must be non-empty",
        ),
        (
            {"reply_markup": keyboard({"text": "a", "callback_data": "ж" * 33})},
            "400 Bad Request: BUTTON_DATA_INVALID",
        ),
        ({"reply_parameters": {"message_id": 99}}, "400 Bad Request: message to be replied not found"),
        ({"reply_parameters": "x"}, "400 Bad Request: can't parse reply parameters JSON object"),
        ({"reply_parameters": {"a": 1}}, '400 Bad Request: can\'t find field "message_id"'),
        ({"message_thread_id": 5}, "400 Bad Request: message thread not found"),
    ],
)
async def test_a_message_is_refused(bot: RawBot, ivan: Chat, fields: dict[str, Any], refusal: str) -> None:
    assert await bot.refusal("sendMessage", **{"chat_id": 1, "text": "a", **fields}) == refusal
    assert ivan.messages == []


async def test_limits_are_counted_after_parsing_in_utf16_units(bot: RawBot, ivan: Chat) -> None:
    await bot.get("sendMessage", chat_id=1, text=f"<b>{'a' * 4096}</b>", parse_mode="HTML")
    await bot.get("sendMessage", chat_id=1, text="😀" * 2048)
    await bot.get("sendMessage", chat_id=1, text="a", reply_markup=keyboard({"text": "a", "callback_data": "ж" * 32}))
    assert len(ivan.messages[0].text or "") == 4096
    note = {"voice": ("a.ogg", tone())}
    await bot.get("sendVoice", note, chat_id=1, caption=f"<i>{'ж' * 1024}</i>", parse_mode="HTML")
    assert await bot.refusal("sendVoice", note, chat_id=1, caption="ж" * 1025) == (
        "400 Bad Request: message caption is too long"
    )


async def test_a_reply_shows_the_message_that_it_answers(bot: RawBot, ivan: Chat) -> None:
    sent = await ivan.send_text("вопрос")
    await bot.get("sendMessage", chat_id=1, text="ответ", reply_parameters={"message_id": sent.message_id})
    assert (await ivan.next_message()).reply_to == sent.message_id
    missing = {"message_id": 5000, "allow_sending_without_reply": True}
    await bot.get("sendMessage", chat_id=1, text="всё равно", reply_parameters=missing)
    assert (await ivan.next_message()).reply_to is None


async def test_whoever_has_blocked_the_bot_is_told_nothing(bot: RawBot, ivan: Chat) -> None:
    ivan.block()
    blocked = "403 Forbidden: bot was blocked by the user"
    assert await bot.refusal("sendMessage", chat_id=1, text="a") == blocked
    assert await bot.refusal("sendChatAction", chat_id=1, action="typing") == blocked
    assert (await ivan.send_text("молчу")).update_id is None
    ivan.unblock()
    await bot.get("sendMessage", chat_id=1, text="a")
    statuses = [update["my_chat_member"]["new_chat_member"]["status"] for update in await bot.get("getUpdates")]
    assert statuses == ["kicked", "member"]


@pytest.mark.parametrize(
    ("method", "files", "fields", "refusal"),
    [
        ("sendVoice", {}, {}, "400 Bad Request: there is no voice in the request"),
        ("sendDocument", {}, {}, "400 Bad Request: there is no document in the request"),
        ("sendDocument", {"document": ("a", b"")}, {}, "400 Bad Request: file must be non-empty"),
        ("sendPhoto", {}, {"photo": "attach://x"}, "400 Bad Request: there is no photo in the request"),
        ("sendPhoto", {"photo": ("a.jpg", b"no picture")}, {}, "400 Bad Request: IMAGE_PROCESS_FAILED"),
        ("sendPhoto", {"photo": ("a.jpg", jpeg(2100, 100))}, {}, "400 Bad Request: PHOTO_INVALID_DIMENSIONS"),
        ("sendPhoto", {}, {"photo": "AgAC"}, "400 Bad Request: wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {}, {"photo": "https://a.b/c.jpg"}, "400 Bad Request: failed to get HTTP URL content"),
        ("sendMediaGroup", {}, {}, '400 Bad Request: parameter "media" is required'),
        ("sendMediaGroup", {}, {"media": "{"}, "400 Bad Request: can't parse media JSON object"),
        ("sendMediaGroup", {}, {"media": {}}, "400 Bad Request: expected an Array of InputMedia"),
        ("sendMediaGroup", {}, {"media": []}, "400 Bad Request: there are no messages to send"),
        (
            "sendMediaGroup",
            {},
            {"media": [{"type": "photo", "media": "attach://a"}]},
            "400 Bad Request: can't parse InputMedia: media not found",
        ),
        (
            "sendMediaGroup",
            {"a": ("a.jpg", jpeg())},
            {"media": [{"type": "photo", "media": "attach://a"}] * 11},
            "400 Bad Request: too many messages to send as an album",
        ),
        (
            "sendMediaGroup",
            {"a": ("a.jpg", jpeg())},
            {"media": [{"type": "photo", "media": "attach://a"}, {"type": "document", "media": "attach://a"}]},
            "400 Bad Request: document can't be mixed with other media types",
        ),
    ],
)
async def test_a_file_is_refused(
    bot: RawBot, ivan: Chat, method: str, files: dict[str, Any], fields: dict[str, Any], refusal: str
) -> None:
    assert await bot.refusal(method, files, chat_id=1, **fields) == refusal
    assert ivan.messages == []


async def test_an_album_is_several_messages_with_one_group_id(bot: RawBot, ivan: Chat) -> None:
    media = [{"type": "photo", "media": "attach://a", "caption": "две"}, {"type": "photo", "media": "attach://b"}]
    files = {"a": ("a.jpg", jpeg()), "b": ("b.jpg", jpeg(300, 200))}
    sent = await bot.get("sendMediaGroup", files, chat_id=1, media=media)
    assert [message["photo"][-1]["width"] for message in sent] == [1600, 300]
    assert sent[0]["media_group_id"] == sent[1]["media_group_id"]
    assert [message.caption for message in ivan.messages] == ["две", None]


async def test_a_known_file_goes_out_again_by_its_id_but_not_as_another_kind(bot: RawBot, ivan: Chat) -> None:
    sent = await bot.get("sendDocument", {"document": ("act.pdf", b"%PDF-", "application/pdf")}, chat_id=1)
    file_id = sent["document"]["file_id"]
    again = await bot.get("sendDocument", chat_id=1, document=file_id)
    assert again["document"] == sent["document"]
    assert await bot.refusal("sendVoice", chat_id=1, voice=file_id) == (
        "400 Bad Request: can't use file of type Document as VoiceNote"
    )


async def test_only_real_actions_are_shown(bot: RawBot, ivan: Chat) -> None:
    await bot.get("sendChatAction", chat_id=1, action="record_voice")
    assert [action for _, action, _ in ivan.actions] == ["record_voice"]
    refusal = "400 Bad Request: wrong parameter action in request"
    assert await bot.refusal("sendChatAction", chat_id=1, action="thinking") == refusal
    assert await bot.refusal("sendChatAction", chat_id=1) == refusal


async def test_a_button_may_open_an_app_in_private_chats_only(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    telegram.group(id=-5, title="Объект")
    markup = keyboard({"text": "a", "web_app": {"url": "https://a.b"}})
    await bot.get("sendMessage", chat_id=1, text="a", reply_markup=markup)
    assert await bot.refusal("sendMessage", chat_id=-5, text="a", reply_markup=markup) == (
        "400 Bad Request: BUTTON_TYPE_INVALID"
    )
