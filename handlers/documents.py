"""`/documents`, and a document's JSON that was sent back."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telegram import Message, Update

import context as functions
from documents.act import FORM
from effects import CallEffects, Effects
from errors import AssistantError, NotDelivered, OutcomeUnknown
from handlers.commands import admitted
from handlers.desk import Context, Desk, desk_of, language_of_user, place_of, turn_of

LISTED = "send_document"
CORRECTED = "update_document"
"""The functions that hear of the buttons under the cards."""


async def documents(update: Update, context: Context) -> None:
    """`/documents фундамент за ноябрь`; works without a conversation."""
    message, desk, language = update.effective_message, desk_of(context), language_of_user(update)
    if message is None or not await admitted(desk, update, message):
        return
    from paperwork.listing import show_list

    words = (message.text or "").partition(" ")[2]
    async with _call(desk, message, language, LISTED) as call:
        await show_list(call, words)


async def document_file(desk: Desk, message: Message, data: bytes, language: str) -> None:
    """An edited JSON of a document: its next revision."""
    from paperwork.revising import from_json

    async with _call(desk, message, language, CORRECTED) as call:
        sentence = await from_json(call, data)
        if sentence:
            await desk.say(place_of(message), sentence)


def is_document(data: bytes) -> bool:
    """A JSON that says to be a document of ours; another one may belong to the project."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and ("document_type" in given or FORM in given)


@asynccontextmanager
async def _call(desk: Desk, message: Message, language: str, function: str) -> AsyncIterator[functions.Context]:
    """As if the model had called the function in this message's turn: what is sent is sent once. Errors are told."""
    effects = Effects(turn_of(message), desk.services.parts.journal)
    context = desk.functions_context(message, language).of_call(function, CallEffects(effects, function, 0))
    try:
        yield context
    except (NotDelivered, OutcomeUnknown):
        pass  # logged where it happened
    except AssistantError as error:
        await desk.failures.tell(error, place_of(message), language)
    await effects.forget()
