"""What the bot says about itself: commands by scope and language, name, descriptions, menu button."""

import re

from .wire import Json, bad_request

MAX_COMMANDS = 100
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LIMITS = {"name": 64, "short_description": 120, "description": 512}
_REFUSALS = {"name": "BOT_TITLE_INVALID", "short_description": "BOT_SHORT_DESCRIPTION_INVALID"}

Scope = tuple[str, int, int]
"""Type, chat and user of a BotCommandScope; 0 where it has none."""


def check_language(code: str) -> None:
    if not re.fullmatch(r"([a-z]{2})?", code):
        raise bad_request("invalid language code specified")


class Profile:
    def __init__(self) -> None:
        self._commands: dict[tuple[Scope, str], list[Json]] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._menu_buttons: dict[int, Json] = {}

    def set_commands(self, scope: Scope, language: str, commands: list[Json]) -> None:
        check_language(language)
        if len(commands) > MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self._commands[scope, language] = [_checked(command) for command in commands]

    def commands(self, scope: Scope, language: str) -> list[Json]:
        check_language(language)
        return self._commands.get((scope, language), [])

    def delete_commands(self, scope: Scope, language: str) -> None:
        check_language(language)
        self._commands.pop((scope, language), None)

    def commands_shown(self, scopes: list[Scope], language: str) -> list[Json]:
        """What a person sees: the first of `scopes` that has commands in his language or without one."""
        for scope in scopes:
            for code in (language, ""):
                if self._commands.get((scope, code)):
                    return self._commands[scope, code]
        return []

    def set_text(self, name: str, language: str, text: str) -> None:
        """`name` is `name`, `description` or `short_description`."""
        check_language(language)
        if len(text) > _LIMITS[name]:
            raise bad_request(_REFUSALS.get(name, "BOT_DESCRIPTION_INVALID"))
        self._texts[name, language] = text

    def text(self, name: str, language: str) -> str:
        check_language(language)
        return self._texts.get((name, language)) or self._texts.get((name, ""), "")

    def set_menu_button(self, chat_id: int, button: Json) -> None:
        self._menu_buttons[chat_id] = button

    def menu_button(self, chat_id: int) -> Json:
        return self._menu_buttons.get(chat_id) or self._menu_buttons.get(0, {"type": "commands"})


def _checked(command: Json) -> Json:
    name, description = command.get("command"), command.get("description")
    for field, value in (("command", name), ("description", description)):
        if not isinstance(value, str):
            raise bad_request(f"can't parse BotCommand: Can't find field \"{field}\"")
    assert isinstance(name, str)
    assert isinstance(description, str)
    name, description = name.strip().removeprefix("/"), description.strip()
    if not name:
        raise bad_request("command must be non-empty")
    if len(name) > 32:
        raise bad_request("command length must not exceed 32")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > 256:
        raise bad_request("command description length must not exceed 256")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": description}
