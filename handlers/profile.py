"""`/project`, and a JSON file that fills the project."""

import json

from telegram import Message, Update

from client import NoMark
from errors import AssistantError, NotDelivered, OutcomeUnknown
from handlers.commands import admitted
from handlers.desk import Context, Desk, desk_of, language_of_user, place_of
from project import taken_from_file
from project_card import project_card
from prompts.texts import text

MOST_BYTES = 256 * 1024


async def project(update: Update, context: Context) -> None:
    message, desk, language = update.effective_message, desk_of(context), language_of_user(update)
    if message is not None and await admitted(desk, update, message):
        await _show(desk, message, language)


async def project_file(desk: Desk, message: Message, data: bytes, language: str) -> None:
    """A JSON file with parties, representatives or the address: written into the project, then shown."""
    try:
        changes, left_out = taken_from_file(json.loads(data))
    except (ValueError, RecursionError):
        await desk.say(place_of(message), text("project.file_unreadable", language))
        return
    if not changes:
        await desk.say(place_of(message), text("project.not_in_file", language))
        return
    context = desk.functions_context(message, language)
    try:
        await context.save_profile((await context.profile()).with_fields(changes))
    except AssistantError as error:
        await desk.tell(error, place_of(message), language)
        return
    await desk.say(place_of(message), text("project.from_file", language, left_out=len(left_out)))
    await _show(desk, message, language)


async def _show(desk: Desk, message: Message, language: str) -> None:
    context = desk.functions_context(message, language)
    try:
        card = project_card(await context.profile(), language)
        await context.client.show(card, "", NoMark())
    except (NotDelivered, OutcomeUnknown):
        return  # logged where it happened
    except AssistantError as error:
        await desk.tell(error, place_of(message), language)
