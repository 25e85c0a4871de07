"""Which update goes to which handler."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from handlers import attachments, commands, documents, media, preferences, presses, profile, recovery, unsupported
from handlers.courier import PRESS
from handlers.desk import DESK, Context, Desk, HostApplication, key_of
from handlers.failures import AGAIN
from handlers.receipts import receipt
from question import Question

GROUP = -7
"""Before a host's own handlers: what belongs to a conversation does not reach them."""

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

_NEW = filters.UpdateType.MESSAGE
_RECORDING = filters.VOICE | filters.VIDEO_NOTE | filters.AUDIO | filters.VIDEO


class _OfConversation(filters.UpdateFilter):
    """Messages of whoever opened the conversation of this chat and topic."""

    def __init__(self, application: HostApplication) -> None:
        super().__init__()
        self._application = application

    def filter(self, update: Update) -> bool:
        message, user = update.effective_message, update.effective_user
        desk: Desk | None = self._application.bot_data.get(DESK)
        if desk is None or message is None or user is None:
            return False
        opener = desk.assistant.opener(key_of(message))
        return opener is not None and opener.user == user.id


def add_routes(application: HostApplication, *, alone: bool) -> None:
    """`alone`: the application has no other purpose, so every message and button gets a word from us."""
    talk = _NEW & _OfConversation(application) & ~filters.COMMAND
    routes: list[BaseHandler[Any, Any, Any]] = [
        CommandHandler("voice_chat", _ours(commands.voice_chat), _NEW),
        CommandHandler("voice_help", _ours(commands.voice_help), _NEW),
        CommandHandler(["stop", "cancel"], _ours(commands.stop), _NEW),
        ChatMemberHandler(commands.membership),  # a host may want to hear of it, too
        CallbackQueryHandler(_ours(commands.stop_button), f"^{commands.STOP}$"),
        CallbackQueryHandler(_ours(commands.start_button), f"^{commands.START}$"),
        CallbackQueryHandler(_ours(recovery.again_button), f"^{AGAIN}"),
        CallbackQueryHandler(_ours(presses.card_button), f"^{PRESS}"),
        MessageHandler(talk & _RECORDING, _ours(media.recording)),
        MessageHandler(talk & filters.PHOTO, _ours(media.picture)),
        MessageHandler(talk & filters.Document.ALL & ~filters.ANIMATION, _ours(attachments.attachment)),
        MessageHandler(talk & filters.TEXT, _ours(_text)),
    ]
    if alone:
        routes += [
            CommandHandler("start", _ours(commands.start), _NEW),
            CommandHandler("voice", _ours(preferences.voice), _NEW),
            CommandHandler("noise", _ours(preferences.noise), _NEW),
            CommandHandler("project", _ours(_aside(profile.project)), _NEW),
            CommandHandler("documents", _ours(_aside(documents.documents)), _NEW),
            CallbackQueryHandler(_ours(preferences.voice_button), f"^{preferences.CHOOSE}"),
            CallbackQueryHandler(_ours(preferences.sample_button), f"^{preferences.SAMPLE}"),
            CallbackQueryHandler(_ours(unsupported.button)),
            MessageHandler(_NEW & filters.COMMAND, _ours(unsupported.command)),
            MessageHandler(
                _NEW & ~_OfConversation(application) & ~filters.StatusUpdate.ALL, _ours(commands.no_conversation)
            ),
            MessageHandler(_NEW & ~filters.StatusUpdate.ALL, _ours(unsupported.message)),
        ]
    else:
        routes.append(MessageHandler(talk & unsupported.UNSUPPORTED, _ours(unsupported.message)))
    application.add_handlers(routes, GROUP)


async def _text(update: Update, context: Context) -> None:
    message = update.effective_message
    assert message is not None
    await context.bot_data[DESK].ask(message, Question(text=message.text or ""))


def _aside(handler: Handler) -> Handler:
    """For what is no matter of the chat's order from its first step on."""

    async def handle(update: Update, context: Context) -> None:
        await receipt().step_aside()
        await handler(update, context)

    return handle


def _ours(handler: Handler) -> Handler:
    """What we handled is handled: no other handler sees it."""

    async def handle(update: Update, context: Context) -> None:
        await handler(update, context)
        raise ApplicationHandlerStop

    return handle
