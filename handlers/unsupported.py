"""What the assistant cannot read gets one sentence that says what to send instead."""

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import filters

from handlers.commands import admitted
from handlers.desk import Context, desk_of, language_of_user, place_of
from prompts.texts import text

UNSUPPORTED = (
    filters.Sticker.ALL | filters.LOCATION | filters.VENUE | filters.POLL | filters.CONTACT | filters.ANIMATION
)


async def message(update: Update, context: Context) -> None:
    received = update.effective_message
    if received is not None:
        sentence = text(f"unsupported.{_kind(received)}", language_of_user(update))
        await desk_of(context).say(place_of(received), sentence)


async def command(update: Update, context: Context) -> None:
    """One that nobody else took. In a group it is most often meant for another bot."""
    received, desk = update.effective_message, desk_of(context)
    if received is None:
        return
    name = (received.text or "").split()[0].partition("@")[2]
    ours = name.casefold() == context.bot.username.casefold() if name else received.chat.type == ChatType.PRIVATE
    if ours and await admitted(desk, update, received):
        await desk.say(place_of(received), text("unsupported.command", language_of_user(update)))


async def button(update: Update, context: Context) -> None:
    query = update.callback_query
    assert query is not None
    await desk_of(context).answer_button(query.id, text("unsupported.button", language_of_user(update)))


def _kind(received: Message) -> str:
    if received.sticker:
        return "sticker"
    if received.location or received.venue:
        return "location"
    if received.poll:
        return "poll"
    if received.contact:
        return "contact"
    return "message"
