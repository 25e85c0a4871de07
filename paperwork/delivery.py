"""A document on its way to the person: its files as one group, then its card; each once."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum

import structlog

from archive import Copies, Held
from client import Button, Card
from context import Context
from documents.sheet import title
from errors import AssistantError, BadInput, NotDelivered, OutcomeUnknown, StorageError
from paperwork.card import CARD, FILES, card_of, closed
from paperwork.desk import archive_of

log = structlog.get_logger(__name__)


class Sent(StrEnum):
    YES = "sent"
    NO = "not_sent"
    NOBODY_KNOWS = "nobody_knows"


async def deliver(context: Context, held: Held, *, caption: str = "", changed: Sequence[str] = ()) -> Sent:
    """Files and card. What cannot be made or does not arrive is told in a sentence; the document is kept anyway."""
    sent = await send_files(context, held, caption=caption)
    await show_card(context, held, changed)
    return sent


async def send_files(context: Context, held: Held, *, caption: str = "") -> Sent:
    copies = await _copies(context, held)
    if not copies.files:
        return Sent.NO
    try:
        await context.send.files(*copies.files, caption=caption)
    except OutcomeUnknown:
        await _offer_again(context, held, FILES)
        return Sent.NOBODY_KNOWS
    except (NotDelivered, BadInput) as error:
        log.warning("files of a document did not go out", code=error.code)
        if context.said.is_cut:
            await context.client.say(context.text("documents.not_sent", title=title(held.draft)))
        return Sent.NO
    return Sent.YES


async def _offer_again(context: Context, held: Held, what: str) -> None:
    """The button sends `FILES` or `CARD`, as often as the person wants. Counted apart: the next step may be another
    run's card."""
    apart = replace(context, effects=context.effects.part(f"{what} again"))
    sentence = context.text(f"documents.{what}_may_be_lost", title=title(held.draft))
    again = Button(context.text("recovery.again_button"), what)
    with suppress(NotDelivered, OutcomeUnknown):  # logged where it happened
        await apart.send.card(Card(sentence, (), (again,)), {"document": held.document.id})


async def _copies(context: Context, held: Held) -> Copies:
    try:
        copies = await archive_of(context).copies(held)
    except StorageError:
        raise
    except AssistantError as error:
        await context.client.say(context.text(f"error.{error.code}", **error.details))
        return Copies(())
    for broken in {one.code: one for one in copies.broken}.values():
        await context.client.say(context.text(f"error.{broken.code}", **broken.details))
    return copies


async def show_card(context: Context, held: Held, changed: Sequence[str] = ()) -> None:
    """Its buttons are under this card from now on, and no more under the one before. None is shown for what was
    corrected or deleted while the files were on their way."""
    now = await archive_of(context).get(context.place, held.document.id)
    if now is None or now.document.revision != held.document.revision:
        return
    before = now.document.card or ""
    try:
        token = await context.send.card(card_of(held, context.language, changed), {"document": held.document.id})
    except OutcomeUnknown:
        await _offer_again(context, held, CARD)
        return
    except NotDelivered as error:
        log.warning("a card did not go out", code=error.code)
        return

    async def put_back() -> None:
        await archive_of(context).shown(held, before)
        await context.send.change(before, card_of(held, context.language))

    if before and before != token:
        context.undo(put_back, after_failure=False)
    await archive_of(context).shown(held, token)
    if before and before != token:
        moved = closed(held, context.text("documents.moved"), context.language)
        await context.send.change(before, moved)


async def refresh_card(context: Context, held: Held, changed: Sequence[str] = ()) -> None:
    """In place."""
    if held.document.card:
        await context.send.change(held.document.card, card_of(held, context.language, changed))
