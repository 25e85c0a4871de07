"""A button under a card of a function was pressed."""

from telegram import Message, Update

from errors import AssistantError
from handlers.commands import let_in
from handlers.courier import PRESS
from handlers.desk import Context, desk_of, key_of, language_of_user
from presses import Pressed, Verdict
from prompts.texts import text
from question import Question


async def card_button(update: Update, context: Context) -> None:
    """The person's answer goes to the function, and to the model as the next question."""
    desk, language, query = desk_of(context), language_of_user(update), update.callback_query
    assert query is not None
    assert query.data is not None
    message, user = query.message, query.from_user.id
    token, _, number = query.data.removeprefix(PRESS).rpartition(":")
    if not await let_in(desk, query, language):
        return
    if not isinstance(message, Message) or not number.isdecimal():
        await desk.answer_button(query.id, text("press.gone", language))
        return
    key = key_of(message)
    opener = desk.assistant.opener(key)
    pressed = Pressed(query.id, token, int(number), user, message.message_id)
    try:
        outcome = await desk.services.presses.take(
            pressed, desk.client(key), language, is_open=opener is not None and opener.user == user
        )
    except AssistantError as error:
        await desk.answer_button(query.id, text(f"error.{error.code}", language))
        return
    if outcome.news:
        await desk.ask(message, Question(text=outcome.news), turn=outcome.turn)
    taken = outcome.verdict is Verdict.TAKEN
    await desk.answer_button(query.id, None if taken else text(f"press.{outcome.verdict.value}", language))
