"""Before and behind the handlers of `bot.py`: the stop button's way past the queue, and the last error handler."""

import re

import structlog
from telegram import Update

from errors import AssistantError, where
from handlers.commands import STOP
from handlers.desk import Context, Desk, desk_of, language_of_user, place_of

log = structlog.get_logger(__name__)

_STOP_COMMAND = re.compile(r"/(stop|cancel)(@\w+)?(\s|$)")


def must_not_wait(update: Update) -> bool:
    """`/stop`, `/cancel` and the stop button act at once, whatever is waiting before them."""
    if update.callback_query is not None:
        return update.callback_query.data == STOP
    return bool(update.message and _STOP_COMMAND.match(update.message.text or ""))


async def apologize(update: Update, error: AssistantError, desk: Desk) -> None:
    """One sentence instead of an answer."""
    message = update.effective_message
    if message is not None:
        await desk.tell(error, place_of(message), language_of_user(update))


async def on_unexpected(update: object, context: Context) -> None:
    """A handler failed in a way that nobody foresaw. Neither the error's text nor the update may be logged."""
    error = context.error
    if error is None:
        return
    number = update.update_id if isinstance(update, Update) else None
    log.error("handler failed", update=number, error=type(error).__name__, where=where(error))
    if isinstance(update, Update):
        await apologize(update, error if isinstance(error, AssistantError) else AssistantError(), desk_of(context))
