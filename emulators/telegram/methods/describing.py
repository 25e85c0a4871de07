"""What the bot says about itself and asks about chats and members."""

from typing import Any

from emulators.telegram.arguments import Arguments
from emulators.telegram.people import member_to_wire
from emulators.telegram.profile import Scope
from emulators.telegram.wire import Json, bad_request, words
from emulators.telegram.world import World

from .destination import open_chat
from .registry import method

_OF_CHATS = ("chat", "chat_administrators", "chat_member")
_WIDE = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")


@method("getMe")
async def get_me(world: World, arguments: Arguments) -> Json:
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy_mode,
        "supports_inline_queries": False,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }
    return world.bot.to_wire() | abilities


@method("setMyCommands", "commands scope language_code")
async def set_my_commands(world: World, arguments: Arguments) -> bool:
    commands = arguments.json("commands", "can't parse commands JSON object") or []
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if not all(isinstance(command, dict) for command in commands):
        raise bad_request("can't parse BotCommand: expected an Object")
    world.profile.set_commands(_scope(world, arguments), arguments.text("language_code"), commands)
    return True


@method("getMyCommands", "scope language_code")
async def get_my_commands(world: World, arguments: Arguments) -> list[Json]:
    return world.profile.commands(_scope(world, arguments), arguments.text("language_code"))


@method("deleteMyCommands", "scope language_code")
async def delete_my_commands(world: World, arguments: Arguments) -> bool:
    world.profile.delete_commands(_scope(world, arguments), arguments.text("language_code"))
    return True


def _register_text(name: str, title: str) -> None:
    """setMyName and getMyName, and the same for both descriptions."""

    @method(f"setMy{title}", f"{name} language_code")
    async def set_text(world: World, arguments: Arguments) -> bool:
        world.profile.set_text(name, arguments.text("language_code"), arguments.text(name))
        return True

    @method(f"getMy{title}", "language_code")
    async def get_text(world: World, arguments: Arguments) -> Json:
        text = world.profile.text(name, arguments.text("language_code"))
        return {name: text or (world.bot.first_name if name == "name" else "")}


_register_text("name", "Name")
_register_text("description", "Description")
_register_text("short_description", "ShortDescription")


@method("setChatMenuButton", "chat_id menu_button")
async def set_chat_menu_button(world: World, arguments: Arguments) -> bool:
    button = arguments.json("menu_button", "can't parse menu button JSON object")
    chat_id = _chat_of_menu(world, arguments)
    world.profile.set_menu_button(chat_id, _checked_button(button if button is not None else {"type": "default"}))
    return True


@method("getChatMenuButton", "chat_id")
async def get_chat_menu_button(world: World, arguments: Arguments) -> Json:
    return world.profile.menu_button(_chat_of_menu(world, arguments))


@method("getChat", "chat_id")
async def get_chat(world: World, arguments: Arguments) -> Json:
    chat = open_chat(world, arguments)
    gifts = words("unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels")
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    if chat.type == "private" and chat.id in world.no_voice:
        full["has_restricted_voice_and_video_messages"] = True
    return chat.to_wire() | full


@method("getChatMember", "chat_id user_id")
async def get_chat_member(world: World, arguments: Arguments) -> Json:
    chat = open_chat(world, arguments)
    user_id = arguments.integer("user_id", 0, 0, 1 << 52)
    if user_id == 0:
        raise bad_request("invalid user_id specified")
    status = chat.status_of(user_id)
    if status is None:
        raise bad_request("user not found")
    person = world.bot if user_id == world.bot.id else world.people[user_id]
    return member_to_wire(person.to_wire(), status)


@method("getChatAdministrators", "chat_id return_bots")
async def get_chat_administrators(world: World, arguments: Arguments) -> list[Json]:
    chat = open_chat(world, arguments)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [member_to_wire(person.to_wire(), "administrator") for person in chat.administrators]


@method("getChatMemberCount", "chat_id")
async def get_chat_member_count(world: World, arguments: Arguments) -> int:
    return len(open_chat(world, arguments).members) + 1


@method("leaveChat", "chat_id")
async def leave_chat(world: World, arguments: Arguments) -> bool:
    chat = open_chat(world, arguments)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.blocked = True
    return True


def _scope(world: World, arguments: Arguments) -> Scope:
    value = arguments.json("scope", "can't parse BotCommandScope JSON object")
    if value is None:
        return ("default", 0, 0)
    prefix = "can't parse BotCommandScope: "
    if not isinstance(value, dict):
        raise bad_request(prefix + "BotCommandScope must be an Object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise bad_request(prefix + 'Can\'t find field "type"')
    if kind in _WIDE:
        return (kind, 0, 0)
    if kind not in _OF_CHATS:
        raise bad_request(prefix + "Unsupported type specified")
    if "chat_id" not in value:
        raise bad_request(prefix + 'Can\'t find field "chat_id"')
    user_id = value.get("user_id", 0) if kind == "chat_member" else 0
    if kind == "chat_member" and (not isinstance(user_id, int) or user_id <= 0):
        raise bad_request(prefix + "Invalid user_id specified")
    return (kind, world.chat(str(value["chat_id"])).id, user_id)


def _chat_of_menu(world: World, arguments: Arguments) -> int:
    if not arguments.text("chat_id"):
        return 0
    chat = open_chat(world, arguments)
    if chat.type != "private":
        raise bad_request("user not found")
    return chat.id


def _checked_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse menu button: MenuButton must be an Object")
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    if button["type"] == "web_app":
        app = button.get("web_app")
        if not isinstance(button.get("text"), str) or not isinstance(app, dict):
            raise bad_request("can't parse menu button: Can't find field \"text\"")
        if not str(app.get("url", "")).startswith("https://"):
            raise bad_request("menu button Web App URL is invalid: Only HTTPS links are allowed")
    return button
