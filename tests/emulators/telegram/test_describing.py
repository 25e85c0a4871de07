from typing import Any

import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot

STOP = {"command": "stop", "description": "Завершить"}
CANNOT_PARSE = "400 Bad Request: can't parse "


async def test_commands_are_kept_per_scope_and_language(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    english = {"command": "stop", "description": "End the conversation"}
    mine = {"command": "mine", "description": "Только Ивану"}
    anna = telegram.private_chat(telegram.person(id=2, first_name="Anna", language_code="en"))
    boris = telegram.private_chat(telegram.person(id=3, first_name="Boris", language_code="de"))
    await bot.get("setMyCommands", commands=[STOP])
    await bot.get("setMyCommands", commands=[english], language_code="en")
    await bot.get("setMyCommands", commands=[mine], scope={"type": "chat", "chat_id": 1}, language_code="ru")
    assert await bot.get("getMyCommands") == [STOP]
    assert await bot.get("getMyCommands", language_code="en") == [english]
    assert await bot.get("getMyCommands", scope={"type": "all_private_chats"}) == []
    shown = [telegram.commands_shown(chat, chat.members[0]) for chat in (ivan, anna, boris)]
    assert shown == [[mine], [english], [STOP]]
    await bot.get("deleteMyCommands", language_code="en")
    assert telegram.commands_shown(anna, anna.members[0]) == [STOP]


async def test_administrators_of_a_group_see_their_own_commands(bot: RawBot, telegram: TelegramEmulator) -> None:
    chief, worker = telegram.person(id=1, first_name="Шеф"), telegram.person(id=2, first_name="Рабочий")
    group = telegram.group(id=-5, title="Объект", members=[worker], administrators=[chief])
    await bot.get("setMyCommands", commands=[STOP], scope={"type": "all_chat_administrators"})
    assert telegram.commands_shown(group, chief) == [STOP]
    assert telegram.commands_shown(group, worker) == []


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"commands": [STOP] * 101}, "400 Bad Request: BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [{"command": "Stop", "description": "a"}]}, "400 Bad Request: BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "стоп", "description": "a"}]}, "400 Bad Request: BOT_COMMAND_INVALID"),
        (
            {"commands": [{"command": "a" * 33, "description": "a"}]},
            "400 Bad Request: command length must not exceed 32",
        ),
        ({"commands": [{"command": "", "description": "a"}]}, "400 Bad Request: command must be non-empty"),
        (
            {"commands": [{"command": "a", "description": " "}]},
            "400 Bad Request: command description must be non-empty",
        ),
        (
            {"commands": [{"command": "a", "description": "a" * 257}]},
            "400 Bad Request: command description length must not exceed 256",
        ),
        ({"commands": [{"command": "a"}]}, CANNOT_PARSE + 'BotCommand: Can\'t find field "description"'),
        ({"commands": ["a"]}, CANNOT_PARSE + "BotCommand: expected an Object"),
        ({"commands": {}, "scope": "["}, CANNOT_PARSE + "BotCommandScope JSON object"),
        ({"commands": "{"}, CANNOT_PARSE + "commands JSON object"),
        ({"language_code": "rus"}, "400 Bad Request: invalid language code specified"),
        ({"scope": {"type": "everybody"}}, CANNOT_PARSE + "BotCommandScope: Unsupported type specified"),
        ({"scope": {"type": "chat"}}, CANNOT_PARSE + 'BotCommandScope: Can\'t find field "chat_id"'),
        ({"scope": {"type": "chat", "chat_id": 77}}, "400 Bad Request: chat not found"),
        (
            {"scope": {"type": "chat_member", "chat_id": 1, "user_id": 0}},
            CANNOT_PARSE + "BotCommandScope: Invalid user_id specified",
        ),
    ],
)
async def test_commands_are_refused(bot: RawBot, ivan: Chat, fields: dict[str, Any], refusal: str) -> None:
    assert await bot.refusal("setMyCommands", **{"commands": [STOP], **fields}) == refusal


@pytest.mark.parametrize(
    ("title", "name", "limit", "code"),
    [
        ("Name", "name", 64, "BOT_TITLE_INVALID"),
        ("ShortDescription", "short_description", 120, "BOT_SHORT_DESCRIPTION_INVALID"),
        ("Description", "description", 512, "BOT_DESCRIPTION_INVALID"),
    ],
)
async def test_texts_about_the_bot_are_kept_per_language(
    bot: RawBot, title: str, name: str, limit: int, code: str
) -> None:
    await bot.get(f"setMy{title}", **{name: "Прораб"})
    await bot.get(f"setMy{title}", **{name: "Foreman", "language_code": "en"})
    assert await bot.get(f"getMy{title}", language_code="en") == {name: "Foreman"}
    assert await bot.get(f"getMy{title}", language_code="de") == {name: "Прораб"}
    assert await bot.refusal(f"setMy{title}", **{name: "a" * (limit + 1)}) == f"400 Bad Request: {code}"


async def test_the_menu_button_is_set_for_all_or_for_one(bot: RawBot, ivan: Chat) -> None:
    app = {"type": "web_app", "text": "Звонок", "web_app": {"url": "https://a.b"}}
    assert await bot.get("getChatMenuButton", chat_id=1) == {"type": "commands"}
    await bot.get("setChatMenuButton", chat_id=1, menu_button=app)
    assert await bot.get("getChatMenuButton", chat_id=1) == app
    assert await bot.get("getChatMenuButton") == {"type": "commands"}
    assert await bot.refusal("setChatMenuButton", menu_button={"type": "door"}) == (
        CANNOT_PARSE + "menu button: MenuButton has unsupported type"
    )
    plain = {**app, "web_app": {"url": "http://a.b"}}
    assert await bot.refusal("setChatMenuButton", menu_button=plain) == (
        "400 Bad Request: menu button Web App URL is invalid: Only HTTPS links are allowed"
    )


async def test_members_are_told_apart(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    chief, worker = telegram.person(id=11, first_name="Шеф"), telegram.person(id=12, first_name="Рабочий")
    telegram.group(id=-5, title="Объект", members=[worker], administrators=[chief])
    members = [await bot.get("getChatMember", chat_id=-5, user_id=user) for user in (11, 12, 1, 42)]
    assert [member["status"] for member in members] == ["administrator", "member", "left", "member"]
    assert await bot.refusal("getChatMember", chat_id=-5, user_id=999) == "400 Bad Request: user not found"
    assert await bot.refusal("getChatMember", chat_id=-5) == "400 Bad Request: invalid user_id specified"
    administrators = await bot.get("getChatAdministrators", chat_id=-5)
    assert [member["user"]["id"] for member in administrators] == [11]
    assert await bot.refusal("getChatAdministrators", chat_id=1) == (
        "400 Bad Request: there are no administrators in the private chat"
    )


async def test_who_has_left_a_group_cannot_write_there(bot: RawBot, telegram: TelegramEmulator) -> None:
    telegram.group(id=-5, title="Объект")
    assert await bot.get("getChatMemberCount", chat_id=-5) == 1
    await bot.get("leaveChat", chat_id=-5)
    assert await bot.refusal("sendMessage", chat_id=-5, text="a") == (
        "403 Forbidden: bot was kicked from the group chat"
    )
