"""Updates that an earlier process began and did not end: what is still owed to the person."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog
from telegram import CallbackQuery, Message, Update

from errors import StorageError
from handlers.bookkeeping import Books, Trace
from handlers.commands import let_in
from handlers.desk import Context, Desk, desk_of, language_of_user, place_of
from handlers.failures import AGAIN
from handlers.ledger import SET_ASIDE, SendKey
from handlers.receipts import Outcome, receipt
from handlers.sending import NotSent
from prompts.texts import text

log = structlog.get_logger(__name__)

Word = Callable[[], Awaitable[None]]

MOST_CRASHES = 2
"""An update that was being handled at so many crashes is not tried again."""


async def settled(desk: Desk, update: Update, attempt: int, joined: int | None = None) -> Outcome | None:
    """What an earlier attempt at this update came to, said to the person where he does not know; None: do it (again).
    `joined`: the update whose turn it was part of.

    Raises `errors.StorageError`.
    """
    message = update.effective_message
    if joined is not None and desk.books is not None:
        question = await desk.books.of_update(joined)
        if question.whole or question.doubtful:  # else it is asked again, and this goes with it again
            return "interrupted"
    if attempt <= 1 or desk.books is None:
        return None
    outcome = desk.albums.fate(message) if message else None
    if outcome is None:
        outcome, word = await _settled(desk, desk.books, update, message, attempt)
        if outcome is not None and message is not None:
            desk.albums.remember(message, outcome)  # before the word, which the other pictures do not wait for
        if word is not None:
            await receipt().step_aside()
            await word()
    return outcome


async def _settled(
    desk: Desk, books: Books, update: Update, message: Message | None, attempt: int
) -> tuple[Outcome | None, Word | None]:
    """The outcome, and how the person is told of it."""
    known = await books.of_update(update.update_id)
    if known.whole and not known.doubtful:
        return "answered", None
    if known.arrived or known.doubtful:
        if not known.doubtful and attempt <= MOST_CRASHES and await _taken_back(desk, update, known):
            return None, None
        return "told", partial(_tell, desk, update, message, known) if message is not None else None
    if attempt > MOST_CRASHES:
        log.error("update set aside after crashes", update=update.update_id)
        return "told", partial(_set_aside, desk, update)
    return None, None


async def _taken_back(desk: Desk, update: Update, known: Trace) -> bool:
    """The beginning of an answer, of which the rest never went out, is no longer in the chat."""
    if update.effective_message is None:
        return False
    chat = update.effective_message.chat.id
    for send in reversed(known.arrived):
        key = SendKey(send.piece.update_id, send.piece.ordinal)
        if send.message_id is None or not await desk.sender.delete(chat, send.message_id, key):
            return False
    return True


async def _tell(desk: Desk, update: Update, message: Message, known: Trace) -> None:
    doubtful = [SendKey(send.piece.update_id, send.piece.ordinal) for send in known.doubtful]
    place, language = place_of(message, quote=True), language_of_user(update)
    if known.whole:
        await desk.failures.owe(place, language, doubtful[0])
    else:
        await desk.failures.broke_off(place, language, update.update_id, doubtful[0] if doubtful else None)


async def again_button(update: Update, context: Context) -> None:
    """The person did not get it: send what is kept of it, from the message that the button names on."""
    desk, language = desk_of(context), language_of_user(update)
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    if not await let_in(desk, query, language):
        return
    await receipt().step_aside()
    numbers = query.data.removeprefix(AGAIN).split(":")
    first = None
    if len(numbers) == 2 and all(number.isdecimal() for number in numbers):
        first = SendKey(int(numbers[0]), int(numbers[1]))
    try:
        if first is None or desk.books is None or not await _sent_again(desk, desk.books, query, first):
            await desk.sender.answer_button(query.id, text("recovery.gone", language))
    except StorageError as error:
        await desk.sender.answer_button(query.id, text(f"error.{error.code}", language))


async def _sent_again(desk: Desk, books: Books, query: CallbackQuery, first: SendKey) -> bool:
    """False when nothing is kept. Raises `errors.StorageError`."""
    if not isinstance(query.message, Message):
        return False
    place, found = place_of(query.message), False
    for send in (await books.of_update(first.update_id)).doubtful:
        key = SendKey(send.piece.update_id, send.piece.ordinal)
        content = await books.again(key) if key.ordinal >= first.ordinal else None
        if content is None:
            continue
        if not found:
            await desk.sender.answer_button(query.id)
        found = True
        try:
            if content.ogg is None:
                message_id = await desk.sender.text(place, content.text)
            else:
                message_id = (await desk.sender.voice(place, content.ogg, content.seconds, content.text)).message_id
        except NotSent:
            await books.unknown(key)
            break
        await books.confirmed(key, message_id)
    return found


async def _set_aside(desk: Desk, update: Update) -> None:
    message = update.effective_message
    if message is not None:
        key = SendKey(update.update_id, SET_ASIDE)
        with suppress(NotSent):
            # As a reply: it is about one message of several, and the others may well be answered.
            place = place_of(message, quote=True)
            await desk.sender.text(place, text("recovery.set_aside", language_of_user(update)), key=key)
    await desk.failures.warn("set_aside", text("admin.set_aside", update=update.update_id))
