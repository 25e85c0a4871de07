"""A new document: kept, sent and shown once for each call, and compared again when all the words are there."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from archive import Held
from context import Context
from documents.draft import Draft
from documents.sheet import title
from errors import AssistantError
from paperwork.answers import answer
from paperwork.delivery import deliver, refresh_card
from paperwork.desk import archive_of, cause_of, ground_of, own_cause, spoken_of, spoken_whole
from paperwork.drafting import drafted

log = structlog.get_logger(__name__)

PHOTOS_S = 15.0


async def make(context: Context, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is told. Raises `errors.AssistantError`."""
    archive, cause = archive_of(context), own_cause(context)
    draft = await drafted(kind, arguments, spoken_of(context), await ground_of(context))

    async def create() -> dict[str, Any]:
        created = await archive.create(context.place, draft, context.user, cause)
        return {"document": created.document.id, "kind": kind, "arguments": dict(arguments)}

    async def withdraw() -> None:
        if not await archive.withdraw(cause, context.user):
            raise AssistantError("the document was confirmed or corrected meanwhile")

    made = await context.once(create, repeatable=True, undo=withdraw)
    held = await archive.get(context.place, made["document"])
    if held is None:
        return {"done": False, "reason": "The person has deleted it meanwhile."}
    await _keep_photos(context, held)
    sent = await deliver(context, held)
    compare_later(context, held, made)
    return answer(held, sent)


async def _keep_photos(context: Context, held: Held) -> None:
    """Those of this message, for a document that shows them. One that they could not be fetched for is made without."""
    if not (held.draft.described.shows_photos and context.said.is_pictured):
        return
    try:
        async with asyncio.timeout(PHOTOS_S):
            pictures = await context.pictures()
    except (AssistantError, TimeoutError) as error:
        log.warning("photos of a document could not be fetched", error=type(error).__name__)
        return
    await archive_of(context).keep_pictures(held, [picture.data for picture in pictures])


async def repeated(context: Context) -> None:
    """The document is there; its words may not have been compared before the crash."""
    await compared_again(context, compare_later)


async def compared_again(context: Context, later: Callable[[Context, Held, Mapping[str, Any]], None]) -> None:
    """`later` with what the call of an earlier run kept of itself, as far as its document is there."""
    effect = await context.effects.next()
    if effect.record is None or not isinstance(made := effect.record.result, dict):
        return
    held = await archive_of(context).get(context.place, made["document"])
    if held is not None:
        later(context, held, made)


def compare_later(context: Context, held: Held, made: Mapping[str, Any]) -> None:
    """With all the words, and with the arguments that the document was made of: a call that is made again may have
    others."""
    later = replace(context, effects=context.effects.part("compared"))

    async def compare(words: str | None) -> None:
        if words is not None:
            spoken, ground = spoken_whole(context, words), await ground_of(context)
            await compared(later, held, await drafted(made["kind"], made["arguments"], spoken, ground))

    if context.said.is_spoken:
        context.when_heard(compare)


async def compared(context: Context, held: Held, whole: Draft) -> None:
    """`whole` is the same draft made with all the words. Nothing is touched that was corrected or confirmed since.

    The files are sent again only when a value has changed; for a doubt that came or went the card is enough.
    """
    archive = archive_of(context)
    now = await archive.get(context.place, held.document.id)
    if now is None or now.document.revision != held.document.revision or whole == now.draft:
        return
    revised = await archive.revise(now, whole, "compared", context.user, cause_of(context))
    if revised is None:
        return
    if dict(whole.data) == dict(now.draft.data):
        await refresh_card(context, revised)
    else:
        await deliver(context, revised, caption=context.text("documents.compared", title=title(whole)))
