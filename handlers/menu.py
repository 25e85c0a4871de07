"""The command menu, for each language and kind of chat."""

from telegram import BotCommand, BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from handlers.sending import Sender
from prompts.texts import text

PRIVATE = ("voice_chat", "stop", "cancel", "voice", "noise", "project", "documents", "voice_help", "start")
GROUPS = ("voice_chat", "stop", "cancel", "voice", "noise", "project", "documents", "voice_help")


async def set_menu(sender: Sender) -> None:
    """Without a language first: that is what people see whose language has no menu of its own."""
    scopes: tuple[tuple[BotCommandScope, tuple[str, ...]], ...] = (
        (BotCommandScopeAllPrivateChats(), PRIVATE),
        (BotCommandScopeAllGroupChats(), GROUPS),
    )
    for scope, names in scopes:
        for code, language in ((None, "ru"), ("ru", "ru"), ("en", "en")):
            commands = [BotCommand(name, text(f"command.{name}", language)) for name in names]
            await sender.commands(commands, scope, code)
