"""The buttons under a document's card."""

from contextlib import suppress

from archive import Held
from context import Context, Press, Reaction
from documents.checks import problems
from documents.sheet import title
from errors import NotDelivered, OutcomeUnknown
from paperwork.card import ANYWAY, BACK, CARD, CONFIRM, DELETE, FILES, FIX, GONE, card_of, closed, question
from paperwork.delivery import deliver, send_files, show_card
from paperwork.desk import archive_of, cause_of


async def pressed(context: Context, press: Press) -> Reaction:
    """Confirmed, deleted: only by the person's own hand. Raises `errors.AssistantError`."""
    held = await archive_of(context).get(context.place, str(press.data.get("document", "")))
    if held is None:
        await context.client.say(context.text("press.gone"))
        return Reaction()
    match press.value:
        case _ if press.value == CONFIRM and not held.draft.confirmed and problems(held.draft):
            await context.send.change(press.token, question(held, ANYWAY, context.language))
        case _ if press.value in (CONFIRM, ANYWAY):
            await _confirm(context, held, press)
        case _ if press.value == DELETE:
            await context.send.change(press.token, question(held, GONE, context.language))
        case _ if press.value == GONE:
            await _delete(context, held, press)
        case _ if press.value == FILES:
            await send_files(context, held)
        case _ if press.value == CARD:
            await show_card(context, held)
        case _ if press.value == FIX:
            return await _fix(context, held, press)
        case _ if press.value == BACK:
            await context.send.change(press.token, card_of(held, context.language))
    return Reaction()


async def _confirm(context: Context, held: Held, press: Press) -> None:
    archive, cause = archive_of(context), cause_of(context)
    if held.draft.confirmed and (cause is None or held.revision.cause != cause):
        await context.send.change(press.token, card_of(held, context.language))
        return

    async def confirm() -> str:
        confirmed = await archive.confirm(held, context.user, cause)
        return confirmed.document.id if confirmed else ""

    made = await context.once(confirm, repeatable=True)
    now = await archive.get(context.place, held.document.id)
    if not made or now is None:
        await context.client.say(context.text("documents.stale"))
        if now is not None:
            await context.send.change(press.token, card_of(now, context.language))
        return
    await deliver(context, now, caption=context.text("documents.confirmed_by", title=title(now.draft)))


async def _delete(context: Context, held: Held, press: Press) -> None:
    async def delete() -> bool:
        return await archive_of(context).delete(held, context.user)

    await context.once(delete, repeatable=True)
    await context.send.change(press.token, closed(held, context.text("documents.deleted"), context.language))


async def _fix(context: Context, held: Held, press: Press) -> Reaction:
    """In words in the chat, which works without a conversation, and to the model, which then knows what is meant."""
    hint = context.text("documents.fix_hint", title=title(held.draft))
    await context.send.change(press.token, card_of(held, context.language))
    with suppress(NotDelivered, OutcomeUnknown):  # logged where it happened
        await context.send.text(hint)
    wanted = "Ask in a few words what has to be corrected; corrections go to update_document with this document."
    return Reaction("", {"document": held.document.id, "title": title(held.draft), "wanted": wanted})
