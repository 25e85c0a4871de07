"""Updates that an earlier process began and did not end: what is still owed to the person."""

from contextlib import suppress

import structlog
from telegram import Message, Update

from errors import StorageError
from handlers.desk import Context, Desk, desk_of, language_of_user, place_of
from handlers.failures import AGAIN
from handlers.ledger import SET_ASIDE, SendKey
from handlers.receipts import Outcome
from handlers.sending import NotSent
from prompts.texts import text

log = structlog.get_logger(__name__)

MOST_CRASHES = 2
"""An update that was being handled at so many crashes is not tried again."""


async def settled(desk: Desk, update: Update, attempt: int) -> Outcome | None:
    """What an earlier attempt at this update came to, said to the person where he does not know; None: do it (again).

    Raises `errors.StorageError`.
    """
    message = update.effective_message
    if attempt <= 1 or desk.books is None:
        return None
    arrived, open_ends = await desk.books.of_update(update.update_id)
    if open_ends:
        if message is not None:
            key = SendKey(open_ends[0].piece.update_id, open_ends[0].piece.ordinal)
            await desk.failures.owe(place_of(message, quote=True), language_of_user(update), key)
        return "told"
    if arrived:
        return "answered"
    if attempt > MOST_CRASHES:
        log.error("update set aside after crashes", update=update.update_id)
        await _set_aside(desk, update)
        return "told"
    return None


async def again_button(update: Update, context: Context) -> None:
    """The person did not get it: send what is kept of it."""
    desk, language = desk_of(context), language_of_user(update)
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    numbers = query.data.removeprefix(AGAIN).split(":")
    content, books = None, desk.books
    if books is not None and len(numbers) == 2 and all(number.isdecimal() for number in numbers):
        key = SendKey(int(numbers[0]), int(numbers[1]))
        try:
            content = await books.again(key)
        except StorageError as error:
            await desk.sender.answer_button(query.id, text(f"error.{error.code}", language))
            return
    if books is None or content is None or not isinstance(query.message, Message):
        await desk.sender.answer_button(query.id, text("recovery.gone", language))
        return
    await desk.sender.answer_button(query.id)
    place = place_of(query.message)
    try:
        if content.ogg is None:
            message_id = await desk.sender.text(place, content.text)
        else:
            message_id = (await desk.sender.voice(place, content.ogg, content.seconds, content.text)).message_id
    except NotSent:
        await books.unknown(key)
        return
    await books.confirmed(key, message_id)


async def _set_aside(desk: Desk, update: Update) -> None:
    message = update.effective_message
    if message is not None:
        key = SendKey(update.update_id, SET_ASIDE)
        with suppress(NotSent):
            # As a reply: it is about one message of several, and the others may well be answered.
            place = place_of(message, quote=True)
            await desk.sender.text(place, text("recovery.set_aside", language_of_user(update)), key=key)
    await desk.failures.warn("set_aside", text("admin.set_aside", update=update.update_id))
