"""A new document: kept, sent and shown once for each call, and compared again when all the words are there."""

from collections.abc import Mapping
from typing import Any

from archive import Held
from context import Context
from documents.draft import Draft
from documents.sheet import title
from paperwork.answers import answer
from paperwork.delivery import deliver, refresh_card
from paperwork.desk import archive_of, cause_of, ground_of, spoken_of, spoken_whole
from paperwork.drafting import drafted


async def make(context: Context, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is told. Raises `errors.AssistantError`."""
    archive = archive_of(context)
    draft = await drafted(kind, arguments, spoken_of(context), await ground_of(context))

    async def create() -> str:
        return (await archive.create(context.place, draft, context.user, cause_of(context))).document.id

    made = await context.once(create, repeatable=True)
    held = await archive.get(context.place, str(made))
    if held is None:
        return {"done": False, "reason": "The person has deleted it meanwhile."}
    sent = await deliver(context, held)

    async def compare(words: str | None) -> None:
        if words is not None:
            whole = await drafted(kind, arguments, spoken_whole(context, words), await ground_of(context))
            await compared(context, held, whole)

    if context.said.is_spoken:
        context.when_heard(compare)
    return answer(held, sent)


async def compared(context: Context, held: Held, whole: Draft) -> None:
    """`whole` is the same draft made with all the words. Nothing is touched that was corrected or confirmed since.

    The files are sent again only when a value has changed; for a doubt that came or went the card is enough.
    """
    archive = archive_of(context)
    now = await archive.get(context.place, held.document.id)
    if now is None or now.document.revision != held.document.revision or whole == now.draft:
        return
    revised = await archive.revise(now, whole, "compared", context.user, cause_of(context, ":compared"))
    if revised is None:
        return
    if dict(whole.data) == dict(now.draft.data):
        await refresh_card(context, revised)
    else:
        await deliver(context, revised, caption=context.text("documents.compared", title=title(whole)))
